//! Whose lines are in a log group.

/// A resource whose lines are in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) stack: String,
    pub(crate) logical_id: String,
    pub(crate) path: Option<String>,
    /// What the names of its streams begin with, where it shares the group with others.
    pub(crate) prefix: Option<String>,
    /// Whether it writes itself, and is not only the group.
    pub(crate) writes: bool,
}

impl Owner {
    /// Whether lines of this stream are its lines.
    fn has(&self, stream: &str) -> bool {
        self.prefix.as_deref().is_none_or(|prefix| stream.starts_with(prefix))
    }

    /// Whether somebody means it, by its logical id or by the path of its construct or of one above.
    pub(crate) fn is_meant_by(&self, name: &str) -> bool {
        let below =
            |path: &String| path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.logical_id == name || self.path.as_ref().is_some_and(below)
    }

    pub(crate) fn name(&self) -> &str {
        self.path.as_deref().unwrap_or(&self.logical_id)
    }
}

/// Whose line it is that is in this stream: of all that it may be, the one that is known best.
pub(crate) fn owner<'a>(owners: &'a [Owner], stream: &str) -> Option<&'a Owner> {
    let candidates = owners.iter().filter(|owner| owner.has(stream));
    // Of equals the first.
    candidates.rev().max_by_key(|owner| (owner.prefix.as_ref().map_or(0, String::len), owner.writes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(id: &str, prefix: Option<&str>, writes: bool) -> Owner {
        let path = Some(format!("App/{id}"));
        Owner { stack: "App".into(), logical_id: id.into(), path, prefix: prefix.map(str::to_owned), writes }
    }

    #[test]
    fn a_line_is_of_whom_it_fits_best() {
        let owners = [of("Group", None, false), of("Api", Some("api/web/"), true), of("Side", Some("api/"), true)];
        let name = |stream: &str| owner(&owners, stream).map(|owner| owner.logical_id.as_str());
        assert_eq!(name("api/web/0123"), Some("Api"));
        assert_eq!(name("api/router/0123"), Some("Side"));
        assert_eq!(name("other"), Some("Group"));
        assert_eq!(owner(&owners[1..], "other"), None, "of somebody who was not asked for");
        let function = [of("Group", None, false), of("Function", None, true)];
        assert_eq!(owner(&function, "2026/03/01/[$LATEST]0").map(|owner| owner.logical_id.as_str()), Some("Function"));
    }

    #[test]
    fn a_path_means_all_below_it() {
        let api = of("Api/Task", None, true);
        assert!(api.is_meant_by("App/Api") && api.is_meant_by("App/Api/Task") && api.is_meant_by("App"));
        assert!(!api.is_meant_by("App/A") && !api.is_meant_by("Task"));
        assert!(of("Api", None, true).is_meant_by("Api"));
    }
}
