//! Which members and values Grafana's dashboards know, as data.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value as Json;

/// What a member of a dashboard may be.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Shape {
    Any,
    Boolean,
    Number,
    Object,
    String,
    Enum(Vec<Json>),
    List(Box<Self>),
    Map(Box<Self>),
    OneOf(Vec<Self>),
    Ref(String),
}

/// The shapes of a kind of panel.
#[derive(Debug, Deserialize)]
pub(super) struct PanelShapes {
    /// The member `options`.
    pub(super) options: Option<Shape>,
    /// The member `fieldConfig.defaults.custom`.
    pub(super) custom: Option<Shape>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Vocabulary {
    pub(super) dashboard: Shape,
    /// The panels of Grafana itself.
    pub(super) panels: BTreeMap<String, PanelShapes>,
    /// Panels that Grafana replaces by its own when it loads a dashboard.
    pub(super) migrated_panels: BTreeSet<String>,
    pub(super) units: BTreeSet<String>,
    pub(super) transformations: BTreeSet<String>,
    pub(super) matchers: BTreeSet<String>,
    pub(super) reducers: BTreeSet<String>,
    pub(super) shapes: BTreeMap<String, BTreeMap<String, Shape>>,
}

impl Vocabulary {
    /// What this crate was built with.
    pub(super) fn get() -> &'static Self {
        static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
            serde_json::from_str(include_str!("../../data/vocabulary.json")).expect("a test reads the same file")
        });
        &VOCABULARY
    }
}

/// The members on the way to a value. It becomes a text only when there is something to say of it.
#[derive(Clone, Copy)]
pub(super) enum Path<'a> {
    Root(&'a str),
    Member(&'a Self, &'a str),
    Element(&'a Self, usize),
}

impl Path<'_> {
    fn depth(&self) -> usize {
        match self {
            Self::Root(_) => 0,
            Self::Member(above, _) | Self::Element(above, _) => above.depth() + 1,
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(name) | Self::Member(Self::Root(""), name) => formatter.write_str(name),
            Self::Member(above, name) => write!(formatter, "{above}.{name}"),
            Self::Element(above, index) => write!(formatter, "{above}[{index}]"),
        }
    }
}

/// A member that is not of its shape.
pub(super) struct Misfit {
    /// The members on the way to it, such as `fieldConfig.defaults.unit`.
    pub(super) path: String,
    depth: usize,
    pub(super) message: String,
    pub(super) fix: Option<String>,
}

impl Misfit {
    fn new(path: Path<'_>, message: String) -> Self {
        Self { path: path.to_string(), depth: path.depth(), message, fix: None }
    }
}

impl Shape {
    /// Adds what in a value is not of this shape. Nothing (`null`) and deploy-time values are of every shape, and members
    /// that Grafana does not know are passed over, unless one only differs in case from one that it knows.
    pub(super) fn misfits(&self, path: Path<'_>, value: &Json, found: &mut Vec<Misfit>) {
        if value.is_null() || super::is_deferred(value) {
            return;
        }
        let mut wanted = |what: &str| {
            found.push(Misfit::new(path, format!("is to be {what}, got {}", short(value))));
        };
        match self {
            Self::Any => {}
            Self::Boolean if !value.is_boolean() => wanted("true or false"),
            Self::Number if !value.is_number() => wanted("a number"),
            Self::Object if !value.is_object() => wanted("an object"),
            Self::String if !value.is_string() => wanted("a text"),
            Self::Boolean | Self::Number | Self::Object | Self::String => {}
            Self::Enum(values) => {
                if !values.iter().any(|known| same(known, value)) {
                    let known: Vec<_> = values.iter().map(short).collect();
                    wanted(&format!("one of {}", known.join(", ")));
                    if let (Some(misfit), Some(text)) = (found.last_mut(), value.as_str()) {
                        let texts = values.iter().filter_map(Json::as_str);
                        misfit.fix = super::nearest(text, texts).map(|known| format!("write `{known}`"));
                    }
                }
            }
            Self::List(element) => match value.as_array() {
                None => wanted("a list"),
                Some(values) => {
                    for (index, value) in values.iter().enumerate() {
                        element.misfits(Path::Element(&path, index), value, found);
                    }
                }
            },
            Self::Map(element) => match value.as_object() {
                None => wanted("an object"),
                Some(members) => {
                    for (name, value) in members {
                        element.misfits(Path::Member(&path, name), value, found);
                    }
                }
            },
            Self::OneOf(shapes) => {
                if let Some(misfit) = no_such_kind(shapes, path, value) {
                    return found.push(misfit);
                }
                // What misses least is what was meant.
                let mut best: Option<Vec<Misfit>> = None;
                for shape in shapes {
                    let mut misses = Vec::new();
                    shape.misfits(path, value, &mut misses);
                    if misses.is_empty() {
                        return;
                    }
                    let rank =
                        |misses: &Vec<Misfit>| (Reverse(misses.iter().map(|misfit| misfit.depth).min()), misses.len());
                    if best.as_ref().is_none_or(|best| rank(&misses) < rank(best)) {
                        best = Some(misses);
                    }
                }
                found.extend(best.unwrap_or_default());
            }
            Self::Ref(name) => match (value.as_object(), Vocabulary::get().shapes.get(name)) {
                (Some(members), Some(known)) => {
                    for (name, value) in members {
                        if let Some(shape) = known.get(name) {
                            shape.misfits(Path::Member(&path, name), value, found);
                        } else if let Some(meant) = known.keys().find(|known| known.eq_ignore_ascii_case(name)) {
                            let path = Path::Member(&path, name);
                            let misfit = Misfit::new(path, "is no member that Grafana knows".to_owned());
                            found.push(Misfit { fix: Some(format!("write `{meant}`")), ..misfit });
                        }
                    }
                }
                (None, _) => wanted("an object"),
                (_, None) => {}
            },
        }
    }
}

