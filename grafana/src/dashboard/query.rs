//! [`Query`]: what a panel or an alert asks a data source.

use belvedere_cfn::Expr;
use belvedere_cfn::Properties;

/// What a panel, a variable or an alert rule asks a data source: a query of any language, made by a data source's
/// reference.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The data source: its plugin and uid.
    pub(crate) plugin: String,
    pub(crate) uid: String,
    /// The members of the query as the data source's plugin takes them, without `datasource` and `refId`.
    pub(crate) model: Properties,
}

impl Query {
    /// A query in a plugin's own words.
    #[must_use]
    pub fn custom<K: crate::datasource::Kind>(
        source: &crate::datasource::DataSourceRef<K>,
        model: serde_json::Value,
    ) -> Self {
        let model = match Expr::from(model) {
            Expr::Object(members) => members,
            other => Properties::new().with("query", other),
        };
        Self { plugin: source.plugin().to_owned(), uid: source.uid().to_owned(), model }
    }

    /// Returns the query as a panel's target.
    pub(crate) fn target(&self, reference: &str) -> Expr {
        let data_source = Properties::default().with("type", self.plugin.clone()).with("uid", self.uid.clone());
        Expr::Object(self.model.clone().with("datasource", data_source).with("refId", reference.to_owned()))
    }
}

impl crate::datasource::DataSourceRef<crate::datasource::PromQl> {
    /// Asks in PromQL.
    #[must_use]
    pub fn query(&self, expression: impl belvedere_cfn::IntoValue<String>) -> Query {
        let model = Properties::new().with("expr", expression.into_value());
        Query { plugin: self.plugin().to_owned(), uid: self.uid().to_owned(), model }
    }
}
