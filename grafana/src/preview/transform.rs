//! Transformations: what is done to the answers before they are drawn.
//! [Grafana page](https://grafana.com/docs/grafana/latest/panels-visualizations/query-transform-data/transform-data/).

use serde_json::Value as Json;

use super::data::{Cell, Frames, Series, Table, labels_table};
use super::field::{expression, reduce};

/// Applies the transformations of a panel that are known. Returns the ids of those that are not.
pub(crate) fn apply(panel: &Json, frames: &mut Frames) -> Vec<String> {
    let mut unknown = Vec::new();
    for transformation in panel["transformations"].as_array().into_iter().flatten() {
        if transformation["disabled"].as_bool() == Some(true) {
            continue;
        }
        let options = &transformation["options"];
        match transformation["id"].as_str().unwrap_or_default() {
            "reduce" => reduce_rows(frames, options),
            "seriesToRows" => series_to_rows(frames),
            "labelsToFields" => labels_to_fields(frames),
            "merge" => merge(frames),
            "joinByField" | "seriesToColumns" => join(frames, options["byField"].as_str().unwrap_or("Time")),
            "organize" => each_table(frames, |table| organize(table, options)),
            "sortBy" => each_table(frames, |table| sort(table, options)),
            "limit" => {
                let limit = options["limitField"].as_u64().or_else(|| options["limitField"].as_str()?.parse().ok());
                let limit = usize::try_from(limit.unwrap_or(10)).unwrap_or(10);
                each_table(frames, |table| table.rows.truncate(limit));
                frames.lines.truncate(limit);
            }
            "filterFieldsByName" => filter_fields(frames, options),
            "filterByRefId" => {
                let include = options["include"].as_str().unwrap_or_default().to_owned();
                let keep = |reference: &str| include.split('|').any(|known| known == reference);
                frames.series.retain(|series| keep(&series.reference));
                frames.tables.retain(|table| keep(&table.reference));
            }
            "renameByRegex" => rename(frames, options),
            "calculateField" => each_table(frames, |table| calculate(table, options)),
            other => unknown.push(other.to_owned()),
        }
    }
    unknown
}

/// Makes a table of the series, for panels and transformations that want one: a row for each, with its last value.
pub(crate) fn to_table(frames: &Frames) -> Vec<Table> {
    if frames.series.is_empty() {
        return frames.tables.clone();
    }
    let row = |series: &Series| {
        let last = series.points.last();
        vec![
            last.map_or(Cell::Empty, |(at, _)| Cell::Number(at * 1_000.0)),
            Cell::Text(series.name.clone()),
            last.map_or(Cell::Empty, |(_, value)| Cell::Number(*value)),
        ]
    };
    let columns = ["Time", "Metric", "Value"].map(str::to_owned).to_vec();
    let mut tables = frames.tables.clone();
    tables.push(Table { reference: "A".to_owned(), columns, rows: frames.series.iter().map(row).collect() });
    tables
}

fn each_table(frames: &mut Frames, mut change: impl FnMut(&mut Table)) {
    if frames.tables.is_empty() && !frames.series.is_empty() {
        frames.tables = to_table(frames);
        frames.series.clear();
    }
    frames.tables.iter_mut().for_each(&mut change);
}

fn reduce_rows(frames: &mut Frames, options: &Json) {
    let names = options["reducers"].as_array().into_iter().flatten();
    let reducers: Vec<&str> = names.filter_map(Json::as_str).collect();
    let reducers = if reducers.is_empty() { vec!["lastNotNull"] } else { reducers };
    let row = |series: &Series| {
        let values: Vec<f64> = series.points.iter().map(|(_, value)| *value).collect();
        let cells = reducers.iter().map(|reducer| reduce(&values, reducer).map_or(Cell::Empty, Cell::Number));
        std::iter::once(Cell::Text(series.name.clone())).chain(cells).collect()
    };
    let titles = reducers.iter().map(|reducer| reducer_title(reducer));
    let columns = std::iter::once("Field".to_owned()).chain(titles).collect();
    let rows = frames.series.iter().map(row).collect();
    frames.tables = vec![Table { reference: "A".to_owned(), columns, rows }];
    frames.series.clear();
}

