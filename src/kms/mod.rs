//! Key Management Service: keys that encrypt what other services keep.

mod key;

pub use key::{Key, KeyRef, KeyUser};
