//! [`Link`] and [`DataLink`]: ways from here to elsewhere.

use belvedere_cfn::{Expr, IntoValue, Properties, Value};

use super::DashboardRef;

/// A link at the top of a dashboard, or in a panel's head.
///
/// The URL of a panel's link may hold variables; `${__url_time_range}` and `${__all_variables}` are the time range and
/// the variables of the dashboard.
#[derive(Clone, Debug, PartialEq)]
pub struct Link(Properties);

impl Link {
    /// A link to a URL.
    #[must_use]
    pub fn to(title: impl IntoValue<String>, url: impl IntoValue<String>) -> Self {
        let link = Self::new("link", title.into_value());
        Self(link.0.with("icon", "external link").with("url", url.into_value()))
    }

    /// A link to a dashboard of this content.
    #[must_use]
    pub fn dashboard(title: impl IntoValue<String>, dashboard: &DashboardRef) -> Self {
        let link = Self::new("link", title.into_value());
        Self(link.0.with("icon", "dashboard").with("url", dashboard.path()))
    }

    /// Links to all dashboards that have one of the tags; to all dashboards if there is no tag. At the top of a dashboard
    /// only.
    #[must_use]
    pub fn dashboards<T: Into<String>>(title: impl IntoValue<String>, tags: impl IntoIterator<Item = T>) -> Self {
        let link = Self::new("dashboards", title.into_value());
        Self(link.0.with("icon", "external link").with("tags", super::model::texts(tags)))
    }

    // Grafana's type has all members, whether or not the link has a use for them.
    fn new(kind: &'static str, title: Value<String>) -> Self {
        Self(
            Properties::new()
                .with("asDropdown", false)
                .with("includeVars", false)
                .with("keepTime", false)
                .with("tags", Vec::new())
                .with("targetBlank", false)
                .with("title", title)
                .with("tooltip", "")
                .with("type", kind)
                .with("url", ""),
        )
    }

    fn with(mut self, name: &'static str, value: impl Into<Expr>) -> Self {
        self.0.set(name, value);
        self
    }

    /// Takes the time range along.
    #[must_use]
    pub fn keep_time(self) -> Self {
        self.with("keepTime", true)
    }

    /// Takes the values of the variables along.
    #[must_use]
    pub fn include_variables(self) -> Self {
        self.with("includeVars", true)
    }

    /// Opens in a new tab. It opens in this one by default.
    #[must_use]
    pub fn new_tab(self) -> Self {
        self.with("targetBlank", true)
    }

    /// Shows the dashboards in a menu. They are side by side by default.
    #[must_use]
    pub fn as_dropdown(self) -> Self {
        self.with("asDropdown", true)
    }

    /// Says more when the pointer is on it.
    #[must_use]
    pub fn tooltip(self, tooltip: impl IntoValue<String>) -> Self {
        self.with("tooltip", tooltip.into_value())
    }

    /// Has this icon: `external link`, `dashboard`, `question`, `info`, `bolt`, `doc` or `cloud`.
    #[must_use]
    pub fn icon(self, icon: impl Into<String>) -> Self {
        self.with("icon", icon.into())
    }
}

impl From<Link> for Expr {
    fn from(link: Link) -> Self {
        link.0.into()
    }
}

/// A link of a value: its URL may hold `${__value.raw}`, `${__series.name}`, `${__field.labels.job}`,
/// `${__data.fields.Name}`, `${__url_time_range}` and the variables of the dashboard
/// (<https://grafana.com/docs/grafana/latest/panels-visualizations/configure-data-links/>).
#[derive(Clone, Debug, PartialEq)]
pub struct DataLink(Properties);

impl DataLink {
    /// A link to a URL.
    #[must_use]
    pub fn to(title: impl IntoValue<String>, url: impl IntoValue<String>) -> Self {
        Self(Properties::new().with("title", title.into_value()).with("url", url.into_value()))
    }

    /// A link to a dashboard of this content, with the time range, and with the text after `?` if there is one, such as
    /// `var-job=${__field.labels.job}`.
    #[must_use]
    pub fn dashboard(title: impl IntoValue<String>, dashboard: &DashboardRef, query: &str) -> Self {
        let query = if query.is_empty() { String::new() } else { format!("&{query}") };
        Self::to(title, format!("{}?${{__url_time_range}}{query}", dashboard.path()))
    }

    /// Opens in a new tab. It opens in this one by default.
    #[must_use]
    pub fn new_tab(mut self) -> Self {
        self.0.set("targetBlank", true);
        self
    }

    /// Opens at the first click. By default a click shows the links of the value.
    #[must_use]
    pub fn one_click(mut self) -> Self {
        self.0.set("oneClick", true);
        self
    }
}

impl From<DataLink> for Expr {
    fn from(link: DataLink) -> Self {
        link.0.into()
    }
}
