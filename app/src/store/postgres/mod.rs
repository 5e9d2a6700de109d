//! Documents as rows of PostgreSQL.

mod settings;
mod store;
mod tls;

pub use self::settings::PostgresSettingsError;
pub(super) use self::settings::{DatabaseUrl, PostgresSettings};
pub use self::store::PostgresStore;
