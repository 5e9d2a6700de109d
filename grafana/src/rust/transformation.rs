//! Transformations of what queries gave.

use belvedere_cfn::Expr;
use serde_json::Value as Json;

use super::both::{Both, both, elements, flag, text, whole};
use super::code::Code;
use super::made::fits_json;
use super::value::calc;
use crate::dashboard::Transformation;

/// Returns a transformation as code.
pub(super) fn transformation(wanted: &Json) -> Option<Both<Expr>> {
    let options = wanted["options"].is_object().then_some(&wanted["options"])?;
    let id = wanted["id"].as_str()?;
    let expr = |made: Both<Transformation>| made.map(|made| Expr::Object(made.into_model().root));
    let typed = typed(id, options).and_then(|made| expr(made).exactly(wanted));
    typed.or_else(|| {
        let options = fits_json(options).then(|| Both::new(options.clone(), Code::Json(options.clone())))?;
        Some(expr(both!(Transformation::custom(text(&wanted["id"])?, options))))
    })
}

fn typed(id: &str, options: &Json) -> Option<Both<Transformation>> {
    Some(match id {
        "merge" => both!(Transformation::merge()),
        "filterFieldsByName" => match elements(&options["include"]["names"], text) {
            Some(names) => both!(Transformation::keep_fields(names)),
            None => both!(Transformation::keep_fields_matching(text(&options["include"]["pattern"])?)),
        },
        "filterByRefId" => both!(Transformation::keep_queries(text(&options["include"])?)),
        "reduce" if options["mode"] == "reduceFields" => {
            both!(Transformation::reduce_fields(elements(&options["reducers"], calc)?))
        }
        "reduce" => both!(Transformation::reduce(elements(&options["reducers"], calc)?)),
        "renameByRegex" => both!(Transformation::rename(text(&options["regex"])?, text(&options["renamePattern"])?)),
        "sortBy" => {
            let by = &options["sort"][0];
            let descending = flag(&by["desc"]).unwrap_or_else(|| Both::new(false, Code::plain("false")));
            both!(Transformation::sort(text(&by["field"])?, descending))
        }
        "limit" => both!(Transformation::limit(whole(&options["limitField"])?)),
        "labelsToFields" if options["mode"] == "rows" => both!(Transformation::labels_to_rows()),
        "labelsToFields" => both!(Transformation::labels_to_fields()),
        "seriesToRows" => both!(Transformation::series_to_rows()),
        "rowsToFields" => both!(Transformation::rows_to_fields()),
        "concatenate" => both!(Transformation::concatenate()),
        "timeSeriesTable" => both!(Transformation::series_to_table()),
        _ => return None,
    })
}
