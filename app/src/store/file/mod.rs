//! Documents as files.

mod commit;
mod leaf;
mod listing;
mod staging;
mod store;

pub use self::store::{Durability, FileStore, OpenFileError};
