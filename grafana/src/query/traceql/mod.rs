//! TraceQL, the language of Tempo 2.9, with the arithmetic and comparisons of series that came after it.
//!
//! Source: <https://grafana.com/docs/tempo/latest/traceql/>.

mod attribute;
mod field;
mod metrics;
mod pipeline;

use super::{Query, QueryError};

/// Parses a query.
///
/// # Errors
/// Says what is wrong, and where.
pub fn parse(text: &str) -> Result<Query, QueryError> {
    pipeline::parse(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::ResultKind;

    fn error(text: &str) -> (String, String, Option<String>) {
        let error = parse(text).expect_err(text);
        (error.message, text[error.span.start..error.span.end].to_owned(), error.fix)
    }

    #[test]
    fn what_is_named_has_its_place() {
        let text =
            "{ resource.service.name = \"api\" && duration > 1s } >> { span.\"a b\" =~ \"x.*\" } | rate() by (name)";
        let query = parse(text).expect("it parses");
        assert_eq!(query.result, ResultKind::Vector);
        let at = |span: crate::Span| &text[span.start..span.end];
        let [first, second] = &query.names.selectors[..] else { panic!("two selectors") };
        assert_eq!(at(first.span), "{ resource.service.name = \"api\" && duration > 1s }");
        assert_eq!(first.matchers.len(), 1);
        assert_eq!(first.matchers[0].label.name, "resource.service.name");
        assert_eq!(at(first.matchers[0].value.span), "api");
        assert_eq!(second.matchers[0].label.name, "span.a b");
        let named: Vec<_> = query.names.labels.iter().map(|(it, of)| (it.name.as_str(), of.clone())).collect();
        let expected =
            [("resource.service.name", vec![0]), ("duration", vec![0]), ("span.a b", vec![1]), ("name", vec![])];
        assert_eq!(named, expected);
        assert_eq!(query.labels(), Some(vec!["name"]));
        assert_eq!(parse("{ }").expect("it parses").result, ResultKind::Traces);
    }

    #[test]
    fn variables_stand_wherever_grafana_allows_them() {
        let queries = [
            "$query",
            "{ $filter }",
            "{ $__tags }",
            "{ $filter && status = error }",
            "{ resource.service.name = \"$service\" }",
            "{ resource.service.name =~ \"${service:regex}\" && duration > $min }",
            "{ span.$attribute = $value }",
            "{ .${attribute} = \"x\" } | rate() by (span.$group)",
            "{ } | quantile_over_time(duration, $q) by ($group)",
            "{ } | rate() | topk($n)",
            "{ } && $other",
            "{ } | count() > $n",
        ];
        for text in queries {
            parse(text).unwrap_or_else(|error| panic!("{text}: {error} at {:?}", error.span));
        }
    }

    #[test]
    fn an_error_marks_what_is_wrong() {
        let cases = [
            ("{ duration > \"1s\" }", "duration > \"1s\"", Some("write `1s` without quotes")),
            ("{ status = \"error\" }", "status = \"error\"", Some("write `error` without quotes")),
            ("{ durationn > 1s }", "durationn", Some("write `duration`, or `.durationn` for an attribute")),
            ("{ foo.bar = 1 }", "foo", None),
            ("{ .a = 1 and .b = 2 }", "and", Some("write `&&`")),
            ("{ .a = 1, .b = 2 }", ",", Some("write `&&`")),
            ("duration > 1s", "duration", Some("put the condition in braces: `{ … }`")),
            ("{ } | avg(name) > 2", "name", None),
            ("{ } | count()", "{ } | count()", Some("compare it: `count() > 2`")),
            ("{ } | rat()", "rat", Some("write `rate`")),
            ("{ } | quantile_over_time(duration, 99)", "99", None),
            ("{ span.$__nothing = 1 }", "$__nothing", None),
            ("{ .a =~ \"(\" }", "(", None),
            ("{ duration }", "duration", Some("compare it with something")),
        ];
        for (text, marked, fix) in cases {
            let (message, found, found_fix) = error(text);
            assert_eq!(found, marked, "{text}: {message}");
            if fix.is_some() {
                assert_eq!(found_fix.as_deref(), fix, "{text}: {message}");
            }
        }
    }

    #[test]
    fn a_bomb_is_refused() {
        let chain = format!("{{ .a{} }}", " && .a".repeat(20_000));
        for bomb in ["(".repeat(100_000), format!("{{ {}", "(".repeat(100_000)), "{ } | { }".repeat(9_000), chain] {
            assert!(parse(&bomb).is_err());
        }
    }
}
