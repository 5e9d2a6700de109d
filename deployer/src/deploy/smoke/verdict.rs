//! What a canary says.

use std::time::Duration;

use aws_smithy_types::base64;
use serde_json::Value;

use crate::deploy_error::AwsError;

/// What a canary says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) passed: bool,
    /// Its checks, where it tells them.
    pub(super) checks: Vec<Checked>,
    /// What went wrong, in its own words; or what else there is to know.
    pub(super) text: Option<String>,
    /// The end of its log, without the lines that the checks were read from.
    pub(super) log: Vec<String>,
    pub(super) hint: Option<String>,
}

/// One check of a canary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Checked {
    pub(super) name: String,
    pub(super) passed: bool,
    /// What was asked, and what came where something else was expected.
    pub(super) text: Option<String>,
    pub(super) elapsed: Option<Duration>,
}

impl Verdict {
    /// Reads the answer to an invocation: `function_error` is there where the function failed, and `log` has the end of
    /// its log as Lambda sends it.
    pub(super) fn read(function_error: Option<&str>, payload: &[u8], log: Option<&str>) -> Self {
        let answer: Value = serde_json::from_slice(payload).unwrap_or_default();
        let log = log.and_then(|log| base64::decode(log).ok()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines = log.lines().filter(|line| !line.trim().is_empty());
        let Some(kind) = function_error else {
            let checks: Vec<Checked> = answer["checks"].as_array().into_iter().flatten().filter_map(answered).collect();
            // What they were together.
            let misses = misses(&answer["misses"]);
            let failed = checks.iter().filter(|check| !check.passed).count();
            let mut error = (failed > 0).then(|| format!("{failed} of {} checks failed", checks.len()));
            if let Some(misses) = misses {
                error = Some(error.map(|error| format!("{error}; together: {misses}")).unwrap_or(misses));
            }
            let passed = error.is_none();
            let text = error.or_else(|| left_behind(&answer["leftBehind"]));
            return Self { passed, checks, text, log: lines.map(str::to_owned).collect(), hint: None };
        };
        // A function that fails returns its error alone, but has logged its checks until then.
        let (mut checks, mut rest) = (Vec::new(), Vec::new());
        for line in lines {
            match serde_json::from_str(line).ok().as_ref().and_then(logged) {
                Some(check) => checks.push(check),
                None => rest.push(line.to_owned()),
            }
        }
        let text = |member: &str| answer[member].as_str().filter(|text| !text.is_empty());
        let error = match (text("errorType"), text("errorMessage")) {
            (_, Some(message)) => message.to_owned(),
            (Some(kind), None) => kind.to_owned(),
            (None, None) => format!("the function failed ({kind})"),
        };
        Self { passed: false, checks, text: Some(error), log: rest, hint: None }
    }

    /// It could not be asked.
    pub(super) fn not_invoked(error: &AwsError) -> Self {
        Self { text: Some(error.to_string()), hint: error.hint(), ..Self::default() }
    }
}

/// A check as an answer has it.
fn answered(check: &Value) -> Option<Checked> {
    let misses = misses(&check["misses"]);
    let text = match (check["request"].as_str(), &misses) {
        (Some(request), Some(misses)) => Some(format!("{request}: {misses}")),
        (None, Some(misses)) => Some(misses.clone()),
        (request, None) => request.map(str::to_owned),
    };
    let name = check["check"].as_str()?.to_owned();
    Some(Checked { name, passed: misses.is_none(), text, elapsed: milliseconds(&check["durationMs"]) })
}

/// A check as a line of the log has it.
fn logged(line: &Value) -> Option<Checked> {
    let (name, success) = (line["check"].as_str()?.to_owned(), line["Success"].as_u64()?);
    let text = |member: &str| line[member].as_str().filter(|text| !text.is_empty());
    let missed =
        text("expected").map(|expected| format!("expected {expected}, got {}", text("got").unwrap_or("nothing")));
    let parts: Vec<String> = text("request").map(str::to_owned).into_iter().chain(missed).collect();
    let text = Some(parts.join(": ")).filter(|text| !text.is_empty());
    Some(Checked { name, passed: success > 0, text, elapsed: milliseconds(&line["Duration"]) })
}

/// What was not as it must be; nothing where all was.
fn misses(list: &Value) -> Option<String> {
    let word = |miss: &Value, member: &str| miss[member].as_str().unwrap_or("nothing").to_owned();
    let told = |miss: &Value| format!("expected {}, got {}", word(miss, "expected"), word(miss, "got"));
    let told: Vec<String> = list.as_array()?.iter().map(told).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// What a canary has written and could not remove, which fails it not.
fn left_behind(list: &Value) -> Option<String> {
    let requests: Vec<&str> = list.as_array()?.iter().filter_map(|one| one["request"].as_str()).collect();
    (!requests.is_empty()).then(|| format!("left behind after {}", requests.join(", ")))
}

fn milliseconds(value: &Value) -> Option<Duration> {
    Duration::try_from_secs_f64(value.as_f64()? / 1000.0).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(function_error: Option<&str>, payload: &Value, log: &str) -> Verdict {
        Verdict::read(function_error, payload.to_string().as_bytes(), Some(&base64::encode(log)))
    }

    #[test]
    fn an_answer_has_the_checks() {
        let payload = json!({"checks": [{"check": "write-1", "request": "POST /data", "status": 201, "durationMs": 12.5}],
            "durationMs": 13.0});
        let verdict = read(None, &payload, "START\nREPORT Duration: 13 ms\n");
        let check = Checked {
            name: "write-1".into(),
            passed: true,
            text: Some("POST /data".into()),
            elapsed: Some(Duration::from_micros(12_500)),
        };
        assert!(verdict.passed && verdict.text.is_none());
        assert_eq!((verdict.checks, verdict.log.len()), (vec![check], 2));
        assert!(read(None, &json!(null), "").passed, "a canary need not say anything");
        let left =
            read(None, &json!({"checks": [], "leftBehind": [{"check": "clean-up", "request": "DELETE /data/1"}]}), "");
        assert!(left.passed && left.text.as_deref() == Some("left behind after DELETE /data/1"), "{left:?}");
    }

    #[test]
    fn an_answer_with_misses_is_a_failure() {
        let miss = json!({"kind": "status", "expected": "status 200", "got": "status 500"});
        let payload = json!({"checks": [{"check": "read", "request": "GET /", "misses": [miss]}],
            "misses": [{"kind": "duration", "expected": "at most 5 ms", "got": "6 ms"}]});
        let verdict = read(None, &payload, "");
        assert!(!verdict.passed && !verdict.checks[0].passed);
        assert_eq!(verdict.checks[0].text.as_deref(), Some("GET /: expected status 200, got status 500"));
        let error = "1 of 1 checks failed; together: expected at most 5 ms, got 6 ms";
        assert_eq!(verdict.text.as_deref(), Some(error));
    }

    #[test]
    fn a_failure_has_its_checks_in_the_log() {
        let payload =
            json!({"errorType": "ChecksFailed", "errorMessage": "1 of 2 checks failed: read: GET /: expected"});
        let log = [
            "START RequestId: 1".to_owned(),
            json!({"message": "check passed", "check": "write", "request": "POST /", "Success": 1, "Duration": 2.0})
                .to_string(),
            json!({"message": "check failed", "check": "read", "request": "GET /", "expected": "status 200",
                "got": "status 500", "Success": 0})
            .to_string(),
            "END RequestId: 1".to_owned(),
        ];
        let verdict = read(Some("Unhandled"), &payload, &log.join("\n"));
        assert!(!verdict.passed);
        let told: Vec<_> = verdict.checks.iter().map(|check| (check.name.as_str(), check.passed)).collect();
        assert_eq!(told, [("write", true), ("read", false)]);
        assert_eq!(verdict.checks[1].text.as_deref(), Some("GET /: expected status 200, got status 500"));
        assert_eq!(verdict.log, ["START RequestId: 1", "END RequestId: 1"]);
        assert_eq!(verdict.text.as_deref(), Some("1 of 2 checks failed: read: GET /: expected"));
    }

    #[test]
    fn a_function_that_ran_out_of_time_says_so() {
        let payload = json!({"errorType": "Sandbox.Timedout", "errorMessage": "RequestId: 1 Error: Task timed out after 3.00 seconds"});
        let verdict = read(Some("Unhandled"), &payload, "");
        assert_eq!(verdict.text.as_deref(), Some("RequestId: 1 Error: Task timed out after 3.00 seconds"));
        assert_eq!(
            Verdict::read(Some("Unhandled"), b"", None).text.as_deref(),
            Some("the function failed (Unhandled)")
        );
    }
}
