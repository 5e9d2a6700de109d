//! [`LogExplorer`]: log lines of all services.

use super::parts::{Head, none_wanted, number, ready, stacked};
use crate::dashboard::{
    Calc, Color, Dashboard, DrawStyle, Legend, LogMetricQuery, Logs, LogsOrder, Override, Row, StatGraph, TimeSeries,
    Unit, Variable, VariableSort,
};
use crate::datasource::{DataSourceRef, LogQl};

/// Log lines of all services: how many on which level, and the lines themselves.
///
/// Variables: `service`, `level`, `filter` (a regular expression that lines match, without regard to case). Lines that
/// belong to a trace link to it if the data source has such a link.
#[derive(Clone, Debug, PartialEq)]
pub struct LogExplorer {
    head: Head,
    loki: DataSourceRef<LogQl>,
    label: String,
    service: Option<String>,
}

ready!(LogExplorer);

/// The levels that Loki finds out by itself.
const LEVELS: [&str; 8] = ["critical", "fatal", "error", "warn", "info", "debug", "trace", "unknown"];

impl LogExplorer {
    /// The dashboard `log-explorer`, of streams with the label `service_name`, which Loki gives to each.
    #[must_use]
    pub fn new(loki: &DataSourceRef<LogQl>) -> Self {
        let head = Head::new("log-explorer", "Log explorer");
        Self { head, loki: loki.clone(), label: "service_name".to_owned(), service: None }
    }

    /// Tells services apart by this label of streams. It is `service_name` by default.
    #[must_use]
    pub fn service_label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Shows this service at first. By default all.
    #[must_use]
    pub fn service(mut self, name: impl Into<String>) -> Self {
        self.service = Some(name.into());
        self
    }

    /// Returns the dashboard.
    #[must_use]
    pub fn dashboard(&self) -> Dashboard {
        let services = Variable::stream_label_values("service", &self.loki, "", self.label.as_str())
            .label("Service")
            .description("The services that log.")
            .sort(VariableSort::AlphabeticalAscending)
            .multi(true)
            .include_all(true)
            .all_value(".+");
        let services = match &self.service {
            Some(name) => services.default_values([name.as_str()]),
            None => services.default_all(),
        };
        let levels = Variable::custom("level", LEVELS)
            .label("Level")
            .description("The levels that Loki has found in the lines.")
            .multi(true)
            .include_all(true)
            .all_value(".*")
            .default_all();
        let filter = Variable::text_box("filter", "")
            .label("Filter")
            .description("A regular expression that lines match, without regard to case.");
        self.head
            .dashboard("What services log: how much, how bad, and the lines themselves.", "logs")
            .variable(services)
            .variable(levels)
            .variable(filter)
            .row(self.overview())
            .row(self.volume())
            .row(self.lines())
    }

    /// The lines that the variables choose.
    fn chosen(&self) -> String {
        format!("{{{}=~\"$service\"}} |~ `(?i)$filter` | detected_level=~\"$level\"", self.label)
    }

    /// Those of them that tell of errors.
    fn errors(&self) -> String {
        format!("{{{}=~\"$service\"}} |~ `(?i)$filter` | detected_level=~\"error|critical|fatal\"", self.label)
    }

    /// How many lines there are in the time range.
    fn total(&self, lines: &str, legend: &str) -> LogMetricQuery {
        self.loki.metric(format!("sum(count_over_time({lines} [$__range]))")).legend(legend).instant()
    }

    fn overview(&self) -> Row {
        let label = &self.label;
        let chosen = self.chosen();
        let size = format!("sum(bytes_over_time({chosen} [$__range]))");
        let services = format!("count(sum by ({label}) (count_over_time({chosen} [$__range])))");
        Row::new("Overview")
            .panel(
                number("Lines", "Lines in the time range.", Unit::SHORT)
                    .size(6, 4)
                    .graph_mode(StatGraph::None)
                    .query(self.total(&chosen, "lines")),
            )
            .panel(
                none_wanted("Errors", "Lines of errors in the time range, whatever level is chosen.")
                    .size(6, 4)
                    .no_value("0")
                    .graph_mode(StatGraph::None)
                    .query(self.total(&self.errors(), "errors")),
            )
            .panel(
                number("Bytes", "What the lines of the time range take, uncompressed.", Unit::BYTES)
                    .size(6, 4)
                    .graph_mode(StatGraph::None)
                    .query(self.loki.metric(size).legend("bytes").instant()),
            )
            .panel(
                number("Services", "Services with such lines.", Unit::NONE)
                    .size(6, 4)
                    .graph_mode(StatGraph::None)
                    .query(self.loki.metric(services).legend("services").instant()),
            )
    }

    fn volume(&self) -> Row {
        let label = &self.label;
        let bars = |title: &str, description: &str| -> TimeSeries {
            stacked(title, description, Unit::SHORT)
                .draw_style(DrawStyle::Bars)
                .fill_opacity(80)
                .legend(Legend::list().calcs([Calc::SUM]))
        };
        let per = |by: &str, lines: &str| {
            self.loki
                .metric(format!("sum by ({by}) (count_over_time({lines} [$__auto]))"))
                .legend(format!("{{{{{by}}}}}"))
        };
        let colours = [
            ("critical", Color::PURPLE),
            ("fatal", Color::PURPLE),
            ("error", Color::RED),
            ("warn", Color::ORANGE),
            ("info", Color::GREEN),
            ("debug", Color::BLUE),
        ];
        let by_level = bars("Lines by level", "How much is logged on which level.").size(12, 8);
        let by_level = colours
            .into_iter()
            .fold(by_level, |panel, (level, color)| panel.over(Override::by_name(level).color(color)));
        Row::new("Volume")
            .panel(by_level.query(per("detected_level", &self.chosen())))
            .panel(
                bars("Lines by service", "Which service logs how much.").size(12, 8).query(per(label, &self.chosen())),
            )
            .panel(
                bars("Errors by service", "Which service logs how many errors, whatever level is chosen.")
                    .size(24, 6)
                    .query(per(label, &self.errors())),
            )
    }

    fn lines(&self) -> Row {
        Row::new("Lines").panel(
            Logs::new("Lines")
                .description("The newest lines first. A line opens to its fields, with the link to its trace.")
                .size(24, 20)
                .show_time(true)
                .wrap(true)
                .prettify(true)
                .context(true)
                .infinite_scrolling(true)
                .order(LogsOrder::NewestFirst)
                .query(self.loki.logs(self.chosen()).max_lines(500)),
        )
    }
}
