//! [`Transformation`]: what is done with the answers of queries before they are shown.

use belvedere_cfn::{Expr, Properties, Text};

use super::model::{Model, number, texts};
use super::overrides::{Comparison, FieldType};
use super::reduce::{Calc, calcs};
use super::setter::words;

/// What is done with the answers of queries before they are shown
/// (<https://grafana.com/docs/grafana/latest/panels-visualizations/query-transform-data/transform-data/>).
///
/// ```
/// # use belvedere_grafana::dashboard::{Organize, Transformation};
/// let columns = [
///     Transformation::labels_to_fields(),
///     Transformation::merge(),
///     Organize::new().hide("Time").rename("Value #A", "Requests").order(["job", "Value #A"]).into(),
/// ];
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Transformation {
    model: Model,
}

words! {
    /// Which rows a join keeps.
    Join {
        /// All.
        Outer = "outer",
        /// Those that are in all tables.
        Inner = "inner",
        /// All, of tables in which a value comes more than once.
        OuterTabular = "outerTabular",
    }

    /// A calculation with two numbers.
    Operator {
        /// The sum.
        Add = "+",
        /// The difference.
        Subtract = "-",
        /// The product.
        Multiply = "*",
        /// The quotient.
        Divide = "/",
        /// The power.
        Power = "^",
        /// The rest.
        Modulo = "%",
    }
}

/// A condition on a row of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct RowFilter(Expr);

impl RowFilter {
    /// The field's number compares so with another.
    #[must_use]
    pub fn compare(field: impl Into<String>, comparison: Comparison, value: impl Into<f64>) -> Self {
        let id = match comparison {
            Comparison::Greater => "greater",
            Comparison::GreaterOrEqual => "greaterOrEqual",
            Comparison::Less => "lower",
            Comparison::LessOrEqual => "lowerOrEqual",
            Comparison::Equal => "equal",
            Comparison::NotEqual => "notEqual",
        };
        Self::new(field, id, Properties::new().with("value", number(value.into())))
    }

    /// The field's text is this.
    #[must_use]
    pub fn equal(field: impl Into<String>, value: impl Into<String>) -> Self {
        Self::new(field, "equal", Properties::new().with("value", value.into()))
    }

    /// The field's text matches a regular expression of JavaScript.
    #[must_use]
    pub fn regex(field: impl Into<String>, pattern: impl Into<String>) -> Self {
        Self::new(field, "regex", Properties::new().with("value", pattern.into()))
    }

    /// The field has no value.
    #[must_use]
    pub fn is_null(field: impl Into<String>) -> Self {
        Self::new(field, "isNull", Properties::new())
    }

    /// The field has a value.
    #[must_use]
    pub fn is_not_null(field: impl Into<String>) -> Self {
        Self::new(field, "isNotNull", Properties::new())
    }

    fn new(field: impl Into<String>, id: &'static str, options: Properties) -> Self {
        let config = Properties::new().with("id", id).with("options", options);
        Self(Properties::new().with("config", config).with("fieldName", field.into()).into())
    }
}

impl Transformation {
    /// A transformation by Grafana's id, with its options.
    #[must_use]
    pub fn custom(id: impl Into<String>, options: serde_json::Value) -> Self {
        Self::new(id.into(), Expr::from(options))
    }

    fn new(id: impl Into<Expr>, options: impl Into<Expr>) -> Self {
        Self { model: Model::new(Properties::new().with("id", id).with("options", options)) }
    }

    /// Makes one table of all, with a row for all values that have the same labels.
    #[must_use]
    pub fn merge() -> Self {
        Self::new("merge", Properties::new())
    }

