//! The managed alert manager sends to SNS topics, and to nothing else.

use belvedere::Stack;
use belvedere::aps::{AlertManagerDefinition, Receiver};
use belvedere::sqs::Queue;

fn main() {
    let mut stack = Stack::new("Example");
    let queue = stack.add("Alerts", Queue::new());
    let _definition = AlertManagerDefinition::new(&Receiver::sns("team", &queue));
}
