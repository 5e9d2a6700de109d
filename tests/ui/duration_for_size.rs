//! A time is no size.

use std::time::Duration;

use belvedere::lambda::{Code, Function};

fn main() {
    let _function = Function::rust(Code::cargo("program", "program")).memory_size(Duration::from_secs(256));
}
