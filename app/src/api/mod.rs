//! What the service answers.

mod router;

pub use self::router::{Failure, Health, router};
