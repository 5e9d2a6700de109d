//! Documents as rows of PostgreSQL.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use deadpool_postgres::{Hook, HookError, Object, Pool, PoolError};
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};

use super::settings::{PostgresSettings, PostgresSettingsError};
use crate::store::limit::{Failure, Limited};
use crate::store::{Key, KeyPrefix, Page, Store, StoreError};

/// Documents as rows of the table `documents`, which is created where it is missing.
///
/// The bytes are a `bytea`, which gives back any document as it came; in queries,
/// `convert_from(document, 'UTF8')::jsonb` is the JSON. The table is the one that the `search_path` of the role leads to;
/// a role that may not create it finds it made by another.
///
/// What `synchronous_commit` says about when a commit is acknowledged is respected, but for `off`, which acknowledges
/// what a crash can lose: connections turn it `on`.
///
/// Statements are not prepared, so that a pooler between may give each to another connection.
pub struct PostgresStore {
    pool: Pool,
    limited: Limited,
}

const CREATE: &str = "CREATE TABLE IF NOT EXISTS documents (
    key uuid PRIMARY KEY,
    document bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
)";

/// A put that is tried again finds what the first attempt stored.
const PUT: &str = "INSERT INTO documents (key, document) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
const GET: &str = "SELECT document FROM documents WHERE key = $1";
const DELETE: &str = "DELETE FROM documents WHERE key = $1 RETURNING key";
/// Keys are UUIDs of version 7; others are not ours.
const LIST: &str = "SELECT key FROM documents WHERE key >= $1 AND key <= $2 AND key > $3
    AND get_byte(uuid_send(key), 6) >> 4 = 7 ORDER BY key LIMIT $4";
const CHECK: &str = "SELECT 1 FROM documents LIMIT 1";

/// The first, one on a new connection, and one with a new table.
const ATTEMPTS: usize = 3;

impl PostgresStore {
    /// A store that connects when it is used.
    pub(in crate::store) fn new(settings: PostgresSettings) -> Result<Self, PostgresSettingsError> {
        let PostgresSettings { manager, pool_size, limit } = settings;
        // A statement that nobody waits for any more does not go on either.
        let session = format!(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
            SELECT set_config('statement_timeout', '{}', false) WHERE current_setting('statement_timeout') = '0'",
            limit.as_millis()
        );
        let prepare = Hook::async_fn(move |client: &mut deadpool_postgres::ClientWrapper, _| {
            let session = session.clone();
            Box::pin(async move { client.batch_execute(&session).await.map_err(HookError::Backend) })
        });
        let pool = Pool::builder(manager)
            .max_size(pool_size)
            .post_create(prepare)
            .build()
            .map_err(|source| PostgresSettingsError::Pool { source })?;
        Ok(Self { pool, limited: Limited { system: "postgresql", limit } })
    }

    async fn query(
        &self,
        operation: &'static str,
        statement: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, StoreError> {
        let query = async {
            let mut attempt = 1;
            loop {
                let connection = Connection::of(&self.pool).await?;
                let error = match connection.query(statement, parameters).await {
                    Ok(rows) => return Ok(rows),
                    Err(error) => error,
                };
                if attempt == ATTEMPTS {
                    return Err(Failure::from(error));
                }
                attempt += 1;
                if error.code() == Some(&SqlState::UNDEFINED_TABLE) {
                    // Two that create it at once may collide, and a role may be forbidden to: the next attempt tells.
                    let created = Connection::of(&self.pool).await?.query(CREATE, &[]).await;
                    if let Err(reason) = created
                        && reason.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE)
                    {
                        return Err(reason.into());
                    }
                } else if !is_gone(&error) {
                    return Err(error.into());
                }
            }
        };
        self.limited.run(operation, query).await
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PostgresStore")
            .field("pool", &self.pool.status())
            .field("limit", &self.limited.limit)
            .finish()
    }
}

/// A connection that goes back to the pool only after an answer: after a statement that was given up, the next one
/// would wait for the end of that.
struct Connection(Option<Object>);

impl Connection {
    async fn of(pool: &Pool) -> Result<Self, Failure> {
        Ok(Self(Some(pool.get().await?)))
    }

    async fn query(
        mut self,
        statement: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        let Some(client) = &self.0 else { return Ok(Vec::new()) };
        let result = client.query_typed(statement, parameters).await;
        let answered = result.as_ref().map_or_else(|error| error.as_db_error().is_some() && !is_gone(error), |_| true);
        if answered {
            // Back to the pool.
            self.0 = None;
        }
        result
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(object) = self.0.take() {
            drop(Object::take(object));
        }
    }
}

/// Whether the connection is at its end, not only the statement: another connection may do.
fn is_gone(error: &tokio_postgres::Error) -> bool {
    let ended = |state: &SqlState| {
        let class = state.code();
        // Connection exceptions; shutdowns of the server.
        class.starts_with("08") || matches!(class, "57P01" | "57P02" | "57P03" | "25006")
    };
    error.code().map_or_else(|| error.is_closed() || is_io(error), ended)
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>())
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        if error.code() == Some(&SqlState::QUERY_CANCELED) { Self::TooSlow } else { Self::Unavailable(Box::new(error)) }
    }
}

impl From<PoolError> for Failure {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Timeout(_) => Self::TooSlow,
            PoolError::Backend(error) => error.into(),
            error => Self::Unavailable(Box::new(error)),
        }
    }
}

#[async_trait]
impl Store for PostgresStore {
    fn system(&self) -> &'static str {
        "postgresql"
    }

    async fn put(&self, key: Key, document: Bytes) -> Result<(), StoreError> {
        let document: &[u8] = &document;
        self.query("put", PUT, &[(&key.uuid(), Type::UUID), (&document, Type::BYTEA)]).await.map(drop)
    }

    async fn get(&self, key: Key) -> Result<Option<Bytes>, StoreError> {
        let rows = self.query("get", GET, &[(&key.uuid(), Type::UUID)]).await?;
        rows.first().map(|row| self.column::<&[u8]>("get", row).map(Bytes::copy_from_slice)).transpose()
    }

    async fn delete(&self, key: Key) -> Result<bool, StoreError> {
        Ok(!self.query("delete", DELETE, &[(&key.uuid(), Type::UUID)]).await?.is_empty())
    }

    async fn list(&self, prefix: &KeyPrefix, after: Option<Key>, limit: usize) -> Result<Page, StoreError> {
        let (low, high) = prefix.range();
        let after = after.map_or(uuid::Uuid::nil(), Key::uuid);
        // One more than the page tells whether there are more.
        let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let parameters: [(&(dyn ToSql + Sync), Type); 4] =
            [(&low, Type::UUID), (&high, Type::UUID), (&after, Type::UUID), (&most, Type::INT8)];
        let rows = self.query("list", LIST, &parameters).await?;
        let mut keys = Vec::with_capacity(rows.len());
        for row in &rows {
            let uuid: uuid::Uuid = self.column("list", row)?;
            keys.extend(uuid.to_string().parse::<Key>());
        }
        let more = rows.len() > limit;
        keys.truncate(limit);
        Ok(Page { keys, more })
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.query("check", CHECK, &[]).await.map(drop)
    }
}

impl PostgresStore {
    fn column<'a, T: tokio_postgres::types::FromSql<'a>>(
        &self,
        operation: &'static str,
        row: &'a Row,
    ) -> Result<T, StoreError> {
        row.try_get(0).map_err(|source| StoreError::Corrupt {
            system: self.limited.system,
            operation,
            source: Box::new(source),
        })
    }
}
