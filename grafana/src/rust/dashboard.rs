//! Whole dashboards.

use belvedere_cfn::{Expr, Properties};
use serde_json::Value as Json;

use super::annotation::annotation;
use super::both::whole;
use super::code::Code;
use super::file::quoted;
use super::made::{Made, at, fits_json, leaves};
use super::name::Names;
use super::panel::{MadePanel, panel, whole_panel};
use super::source::{Source, Sources};
use super::value::link;
use super::variable::variable;
use crate::dashboard::layout::Cursor;
use crate::dashboard::model::Model;
use crate::dashboard::setters::{DASHBOARD, ROW};
use crate::dashboard::{AnyPanel, CustomPanel, Dashboard, Row};

/// A function of the generated file.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) returns: String,
    pub(super) body: Code,
    /// What the documentation says it is.
    pub(super) about: String,
}

/// A dashboard as functions, the last of which returns it.
pub(super) struct MadeDashboard {
    pub(super) functions: Vec<Function>,
    pub(super) sources: Vec<Source>,
    pub(super) untyped: usize,
}

/// A panel or a row at the top of a dashboard.
enum Item {
    Panel(Placed),
    Row(Placed, Vec<Placed>),
}

/// A panel or the head of a row, with its name and its place.
struct Placed {
    made: Made,
    kind: &'static str,
    title: String,
    model: Properties,
}

/// The functions of the panels and rows, while the dashboard is made.
struct Functions<'a> {
    names: &'a mut Names,
    sources: Vec<Source>,
    made: Vec<Function>,
    untyped: usize,
}

impl Functions<'_> {
    /// Adds the function of a panel, and returns its call.
    fn panel(&mut self, placed: &Placed) -> Code {
        self.add(placed, placed.made.code.clone(), "panel")
    }

    /// Adds a function for a panel or a row, and returns its call.
    fn add(&mut self, placed: &Placed, body: Code, what: &str) -> Code {
        self.untyped += placed.made.untyped;
        let name = self.names.name(&placed.title, what);
        let about = format!("The {what} {}.", quoted(&placed.title));
        let used = body.names();
        let arguments = self.sources.iter().filter(|source| used.contains(&source.name));
        let call = Code::call(name.clone(), arguments.map(|source| Code::plain(&source.name)).collect());
        self.made.push(Function { name, returns: placed.kind.to_owned(), body, about });
        call
    }
}

/// Returns a dashboard as code.
pub(super) fn dashboard(wanted: &Json, name: &str, names: &mut Names) -> Option<MadeDashboard> {
    let mut sources = Sources::new(wanted);
    let text = |name: &str| wanted[name].as_str().unwrap_or_default();
    let (uid, title) = (text("uid"), text("title"));
    let mut real = Dashboard::new(uid, title);
    let mut made = Made::new(Code::call("Dashboard::new", vec![Code::text(uid), Code::text(title)]), real.to_value());
    members(&mut made, wanted, &mut sources);

    let old = rows(wanted, &mut sources);
    let items = items(wanted, &mut sources)?;
    let found = sources.found().to_vec();
    // A parameter would hide a function of its name.
    found.iter().for_each(|source| names.reserve(&source.name));
    let mut functions = Functions { names, sources: found, made: Vec::new(), untyped: 0 };
    for item in items {
        match item {
            Item::Panel(placed) => {
                made.code.method("panel", vec![functions.panel(&placed)]);
                real = real.panel(AnyPanel { model: Model::new(placed.model) });
            }
            Item::Row(head, panels) => {
                let mut body = head.made.code.clone();
                let mut row = Row { model: Model::new(head.model.clone()), panels: Vec::new() };
                for placed in panels {
                    body.method("panel", vec![functions.panel(&placed)]);
                    row = row.panel(AnyPanel { model: Model::new(placed.model) });
                }
                made.code.method("row", vec![functions.add(&head, body, "row")]);
                real = real.row(row);
            }
        }
    }
    put_rows(&mut made, wanted, old, &mut functions);
    // The panels as they are once all have their places.
    made.write("panels", real.to_value()["panels"].clone());
    made.finish(wanted).then_some(())?;
    let Functions { sources, made: mut functions, untyped, .. } = functions;
    functions.push(Function {
        name: name.to_owned(),
        returns: "Dashboard".to_owned(),
        body: made.code,
        about: format!("The dashboard {}.", quoted(title)),
    });
    Some(MadeDashboard { functions, sources, untyped: untyped + made.untyped })
}

