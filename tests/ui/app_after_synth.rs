//! What was synthesized takes nothing more.

use belvedere::{App, Stack};

fn main() {
    let mut app = App::new();
    let _assembly = app.synth();
    app.add(Stack::new("Late"));
}
