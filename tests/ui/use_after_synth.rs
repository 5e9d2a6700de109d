//! An app is synthesized once, and then is no more.

use belvedere::{App, Stack};

fn main() {
    let mut app = App::new();
    app.add(Stack::new("First"));
    let _ = app.synth();
    app.add(Stack::new("Second"));
}
