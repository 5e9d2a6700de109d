//! A storage that fails, hangs or is overrun.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::http::StatusCode;
use bytes::Bytes;
use data_processor::api::Limits;
use data_processor::store::{Key, KeyPrefix, MemoryStore, Page, Store, StoreError};
use tokio::sync::{Notify, watch};

use crate::asking::{Answer, ask, post, service_with, stored};

/// A store that fails, hangs or works as a test wants.
#[derive(Debug)]
struct Moody {
    mood: watch::Receiver<Mood>,
    inner: MemoryStore,
    entered: Arc<Notify>,
    checks: AtomicUsize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mood {
    Well,
    Away,
    Damaged,
    Blocked,
    Panicking,
}

fn moody(mood: Mood) -> (Arc<Moody>, watch::Sender<Mood>) {
    let (tell, mood) = watch::channel(mood);
    let checks = AtomicUsize::new(0);
    (Arc::new(Moody { mood, inner: MemoryStore::default(), entered: Arc::default(), checks }), tell)
}

impl Moody {
    async fn meet(&self, operation: &'static str) -> Result<(), StoreError> {
        self.entered.notify_one();
        let mut mood = self.mood.clone();
        let now = *mood.wait_for(|mood| *mood != Mood::Blocked).await.expect("the test holds the sender");
        let source = || "password=secret at 10.0.0.7".into();
        match now {
            Mood::Well | Mood::Blocked => Ok(()),
            Mood::Away => Err(StoreError::Unavailable { system: "moody", operation, source: source() }),
            Mood::Damaged => Err(StoreError::Corrupt { system: "moody", operation, source: source() }),
            Mood::Panicking => panic!("a defect"),
        }
    }
}

#[async_trait]
impl Store for Moody {
    fn system(&self) -> &'static str {
        "moody"
    }

    async fn put(&self, key: Key, document: Bytes) -> Result<(), StoreError> {
        self.meet("put").await?;
        self.inner.put(key, document).await
    }

    async fn get(&self, key: Key) -> Result<Option<Bytes>, StoreError> {
        self.meet("get").await?;
        self.inner.get(key).await
    }

    async fn delete(&self, key: Key) -> Result<bool, StoreError> {
        self.meet("delete").await?;
        self.inner.delete(key).await
    }

    async fn list(&self, prefix: &KeyPrefix, after: Option<Key>, limit: usize) -> Result<Page, StoreError> {
        self.meet("list").await?;
        self.inner.list(prefix, after, limit).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.checks.fetch_add(1, Ordering::Relaxed);
        self.meet("check").await
    }
}

/// One request of each kind that asks the store.
async fn each(router: &Router, key: &str) -> [Answer; 4] {
    let path = format!("/data/{key}");
    [
        post(router, "{}").await,
        ask(router, "GET", &path).await,
        ask(router, "GET", "/data").await,
        ask(router, "DELETE", &path).await,
    ]
}

#[tokio::test]
async fn a_storage_that_is_away_is_told_and_may_come_back() {
    let (store, mood) = moody(Mood::Well);
    let router = service_with(store, Limits::default());
    let key = stored(&router, "1").await;
    for (mood_now, status, title, detail) in [
        (Mood::Away, 503, "Service Unavailable", "the storage is not available"),
        (Mood::Damaged, 500, "Internal Server Error", "the document is damaged"),
        (Mood::Panicking, 500, "Internal Server Error", "the request was given up because of a defect of the service"),
    ] {
        mood.send_replace(mood_now);
        for answer in each(&router, &key).await {
            let instance = answer.json()["instance"].as_str().expect("text").to_owned();
            assert_eq!(answer.problem(status, title, &instance), detail);
            assert!(!String::from_utf8_lossy(&answer.body).contains("secret"), "the cause is not the caller's");
        }
        assert_eq!(ask(&router, "GET", "/health").await.status, StatusCode::OK);
    }
    mood.send_replace(Mood::Well);
    let statuses = each(&router, &key).await.map(|answer| answer.status.as_u16());
    assert_eq!(statuses, [201, 200, 200, 204]);
}

