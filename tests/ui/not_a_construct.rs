//! Only definitions can be added.

use belvedere::Stack;

fn main() {
    let mut stack = Stack::new("Example");
    stack.add("Bucket", "my-bucket");
}
