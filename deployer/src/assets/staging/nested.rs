//! Templates of nested stacks: assets that name other assets.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::rewritten::swap;
use crate::asset::{Asset, AssetSource, Place};
use crate::assets::fingerprint::sha256;

/// The template of a nested stack, which is an asset of the stack around it.
#[derive(Debug)]
pub(super) struct Nested {
    /// The place of the asset among those of the stack.
    pub(super) asset: usize,
    /// Its content, and the SHA-256 of that.
    pub(super) text: String,
    pub(super) id: String,
    original: Value,
    /// The id that the assembly gave it, which is part of its keys.
    original_id: String,
}

impl Nested {
    /// Those of a stack with these assets, whose own template is `main`. What is no JSON is somebody else's.
    fn all(assets: &[Asset], main: &Path) -> Vec<Self> {
        let read = |(index, asset): (usize, &Asset)| {
            let AssetSource::File(path) = &asset.source else { return None };
            let is_template = path.to_string_lossy().ends_with(".template.json") && path != main;
            let text = is_template.then(|| fs::read_to_string(path).ok()).flatten()?;
            let original = serde_json::from_str(&text).ok()?;
            Some(Self { asset: index, id: asset.id.clone(), original_id: asset.id.clone(), original, text })
        };
        assets.iter().enumerate().filter_map(read).collect()
    }

    /// The templates with `swaps` done, those that change anything alone. Whoever names one of them by its key has to
    /// name the new one: that is added to `swaps`.
    pub(super) fn rewritten(assets: &[Asset], main: &Path, swaps: &mut Vec<(String, String)>) -> Vec<Self> {
        let mut nested = Self::all(assets, main);
        // A template that names another one changes with it, so each pass settles one level more.
        for _ in 0..=nested.len() {
            let mut settled = true;
            for template in &mut nested {
                let mut value = template.original.clone();
                swap(&mut value, swaps);
                if value == template.original {
                    continue;
                }
                let text = value.to_string();
                let id = sha256(text.as_bytes());
                if id != template.id {
                    swaps.retain(|(from, _)| *from != template.original_id);
                    swaps.push((template.original_id.clone(), id.clone()));
                    (template.id, template.text, settled) = (id, text, false);
                }
            }
            if settled {
                break;
            }
        }
        nested.retain(|template| template.id != template.original_id);
        nested
    }

    /// Gives the asset its new id in all its keys.
    pub(super) fn rename(&self, asset: &mut Asset) {
        for destination in &mut asset.destinations {
            if let Place::Object { key, .. } = &mut destination.place {
                *key = key.replace(&self.original_id, &self.id);
            }
        }
        asset.id.clone_from(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asset(directory: &Path, name: &str, id: &str, template: &Value) -> Asset {
        let path = directory.join(name);
        fs::write(&path, template.to_string()).expect("written");
        Asset {
            id: id.into(),
            display_name: None,
            source: AssetSource::File(path),
            destinations: Vec::new(),
            is_own: false,
        }
    }

    #[test]
    fn a_template_within_a_template_changes_the_one_around_it() {
        let directory = tempfile::tempdir().expect("made");
        let root = directory.path();
        let outer = json!({"Resources": {"In": {"Properties": {"TemplateURL": "https://s3/other/aaaa.json"}}}});
        let inner = json!({"Resources": {"Fn": {"Properties": {"S3Bucket": "theirs"}}}});
        let aside = json!({"Resources": {}});
        let assets = [
            asset(root, "outer.nested.template.json", "bbbb", &outer),
            asset(root, "inner.nested.template.json", "aaaa", &inner),
            asset(root, "aside.nested.template.json", "cccc", &aside),
            asset(root, "settings.json", "dddd", &inner),
            asset(root, "Main.template.json", "eeee", &inner),
        ];
        let mut swaps = vec![("theirs".to_owned(), "ours".to_owned())];
        let nested = Nested::rewritten(&assets, &root.join("Main.template.json"), &mut swaps);
        assert_eq!(nested.iter().map(|nested| nested.asset).collect::<Vec<_>>(), [0, 1]);
        assert!(nested[1].text.contains("ours"), "{}", nested[1].text);
        assert!(nested[0].text.contains(&format!("https://s3/other/{}.json", nested[1].id)), "{}", nested[0].text);
        assert!(swaps.contains(&("bbbb".to_owned(), nested[0].id.clone())), "{swaps:?}");
        assert_eq!(nested[0].id, sha256(nested[0].text.as_bytes()));
    }
}
