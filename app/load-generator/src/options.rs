//! What the command line and the environment ask for.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use thiserror::Error;

use crate::client::Target;
use crate::documents::SMALLEST;
use crate::mix::{Failing, Kind, Mix, Plan};

const MIX: &str = "some of good=80,missing=10,invalid=8,failing=2, with weights from 0 to 65535, not all 0";
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
const HOUR: Duration = Duration::from_secs(3600);

/// Drives the data processor with a chosen rate and mix of requests, and judges its answers.
// Each value is taken as text and read later, so that all that is wrong can be told at once.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    after_help = "\
Kinds of requests:
  good     documents are written, read back, compared byte by byte, and some deleted (4 : 4 : 2)
  missing  a document is read that is not there; 404 expected
  invalid  broken JSON (400), a wrong content type (415), now and then a body that is too large (413)
  failing  see --failing; their latency is no part of the thresholds

Failing requests, in equal parts:
  method   PUT /data; 405 expected. Raises the rate of 4xx answers and of errors by endpoint
  cut      POST /data whose connection is closed in the middle of the body, as clients do that give up
  slow     POST /data whose body stops in the middle; 408 expected, once the service's own limit is over (give a
           longer --timeout). Holds connections, so it shows in the requests in flight
  path     GET of --failing-path; any 5xx expected. What makes an alert on 5xx fire: a route that answers 503 on
           purpose, such as a fixed response of the load balancer, or one whose targets are stopped
For an alert on latency, give a --rate that is above what the service can do.

Latency runs from when a request was due (--rate) or sent (without) to the last byte of the answer.
A request that is due while all connections are busy waits for one; one that never got its turn is \"not sent\".

Exit codes: 0 all as expected, 1 a threshold was missed, 2 wrong argument or variable, 3 the target cannot be
reached at the start. Ctrl-C or SIGTERM ends the run with its summary; a second one ends it at once.
Stdout carries the summary alone, stderr the progress."
)]
pub(crate) struct Args {
    /// Where the data processor is: http:// or https://, with a path if it has one [default: http://127.0.0.1:8080]
    #[arg(env = "LOAD_URL")]
    url: Option<String>,
    /// File with further certificate authorities to trust, in PEM, beside Mozilla's
    #[arg(long, env = "LOAD_CA_FILE", value_name = "FILE")]
    ca_file: Option<String>,
    /// Requests a second, sent at even distances whatever the answers take; without it and with --connections,
    /// each connection sends as fast as it is answered [default: 100]
    #[arg(long, env = "LOAD_RATE", value_name = "NUMBER")]
    rate: Option<String>,
    /// Requests in flight at most, 1 to 10000 [default: 256]
    #[arg(long, env = "LOAD_CONNECTIONS", value_name = "NUMBER")]
    connections: Option<String>,
    /// How long to measure, such as 90s or 10m; without it until Ctrl-C or SIGTERM
    #[arg(long, env = "LOAD_DURATION", value_name = "TIME")]
    duration: Option<String>,
    /// How long to run before measuring [default: 0s]
    #[arg(long, env = "LOAD_WARM_UP", value_name = "TIME")]
    warm_up: Option<String>,
    /// How often each kind of request comes, in proportion [default: good=80,missing=10,invalid=8,failing=2]
    #[arg(long, env = "LOAD_MIX", value_name = "KIND=WEIGHT,…")]
    mix: Option<String>,
    /// Which requests the kind `failing` sends: method, cut, slow, path [default: method,cut, or path where a
    /// --failing-path is given]
    #[arg(long, env = "LOAD_FAILING", value_name = "NAME,…")]
    failing: Option<String>,
    /// The path that answers 5xx, for `--failing path`
    #[arg(long, env = "LOAD_FAILING_PATH", value_name = "PATH")]
    failing_path: Option<String>,
    /// Size of each document in bytes, 64 to the service's limit [default: 1024]
    #[arg(long, env = "LOAD_DOCUMENT_SIZE", value_name = "BYTES")]
    document_size: Option<String>,
    /// The largest body that the service takes (its MAX_BODY_BYTES) [default: 1048576]
    #[arg(long, env = "LOAD_MAX_BODY", value_name = "BYTES")]
    max_body: Option<String>,
    /// How long one request may take, from when it is sent [default: 10s]
    #[arg(long, env = "LOAD_TIMEOUT", value_name = "TIME")]
    timeout: Option<String>,
    /// Number that decides which requests come in which order and what documents hold [default: another each time]
    #[arg(long, env = "LOAD_SEED", value_name = "NUMBER")]
    seed: Option<String>,
    /// Leave what was written: no document is deleted, neither on the way nor at the end
    #[arg(long, env = "LOAD_KEEP", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    keep: Option<String>,
    /// Mark the trace of each request as sampled, for services that follow their callers
    #[arg(long, env = "LOAD_TRACE_SAMPLED", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    trace_sampled: Option<String>,
    /// Threshold: the latency that 95 % of the requests may have
    #[arg(long, env = "LOAD_MAX_P95", value_name = "TIME")]
    max_p95: Option<String>,
    /// Threshold: the latency that 99 % of the requests may have
    #[arg(long, env = "LOAD_MAX_P99", value_name = "TIME")]
    max_p99: Option<String>,
    /// Threshold: the share of requests that may end unexpectedly, such as 0.01 or 1% [default: 0]
    #[arg(long, env = "LOAD_MAX_ERROR_RATE", value_name = "SHARE")]
    max_error_rate: Option<String>,
    /// Threshold: the answers a second that there must be
    #[arg(long, env = "LOAD_MIN_RATE", value_name = "NUMBER")]
    min_rate: Option<String>,
    /// Form of the summary: text or json [default: text]
    #[arg(long, env = "LOAD_OUTPUT", value_name = "FORM")]
    output: Option<String>,
}