/// What Grafana writes above the column of a calculation.
pub(crate) fn reducer_title(reducer: &str) -> String {
    match reducer {
        "lastNotNull" => "Last *",
        "last" => "Last",
        "firstNotNull" => "First *",
        "first" => "First",
        "mean" => "Mean",
        "min" => "Min",
        "max" => "Max",
        "sum" | "total" => "Total",
        "count" => "Count",
        "range" => "Range",
        "delta" => "Delta",
        "diff" => "Difference",
        "stdDev" => "StdDev",
        other => other,
    }
    .to_owned()
}

fn series_to_rows(frames: &mut Frames) {
    let rows = frames.series.iter().flat_map(|series| {
        let name = series.name.clone();
        series
            .points
            .iter()
            .map(move |(at, value)| vec![Cell::Number(at * 1_000.0), Cell::Text(name.clone()), Cell::Number(*value)])
    });
    let mut rows: Vec<_> = rows.collect();
    rows.reverse();
    let columns = ["Time", "Metric", "Value"].map(str::to_owned).to_vec();
    frames.tables = vec![Table { reference: "A".to_owned(), columns, rows }];
    frames.series.clear();
}

fn labels_to_fields(frames: &mut Frames) {
    if !frames.series.is_empty() {
        frames.tables.push(labels_table(&frames.series, "A"));
        frames.series.clear();
    }
}

/// Lays tables over each other: rows whose common columns are equal become one. The value columns of several queries are
/// told apart by the query.
fn merge(frames: &mut Frames) {
    let mut tables = if frames.series.is_empty() { std::mem::take(&mut frames.tables) } else { to_table(frames) };
    frames.series.clear();
    if tables.len() > 1 {
        for table in &mut tables {
            let reference = table.reference.clone();
            table.columns.iter_mut().filter(|column| *column == "Value").for_each(|column| {
                *column = format!("Value #{reference}");
            });
        }
    }
    let mut merged = Table::default();
    for table in tables {
        for column in &table.columns {
            if !merged.columns.contains(column) {
                merged.columns.push(column.clone());
                merged.rows.iter_mut().for_each(|row| row.push(Cell::Empty));
            }
        }
        for row in table.rows {
            let mut wide = vec![Cell::Empty; merged.columns.len()];
            for (column, cell) in table.columns.iter().zip(row) {
                if let Some(index) = merged.columns.iter().position(|known| known == column) {
                    wide[index] = cell;
                }
            }
            let fits = |known: &Vec<Cell>| {
                known.iter().zip(&wide).zip(&merged.columns).all(|((one, other), column)| {
                    one == other || (column.starts_with("Value") && (*one == Cell::Empty || *other == Cell::Empty))
                })
            };
            match merged.rows.iter().position(fits) {
                Some(index) => {
                    for (one, other) in merged.rows[index].iter_mut().zip(wide) {
                        if *one == Cell::Empty {
                            *one = other;
                        }
                    }
                }
                None => merged.rows.push(wide),
            }
        }
    }
    // Columns of values come last.
    let mut order: Vec<usize> = (0..merged.columns.len()).collect();
    order.sort_by_key(|index| merged.columns[*index].starts_with("Value"));
    frames.tables = vec![Table {
        reference: "A".to_owned(),
        columns: order.iter().map(|index| merged.columns[*index].clone()).collect(),
        rows: merged.rows.iter().map(|row| order.iter().map(|index| row[*index].clone()).collect()).collect(),
    }];
}

fn join(frames: &mut Frames, field: &str) {
    let tables = if frames.series.is_empty() { std::mem::take(&mut frames.tables) } else { to_table(frames) };
    frames.series.clear();
    let several = tables.len() > 1;
    let mut joined = Table { reference: "A".to_owned(), columns: vec![field.to_owned()], rows: Vec::new() };
    for table in tables {
        let Some(key) = table.columns.iter().position(|column| column == field) else { continue };
        let first = joined.columns.len();
        for (_, column) in table.columns.iter().enumerate().filter(|(index, _)| *index != key) {
            let taken = joined.columns.contains(column) || (several && column == "Value");
            joined.columns.push(if taken { format!("{column} #{}", table.reference) } else { column.clone() });
        }
        let width = joined.columns.len();
        joined.rows.iter_mut().for_each(|row| row.resize(width, Cell::Empty));
        for mut row in table.rows {
            let at = row.remove(key);
            let index = joined.rows.iter().position(|known| known[0] == at).unwrap_or_else(|| {
                let mut new = vec![Cell::Empty; width];
                new[0] = at;
                joined.rows.push(new);
                joined.rows.len() - 1
            });
            joined.rows[index].splice(first..width, row);
        }
    }
    frames.tables = vec![joined];
}

