//! Time limits.

use std::future::Future;
use std::time::Duration;

use super::StoreError;

/// What a store is and how long it may take: what its errors say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limited {
    pub(super) system: &'static str,
    pub(super) limit: Duration,
}

impl Limited {
    /// Gives `work` its time.
    pub(super) async fn run<T, E>(
        self,
        operation: &'static str,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, StoreError>
    where
        E: Into<Failure>,
    {
        match tokio::time::timeout(self.limit, work).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(self.failed(operation, error.into())),
            Err(_) => Err(self.failed(operation, Failure::TooSlow)),
        }
    }

    fn failed(self, operation: &'static str, failure: Failure) -> StoreError {
        let Self { system, limit } = self;
        match failure {
            Failure::Unavailable(source) => StoreError::Unavailable { system, operation, source },
            Failure::Corrupt(source) => StoreError::Corrupt { system, operation, source },
            Failure::TooSlow => StoreError::TooSlow { system, operation, limit },
        }
    }
}

/// A [`StoreError`] before it is known what was asked of which system.
#[derive(Debug)]
pub(super) enum Failure {
    Unavailable(Box<dyn std::error::Error + Send + Sync>),
    Corrupt(Box<dyn std::error::Error + Send + Sync>),
    TooSlow,
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn fails_when_the_time_is_over() {
        let limited = Limited { system: "file", limit: Duration::from_millis(250) };
        let error = limited.run("put", pending::<Result<(), Failure>>()).await.expect_err("it never ends");
        assert_eq!(error.to_string(), "file did not finish put within 250 ms");
    }
}
