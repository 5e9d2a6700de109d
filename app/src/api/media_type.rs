//! Which bodies are taken for JSON.

use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};

use super::Problem;

/// Checks that the headers promise plain JSON: exactly one `content-type`, which is `application/json` or
/// `application/*+json`, in UTF-8 as every JSON document is ([RFC 8259](https://www.rfc-editor.org/rfc/rfc8259), 8.1),
/// and no content coding. A type that is missing is not guessed.
pub(super) fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let given = types.next();
    let json = given.and_then(|value| value.to_str().ok()).is_some_and(is_json) && types.next().is_none();
    if !json {
        let given = given.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        return Err(Problem::UnsupportedType { given });
    }
    match headers.get(CONTENT_ENCODING) {
        Some(coding) if !coding.as_bytes().eq_ignore_ascii_case(b"identity") => {
            Err(Problem::UnsupportedCoding { given: String::from_utf8_lossy(coding.as_bytes()).into_owned() })
        }
        _ => Ok(()),
    }
}

fn is_json(value: &str) -> bool {
    let mut parts = value.split(';').map(str::trim);
    let Some((kind, subtype)) = parts.next().and_then(|essence| essence.split_once('/')) else { return false };
    let suffixed = subtype.len() > 5 && subtype.is_char_boundary(subtype.len() - 5) && {
        subtype[subtype.len() - 5..].eq_ignore_ascii_case("+json")
    };
    kind.eq_ignore_ascii_case("application")
        && (subtype.eq_ignore_ascii_case("json") || suffixed)
        && subtype.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, charset)) if name.eq_ignore_ascii_case("charset") => {
                charset.trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            // Others, such as `profile`, do not change how the document is read.
            _ => true,
        })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(types: &[&str]) -> HeaderMap {
        types.iter().map(|value| (CONTENT_TYPE, HeaderValue::from_str(value).expect("a header value"))).collect()
    }

    #[test]
    fn json_by_every_name_is_taken() {
        for name in [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            "application/json;charset=\"UTF-8\"",
            "application/json ; profile=x;",
            "application/problem+json",
            "application/vnd.api+JSON; ext=y",
        ] {
            assert!(require_json(&headers(&[name])).is_ok(), "{name}");
        }
    }

    #[test]
    fn rejects_other_types() {
        for name in [
            "",
            "text/plain",
            "text/json",
            "application/jsonp",
            "application/+json",
            "application/json; charset=latin1",
            "application/x json+json",
            "application/json, text/plain",
            "json",
        ] {
            assert!(matches!(require_json(&headers(&[name])), Err(Problem::UnsupportedType { .. })), "{name}");
        }
        assert!(matches!(require_json(&headers(&[])), Err(Problem::UnsupportedType { given: None })));
        let twice = headers(&["application/json", "text/html"]);
        assert!(matches!(require_json(&twice), Err(Problem::UnsupportedType { .. })));
    }

    #[test]
    fn rejects_content_codings() {
        let mut headers = headers(&["application/json"]);
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
        assert!(require_json(&headers).is_ok());
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        assert!(matches!(require_json(&headers), Err(Problem::UnsupportedCoding { given }) if given == "gzip"));
    }
}