/// Says what a dashboard has beside its panels.
fn members(made: &mut Made, wanted: &Json, sources: &mut Sources<'_>) {
    made.setters(DASHBOARD, wanted);
    if let (Some(from), Some(to)) = (wanted["time"]["from"].as_str(), wanted["time"]["to"].as_str()) {
        let time = serde_json::json!({ "from": from, "to": to });
        made.put("time", vec![Code::text(from), Code::text(to)], "time", time);
    }
    for element in wanted["links"].as_array().into_iter().flatten() {
        let Some(link) = link(element) else { break };
        made.push("link", vec![link.code], "links", to_json(link.value));
    }
    let mut list = |path: &str, method: &str, part: &mut dyn FnMut(&Json) -> Option<Made>| {
        let elements = at(wanted, path).and_then(Json::as_array).into_iter().flatten();
        for part in elements.map_while(part) {
            made.untyped += part.untyped;
            made.push(method, vec![part.code], path, part.gives);
        }
    };
    list("annotations.list", "annotation", &mut annotation);
    list("templating.list", "variable", &mut |element| variable(element, sources));
}

/// Puts the rows in as Grafana before version 5 had them.
fn put_rows(made: &mut Made, wanted: &Json, rows: Vec<(usize, Vec<Placed>)>, functions: &mut Functions<'_>) {
    if !rows.is_empty() {
        made.put_code(&["rows"], Code::Json(Json::Array(Vec::new())), Json::Array(Vec::new()));
    }
    for (row, panels) in rows {
        let mut head = wanted["rows"][row].clone();
        head["panels"] = Json::Array(Vec::new());
        let row = row.to_string();
        made.untyped += leaves(&head);
        made.put_code(&["rows", &row], super::made::json(&head), head);
        for (index, placed) in panels.into_iter().enumerate() {
            let call = functions.panel(&placed);
            made.put_code(&["rows", &row, "panels", &index.to_string()], call, placed.made.gives);
        }
    }
}

fn json(root: &Properties) -> Json {
    serde_json::to_value(root).unwrap_or_default()
}

fn to_json(value: impl Into<Expr>) -> Json {
    serde_json::to_value(value.into()).unwrap_or_default()
}

fn properties(json: &Json) -> Properties {
    match Expr::from(json.clone()) {
        Expr::Object(members) => members,
        _ => Properties::new(),
    }
}

/// Returns the panels of rows as Grafana before version 5 had them, up to the first that no code can say.
fn rows(wanted: &Json, sources: &mut Sources<'_>) -> Vec<(usize, Vec<Placed>)> {
    let mut rows = Vec::new();
    for (index, row) in wanted["rows"].as_array().into_iter().flatten().enumerate() {
        let Some(panels) = row["panels"].as_array() else { return rows };
        let mut head = row.clone();
        head["panels"] = Json::Array(Vec::new());
        if !fits_json(&head) {
            return rows;
        }
        let panel = |panel: &Json| {
            let MadePanel { made, kind } = whole_panel(panel, sources)?;
            Some(Placed { model: Properties::new(), made, kind, title: title(panel) })
        };
        rows.push((index, panels.iter().map_while(panel).collect()));
    }
    rows
}

/// Returns the panels, those of an open row with it, each with the place and the id that the dashboard would not give it.
fn items(wanted: &Json, sources: &mut Sources<'_>) -> Option<Vec<Item>> {
    let mut items = Vec::new();
    let mut cursor = Cursor::default();
    for element in wanted["panels"].as_array().into_iter().flatten() {
        if element["type"] != "row" {
            let placed = placed_panel(element, &mut cursor, sources)?;
            match items.last_mut() {
                Some(Item::Row(head, panels)) if !is_collapsed(head) => panels.push(placed),
                _ => items.push(Item::Panel(placed)),
            }
            continue;
        }
        if matches!(items.last(), Some(Item::Row(head, _)) if !is_collapsed(head)) {
            cursor.new_line();
        }
        let head = placed_row(element, &mut cursor)?;
        let mut panels = Vec::new();
        if is_collapsed(&head) {
            let below = cursor.clone();
            for inner in element["panels"].as_array().into_iter().flatten() {
                panels.push(placed_panel(inner, &mut cursor, sources)?);
            }
            cursor.back_to(&below);
        }
        items.push(Item::Row(head, panels));
    }
    Some(items)
}

