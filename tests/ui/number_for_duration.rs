//! A number does not say whether it is seconds or minutes.

use belvedere::sqs::Queue;

fn main() {
    let _queue = Queue::new().visibility_timeout(30);
}
