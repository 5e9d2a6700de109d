//! The kinds of panels: what each is called in the JSON, and what can be said of it.

/// A kind of panel.
pub trait PanelKind: Clone + std::fmt::Debug + PartialEq + 'static {
    /// The id of the plugin that draws it; empty if each panel has its own.
    const PLUGIN: &'static str;
    /// Its width in columns, of 24, and its height in rows, of 30 pixels, unless a panel says otherwise.
    const SIZE: (u32, u32);
}

/// A kind whose panels are made from a title.
pub trait Titled: PanelKind {}

/// A kind that asks data sources.
pub trait Asks: PanelKind {}

/// A kind that shows fields with units, thresholds and colours.
pub trait Fields: PanelKind {}

/// A kind with a legend.
pub trait Legends: PanelKind {}

/// A kind with a tooltip.
pub trait Tooltips: PanelKind {}

/// A kind that shows one number for each series.
pub trait Reduces: PanelKind {}

/// A kind with axes.
pub trait Axes: PanelKind {}

/// A kind with filled shapes.
pub trait Fills: PanelKind {}

/// A kind with filled shapes that can fade.
pub trait Shades: PanelKind {}

/// A kind whose series can be stacked.
pub trait Stacks: PanelKind {}

/// A kind that shows what such a query asks. Logs panels show logs, and traces panels traces; the others show what they
/// are given.
#[diagnostic::on_unimplemented(
    message = "this panel does not show what `{Q}` asks",
    label = "a logs panel takes queries for logs, a traces panel queries for traces; text and lists take none"
)]
pub trait Takes<Q>: PanelKind {}

macro_rules! kinds {
    ($($(#[$doc:meta])+ $kind:ident = $plugin:literal, $width:literal, $height:literal: $($can:ident)*;)+) => {
        $(
            $(#[$doc])+
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub enum $kind {}

            impl PanelKind for $kind {
                const PLUGIN: &'static str = $plugin;
                const SIZE: (u32, u32) = ($width, $height);
            }

            $(impl $can for $kind {})*
        )+

        /// The plugins of the kinds, with the names of their types.
        pub const PLUGINS: &[(&str, &str)] = &[$(($plugin, stringify!($kind)),)+];
    };
}

kinds! {
    /// Graphs over time.
    TimeSeries = "timeseries", 12, 8: Titled Asks Fields Legends Tooltips Axes Fills Shades Stacks;
    /// Single numbers.
    Stat = "stat", 4, 4: Titled Asks Fields Reduces;
    /// Dials.
    Gauge = "gauge", 6, 6: Titled Asks Fields Reduces;
    /// Bars, each with its number.
    BarGauge = "bargauge", 8, 8: Titled Asks Fields Legends Reduces;
    /// Tables.
    Table = "table", 24, 8: Titled Asks Fields;
    /// Heat maps.
    HeatMap = "heatmap", 12, 8: Titled Asks Fields;
    /// Histograms.
    Histogram = "histogram", 12, 8: Titled Asks Fields Legends Tooltips Axes Fills Shades Stacks;
    /// Log lines.
    Logs = "logs", 24, 10: Titled;
    /// A trace, or a list of them.
    Traces = "traces", 24, 10: Titled;
    /// Graphs of nodes and edges.
    NodeGraph = "nodeGraph", 24, 12: Titled Asks Fields;
    /// States over time, as bands.
    StateTimeline = "state-timeline", 12, 8: Titled Asks Fields Legends Tooltips Axes Fills;
    /// States over time, as cells.
    StatusHistory = "status-history", 12, 8: Titled Asks Fields Legends Tooltips Axes Fills;
    /// Pies.
    PieChart = "piechart", 8, 8: Titled Asks Fields Legends Tooltips Reduces;
    /// Bars over names.
    BarChart = "barchart", 12, 8: Titled Asks Fields Legends Tooltips Axes Fills Shades;
    /// Texts.
    Text = "text", 24, 3:;
    /// Lists of alerts.
    AlertList = "alertlist", 8, 8: Titled;
    /// Lists of dashboards.
    DashboardList = "dashlist", 8, 8: Titled;
    /// A plugin that has no type here.
    Custom = "", 12, 8: Asks Fields Legends Tooltips Axes Fills Shades Stacks Reduces;
}
