//! What a database may be like.

use std::error::Error;
use std::fs;
use std::sync::Arc;

use data_processor::store::{Key, KeyPrefix, Store, StoreError};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::task::JoinSet;

use crate::postgres::Postgres;
use crate::tools;

/// All that an error says.
fn told(error: &StoreError) -> String {
    let (mut text, mut cause) = (format!("{error} {error:?}"), error.source());
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn many_create_the_table_at_once() {
    let Some(server) = Postgres::start("many_create_the_table_at_once").await else { return };
    for _ in 0..10 {
        let mut stores: Vec<Arc<dyn Store>> = Vec::new();
        for _ in 0..8 {
            stores.push(tools::open(&server.url("pool_size=1"), &server.variables()).await);
        }
        let mut tasks = JoinSet::new();
        for store in stores {
            tasks.spawn(async move {
                let key = Key::generate();
                store.put(key, "{}".into()).await.expect("it is stored");
                assert!(store.get(key).await.expect("it is there").is_some());
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.expect("no task fails");
        }
        assert_eq!(server.ask("SELECT count(*) FROM documents").await, ["8"]);
        server.execute("DROP TABLE documents").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_dropped_is_made_again() {
    let Some(server) = Postgres::start("a_table_that_is_dropped").await else { return };
    let store = tools::open(&server.url(""), &server.variables()).await;
    for _ in 0..3 {
        let key = Key::generate();
        store.put(key, "{}".into()).await.expect("it is stored");
        server.execute("DROP TABLE documents").await;
        assert_eq!(store.get(key).await.expect("the table is made again"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_need_not_own_the_table() {
    let Some(server) = Postgres::start("a_role_need_not_own_the_table").await else { return };
    server.execute("CREATE ROLE clerk LOGIN PASSWORD 'of-the-clerk'").await;
    let url = server.url("").replace("app@", "clerk:of-the-clerk@");
    let store = tools::open(&url, &[]).await;
    let error = store.put(Key::generate(), "{}".into()).await.expect_err("it may not create the table");
    assert!(matches!(error, StoreError::Unavailable { .. }) && told(&error).contains("permission denied"), "{error:?}");
    let owner = tools::open(&server.url(""), &server.variables()).await;
    owner.check().await.expect("it creates the table");
    server.execute("GRANT SELECT, INSERT, DELETE ON documents TO clerk").await;
    let key = Key::generate();
    store.put(key, "{}".into()).await.expect("the table is there");
    assert!(store.delete(key).await.expect("the table is there"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_is_never_acknowledged_before_it_is_safe() {
    let Some(server) = Postgres::start("a_commit_is_never_acknowledged").await else { return };
    let column = "ALTER TABLE documents ADD COLUMN mode text DEFAULT current_setting('synchronous_commit')";
    for (set, used) in [("off", "on"), ("local", "local"), ("remote_write", "remote_write"), ("on", "on")] {
        server.execute(&format!("ALTER ROLE app SET synchronous_commit = {set}")).await;
        let store = tools::open(&server.url(""), &server.variables()).await;
        store.check().await.expect("it creates the table");
        server.execute(column).await;
        store.put(Key::generate(), "{}".into()).await.expect("it is stored");
        assert_eq!(server.ask("SELECT mode FROM documents; DROP TABLE documents").await, [used], "{set}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_others_are_not_listed() {
    let Some(server) = Postgres::start("rows_of_others_are_not_listed").await else { return };
    let store = tools::open(&server.url(""), &server.variables()).await;
    let key = Key::generate();
    store.put(key, "{}".into()).await.expect("it is stored");
    let others = "INSERT INTO documents (key, document) SELECT gen_random_uuid(), '' FROM generate_series(1, 100)";
    server.execute(others).await;
    let page = store.list(&KeyPrefix::default(), None, 1).await.expect("the server is there");
    assert_eq!((page.keys, page.more), (vec![key], false));
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_bounded() {
    let Some(server) = Postgres::start("connections_are_bounded").await else { return };
    let store = tools::open(&server.url("pool_size=3"), &server.variables()).await;
    let mut tasks = JoinSet::new();
    for _ in 0..60 {
        let store = store.clone();
        tasks.spawn(async move { store.put(Key::generate(), "{}".into()).await.expect("it is stored") });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("no task fails");
    }
    let count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'data-processor'";
    assert_eq!(server.ask(count).await, ["3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_waits_for_a_lock_is_given_up() {
    let Some(server) = Postgres::start("a_statement_that_waits").await else { return };
    let store = tools::open(&server.url("pool_size=1"), &server.variables()).await;
    store.check().await.expect("it creates the table");
    let lock = server.ask("BEGIN; LOCK TABLE documents; SELECT pg_sleep(7)");
    let waiting = async {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        let error = store.put(Key::generate(), "{}".into()).await.expect_err("the table is locked");
        assert!(matches!(error, StoreError::TooSlow { .. }), "{error:?}");
    };
    tokio::join!(lock, waiting);
    store.put(Key::generate(), "{}".into()).await.expect("it is free");
}

#[tokio::test(flavor = "multi_thread")]
async fn fails_with_a_wrong_password_that_is_not_shown() {
    let Some(server) = Postgres::start("fails_with_a_wrong_password").await else { return };
    let store = tools::open(&server.url(""), &[("PGPASSWORD", "hidden-but-wrong".into())]).await;
    let error = store.check().await.expect_err("the password is wrong");
    let told = told(&error);
    assert!(matches!(error, StoreError::Unavailable { .. }) && told.contains("password authentication"), "{told}");
    assert!(!told.contains("hidden") && !format!("{store:?}").contains("hidden"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_verified_as_asked() {
    let Some(server) = Postgres::start("certificates_are_verified").await else { return };
    let authority = || {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(parameters, KeyPair::generate().expect("a key")).expect("an authority")
    };
    let (ours, other) = (authority(), authority());
    let key = KeyPair::generate().expect("a key");
    let parameters = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    let certificate = parameters.signed_by(&key, &ours).expect("a certificate");
    // Without TLS yet: what asks for it fails, what may do without does.
    for (mode, works) in [("disable", true), ("prefer", true), ("require", false)] {
        let store = tools::open(&server.url(&format!("sslmode={mode}")), &server.variables()).await;
        assert_eq!(store.check().await.is_ok(), works, "{mode}");
    }
    let folder = server.folder();
    for (name, text) in [("server.crt", certificate.pem()), ("server.key", key.serialize_pem())] {
        let path = folder.join("data").join(name);
        fs::write(&path, text).expect("the folder is writable");
        server.give(&path);
    }
    for (name, authority) in [("ours.pem", &ours), ("other.pem", &other)] {
        fs::write(folder.join(name), authority.pem()).expect("the folder is writable");
    }
    server.execute("ALTER SYSTEM SET ssl = on").await;
    server.execute("SELECT pg_reload_conf()").await;
    tools::eventually("TLS", || async { server.ask("SHOW ssl").await == ["on"] }).await;
    let (ours, other) = (folder.join("ours.pem"), folder.join("other.pem"));
    let (ours, other) = (ours.display(), other.display());
    for (host, parameters, encrypted) in [
        ("127.0.0.1", "sslmode=disable".into(), Some("f")),
        ("127.0.0.1", "sslmode=prefer".into(), Some("t")),
        ("127.0.0.1", "sslmode=require".into(), Some("t")),
        ("127.0.0.1", format!("sslmode=require&sslrootcert={ours}"), Some("t")),
        ("127.0.0.1", format!("sslmode=require&sslrootcert={other}"), None),
        ("127.0.0.1", format!("sslmode=verify-ca&sslrootcert={ours}"), Some("t")),
        ("127.0.0.1", format!("sslmode=verify-ca&sslrootcert={other}"), None),
        ("127.0.0.1", "sslmode=verify-ca".into(), None),
        ("localhost", format!("sslmode=verify-full&sslrootcert={ours}"), Some("t")),
        ("127.0.0.1", format!("sslmode=verify-full&sslrootcert={ours}"), None),
        ("localhost", format!("sslmode=verify-full&sslrootcert={other}"), None),
        ("localhost", "sslmode=verify-full".into(), None),
    ] {
        let url = server.url(&format!("{parameters}&application_name=tried")).replace("127.0.0.1", host);
        let store = tools::open(&url, &server.variables()).await;
        let result = store.check().await;
        assert_eq!(result.is_ok(), encrypted.is_some(), "{host} {parameters}: {result:?}");
        if let Some(encrypted) = encrypted {
            let ask = "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'tried'";
            assert_eq!(server.ask(ask).await, [encrypted], "{host} {parameters}");
        }
        drop(store);
        let ended = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tried'";
        tools::eventually("the end", || async { server.ask(ended).await == ["0"] }).await;
    }
}
