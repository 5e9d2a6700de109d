//! [`References`]: what the parts of a content refer to, as names of Rust.

use serde_json::{Value as Json, json};

use super::both::Both;
use super::code::Code;
use super::meaning::text;
use super::name::Names;
use super::source::{Language, Source, Sources};
use crate::alerting::{ContactPointRef, MuteTimingRef};
use crate::dashboard::DashboardRef;
use crate::datasource::{DataSourceRef, Kind};
use crate::folder::FolderRef;

/// What can be referred to, by its kind and what tells it from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    Folder(String),
    ContactPoint(String),
    MuteTiming(String),
    Dashboard(String),
}

/// A variable of the generated function.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) name: String,
    /// Its type.
    pub(super) kind: String,
    /// What makes it where the content does not add it.
    pub(super) existing: Option<Code>,
}

/// The variables of the generated function.
#[derive(Clone, Debug)]
pub(super) struct References {
    names: Names,
    others: Vec<(What, Variable)>,
    sources: Vec<(Source, bool)>,
}

impl References {
    pub(super) fn new() -> Self {
        let mut names = Names::default();
        names.reserve("content");
        names.reserve(super::file::LOCAL);
        Self { names, others: Vec::new(), sources: Vec::new() }
    }

    /// Gives what the content adds a name.
    pub(super) fn add(&mut self, what: What, title: &str) -> String {
        let (word, _) = what.words();
        let name = self.names.name(&format!("{title} {word}"), word);
        let variable = Variable { name: name.clone(), kind: what.kind().to_owned(), existing: None };
        self.others.push((what, variable));
        name
    }

    /// Gives a data source that the content adds a name.
    pub(super) fn add_source(&mut self, source: &Json) -> String {
        let (uid, plugin) = (text(source, "uid"), text(source, "type"));
        let name = self.names.name(text(source, "name"), "data_source");
        let written = Some(json!({ "type": plugin, "uid": uid }));
        self.sources.push((Source { written, language: Language::of_plugin(plugin), name: name.clone() }, true));
        name
    }

    /// Returns the data source that the content adds under this id.
    pub(super) fn added_source(&self, uid: &str) -> Option<&Source> {
        let added = self.sources.iter().filter(|(_, is_added)| *is_added).map(|(source, _)| source);
        added.into_iter().find(|source| source.parts().0 == uid)
    }

    /// Returns the name of a data source as a dashboard has it.
    pub(super) fn source(&mut self, wanted: &Source) -> String {
        let is_it = |held: &Source| held.written == wanted.written && held.language == wanted.language;
        if let Some((held, _)) = self.sources.iter().find(|(held, _)| is_it(held)) {
            return held.name.clone();
        }
        let name = self.names.name(&wanted.name, "data_source");
        self.sources.push((Source { name: name.clone(), ..wanted.clone() }, false));
        name
    }

    /// Returns the data sources for code that asks them; [`take`](Self::take) keeps those that it met first.
    pub(super) fn sources(&self) -> Sources<'static> {
        let found = self.sources.iter().map(|(source, _)| source.clone()).collect();
        Sources::known(found, self.names.clone())
    }

    pub(super) fn take(&mut self, sources: &Sources<'_>) {
        for source in &sources.found()[self.sources.len()..] {
            self.names.reserve(&source.name);
            self.sources.push((source.clone(), false));
        }
    }

    /// Returns a reference to a data source that the content adds, if it is of the language.
    pub(super) fn of_kind<K: Kind>(&self, uid: &str, language: Language) -> Option<Both<DataSourceRef<K>>> {
        let source = self.added_source(uid).filter(|source| source.language == language)?;
        let (uid, plugin) = source.parts();
        Some(Both::new(DataSourceRef::existing(uid, plugin), Code::plain(&source.name)))
    }

    pub(super) fn folder(&mut self, uid: &str) -> Both<FolderRef> {
        Both::new(FolderRef::existing(uid), self.get(What::Folder(uid.to_owned())))
    }

    pub(super) fn contact_point(&mut self, name: &str) -> Both<ContactPointRef> {
        Both::new(ContactPointRef::existing(name), self.get(What::ContactPoint(name.to_owned())))
    }

    pub(super) fn mute_timing(&mut self, name: &str) -> Both<MuteTimingRef> {
        Both::new(MuteTimingRef::existing(name), self.get(What::MuteTiming(name.to_owned())))
    }

    /// Returns a reference to a dashboard that the content adds.
    pub(super) fn dashboard(&self, uid: &str) -> Option<Both<DashboardRef>> {
        let what = What::Dashboard(uid.to_owned());
        let (_, held) = self.others.iter().find(|(held, _)| *held == what)?;
        Some(Both::new(DashboardRef::existing(uid), Code::plain(&held.name)))
    }

    fn get(&mut self, what: What) -> Code {
        if let Some((_, held)) = self.others.iter().find(|(held, _)| *held == what) {
            return Code::plain(&held.name);
        }
        let (word, id) = what.words();
        let existing = Code::call(format!("{}::existing", what.kind()), vec![Code::text(id)]);
        let name = self.names.name(&format!("{id} {word}"), word);
        let (code, kind) = (Code::plain(&name), what.kind().to_owned());
        self.others.push((what, Variable { name, kind, existing: Some(existing) }));
        code
    }

    /// Returns all variables.
    pub(super) fn variables(&self) -> Vec<Variable> {
        let sources = self.sources.iter().map(|(source, is_added)| Variable {
            name: source.name.clone(),
            kind: format!("DataSourceRef<{}>", source.language.kind()),
            existing: (!is_added).then(|| source.make()),
        });
        self.others.iter().map(|(_, variable)| variable.clone()).chain(sources).collect()
    }
}

impl What {
    fn words(&self) -> (&'static str, &str) {
        match self {
            Self::Folder(id) => ("folder", id),
            Self::ContactPoint(id) => ("contact_point", id),
            Self::MuteTiming(id) => ("timing", id),
            Self::Dashboard(id) => ("dashboard", id),
        }
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::Folder(_) => "FolderRef",
            Self::ContactPoint(_) => "ContactPointRef",
            Self::MuteTiming(_) => "MuteTimingRef",
            Self::Dashboard(_) => "DashboardRef",
        }
    }
}

impl<T> Both<T> {
    /// Returns it as an argument of a call that only looks at it.
    pub(super) fn by_ref(&self) -> Both<&T> {
        Both { value: &self.value, code: self.code.clone() }
    }
}
