//! A route leads to a receiver, so that none can lead nowhere.

use belvedere::aps::{Matcher, Route};

fn main() {
    let _route = Route::to("pager").when(Matcher::equal("severity", "page"));
}