#[tokio::test(start_paused = true)]
async fn readiness_follows_the_storage_and_asks_it_once_a_second() {
    let (store, mood) = moody(Mood::Well);
    let router = service_with(store.clone(), Limits::default());
    for _ in 0..100 {
        assert_eq!(ask(&router, "GET", "/ready").await.status, StatusCode::OK);
    }
    assert_eq!(store.checks.load(Ordering::Relaxed), 1);
    for (mood_now, status) in [(Mood::Away, 503), (Mood::Well, 200), (Mood::Blocked, 503), (Mood::Well, 200)] {
        mood.send_replace(mood_now);
        tokio::time::sleep(Duration::from_millis(1001)).await;
        let begun = tokio::time::Instant::now();
        let answers = futures_util::future::join_all((0..50).map(|_| ask(&router, "GET", "/ready"))).await;
        assert!(begun.elapsed() <= Duration::from_secs(2), "{mood_now:?}");
        for answer in answers {
            assert_eq!(answer.status.as_u16(), status);
            if status == 503 {
                let detail = answer.problem(503, "Service Unavailable", "/ready");
                assert_eq!(detail, "the storage cannot be reached");
            }
        }
    }
    assert_eq!(store.checks.load(Ordering::Relaxed), 5);
}

#[tokio::test(start_paused = true)]
async fn a_storage_that_hangs_is_given_up() {
    let (store, _mood) = moody(Mood::Blocked);
    let router = service_with(store, Limits::default());
    let begun = tokio::time::Instant::now();
    let answer = post(&router, "{}").await;
    let detail = answer.problem(503, "Service Unavailable", "/data");
    assert_eq!(detail, "the storage did not answer in time");
    assert_eq!(begun.elapsed().as_secs(), Limits::default().request.as_secs());
}

#[tokio::test]
async fn a_surplus_of_requests_is_refused_at_once() {
    let (store, mood) = moody(Mood::Well);
    let router = service_with(store.clone(), Limits { in_flight: 3, ..Limits::default() });
    let key = stored(&router, "1").await;
    mood.send_replace(Mood::Blocked);
    store.entered.notified().await;
    let mut working = Vec::new();
    for _ in 0..3 {
        let router = router.clone();
        working.push(tokio::spawn(async move { post(&router, "{}").await }));
        store.entered.notified().await;
    }
    for answer in tokio::time::timeout(Duration::from_secs(5), each(&router, &key)).await.expect("at once") {
        let instance = answer.json()["instance"].as_str().expect("text").to_owned();
        assert_eq!(answer.problem(503, "Service Unavailable", &instance), "the service is too busy");
    }
    assert_eq!(ask(&router, "GET", "/health").await.status, StatusCode::OK);
    mood.send_replace(Mood::Well);
    for answer in working {
        assert_eq!(answer.await.expect("no panic").status, StatusCode::CREATED);
    }
    assert_eq!(each(&router, &key).await.map(|answer| answer.status.as_u16()), [201, 200, 200, 204]);
}

#[tokio::test]
async fn documents_on_their_way_take_bounded_room() {
    let (store, mood) = moody(Mood::Blocked);
    let router = service_with(store.clone(), Limits { body: 100, buffer: 150, ..Limits::default() });
    let document = format!("\"{}\"", "x".repeat(98));
    let first = {
        let (router, document) = (router.clone(), document.clone());
        tokio::spawn(async move { post(&router, document).await })
    };
    store.entered.notified().await;
    let answer = post(&router, document.clone()).await;
    assert_eq!(answer.problem(503, "Service Unavailable", "/data"), "the service is too busy");
    mood.send_replace(Mood::Well);
    assert_eq!(first.await.expect("no panic").status, StatusCode::CREATED);
    assert_eq!(post(&router, document).await.status, StatusCode::CREATED);
}