    /// Keeps the fields with these names.
    #[must_use]
    pub fn keep_fields<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        let include = Properties::new().with("names", texts(names));
        Self::new("filterFieldsByName", Properties::new().with("include", include))
    }

    /// Keeps the fields whose names match a regular expression of JavaScript, such as `/^p9/`.
    #[must_use]
    pub fn keep_fields_matching(pattern: impl Into<String>) -> Self {
        let include = Properties::new().with("pattern", pattern.into());
        Self::new("filterFieldsByName", Properties::new().with("include", include))
    }

    /// Keeps what queries of these names gave, as a regular expression: `A|C`.
    #[must_use]
    pub fn keep_queries(references: impl Into<String>) -> Self {
        Self::new("filterByRefId", Properties::new().with("include", references.into()))
    }

    /// Keeps the rows that meet all conditions.
    #[must_use]
    pub fn keep_rows(conditions: impl IntoIterator<Item = RowFilter>) -> Self {
        Self::rows("include", "all", conditions)
    }

    /// Keeps the rows that meet any of the conditions.
    #[must_use]
    pub fn keep_rows_any(conditions: impl IntoIterator<Item = RowFilter>) -> Self {
        Self::rows("include", "any", conditions)
    }

    /// Leaves the rows out that meet any of the conditions.
    #[must_use]
    pub fn drop_rows(conditions: impl IntoIterator<Item = RowFilter>) -> Self {
        Self::rows("exclude", "any", conditions)
    }

    fn rows(kind: &'static str, matching: &'static str, conditions: impl IntoIterator<Item = RowFilter>) -> Self {
        let filters: Vec<Expr> = conditions.into_iter().map(|condition| condition.0).collect();
        let options = Properties::new().with("filters", filters).with("match", matching).with("type", kind);
        Self::new("filterByValue", options)
    }

    /// Makes one table of all, joined by a field; by time if it is empty.
    #[must_use]
    pub fn join(field: impl Into<String>, mode: Join) -> Self {
        let field = field.into();
        let mut options = Properties::new().with("mode", mode);
        if !field.is_empty() {
            options.set("byField", field);
        }
        Self::new("joinByField", options)
    }

    /// Makes one number of each series, in a table with a row for each.
    #[must_use]
    pub fn reduce(by: impl IntoIterator<Item = Calc>) -> Self {
        Self::new("reduce", Properties::new().with("mode", "seriesToRows").with("reducers", calcs(by)))
    }

    /// Makes one number of each field, in a table with one row.
    #[must_use]
    pub fn reduce_fields(by: impl IntoIterator<Item = Calc>) -> Self {
        let options = Properties::new().with("includeTimeField", false).with("mode", "reduceFields");
        Self::new("reduce", options.with("reducers", calcs(by)))
    }

    /// Has a new field: a calculation with two fields, or with a field and a number.
    #[must_use]
    pub fn calculate(
        name: impl Into<String>,
        left: impl Into<String>,
        operator: Operator,
        right: impl Into<String>,
    ) -> Self {
        let binary = Properties::new().with("left", left.into()).with("operator", operator).with("right", right.into());
        let options = Properties::new().with("alias", name.into()).with("binary", binary).with("mode", "binary");
        Self::new("calculateField", options.with("reduce", Properties::new().with("reducer", Calc::SUM)))
    }

    /// Has a new field: a calculation over the row's fields with these names; over all numbers if there is none.
    #[must_use]
    pub fn calculate_row<N: Into<String>>(
        name: impl Into<String>,
        calc: Calc,
        of: impl IntoIterator<Item = N>,
    ) -> Self {
        let mut reduce = Properties::new().with("reducer", calc);
        match texts(of) {
            Expr::List(names) if names.is_empty() => {}
            names => reduce.set("include", names),
        }
        let options = Properties::new().with("alias", name.into()).with("mode", "reduceRow").with("reduce", reduce);
        Self::new("calculateField", options)
    }

    /// Renames the fields that match a regular expression of JavaScript; `$1` is the first group.
    #[must_use]
    pub fn rename(pattern: impl Into<String>, name: impl Into<String>) -> Self {
        let options = Properties::new().with("regex", pattern.into()).with("renamePattern", name.into());
        Self::new("renameByRegex", options)
    }

    /// Sorts the rows by a field.
    #[must_use]
    pub fn sort(field: impl Into<String>, descending: bool) -> Self {
        let by = Properties::new().with("desc", descending).with("field", field.into());
        let options = Properties::new().with("fields", Properties::new()).with("sort", vec![Expr::from(by)]);
        Self::new("sortBy", options)
    }

    /// Keeps the first rows.
    #[must_use]
    pub fn limit(rows: u32) -> Self {
        Self::new("limit", Properties::new().with("limitField", i64::from(rows)))
    }

    /// Makes fields of the labels of series.
    #[must_use]
    pub fn labels_to_fields() -> Self {
        Self::new("labelsToFields", Properties::new())
    }

    /// Makes a table with a row for each label of series.
    #[must_use]
    pub fn labels_to_rows() -> Self {
        Self::new("labelsToFields", Properties::new().with("mode", "rows"))
    }

    /// Makes one table of series: time, metric, value.
    #[must_use]
    pub fn series_to_rows() -> Self {
        Self::new("seriesToRows", Properties::new())
    }

    /// Makes a field of each row, whose name is in the row's text.
    #[must_use]
    pub fn rows_to_fields() -> Self {
        Self::new("rowsToFields", Properties::new())
    }

    /// Puts all fields side by side in one table.
    #[must_use]
    pub fn concatenate() -> Self {
        Self::new("concatenate", Properties::new())
    }

    /// Makes a table of each value of a field.
    #[must_use]
    pub fn partition<N: Into<String>>(fields: impl IntoIterator<Item = N>) -> Self {
        Self::new("partitionByValues", Properties::new().with("fields", texts(fields)))
    }

    /// Takes the values of a field for values of another type.
    #[must_use]
    pub fn convert(field: impl Into<String>, to: FieldType) -> Self {
        let conversion = Properties::new().with("destinationType", to).with("targetField", field.into());
        let options = Properties::new().with("conversions", vec![Expr::from(conversion)]);
        Self::new("convertFieldType", options.with("fields", Properties::new()))
    }

    /// Makes fields of the members of a field that is JSON, or `name=value` pairs.
    #[must_use]
    pub fn extract_fields(source: impl Into<String>) -> Self {
        Self::new("extractFields", Properties::new().with("source", source.into()))
    }

    /// Makes a matrix: the values of one field as columns, of one as rows, and of one in the cells.
    #[must_use]
    pub fn matrix(columns: impl Into<String>, rows: impl Into<String>, cells: impl Into<String>) -> Self {
        let options = Properties::new()
            .with("columnField", columns.into())
            .with("rowField", rows.into())
            .with("valueField", cells.into());
        Self::new("groupingToMatrix", options)
    }

    /// Makes small graphs of series, for tables with [`Cell::sparkline`](super::Cell::sparkline).
    #[must_use]
    pub fn series_to_table() -> Self {
        Self::new("timeSeriesTable", Properties::new())
    }

    /// Works on what this query gave only. It works on all by default.
    ///
    /// Writes `filter`.
    #[must_use]
    pub fn only(mut self, reference: impl Into<String>) -> Self {
        let filter = Properties::new().with("id", "byRefId").with("options", reference.into());
        self.model.put("filter", filter);
        self
    }

    /// Does nothing for now.
    ///
    /// Writes `disabled`.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.model.put("disabled", true);
        self
    }

    /// Sets an option that has no setter, by its dotted path below `options`.
    #[must_use]
    pub fn option(mut self, path: &str, value: impl Into<Expr>) -> Self {
        self.model.set(&format!("options.{path}"), value.into());
        self
    }

    pub(crate) fn into_model(self) -> Model {
        self.model
    }
}

