//! What happens when the system behind a store fails, and when it is back.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use data_processor::store::{Key, KeyPrefix, Store, StoreError};
use rustix::process::Signal;
use tokio::time::Instant;

use crate::postgres::Postgres;
use crate::proxy::{Network, Proxy};
use crate::s3::Emulator;
use crate::scratch::Scratch;
use crate::tools::{self, LIMIT};

/// What an operation may take beyond its limit on a busy machine.
const SLACK: Duration = Duration::from_millis(700);

/// The failure of every operation, each within the limit.
async fn all_fail(store: &dyn Store, of: fn(&StoreError) -> bool) {
    let (key, every) = (Key::generate(), KeyPrefix::default());
    let begin = Instant::now();
    let (put, get, delete, list, check) = tokio::join!(
        store.put(key, "{}".into()),
        store.get(key),
        store.delete(key),
        store.list(&every, None, 100),
        // The last one that went well counts for a second.
        async {
            tokio::time::sleep(Duration::from_millis(1100)).await;
            store.check().await
        },
    );
    assert!(begin.elapsed() < LIMIT + Duration::from_millis(1100) + SLACK, "{:?}", begin.elapsed());
    for (operation, result) in
        [("put", put), ("get", get.map(drop)), ("delete", delete.map(drop)), ("list", list.map(drop)), ("check", check)]
    {
        let error = result.expect_err(operation);
        assert!(of(&error), "{operation}: {error:?}");
        assert!(error.to_string().contains(operation), "{error}");
    }
}

fn unavailable(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable { .. })
}

fn too_slow(error: &StoreError) -> bool {
    matches!(error, StoreError::TooSlow { limit, .. } if *limit == LIMIT)
}

async fn put(store: &dyn Store) -> (Key, Bytes) {
    let (key, document) = (Key::generate(), Bytes::from("{\"kept\":true}"));
    store.put(key, document.clone()).await.expect("it is stored");
    (key, document)
}

/// Waits until the store works again and still holds what it acknowledged.
async fn recovers(store: &dyn Store, (key, document): &(Key, Bytes)) {
    tools::eventually("recovery", || async { store.check().await.is_ok() }).await;
    put(store).await;
    assert_eq!(store.get(*key).await.expect("the system is back").as_ref(), Some(document));
    let page = store.list(&KeyPrefix::default(), None, 1000).await.expect("the system is back");
    assert!(page.keys.contains(key));
    assert!(!store.delete(Key::generate()).await.expect("the system is back"));
}

