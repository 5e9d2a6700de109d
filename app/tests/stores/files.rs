//! What lies in a directory, and what does not get there.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use data_processor::store::{Key, KeyPrefix, StorageUrl, StoreError};

use crate::scratch::Scratch;
use crate::tools;

/// Every file below `folder`, by its path there, without the directories of running stores.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut open) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(current) = open.pop() {
        for entry in fs::read_dir(current).expect("the folder can be listed") {
            let path = entry.expect("the folder can be listed").path();
            if path.is_dir() {
                open.push(path);
            } else if path.file_name().is_none_or(|name| name != "lock") {
                let relative = path.strip_prefix(folder).expect("what is listed lies below").to_owned();
                found.insert(relative, fs::read(&path).expect("what is listed can be read"));
            }
        }
    }
    found
}

fn place(key: Key) -> PathBuf {
    let text = key.to_string();
    Path::new(&text[..6]).join(&text[6..8]).join(&text)
}

#[tokio::test]
async fn files_are_the_documents_and_nothing_else() {
    let scratch = Scratch::new("files_are_the_documents");
    let store = tools::open(&format!("file:{}", scratch.path().display()), &[]).await;
    let mut expected = BTreeMap::new();
    for number in 0..20 {
        let (key, document) = (Key::generate(), format!("{{ \"number\": {number} }}\n"));
        store.put(key, document.clone().into()).await.expect("it is stored");
        expected.insert(place(key), document.into_bytes());
    }
    store.check().await.expect("the directory is there");
    assert_eq!(files(scratch.path()), expected);
}

#[tokio::test]
async fn empty_directories_do_not_pile_up() {
    let scratch = Scratch::new("empty_directories");
    let store = tools::open(&format!("file:{}", scratch.path().display()), &[]).await;
    for minute in 0..300 {
        let key: Key =
            format!("0198c2{:02x}-{minute:04x}-7000-8000-000000000000", minute % 256).parse().expect("a key");
        store.put(key, "{}".into()).await.expect("it is stored");
        assert!(store.delete(key).await.expect("the directory is there"));
    }
    let directories = fs::read_dir(scratch.path().join("0198c2")).expect("the last ones are there").count();
    assert!(directories <= 4, "{directories}");
}

#[tokio::test]
async fn links_and_other_files_are_not_taken_for_documents() {
    let scratch = Scratch::new("links_and_other_files");
    let (root, secret) = (scratch.path().join("data"), scratch.path().join("secret"));
    fs::write(&secret, "{\"secret\":true}").expect("the scratch folder is writable");
    let store = tools::open(&format!("file:{}", root.display()), &[]).await;
    let kept = Key::generate();
    store.put(kept, "{}".into()).await.expect("it is stored");
    let folder = root.join(place(kept)).parent().expect("it is in a directory").to_owned();
    let of = |text: &str| -> Key { format!("{}{text}", &kept.to_string()[..24]).parse().expect("a key") };
    let (link, directory, empty) = (of("000000000000"), of("111111111111"), of("222222222222"));
    symlink(&secret, folder.join(link.to_string())).expect("the directory is writable");
    fs::create_dir(folder.join(directory.to_string())).expect("the directory is writable");
    fs::write(folder.join(empty.to_string()), "").expect("the directory is writable");
    fs::write(folder.join("README"), "not a document").expect("the directory is writable");
    fs::create_dir(root.join("lost+found")).expect("the directory is writable");
    for key in [link, directory, empty] {
        let error = store.get(key).await.expect_err("it is not a document");
        assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    }
    let page = store.list(&KeyPrefix::default(), None, 100).await.expect("the directory is there");
    assert!(page.keys.contains(&kept));
    // The link goes, what it leads to stays.
    assert!(store.delete(link).await.expect("the directory is there"));
    assert!(secret.exists());
    assert_eq!(store.get(link).await.expect("the directory is there"), None);
}

#[tokio::test]
async fn rejects_a_directory_that_is_a_link() {
    let scratch = Scratch::new("a_directory_that_is_a_link");
    let (root, elsewhere) = (scratch.path().join("data"), scratch.path().join("elsewhere"));
    fs::create_dir(&elsewhere).expect("the scratch folder is writable");
    let store = tools::open(&format!("file:{}", root.display()), &[]).await;
    let key = Key::generate();
    symlink(&elsewhere, root.join(&key.to_string()[..6])).expect("the root is writable");
    store.put(key, "{}".into()).await.expect_err("the directory leads elsewhere");
    assert_eq!(fs::read_dir(&elsewhere).expect("it is there").count(), 0);
    assert_eq!(files(&root).into_keys().filter(|path| path.starts_with("tmp")).count(), 0);
}

#[tokio::test]
async fn what_the_dead_left_is_removed_and_no_more() {
    let scratch = Scratch::new("what_the_dead_left");
    let root = scratch.path();
    let url = format!("file:{}", root.display());
    let living = tools::open(&url, &[]).await;
    let tmp = root.join("tmp");
    let of_living = fs::read_dir(&tmp).expect("it is there").next().expect("one").expect("one").path();
    fs::write(of_living.join("half"), "{").expect("the directory is writable");
    // As one that was killed in the middle of two puts leaves it.
    let dead = tmp.join(Key::generate().to_string());
    fs::create_dir(&dead).expect("the directory is writable");
    for name in ["lock", "01", "02"] {
        fs::write(dead.join(name), "{").expect("the directory is writable");
    }
    // Killed before it had a lock: it may as well be about to take it.
    let young = tmp.join(Key::generate().to_string());
    fs::create_dir(&young).expect("the directory is writable");
    fs::create_dir(tmp.join("of-others")).expect("the directory is writable");
    let second = tools::open(&url, &[]).await;
    assert!(!dead.exists() && young.exists() && of_living.join("half").exists() && tmp.join("of-others").exists());
    living.put(Key::generate(), "{}".into()).await.expect("it goes on");
    second.put(Key::generate(), "{}".into()).await.expect("it works");
    drop(second);
    // One that ends in order leaves nothing.
    assert_eq!(fs::read_dir(&tmp).expect("it is there").count(), 3);
}

#[tokio::test]
async fn fails_to_open_what_is_no_directory() {
    let scratch = Scratch::new("what_is_no_directory");
    let file = scratch.path().join("file");
    fs::write(&file, "").expect("the scratch folder is writable");
    for path in [file.clone(), file.join("below")] {
        let url: StorageUrl = format!("file:{}", path.display()).parse().expect("a URL");
        let error = url.open().await.expect_err("it cannot be a directory");
        assert_eq!(error.to_string(), format!("cannot keep documents in {}", path.display()));
        assert!(std::error::Error::source(&error).is_some());
    }
}