/// Renames, hides and orders the fields of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Organize {
    excluded: Properties,
    order: Properties,
    names: Properties,
}

impl Organize {
    /// Leaves all as it is.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Does not show this field.
    #[must_use]
    pub fn hide(mut self, field: impl Into<String>) -> Self {
        self.excluded.set(Text::from(field.into()), true);
        self
    }

    /// Calls this field so.
    #[must_use]
    pub fn rename(mut self, field: impl Into<String>, name: impl Into<String>) -> Self {
        self.names.set(Text::from(field.into()), name.into());
        self
    }

    /// Has fields in this order. Those that are not named are behind.
    #[must_use]
    pub fn order<N: Into<String>>(mut self, fields: impl IntoIterator<Item = N>) -> Self {
        for (position, field) in (0..).zip(fields) {
            self.order.set(Text::from(field.into()), Expr::Integer(position));
        }
        self
    }
}

impl From<Organize> for Transformation {
    fn from(organize: Organize) -> Self {
        let options = Properties::new()
            .with("excludeByName", organize.excluded)
            .with("indexByName", organize.order)
            .with("renameByName", organize.names);
        Self::new("organize", options)
    }
}

/// Makes a row for each value of some fields, with calculations over others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GroupBy {
    fields: Properties,
}

impl GroupBy {
    /// A row for each value of this field.
    #[must_use]
    pub fn new(field: impl Into<String>) -> Self {
        Self::default().and(field)
    }

    /// A row for each value of this field too.
    #[must_use]
    pub fn and(mut self, field: impl Into<String>) -> Self {
        let group = Properties::new().with("aggregations", Vec::new()).with("operation", "groupby");
        self.fields.set(Text::from(field.into()), group);
        self
    }

    /// What calculations over this field give.
    #[must_use]
    pub fn calculate(mut self, field: impl Into<String>, by: impl IntoIterator<Item = Calc>) -> Self {
        let group = Properties::new().with("aggregations", calcs(by)).with("operation", "aggregate");
        self.fields.set(Text::from(field.into()), group);
        self
    }
}

impl From<GroupBy> for Transformation {
    fn from(group: GroupBy) -> Self {
        Self::new("groupBy", Properties::new().with("fields", group.fields))
    }
}