fn is_collapsed(head: &Placed) -> bool {
    head.made.gives["collapsed"] == true
}

fn placed_panel(wanted: &Json, cursor: &mut Cursor, sources: &mut Sources<'_>) -> Option<Placed> {
    let MadePanel { made, kind } = panel(wanted, sources).unwrap_or_else(|| {
        // What is no panel has a panel's place, and is put there by the dashboard.
        let panel = AnyPanel::from(CustomPanel::custom("", ""));
        let code = Code::call("CustomPanel::custom", vec![Code::text(""), Code::text("")]);
        MadePanel { made: Made::new(code, json(&panel.model.root)), kind: "CustomPanel" }
    });
    let mut placed = Placed { model: properties(&made.gives), made, kind, title: title(wanted) };
    let mut given = placed.model.clone();
    cursor.clone().place(&mut given);
    if let Some(id) = id_to_set(wanted, &given) {
        placed.put("id", vec![Code::plain(id.to_string())], "id", id.into());
    }
    let place = |name: &str| whole(&wanted["gridPos"][name]).map(|whole| whole.value);
    if let (Some(x), Some(y)) = (place("x"), place("y")) {
        let given = json(&given);
        if given["gridPos"]["x"] != x || given["gridPos"]["y"] != y {
            placed.put("at", vec![Code::plain(x.to_string()), Code::plain(y.to_string())], "gridPos.x", x.into());
            placed.made.write("gridPos.y", y.into());
            placed.model = properties(&placed.made.gives);
        }
    }
    cursor.place(&mut placed.model.clone());
    Some(placed)
}

fn placed_row(wanted: &Json, cursor: &mut Cursor) -> Option<Placed> {
    let title = title(wanted);
    let row = Row::new(title.as_str());
    let mut made = Made::new(Code::call("Row::new", vec![Code::text(&title)]), json(&row.model.root));
    if wanted["collapsed"] == true {
        made.put("collapsed", Vec::new(), "collapsed", true.into());
    }
    let setters: Vec<_> = ROW.iter().filter(|setter| setter.path != "id").copied().collect();
    made.setters(&setters, wanted);
    let mut without_place = wanted.clone();
    for name in ["id", "gridPos", "panels"] {
        let members = without_place.as_object_mut()?;
        match made.gives.get(name) {
            Some(gives) => members.insert(name.to_owned(), gives.clone()),
            None => members.remove(name),
        };
    }
    made.finish(&without_place).then_some(())?;
    let mut placed = Placed { model: properties(&made.gives), made, kind: "Row", title };
    let mut given = placed.model.clone();
    cursor.clone().place_row(&mut given);
    if let Some(id) = id_to_set(wanted, &given) {
        placed.put("id", vec![Code::plain(id.to_string())], "id", id.into());
    }
    if let Some(y) = whole(&wanted["gridPos"]["y"])
        && json(&given)["gridPos"]["y"] != y.value
    {
        placed.put("at", vec![y.code], "gridPos.y", y.value.into());
    }
    cursor.place_row(&mut placed.model.clone());
    Some(placed)
}

impl Placed {
    fn put(&mut self, method: &str, arguments: Vec<Code>, path: &str, value: Json) {
        self.made.put(method, arguments, path, value);
        self.model = properties(&self.made.gives);
    }
}

fn title(wanted: &Json) -> String {
    wanted["title"].as_str().unwrap_or_default().to_owned()
}

/// The id that is wanted, where the dashboard would give another.
fn id_to_set(wanted: &Json, given: &Properties) -> Option<u32> {
    let id = whole(&wanted["id"])?.value;
    (given.get("id").and_then(Expr::as_i64) != Some(id.into())).then_some(id)
}