/// The settings of one run.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Where the service is.
    pub(crate) target: Target,
    /// A file with further certificate authorities.
    pub(crate) ca_file: Option<PathBuf>,
    /// Requests a second; without it each connection sends as fast as it is answered.
    pub(crate) rate: Option<f64>,
    /// Requests in flight at most.
    pub(crate) connections: usize,
    /// How long to measure, if not for ever.
    pub(crate) duration: Option<Duration>,
    /// How long to run before.
    pub(crate) warm_up: Duration,
    /// Which request comes when.
    pub(crate) plan: Plan,
    /// The path that answers 5xx; empty where it is not asked for.
    pub(crate) failing_path: String,
    /// The size of a document in bytes.
    pub(crate) document_size: usize,
    /// The largest body that the service takes, in bytes.
    pub(crate) max_body: u64,
    /// How long one request may take.
    pub(crate) timeout: Duration,
    /// Whether traces are marked as sampled.
    pub(crate) sampled: bool,
    /// What must hold.
    pub(crate) thresholds: Thresholds,
    /// The form of the summary.
    pub(crate) output: Output,
}

/// What must hold for the run to succeed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Thresholds {
    /// The latency that 95 % of the requests may have.
    pub(crate) max_p95: Option<Duration>,
    /// The latency that 99 % of the requests may have.
    pub(crate) max_p99: Option<Duration>,
    /// The share of requests that may end unexpectedly, 0 to 1.
    pub(crate) max_error_rate: f64,
    /// The answers a second that there must be.
    pub(crate) min_rate: Option<f64>,
}

/// The form of the summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// A table for readers.
    Text,
    /// One JSON object.
    Json,
}

/// An option whose value cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{option} must be {allowed}, got {value:?}")]
pub(crate) struct OptionError {
    option: String,
    allowed: String,
    value: String,
}