#[tokio::test(flavor = "multi_thread")]
async fn file_root_gone_and_back() {
    let scratch = Scratch::new("file_root_gone_and_back");
    let (root, away) = (scratch.path().join("data"), scratch.path().join("away"));
    let store = tools::open(&format!("file:{}", root.display()), &[]).await;
    let kept = put(&*store).await;
    for in_place in [false, true] {
        fs::rename(&root, &away).expect("the root is moved away");
        if in_place {
            fs::write(&root, "no directory").expect("a file is in its place");
        }
        all_fail(&*store, unavailable).await;
        if in_place {
            fs::remove_file(&root).expect("it is there");
        }
        // Nothing was written where the root would be.
        assert!(!root.exists());
        fs::rename(&away, &root).expect("the root is back");
        recovers(&*store, &kept).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn file_root_replaced_by_an_empty_one() {
    let scratch = Scratch::new("file_root_replaced");
    let root = scratch.path().join("data");
    let store = tools::open(&format!("file:{}", root.display()), &[]).await;
    let (lost, _) = put(&*store).await;
    fs::remove_dir_all(&root).expect("the root is removed");
    fs::create_dir(&root).expect("and made anew");
    assert_eq!(store.get(lost).await.expect("the root is there"), None);
    let kept = put(&*store).await;
    recovers(&*store, &kept).await;
    // It is where others look for it.
    let other = tools::open(&format!("file:{}", root.display()), &[]).await;
    assert_eq!(other.get(kept.0).await.expect("the root is there"), Some(kept.1));
}

#[tokio::test(flavor = "multi_thread")]
async fn file_cannot_be_written_but_read() {
    let scratch = Scratch::new("file_cannot_be_written");
    let root = scratch.path().join("data");
    let store = tools::open(&format!("file:{}", root.display()), &[]).await;
    let kept = put(&*store).await;
    fs::rename(root.join("tmp"), root.join("away")).expect("it is there");
    fs::write(root.join("tmp"), "no directory").expect("a file is in its place");
    let error = store.put(Key::generate(), "{}".into()).await.expect_err("nothing can be written");
    assert!(unavailable(&error), "{error:?}");
    assert_eq!(store.get(kept.0).await.expect("it can be read").as_ref(), Some(&kept.1));
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let error = store.check().await.expect_err("nothing can be written");
    assert!(unavailable(&error), "{error:?}");
    fs::remove_file(root.join("tmp")).expect("it is there");
    recovers(&*store, &kept).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_gone_and_back() {
    let Some(mut emulator) = Emulator::ministack("s3_gone_and_back").await else { return };
    // Nothing has to be there at the start.
    let store = tools::open("s3://documents/data", &emulator.variables()).await;
    all_fail(&*store, unavailable).await;
    emulator.create_bucket("documents").await;
    tools::eventually("the bucket's creation", || async { store.check().await.is_ok() }).await;
    let kept = put(&*store).await;
    emulator.signal(Signal::STOP);
    all_fail(&*store, too_slow).await;
    emulator.signal(Signal::CONT);
    recovers(&*store, &kept).await;
    emulator.stop();
    all_fail(&*store, unavailable).await;
    // The emulator has forgotten the bucket: that is no reason to say that there is no such document.
    emulator.restart().await;
    all_fail(&*store, unavailable).await;
    emulator.create_bucket("documents").await;
    tools::eventually("the bucket's creation", || async { store.check().await.is_ok() }).await;
    let kept = put(&*store).await;
    recovers(&*store, &kept).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_behind_a_bad_network() {
    let Some(emulator) = Emulator::ministack("s3_behind_a_bad_network").await else { return };
    emulator.create_bucket("documents").await;
    let proxy = Proxy::to(emulator.port()).await;
    let store = tools::open("s3://documents/data", &Emulator::variables_at(proxy.port())).await;
    through(&*store, &proxy).await;
    let kept = put(&*store).await;
    for (status, code) in [
        ("503 Slow Down", "SlowDown"),
        ("500 Internal Server Error", "InternalError"),
        ("403 Forbidden", "AccessDenied"),
    ] {
        let body = format!("<Error><Code>{code}</Code><Message>no</Message></Error>");
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        proxy.set(Network::Answers(answer.into()));
        all_fail(&*store, unavailable).await;
        proxy.set(Network::Up);
        recovers(&*store, &kept).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_gone_and_back() {
    let Some(mut server) = Postgres::start("postgresql_gone_and_back").await else { return };
    server.kill();
    // Nothing has to be there at the start.
    let store = tools::open(&server.url("pool_size=4"), &server.variables()).await;
    all_fail(&*store, unavailable).await;
    server.run().await;
    tools::eventually("the server's start", || async { store.check().await.is_ok() }).await;
    let kept = put(&*store).await;
    server.signal(Signal::STOP);
    all_fail(&*store, too_slow).await;
    server.signal(Signal::CONT);
    recovers(&*store, &kept).await;
    server.kill();
    all_fail(&*store, unavailable).await;
    server.run().await;
    recovers(&*store, &kept).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_behind_a_bad_network() {
    let Some(server) = Postgres::start("postgresql_behind_a_bad_network").await else { return };
    let proxy = Proxy::to(server.port()).await;
    let store = tools::open(&Postgres::url_at(proxy.port(), "pool_size=4"), &server.variables()).await;
    through(&*store, &proxy).await;
}

/// A network that fails in each way, and is back.
async fn through(store: &dyn Store, proxy: &Proxy) {
    let kept = put(store).await;
    proxy.set(Network::Down);
    all_fail(store, unavailable).await;
    proxy.set(Network::Up);
    recovers(store, &kept).await;
    proxy.set(Network::Slow(LIMIT * 3));
    all_fail(store, too_slow).await;
    proxy.set(Network::Up);
    recovers(store, &kept).await;
    // Slow, but not too slow.
    proxy.set(Network::Slow(LIMIT / 50));
    recovers(store, &kept).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_loses_nothing_when_it_crashes() {
    let Some(mut server) = Postgres::start("postgresql_loses_nothing_when_it_crashes").await else { return };
    // What a role may say, and what would lose the last commits.
    server.execute("ALTER ROLE app SET synchronous_commit = off").await;
    let store = tools::open(&server.url("pool_size=8"), &server.variables()).await;
    let mut acknowledged = Vec::new();
    for _ in 0..5 {
        let mut writers = Vec::new();
        for _ in 0..8 {
            let store = store.clone();
            writers.push(tokio::spawn(write_until_it_fails(store)));
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.kill();
        for writer in writers {
            acknowledged.extend(writer.await.expect("no panic"));
        }
        server.run().await;
        tools::eventually("recovery", || async { store.check().await.is_ok() }).await;
    }
    assert!(acknowledged.len() > 10, "{}", acknowledged.len());
    for key in acknowledged {
        let document = store.get(key).await.expect("the server is back").expect("what was acknowledged is there");
        assert_eq!(document, format!("{{\"key\":\"{key}\"}}"));
    }
}

async fn write_until_it_fails(store: Arc<dyn Store>) -> Vec<Key> {
    let mut acknowledged = Vec::new();
    loop {
        let key = Key::generate();
        if store.put(key, format!("{{\"key\":\"{key}\"}}").into()).await.is_err() {
            return acknowledged;
        }
        acknowledged.push(key);
    }
}
