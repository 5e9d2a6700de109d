//! What the service answers.
//!
//! [`router`] holds every route; a request that cannot be served is answered with a [`Problem`].

mod admission;
mod body;
mod data;
mod health;
mod list;
mod media_type;
mod problem;
mod respond;
mod router;

pub use self::data::Created;
pub use self::health::{Health, Ready};
pub use self::list::{Listing, WrongParameter};
pub use self::problem::{Problem, ProblemDocument};
pub use self::router::{Api, Limits, router};
