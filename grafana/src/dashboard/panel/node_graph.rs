//! [`NodeGraph`]: what is connected with what.

use super::kind;
use super::shared::Panel;
use crate::dashboard::setter::{argument, setters, words};
use crate::dashboard::unit::Unit;

/// What is connected with what, such as which services call which
/// (<https://grafana.com/docs/grafana/latest/panels-visualizations/visualizations/node-graph/>).
pub type NodeGraph = Panel<kind::NodeGraph>;

words! {
    /// How the wheel zooms.
    Zoom {
        /// With the Ctrl key.
        Cooperative = "cooperative",
        /// Always.
        Greedy = "greedy",
    }

    /// Where nodes are put. Grafana 12 and later.
    GraphLayout {
        /// In layers, from caller to called.
        Layered = "layered",
        /// By forces between them.
        Force = "force",
        /// In a grid.
        Grid = "grid",
    }
}

setters! { NODE_GRAPH for [] Panel<kind::NodeGraph>, "options.";
    /// Writes the first number of nodes in this unit.
    node_unit([Unit]) = "nodes.mainStatUnit";
    /// Writes the second number of nodes in this unit.
    node_second_unit([Unit]) = "nodes.secondaryStatUnit";
    /// Writes the first number of edges in this unit.
    edge_unit([Unit]) = "edges.mainStatUnit";
    /// Writes the second number of edges in this unit.
    edge_second_unit([Unit]) = "edges.secondaryStatUnit";
    /// Zooms with the wheel always, or with the Ctrl key. With the Ctrl key by default.
    zoom([Zoom]) = "zoomMode";
    /// Puts nodes in layers, by forces or in a grid. In layers by default.
    layout([GraphLayout]) = "layoutAlgorithm";
}
