//! A stack that was added is the app's.

use belvedere::cfn::sns::CfnTopic;
use belvedere::{App, Stack};

fn main() {
    let mut stack = Stack::new("Example");
    let mut app = App::new();
    app.add(stack);
    stack.add("Topic", CfnTopic::new());
}
