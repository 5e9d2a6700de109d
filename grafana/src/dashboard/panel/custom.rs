//! [`CustomPanel`]: a panel of a plugin that has no type here.

use belvedere_cfn::{Expr, IntoValue, Properties};

use super::kind;
use super::shared::Panel;

/// A panel of a plugin that has no type here: `geomap`, `canvas`, `xychart`, `candlestick`, `flamegraph`, `news`, or one
/// that is installed.
pub type CustomPanel = Panel<kind::Custom>;

impl CustomPanel {
    /// A panel that a plugin draws, by the plugin's id, with a title.
    #[must_use]
    pub fn custom(plugin: impl Into<String>, title: impl IntoValue<String>) -> Self {
        Self::make(plugin.into(), title.into_value())
    }

    /// A panel of the Grafana's library, by its uid and name.
    #[must_use]
    pub fn library(uid: impl Into<String>, name: impl Into<String>) -> Self {
        let (uid, name) = (uid.into(), name.into());
        let library = Properties::new().with("name", name.clone()).with("uid", uid);
        let mut panel = Self::make("library-panel-ref", name.into_value());
        panel.put("libraryPanel", library.into());
        // The library has them.
        panel = panel.unset("fieldConfig");
        panel
    }

    /// A panel as any JSON.
    #[must_use]
    pub fn from_value(panel: serde_json::Value) -> Self {
        match Expr::from(panel) {
            Expr::Object(root) => Self::of(root),
            other => {
                let mut panel = Self::of(Properties::new());
                panel.refuse(&other);
                panel
            }
        }
    }

    /// Sets an option of the plugin, by its dotted path below `options`.
    #[must_use]
    pub fn option(self, path: &str, value: impl Into<Expr>) -> Self {
        self.set(&format!("options.{path}"), value)
    }

    /// Sets what the plugin has of its own for all fields, by its dotted path below `fieldConfig.defaults.custom`.
    #[must_use]
    pub fn field_option(self, path: &str, value: impl Into<Expr>) -> Self {
        self.set(&format!("fieldConfig.defaults.custom.{path}"), value)
    }
}
