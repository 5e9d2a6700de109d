//! [`Text`]: texts.

use belvedere_cfn::{Expr, IntoValue, Properties};

use super::kind;
use super::shared::Panel;

/// A text, in which variables are put in
/// (<https://grafana.com/docs/grafana/latest/panels-visualizations/visualizations/text/>).
pub type Text = Panel<kind::Text>;

impl Text {
    /// Markdown.
    #[must_use]
    pub fn markdown(title: impl IntoValue<String>, text: impl IntoValue<String>) -> Self {
        Self::with_mode(title, "markdown", text)
    }

    /// HTML. Grafana takes scripts out, unless it is set up not to.
    #[must_use]
    pub fn html(title: impl IntoValue<String>, text: impl IntoValue<String>) -> Self {
        Self::with_mode(title, "html", text)
    }

    /// Code, in a language such as `json`, `yaml`, `sql`, `go`, `xml`, `typescript` or `plaintext`.
    #[must_use]
    pub fn code(title: impl IntoValue<String>, language: &str, text: impl IntoValue<String>) -> Self {
        let mut panel = Self::with_mode(title, "code", text);
        let code = Properties::new()
            .with("language", language.to_owned())
            .with("showLineNumbers", false)
            .with("showMiniMap", false);
        panel.put("options.code", code.into());
        panel
    }

    fn with_mode(title: impl IntoValue<String>, mode: &'static str, text: impl IntoValue<String>) -> Self {
        let mut panel = Self::make("text", title.into_value());
        let options = Properties::new().with("content", text.into_value()).with("mode", mode);
        panel.put("options", Expr::from(options));
        panel
    }
}
