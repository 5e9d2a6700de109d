//! Checks that are not repeated within a second.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::StoreError;

/// The result of a check, good for a second: whoever may ask whether the service is ready cannot keep its storage busy
/// with that. Those who ask while a check is under way share it.
#[derive(Debug, Default)]
pub(super) struct RecentCheck {
    last: Mutex<Option<Last>>,
}

type Last = (Instant, Result<(), Arc<StoreError>>);

/// For how long a result is good.
const AGE: Duration = Duration::from_secs(1);

impl RecentCheck {
    /// The last result, or that of `check` where there is none or it is too old.
    pub(super) async fn get(
        &self,
        system: &'static str,
        check: impl Future<Output = Result<(), StoreError>>,
    ) -> Result<(), StoreError> {
        let mut last = self.last.lock().await;
        if last.as_ref().is_none_or(|(at, _)| at.elapsed() >= AGE) {
            let result = check.await.map_err(Arc::new);
            *last = Some((Instant::now(), result));
        }
        match last.as_ref() {
            Some((_, Err(error))) => Err(again(system, error)),
            _ => Ok(()),
        }
    }
}

fn again(system: &'static str, error: &Arc<StoreError>) -> StoreError {
    match **error {
        StoreError::TooSlow { system, operation, limit } => StoreError::TooSlow { system, operation, limit },
        _ => StoreError::Unavailable { system, operation: "check", source: Box::new(Shared(error.clone())) },
    }
}

/// An error that several were told of.
#[derive(Debug, Error)]
#[error("the last check failed")]
struct Shared(#[source] Arc<StoreError>);

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_result_is_good_for_a_second() {
        let (recent, made) = (RecentCheck::default(), AtomicUsize::new(0));
        let ask = || {
            recent.get("file", async {
                // Every second check fails.
                if made.fetch_add(1, Ordering::Relaxed) % 2 == 0 {
                    return Ok(());
                }
                Err(StoreError::Unavailable { system: "file", operation: "check", source: "no space left".into() })
            })
        };
        for _ in 0..10 {
            ask().await.expect("the first check");
        }
        assert_eq!(made.load(Ordering::Relaxed), 1);
        tokio::time::advance(AGE).await;
        for _ in 0..10 {
            ask().await.expect_err("the second check");
        }
        assert_eq!(made.load(Ordering::Relaxed), 2);
    }
}
