//! A list of availability zones is not a piece of text.

use belvedere::cfn::functions;
use belvedere::concat_values;

fn main() {
    let _zones = concat_values!("zones: ", functions::availability_zones());
}
