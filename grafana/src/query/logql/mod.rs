//! LogQL, the language of Loki 3.
//!
//! Left out are what is experimental in Loki: `variants`, and the parser `xml`.
//!
//! Source: <https://grafana.com/docs/loki/latest/query/>.

mod functions;
mod parser;
mod pipeline;
mod range;

use super::{Query, QueryError};

/// Parses a query.
///
/// # Errors
/// Says what is wrong, and where.
pub fn parse(text: &str) -> Result<Query, QueryError> {
    parser::parse(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::ResultKind;

    fn error(text: &str) -> (String, String, Option<String>) {
        let error = parse(text).expect_err(text);
        (error.message, text[error.span.start..error.span.end].to_owned(), error.fix)
    }

    /// Each label that is asked for, and the selectors that have to have it.
    fn labels(text: &str) -> Vec<(String, Vec<usize>)> {
        let names = parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).names;
        names.labels.into_iter().map(|(label, of)| (label.name, of)).collect()
    }

    #[test]
    fn what_is_named_has_its_place() {
        let text = "sum by (level) (rate({app=\"api\", env=~\"prod|test\"} |= \"x\" | json | status >= 500 [$__auto]))";
        let query = parse(text).expect("it parses");
        assert_eq!(query.result, ResultKind::Vector);
        let [selector] = &query.names.selectors[..] else { panic!("one selector") };
        let at = |span: crate::Span| &text[span.start..span.end];
        assert_eq!(at(selector.span), "{app=\"api\", env=~\"prod|test\"}");
        assert_eq!(selector.function.as_ref().map(|function| at(function.span)), Some("rate"));
        assert_eq!(selector.matchers.iter().map(|it| at(it.label.span)).collect::<Vec<_>>(), ["app", "env"]);
        assert_eq!(query.names.labels.iter().map(|(it, _)| at(it.span)).collect::<Vec<_>>(), ["level", "status"]);
        assert_eq!(query.labels(), Some(vec!["level"]));
        assert_eq!(parse("{app=\"api\"} | json").expect("it parses").result, ResultKind::Logs);
        assert_eq!(parse("1 + 1").expect("it parses").result, ResultKind::Scalar);
    }

    #[test]
    fn variables_stand_wherever_grafana_allows_them() {
        let queries = [
            "$query",
            "{$filter}",
            "{app=\"$app\", $filter}",
            "{$label=~\"$value\"}",
            "{app=\"api\"} |= \"$search\"",
            "{app=\"api\"} |= ${search:doublequote}",
            "{app=\"api\"} |~ \"(?i)$search\"",
            "{app=\"api\"} $pipeline",
            "{app=\"api\"} | $stage | json",
            "{app=\"api\"} | json | status >= $status",
            "{app=\"api\"} | json | $label=\"x\"",
            "rate({app=\"api\"}[$__interval])",
            "sum by ($group) (count_over_time({app=\"api\"}[[[range]]]))",
            "sum by (level $group) (count_over_time({app=\"api\"}[$__auto]))",
            "$fn(rate({app=\"api\"}[5m]))",
            "$fn({app=\"api\"}[5m])",
            "topk($n, rate({app=\"api\"}[${n}m]))",
            "rate({app=\"api\"}[5m] offset $offset)",
            "avg_over_time({app=\"api\"} $parser | unwrap $field [5m]) by (app)",
        ];
        for text in queries {
            parse(text).unwrap_or_else(|error| panic!("{text}: {error} at {:?}", error.span));
        }
    }

    #[test]
    fn an_error_marks_what_is_wrong() {
        let cases = [
            ("{app=~\".*\"}", "{app=~\".*\"}"),
            ("{app=api}", "api"),
            ("{app=\"api\"}[5m]", "["),
            ("rate({app=\"api\"})", ")"),
            ("sum({app=\"api\"})", "{app=\"api\"}"),
            ("rate({app=\"api\"}[5m:1m])", ":"),
            ("sum_over_time({app=\"api\"}[5m])", "sum_over_time"),
            ("count_over_time({app=\"api\"} | unwrap x [5m])", "unwrap x"),
            ("rate({app=\"api\"}[5m]) by (x)", "by"),
            ("ratee({app=\"api\"}[5m])", "ratee"),
            ("{app=\"api\"} | jsonn", "jsonn"),
            ("{app=\"api\"} |~ \"a(\"", "a("),
            ("{app=\"api\"} | json | level == \"error\"", "\"error\""),
            ("{app=\"api\"} | regexp \"\\\\d+\"", "\\\\d+"),
            ("{app=\"api\"} | json | status > error", "error"),
            ("{app=\"api\"} + 1", "{app=\"api\"}"),
            ("rate({app=\"$__tagss\"}[$__autoo])", "$__autoo"),
        ];
        for (text, marked) in cases {
            let (message, found, _) = error(text);
            assert_eq!(found, marked, "{text}: {message}");
        }
        assert_eq!(error("ratee({app=\"api\"}[5m])").2.as_deref(), Some("write `rate`"));
    }

    #[test]
    fn labels_are_followed_through_stages() {
        let to = |label: &str, of: &[usize]| (label.to_owned(), of.to_vec());
        assert_eq!(
            labels("sum by (a, b, c) (rate({x=\"1\"} | pattern \"<a> <_>\" | label_format b=d [5m]))"),
            [to("a", &[]), to("b", &[]), to("c", &[0]), to("d", &[0])]
        );
        assert_eq!(labels("{x=\"1\"} | json | level=\"error\""), [to("level", &[0])]);
        assert_eq!(labels("{x=\"1\"} | regexp \"(?P<m>a)\" | m=\"b\""), [to("m", &[])]);
        let query = parse("sum by (pod) (sum by (app) (rate({x=\"1\"}[5m])))").expect("it parses");
        assert_eq!(query.hints.iter().map(|hint| hint.rule.0).collect::<Vec<_>>(), ["dropped-label"]);
        let query = parse("sum by (a) (rate({x=\"1\"}[5m])) / sum(rate({x=\"1\"}[5m]))").expect("it parses");
        assert_eq!(query.hints.iter().map(|hint| hint.rule.0).collect::<Vec<_>>(), ["sides-never-match"]);
    }

    #[test]
    fn a_bomb_is_refused() {
        for bomb in ["(".repeat(100_000), format!("{{a=\"b\"}}{}", "|json".repeat(20_000)), "x".repeat(200_000)] {
            assert!(parse(&bomb).is_err());
        }
    }
}
