//! What every store does.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use data_processor::store::{Key, KeyPrefix, Page, Store};
use tokio::task::JoinSet;

use crate::postgres::Postgres;
use crate::s3::Emulator;
use crate::scratch::Scratch;
use crate::tools;

#[tokio::test(flavor = "multi_thread")]
async fn memory_conforms() {
    conforms(&tools::open("memory:", &[]).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn file_conforms() {
    for durability in ["power-loss", "process"] {
        let scratch = Scratch::new("file_conforms");
        let url = format!("file:{}/new/data?durability={durability}", scratch.path().display());
        let store = tools::open(&url, &[]).await;
        let kept = conforms(&store).await;
        drop(store);
        holds(&*tools::open(&url, &[]).await, &kept).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_conforms() {
    let Some(emulator) = Emulator::ministack("s3_conforms").await else { return };
    s3(&emulator, &["s3://documents/a/b", "s3://documents"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_conforms_for_another_judge() {
    let Some(emulator) = Emulator::moto("s3_conforms_for_another_judge").await else { return };
    // It is slow: once is enough.
    s3(&emulator, &["s3://documents/a/b"]).await;
}

async fn s3(emulator: &Emulator, urls: &[&str]) {
    emulator.create_bucket("documents").await;
    for url in urls {
        // What others keep beside and below is none of ours.
        for name in ["a/b", "a/b/readme.txt", "a/b2/c", "zzz"] {
            emulator.put_object("documents", name).await;
        }
        let store = tools::open(url, &emulator.variables()).await;
        let kept = conforms(&store).await;
        drop(store);
        holds(&*tools::open(url, &emulator.variables()).await, &kept).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_conforms() {
    let Some(server) = Postgres::start("postgresql_conforms").await else { return };
    let (url, variables) = (server.url("sslmode=disable"), server.variables());
    let store = tools::open(&url, &variables).await;
    let kept = conforms(&store).await;
    drop(store);
    holds(&*tools::open(&url, &variables).await, &kept).await;
}

type Documents = BTreeMap<Key, Bytes>;

/// Puts an empty store through everything and returns what it must hold now.
async fn conforms(store: &Arc<dyn Store>) -> Documents {
    store.check().await.expect("the system is there");
    assert_eq!(all(&**store, "").await, []);
    let mut kept = Documents::new();
    documents_come_back_byte_for_byte(&**store, &mut kept).await;
    what_is_not_there_is_not_found(&**store).await;
    what_is_deleted_is_gone(&**store, &mut kept).await;
    prefixes_and_cursors_select(&**store).await;
    many_at_once_are_all_kept(store, &mut kept).await;
    lists_go_on_where_they_ended(store, &mut kept).await;
    of_two_under_one_key_one_is_kept_whole(&**store, &mut kept).await;
    holds(&**store, &kept).await;
    kept
}

async fn holds(store: &dyn Store, kept: &Documents) {
    assert_eq!(all(store, "").await, kept.keys().copied().collect::<Vec<_>>());
    for (key, document) in kept {
        assert_eq!(store.get(*key).await.expect("the system is there").as_ref(), Some(document), "{key}");
    }
}

async fn documents_come_back_byte_for_byte(store: &dyn Store, kept: &mut Documents) {
    let pseudo_random = |length: usize| {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[0]
        };
        std::iter::repeat_with(next).take(length).collect::<Vec<u8>>()
    };
    let documents: Vec<Bytes> = vec![
        "{}".into(),
        "0".into(),
        " [ 1.0, 1e2,\n\t-0 ] \r\n".into(),
        r#"{"a":1,"a":2,"\u0000":"\ud83d\ude00","'; DROP TABLE documents; --":null}"#.into(),
        "\"h\u{e9}llo \u{1f600} \u{2028} \u{10ffff} e\u{301}\"".into(),
        Bytes::from_iter(0..=255_u8),
        pseudo_random(1).into(),
        pseudo_random(4096).into(),
        pseudo_random(1024 * 1024).into(),
        vec![b'['; 1024 * 1024].into(),
    ];
    for document in documents {
        let key = Key::generate();
        store.put(key, document.clone()).await.expect("it is stored");
        assert_eq!(store.get(key).await.expect("the system is there"), Some(document.clone()));
        kept.insert(key, document);
    }
}

async fn what_is_not_there_is_not_found(store: &dyn Store) {
    let far: Key = "ffffffff-ffff-7fff-bfff-ffffffffffff".parse().expect("a key");
    for key in [Key::generate(), far] {
        assert_eq!(store.get(key).await.expect("the system is there"), None);
        assert!(!store.delete(key).await.expect("the system is there"));
    }
}

async fn what_is_deleted_is_gone(store: &dyn Store, kept: &mut Documents) {
    let key = *kept.keys().next().expect("there are some");
    kept.remove(&key);
    assert!(store.delete(key).await.expect("the system is there"));
    assert!(!store.delete(key).await.expect("the system is there"));
    assert_eq!(store.get(key).await.expect("the system is there"), None);
    assert_eq!(all(store, "").await, kept.keys().copied().collect::<Vec<_>>());
}

async fn prefixes_and_cursors_select(store: &dyn Store) {
    // Long ago, so that they are before all others; some differ in the part that names a directory, some after it.
    let keys: Vec<Key> = [
        "00000000-0000-7000-8000-000000000000",
        "0000aaaa-0000-7000-8000-000000000001",
        "0000aaaa-0000-7000-8000-000000000002",
        "0000aaaa-0001-7000-8000-000000000000",
        "0000aaab-0000-7000-8000-000000000000",
        "0000ab00-0000-7000-8000-000000000000",
        "0000b000-ffff-7fff-bfff-ffffffffffff",
    ]
    .iter()
    .map(|text| text.parse().expect("a key"))
    .collect();
    for key in &keys {
        store.put(*key, "{}".into()).await.expect("it is stored");
    }
    for (prefix, expected) in [
        ("0000", &keys[..]),
        ("0000a", &keys[1..6]),
        ("0000aa", &keys[1..5]),
        ("0000aaaa", &keys[1..4]),
        ("0000aaaa-0000-7000-8000-00000000000", &keys[1..3]),
        ("0000aaaa-0000-7000-8000-000000000002", &keys[2..3]),
        ("0000b000-ffff-7fff-bfff-ffffffffffff", &keys[6..]),
        ("0000c", &[]),
    ] {
        assert_eq!(all(store, prefix).await, expected, "{prefix}");
        let parsed: KeyPrefix = prefix.parse().expect("a prefix");
        for limit in 1..=expected.len() + 1 {
            let page = store.list(&parsed, None, limit).await.expect("the system is there");
            let shown = &expected[..expected.len().min(limit)];
            let more = expected.len() > limit;
            assert_eq!(page, Page { keys: shown.into(), more }, "{prefix} {limit}");
        }
        // A cursor need not be there any more, nor begin so.
        for after in [keys[0], keys[3], keys[6]] {
            let expected: Vec<Key> = expected.iter().copied().filter(|key| *key > after).collect();
            let page = store.list(&parsed, Some(after), 100).await.expect("the system is there");
            assert_eq!(page, Page { keys: expected, more: false }, "{prefix} after {after}");
        }
    }
    for key in keys {
        assert!(store.delete(key).await.expect("the system is there"));
    }
}

async fn many_at_once_are_all_kept(store: &Arc<dyn Store>, kept: &mut Documents) {
    let mut tasks = JoinSet::new();
    for task in 0..64 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut kept = Documents::new();
            for round in 0..10 {
                let key = Key::generate();
                let document = Bytes::from(format!("{{\"task\":{task},\"round\":{round}}}"));
                store.put(key, document.clone()).await.expect("it is stored");
                assert_eq!(store.get(key).await.expect("the system is there"), Some(document.clone()));
                // Those that are deleted, at once with others that are stored beside them, are not missed.
                if round % 5 == 4 {
                    assert!(store.delete(key).await.expect("the system is there"));
                } else {
                    kept.insert(key, document);
                }
            }
            kept
        });
    }
    while let Some(done) = tasks.join_next().await {
        kept.extend(done.expect("no task fails"));
    }
}

async fn lists_go_on_where_they_ended(store: &Arc<dyn Store>, kept: &mut Documents) {
    let mut tasks = JoinSet::new();
    let missing: Vec<Key> = (kept.len()..2500).map(|_| Key::generate()).collect();
    for keys in missing.chunks(100).map(<[Key]>::to_vec) {
        let store = store.clone();
        tasks.spawn(async move {
            for key in keys {
                store.put(key, "[]".into()).await.expect("it is stored");
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("no task fails");
    }
    kept.extend(missing.into_iter().map(|key| (key, Bytes::from("[]"))));
    let expected: Vec<Key> = kept.keys().copied().collect();
    for limit in [1000, 999, 500, 100] {
        let (mut keys, mut pages) = (Vec::new(), 0);
        loop {
            let after = keys.last().copied();
            let page = store.list(&KeyPrefix::default(), after, limit).await.expect("the system is there");
            keys.extend(page.keys);
            pages += 1;
            if !page.more {
                break;
            }
        }
        assert_eq!(keys, expected, "{limit}");
        assert_eq!(pages, expected.len().div_ceil(limit), "{limit}");
    }
}

async fn of_two_under_one_key_one_is_kept_whole(store: &dyn Store, kept: &mut Documents) {
    let key = Key::generate();
    let documents = [Bytes::from(vec![b'1'; 9000]), Bytes::from(vec![b'2'; 3000])];
    let [first, second] = documents.clone();
    let (first, second) = tokio::join!(store.put(key, first), store.put(key, second));
    assert!(first.is_ok() || second.is_ok(), "{first:?} {second:?}");
    let document = store.get(key).await.expect("the system is there").expect("one is kept");
    assert!(documents.contains(&document));
    kept.insert(key, document);
}

async fn all(store: &dyn Store, prefix: &str) -> Vec<Key> {
    let prefix = prefix.parse().expect("a prefix");
    let page = store.list(&prefix, None, 10_000).await.expect("the system is there");
    assert!(!page.more);
    page.keys
}
