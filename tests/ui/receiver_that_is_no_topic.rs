//! Managed Prometheus tells topics of alerts and nothing else.

use belvedere::Stack;
use belvedere::aps::Receiver;
use belvedere::sqs::Queue;

fn main() {
    let mut stack = Stack::new("Stack");
    let queue = stack.add("Queue", Queue::new());
    let _receiver = Receiver::sns("team", &queue);
}