/// Where the member `type` says which of some shapes a value has, and says none of them.
fn no_such_kind(shapes: &[Shape], path: Path<'_>, value: &Json) -> Option<Misfit> {
    let mut kinds = Vec::new();
    for shape in shapes {
        let Shape::Ref(name) = shape else { return None };
        let Shape::Enum(values) = Vocabulary::get().shapes.get(name)?.get("type")? else { return None };
        kinds.extend(values);
    }
    let given = value.get("type")?;
    if kinds.iter().any(|kind| same(kind, given)) {
        return None;
    }
    let known: Vec<_> = kinds.into_iter().map(short).collect();
    let message = format!("is to be one of {}, got {}", known.join(", "), short(given));
    Some(Misfit::new(Path::Member(&path, "type"), message))
}

/// Whether two values are equal, whichever way a number is written.
fn same(one: &Json, other: &Json) -> bool {
    one == other || one.as_f64().is_some_and(|one| other.as_f64() == Some(one))
}

/// A value as a message shows it.
pub(super) fn short(value: &Json) -> String {
    match value {
        Json::String(text) => format!("`{text}`"),
        Json::Object(_) => "an object".to_owned(),
        Json::Array(_) => "a list".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn misfits(panel: &str, options: &Json) -> Vec<String> {
        let mut found = Vec::new();
        let shape = Vocabulary::get().panels[panel].options.as_ref().expect("the panel has options");
        shape.misfits(Path::Root("options"), options, &mut found);
        found.into_iter().map(|misfit| format!("{} {} {:?}", misfit.path, misfit.message, misfit.fix)).collect()
    }

    #[test]
    fn a_value_that_is_not_in_the_list_is_found_with_the_nearest() {
        let found = misfits("timeseries", &json!({ "legend": { "displayMode": "tabel", "showLegend": true } }));
        let wanted = "options.legend.displayMode is to be one of `hidden`, `list`, `table`, got `tabel` \
                      Some(\"write `table`\")";
        assert_eq!(found, [wanted]);
        assert!(misfits("timeseries", &json!({ "legend": { "displayMode": "table" }, "ofAnother": 1 })).is_empty());
    }

    #[test]
    fn a_member_in_another_case_is_found() {
        let found = misfits("stat", &json!({ "colormode": "value" }));
        assert_eq!(found, ["options.colormode is no member that Grafana knows Some(\"write `colorMode`\")"]);
    }

    #[test]
    fn every_reference_has_its_shape() {
        fn references<'a>(shape: &'a Shape, found: &mut Vec<&'a str>) {
            match shape {
                Shape::Ref(name) => found.push(name),
                Shape::List(inner) | Shape::Map(inner) => references(inner, found),
                Shape::OneOf(all) => all.iter().for_each(|inner| references(inner, found)),
                _ => {}
            }
        }
        let vocabulary = Vocabulary::get();
        let mut found = Vec::new();
        references(&vocabulary.dashboard, &mut found);
        vocabulary.shapes.values().flat_map(BTreeMap::values).for_each(|shape| references(shape, &mut found));
        let missing: Vec<_> = found.iter().filter(|name| !vocabulary.shapes.contains_key(**name)).collect();
        assert!(found.len() > 100 && missing.is_empty(), "{missing:?}");
    }
}