impl Args {
    /// Reads all options.
    ///
    /// # Errors
    /// Some cannot be used; tells all of them.
    pub(crate) fn read(self) -> Result<Options, Vec<OptionError>> {
        let mut read = Reader::default();
        let url = self.url.filter(|url| !url.trim().is_empty()).unwrap_or_else(|| "http://127.0.0.1:8080".into());
        let target = Target::parse(url.trim());
        if target.is_none() {
            let allowed = "an http:// or https:// URL with a host and without a query";
            read.reject("the URL (LOAD_URL)", allowed, &url);
        }
        let number = "a number above 0, at most 1000000";
        let rate = read.option("rate", &self.rate, number, positive);
        let connections = read.option("connections", &self.connections, "1 to 10000", |text| within(text, 1, 10_000));
        // To ask for connections alone is to ask for as much as they carry.
        let rate = rate.or(if connections.is_some() { None } else { Some(100.0) });
        let (some, any) = ("a time from 1ms to 365d", "a time of at most 365d");
        let millisecond = Duration::from_millis(1);
        let duration = read.option("duration", &self.duration, some, |text| time(text, millisecond, YEAR));
        let warm_up = read.option("warm-up", &self.warm_up, any, |text| time(text, Duration::ZERO, YEAR));
        let mix = read.option("mix", &self.mix, MIX, Mix::parse).unwrap_or_default();
        let failing_path = read.option("failing-path", &self.failing_path, "a path that begins with /", |text| {
            (text.starts_with('/') && text.parse::<hyper::Uri>().is_ok()).then(|| text.to_owned())
        });
        let failing = read.failing(&self.failing, failing_path.is_some(), mix);
        let max_body = read.option("max-body", &self.max_body, "64 to 1073741824 bytes", |text| {
            within(text, SMALLEST as u64, 1 << 30)
        });
        let max_body = max_body.unwrap_or(1 << 20);
        let sizes = format!("{SMALLEST} to {max_body} bytes, what --max-body allows");
        let document_size = read.option("document-size", &self.document_size, &sizes, |text| {
            within(text, SMALLEST, usize::try_from(max_body).unwrap_or(usize::MAX))
        });
        let limit = |text: &str| time(text, millisecond, HOUR);
        let timeout = read.option("timeout", &self.timeout, "a time from 1ms to 1h", limit);
        let seed = read.option("seed", &self.seed, "a whole number below 2^64", |text| text.parse().ok());
        let boolean = |text: &str| text.parse().ok();
        let keep = read.option("keep", &self.keep, "true or false", boolean);
        let sampled = read.option("trace-sampled", &self.trace_sampled, "true or false", boolean);
        let max_p95 = read.option("max-p95", &self.max_p95, "a time from 1ms to 1h", limit);
        let max_p99 = read.option("max-p99", &self.max_p99, "a time from 1ms to 1h", limit);
        let share_form = "a share from 0 to 1, or 0% to 100%";
        let max_error_rate = read.option("max-error-rate", &self.max_error_rate, share_form, share);
        let min_rate = read.option("min-rate", &self.min_rate, number, positive);
        let output = read.option("output", &self.output, "text or json", |text| Output::from_str(text, false).ok());
        match target {
            Some(target) if read.errors.is_empty() => Ok(Options {
                target,
                ca_file: self.ca_file.filter(|path| !path.is_empty()).map(PathBuf::from),
                rate,
                connections: connections.unwrap_or(256),
                duration,
                warm_up: warm_up.unwrap_or_default(),
                plan: Plan {
                    seed: seed.unwrap_or_else(|| fastrand::u64(..)),
                    mix,
                    failing,
                    keep: keep.unwrap_or_default(),
                },
                failing_path: failing_path.unwrap_or_default(),
                document_size: document_size.unwrap_or_else(|| 1024.min(max_body as usize)),
                max_body,
                timeout: timeout.unwrap_or(Duration::from_secs(10)),
                sampled: sampled.unwrap_or_default(),
                thresholds: Thresholds {
                    max_p95,
                    max_p99,
                    max_error_rate: max_error_rate.unwrap_or_default(),
                    min_rate,
                },
                output: output.unwrap_or(Output::Text),
            }),
            _ => Err(read.errors),
        }
    }
}

/// Reads texts and remembers what was wrong.
#[derive(Debug, Default)]
struct Reader {
    errors: Vec<OptionError>,
}

impl Reader {
    /// The option's value; nothing if it is not set, is empty, or cannot be used.
    fn option<T>(
        &mut self,
        name: &str,
        given: &Option<String>,
        allowed: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = given.as_deref().map(str::trim).filter(|text| !text.is_empty())?;
        let value = parse(text);
        if value.is_none() {
            self.reject(&with_variable(name), allowed, text);
        }
        value
    }

    fn failing(&mut self, given: &Option<String>, has_path: bool, mix: Mix) -> Vec<Failing> {
        let named = self.option("failing", given, "names out of method, cut, slow, path", |text| {
            text.split(',').map(|name| Failing::from_str(name.trim(), false).ok()).collect::<Option<Vec<_>>>()
        });
        let default = if has_path { vec![Failing::Path] } else { vec![Failing::Method, Failing::Cut] };
        let failing = named.unwrap_or(default);
        if failing.contains(&Failing::Path) && !has_path && mix.has(Kind::Failing) {
            self.reject(&with_variable("failing-path"), "set for --failing path", "");
        }
        failing
    }

    fn reject(&mut self, option: &str, allowed: &str, value: &str) {
        self.errors.push(OptionError { option: option.into(), allowed: allowed.into(), value: value.into() });
    }
}

