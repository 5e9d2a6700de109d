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
    /// Returns the query as a panel's target.
    pub(crate) fn target(&self, reference: &str) -> Expr {
        let data_source = Properties::default().with("type", self.plugin.clone()).with("uid", self.uid.clone());
        Expr::Object(self.model.clone().with("datasource", data_source).with("refId", reference.to_owned()))
    }
}