fn organize(table: &mut Table, options: &Json) {
    let is_excluded = |name: &str| options["excludeByName"][name].as_bool() == Some(true);
    let included = options["includeByName"].as_object().filter(|names| !names.is_empty());
    let is_included = |name: &str| included.is_none_or(|names| names.get(name).and_then(Json::as_bool) == Some(true));
    let mut order: Vec<usize> = (0..table.columns.len())
        .filter(|index| !is_excluded(&table.columns[*index]) && is_included(&table.columns[*index]))
        .collect();
    order.sort_by_key(|index| options["indexByName"][&table.columns[*index]].as_u64().unwrap_or(1_000));
    table.rows = table.rows.iter().map(|row| order.iter().map(|index| row[*index].clone()).collect()).collect();
    let name = |column: &String| {
        let renamed = options["renameByName"][column].as_str().filter(|name| !name.is_empty());
        renamed.map_or_else(|| column.clone(), str::to_owned)
    };
    table.columns = order.iter().map(|index| name(&table.columns[*index])).collect();
}

fn sort(table: &mut Table, options: &Json) {
    let by = &options["sort"][0];
    let Some(index) = table.columns.iter().position(|column| by["field"].as_str() == Some(column)) else { return };
    table.rows.sort_by(|one, other| compare(&one[index], &other[index]));
    if by["desc"].as_bool() == Some(true) {
        table.rows.reverse();
    }
}

/// Orders cells: numbers by size, texts by letters, what is empty first.
pub(crate) fn compare(one: &Cell, other: &Cell) -> std::cmp::Ordering {
    match (one, other) {
        (Cell::Number(one), Cell::Number(other)) => one.total_cmp(other),
        _ => one.text().cmp(&other.text()),
    }
}

fn filter_fields(frames: &mut Frames, options: &Json) {
    let names = |side: &str| -> Option<Vec<&str>> {
        Some(options[side]["names"].as_array()?.iter().filter_map(Json::as_str).collect())
    };
    let pattern = |side: &str| expression(options[side]["pattern"].as_str()?);
    let (include, exclude) = (names("include"), names("exclude"));
    let (include_pattern, exclude_pattern) = (pattern("include"), pattern("exclude"));
    let any_include = include.is_some() || include_pattern.is_some();
    let keep = |name: &str| {
        let matches = |names: &Option<Vec<&str>>, pattern: &Option<regex::Regex>| {
            names.as_ref().is_some_and(|names| names.contains(&name))
                || pattern.as_ref().is_some_and(|pattern| pattern.is_match(name))
        };
        (!any_include || matches(&include, &include_pattern)) && !matches(&exclude, &exclude_pattern)
    };
    frames.series.retain(|series| keep(&series.name));
    for table in &mut frames.tables {
        let kept: Vec<usize> = (0..table.columns.len()).filter(|index| keep(&table.columns[*index])).collect();
        table.rows = table.rows.iter().map(|row| kept.iter().map(|index| row[*index].clone()).collect()).collect();
        table.columns = kept.iter().map(|index| table.columns[*index].clone()).collect();
    }
}

fn rename(frames: &mut Frames, options: &Json) {
    let Ok(pattern) = regex::Regex::new(options["regex"].as_str().unwrap_or_default()) else { return };
    // JavaScript's `$1x` is `${1}x` here.
    let pattern_of_name = regex::Regex::new(r"\$(\d+)");
    let replacement = options["renamePattern"].as_str().unwrap_or_default();
    let replacement = match pattern_of_name {
        Ok(number) => number.replace_all(replacement, "$${$1}").into_owned(),
        Err(_) => return,
    };
    for series in &mut frames.series {
        series.name = pattern.replace(&series.name, replacement.as_str()).into_owned();
    }
    for column in frames.tables.iter_mut().flat_map(|table| &mut table.columns) {
        *column = pattern.replace(column, replacement.as_str()).into_owned();
    }
}