fn with_variable(name: &str) -> String {
    format!("--{name} (LOAD_{})", name.to_uppercase().replace('-', "_"))
}

fn positive(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number| (0.001..=1e6).contains(number))
}

fn within<T: FromStr + PartialOrd>(text: &str, least: T, most: T) -> Option<T> {
    text.parse().ok().filter(|number| (least..=most).contains(number))
}

fn time(text: &str, least: Duration, most: Duration) -> Option<Duration> {
    humantime::parse_duration(text).ok().filter(|time| (least..=most).contains(time))
}

fn share(text: &str) -> Option<f64> {
    let share = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().ok()? / 100.0,
        None => text.parse().ok()?,
    };
    (0.0..=1.0).contains(&share).then_some(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(arguments: &[&str]) -> Result<Options, Vec<OptionError>> {
        let arguments = [&["load-generator"], arguments].concat();
        Args::try_parse_from(arguments).expect("known options").read()
    }

    #[test]
    fn defaults_are_gentle() {
        let options = options(&[]).expect("nothing is required");
        assert_eq!(options.target.url(""), "http://127.0.0.1:8080");
        assert_eq!((options.rate, options.connections, options.duration), (Some(100.0), 256, None));
        assert_eq!((options.plan.mix, options.plan.keep, options.sampled), (Mix::default(), false, false));
        assert_eq!(options.plan.failing, [Failing::Method, Failing::Cut]);
        assert_eq!((options.document_size, options.max_body), (1024, 1 << 20));
        assert_eq!((options.thresholds.max_error_rate, options.output), (0.0, Output::Text));
    }

    #[test]
    fn options_are_read() {
        let options = options(&[
            "https://api.example/v1",
            "--connections=8",
            "--duration=1m 30s",
            "--mix=good=1",
            "--seed=7",
            "--keep",
            "--trace-sampled=true",
            "--max-p95=250ms",
            "--max-error-rate=0.5%",
            "--output=json",
        ])
        .expect("all are valid");
        assert_eq!((options.rate, options.connections), (None, 8), "connections alone are a closed loop");
        assert_eq!(options.duration, Some(Duration::from_secs(90)));
        assert_eq!((options.plan.seed, options.plan.keep, options.sampled), (7, true, true));
        assert_eq!(options.thresholds.max_p95, Some(Duration::from_millis(250)));
        assert_eq!((options.thresholds.max_error_rate, options.output), (0.005, Output::Json));
    }

    #[test]
    fn a_path_is_what_fails() {
        let plan = options(&["--failing-path=/broken"]).expect("a path").plan;
        assert_eq!(plan.failing, [Failing::Path]);
        let plan = options(&["--failing-path=/broken", "--failing=slow,path"]).expect("both").plan;
        assert_eq!(plan.failing, [Failing::Slow, Failing::Path]);
    }

    #[test]
    fn what_is_empty_is_not_set() {
        let options = options(&["", "--rate=", "--mix=", "--keep="]).expect("as without");
        assert_eq!((options.rate, options.plan.keep), (Some(100.0), false));
    }

    #[test]
    fn rejects_all_that_is_wrong_at_once() {
        let errors = options(&[
            "ftp://host",
            "--rate=0",
            "--connections=0",
            "--duration=0s",
            "--warm-up=soon",
            "--mix=best=1",
            "--failing=loudly",
            "--failing-path=broken",
            "--document-size=2000000",
            "--max-body=1",
            "--timeout=2h",
            "--seed=-1",
            "--keep=maybe",
            "--trace-sampled=2",
            "--max-p95=0s",
            "--max-p99=fast",
            "--max-error-rate=101%",
            "--min-rate=NaN",
            "--output=xml",
        ])
        .expect_err("everything is wrong");
        let texts: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(texts.len(), 19, "{texts:#?}");
        assert!(texts.contains(&"--rate (LOAD_RATE) must be a number above 0, at most 1000000, got \"0\"".to_owned()));
        assert!(
            texts.iter().any(|text| text.starts_with("--trace-sampled (LOAD_TRACE_SAMPLED) must be true or false"))
        );
    }

    #[test]
    fn rejects_a_failing_path_that_is_not_given() {
        let errors = options(&["--failing=path"]).expect_err("no path");
        assert_eq!(
            errors[0].to_string(),
            "--failing-path (LOAD_FAILING_PATH) must be set for --failing path, got \"\""
        );
        options(&["--failing=path", "--mix=good=1"]).expect("nothing fails, so no path is needed");
    }
}