fn calculate(table: &mut Table, options: &Json) {
    let place = |name: &str| table.columns.iter().position(|column| column == name);
    let number = |cell: &Cell| if let Cell::Number(number) = cell { Some(*number) } else { None };
    let values: Vec<Cell> = if options["mode"] == "binary" {
        let binary = &options["binary"];
        let side = |name: &str| {
            let side = &binary[name];
            let text = side.as_str().or_else(|| side["matcher"]["options"].as_str()).or_else(|| side["fixed"].as_str());
            text.map(str::to_owned)
        };
        let (Some(left), Some(right)) = (side("left"), side("right")) else { return };
        let of = |row: &[Cell], name: &str| place(name).map_or_else(|| name.parse().ok(), |index| number(&row[index]));
        let operator = binary["operator"].as_str().unwrap_or("+");
        let one = |row: &Vec<Cell>| {
            let (left, right) = (of(row, &left)?, of(row, &right)?);
            Some(match operator {
                "-" => left - right,
                "*" => left * right,
                "/" => left / right,
                _ => left + right,
            })
        };
        table.rows.iter().map(|row| one(row).map_or(Cell::Empty, Cell::Number)).collect()
    } else {
        let reducer = options["reduce"]["reducer"].as_str().unwrap_or("sum");
        let one = |row: &Vec<Cell>| reduce(&row.iter().filter_map(number).collect::<Vec<_>>(), reducer);
        table.rows.iter().map(|row| one(row).map_or(Cell::Empty, Cell::Number)).collect()
    };
    table.columns.push(options["alias"].as_str().filter(|alias| !alias.is_empty()).unwrap_or("Total").to_owned());
    table.rows.iter_mut().zip(values).for_each(|(row, value)| row.push(value));
    if options["replaceFields"].as_bool() == Some(true) {
        let kept = table.columns.len() - 1;
        table.columns.drain(..kept);
        table.rows.iter_mut().for_each(|row| drop(row.drain(..kept)));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn table(reference: &str, rows: &[(&str, f64)]) -> Table {
        let rows = rows.iter().map(|(name, value)| vec![Cell::Text((*name).into()), Cell::Number(*value)]).collect();
        Table { reference: reference.into(), columns: vec!["job".into(), "Value".into()], rows }
    }

    fn applied(transformations: &Json, mut frames: Frames) -> Frames {
        assert_eq!(apply(&json!({ "transformations": transformations }), &mut frames), Vec::<String>::new());
        frames
    }

    #[test]
    fn two_queries_become_one_table() {
        let frames = Frames {
            tables: vec![table("A", &[("api", 1.0), ("web", 2.0)]), table("B", &[("web", 4.0)])],
            ..Frames::default()
        };
        let frames = applied(
            &json!([
                { "id": "merge", "options": {} },
                { "id": "calculateField", "options": { "mode": "binary", "alias": "ratio",
                    "binary": { "left": "Value #A", "operator": "/", "right": "Value #B" } } },
                { "id": "organize", "options": { "renameByName": { "Value #A": "errors" }, "excludeByName": { "Value #B": true } } },
                { "id": "sortBy", "options": { "sort": [{ "field": "errors", "desc": true }] } },
            ]),
            frames,
        );
        assert_eq!(frames.tables[0].columns, ["job", "errors", "ratio"]);
        assert_eq!(
            frames.tables[0].rows,
            [
                vec![Cell::Text("web".into()), Cell::Number(2.0), Cell::Number(0.5)],
                vec![Cell::Text("api".into()), Cell::Number(1.0), Cell::Empty],
            ]
        );
    }

    #[test]
    fn series_are_reduced_renamed_and_limited() {
        let series = |name: &str, points: &[(f64, f64)]| Series {
            name: name.into(),
            points: points.to_vec(),
            ..Series::default()
        };
        let frames = Frames {
            series: vec![series("cpu-a", &[(0.0, 1.0), (1.0, 3.0)]), series("cpu-b", &[(0.0, 5.0)])],
            ..Frames::default()
        };
        let frames = applied(
            &json!([
                { "id": "renameByRegex", "options": { "regex": "cpu-(.*)", "renamePattern": "$1x" } },
                { "id": "reduce", "options": { "reducers": ["max", "mean"] } },
                { "id": "limit", "options": { "limitField": 1 } },
            ]),
            frames,
        );
        assert_eq!(frames.tables[0].columns, ["Field", "Max", "Mean"]);
        assert_eq!(frames.tables[0].rows, [[Cell::Text("ax".into()), Cell::Number(3.0), Cell::Number(2.0)]]);
    }

    #[test]
    fn what_is_not_known_is_named() {
        let mut frames = Frames::default();
        let panel = json!({ "transformations": [{ "id": "heatmap" }, { "id": "limit", "disabled": true }] });
        assert_eq!(apply(&panel, &mut frames), ["heatmap"]);
    }
}
