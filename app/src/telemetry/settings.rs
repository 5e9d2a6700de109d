//! What the environment says of telemetry.

use std::time::Duration;

use opentelemetry_sdk::trace::Sampler;
use tracing_subscriber::filter::{LevelFilter, Targets};

use super::otlp::Endpoint;
use super::traces::Propagator;
use crate::variable::{Lookup, WrongVariable};

/// The settings of telemetry, from the environment.
///
/// The variables and their meanings are those of the OpenTelemetry specification
/// (<https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/> and
/// <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>) but for `LOG_LEVEL` and `TRACES_PER_SECOND`, which are
/// this program's. One thing differs on purpose: without an endpoint nothing is exported, where the specification has a
/// default on `localhost` that most programs would try in vain.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) disabled: bool,
    pub(crate) metrics: bool,
    pub(crate) service_name: Option<String>,
    pub(crate) resource_attributes: Vec<(String, String)>,
    pub(crate) detectors: Detectors,
    pub(crate) propagators: Vec<Propagator>,
    pub(crate) sampler: SamplerSetting,
    pub(crate) traces: Option<Endpoint>,
    pub(crate) logs: Option<Endpoint>,
    pub(crate) span_batches: Batches,
    pub(crate) log_batches: Batches,
    pub(crate) log_filter: Targets,
}

/// How new traces are sampled.
#[derive(Clone, Debug)]
pub(crate) enum SamplerSetting {
    /// As many a second as given; 0 sets no limit.
    PerSecond(u32),
    Standard(Box<Sampler>),
}

/// How records are gathered for the exporter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Batches {
    /// The time that a record waits at most for others.
    pub(crate) delay: Duration,
    /// The records that may wait; more are dropped.
    pub(crate) queue: usize,
    /// The records that are sent at once.
    pub(crate) size: usize,
}

/// Where the surroundings of the process are looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Detectors {
    /// The address at which the agent of Amazon ECS tells about this task.
    pub(crate) ecs: Option<String>,
    /// The address of the instance metadata service of Amazon EC2; `None` where this is hardly EC2.
    pub(crate) ec2: Option<String>,
}

impl Settings {
    /// Reads the variables that `lookup` finds. One that is empty counts as not set.
    ///
    /// # Errors
    /// All variables that are set to what they cannot mean.
    pub fn from_lookup(lookup: Lookup<'_>) -> Result<Self, Vec<WrongVariable>> {
        let mut reader = Reader { lookup, wrong: Vec::new() };
        let settings = Self {
            disabled: reader.boolean("OTEL_SDK_DISABLED"),
            metrics: reader.choice("OTEL_METRICS_EXPORTER", &[("prometheus", true), ("none", false)]).unwrap_or(true),
            service_name: reader.text("OTEL_SERVICE_NAME"),
            resource_attributes: reader.pairs("OTEL_RESOURCE_ATTRIBUTES", false),
            detectors: reader.detectors(),
            propagators: reader.propagators(),
            sampler: reader.sampler(),
            traces: reader.endpoint("TRACES", "/v1/traces"),
            logs: reader.endpoint("LOGS", "/v1/logs"),
            span_batches: reader.batches("BSP", Duration::from_secs(5)),
            log_batches: reader.batches("BLRP", Duration::from_secs(1)),
            log_filter: reader.log_filter(),
        };
        if reader.wrong.is_empty() { Ok(settings) } else { Err(reader.wrong) }
    }
}

/// Reads variables and notes what is wrong with them.
pub(crate) struct Reader<'a> {
    pub(crate) lookup: Lookup<'a>,
    pub(crate) wrong: Vec<WrongVariable>,
}

impl Reader<'_> {
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        crate::variable::text(self.lookup, name)
    }

    pub(crate) fn refuse(&mut self, name: &str, allowed: &str, value: Option<String>) {
        let wrong = WrongVariable { name: name.to_owned(), allowed: allowed.to_owned(), value };
        // A variable of all signals is read for each of them.
        if !self.wrong.contains(&wrong) {
            self.wrong.push(wrong);
        }
    }

    /// By the specification, everything but `true` is false; here, what is neither is an error.
    fn boolean(&mut self, name: &str) -> bool {
        self.choice(name, &[("true", true), ("false", false)]).unwrap_or(false)
    }

    pub(crate) fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let value = self.text(name)?;
        let found = choices.iter().find(|(choice, _)| value.eq_ignore_ascii_case(choice));
        if found.is_none() {
            let names: Vec<_> = choices.iter().map(|(choice, _)| *choice).collect();
            self.refuse(name, &one_of(&names), Some(value));
        }
        found.map(|(_, choice)| *choice)
    }

    pub(crate) fn number(&mut self, name: &str, from: u64, to: u64, unit: &str) -> Option<u64> {
        let value = self.text(name)?;
        let number = value.parse().ok().filter(|number| (from..=to).contains(number));
        if number.is_none() {
            self.refuse(name, &format!("a whole number{unit} from {from} to {to}"), Some(value));
        }
        number
    }

    /// `key=value` pairs behind commas, with percent encoding in the values: the syntax of W3C baggage.
    pub(crate) fn pairs(&mut self, name: &str, secret: bool) -> Vec<(String, String)> {
        let Some(text) = self.text(name) else { return Vec::new() };
        let pair = |pair: &str| {
            let (key, value) = pair.split_once('=')?;
            let (key, value) = (key.trim(), percent_decoded(value.trim())?);
            (!key.is_empty()).then(|| (key.to_owned(), value))
        };
        let pairs: Option<Vec<_>> = text.split(',').filter(|text| !text.trim().is_empty()).map(pair).collect();
        pairs.unwrap_or_else(|| {
            let allowed = "a list of key=value pairs with commas between them and percent encoding in the values";
            self.refuse(name, allowed, (!secret).then_some(text));
            Vec::new()
        })
    }

    fn propagators(&mut self) -> Vec<Propagator> {
        const NAME: &str = "OTEL_PROPAGATORS";
        let Some(text) = self.text(NAME) else {
            // The later wins: a caller's own traceparent goes before what a load balancer adds.
            return vec![Propagator::XRay, Propagator::TraceContext, Propagator::Baggage];
        };
        if text.eq_ignore_ascii_case("none") {
            return Vec::new();
        }
        let propagator = |name: &str| match name.trim().to_ascii_lowercase().as_str() {
            "tracecontext" => Some(Propagator::TraceContext),
            "baggage" => Some(Propagator::Baggage),
            "xray" => Some(Propagator::XRay),
            _ => None,
        };
        let propagators: Option<Vec<_>> = text.split(',').map(propagator).collect();
        propagators.unwrap_or_else(|| {
            self.refuse(NAME, "none, or a list of tracecontext, baggage and xray", Some(text));
            Vec::new()
        })
    }

    fn sampler(&mut self) -> SamplerSetting {
        const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
        const ARGUMENT: &str = "OTEL_TRACES_SAMPLER_ARG";
        const NAMES: [&str; 6] = [
            "always_on",
            "always_off",
            "traceidratio",
            "parentbased_always_on",
            "parentbased_always_off",
            "parentbased_traceidratio",
        ];
        let per_second = self.number("TRACES_PER_SECOND", 0, 1_000_000, "");
        let choices: Vec<(&str, usize)> = NAMES.into_iter().enumerate().map(|(index, name)| (name, index)).collect();
        let Some(choice) = self.choice(SAMPLER, &choices) else {
            return SamplerSetting::PerSecond(per_second.and_then(|number| number.try_into().ok()).unwrap_or(200));
        };
        let root = match choice % 3 {
            0 => Sampler::AlwaysOn,
            1 => Sampler::AlwaysOff,
            _ => Sampler::TraceIdRatioBased(self.ratio(ARGUMENT)),
        };
        let sampler = if choice < 3 { root } else { Sampler::ParentBased(Box::new(root)) };
        SamplerSetting::Standard(Box::new(sampler))
    }

    fn ratio(&mut self, name: &str) -> f64 {
        let Some(value) = self.text(name) else { return 1.0 };
        value.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio)).unwrap_or_else(|| {
            self.refuse(name, "a number from 0 to 1", Some(value));
            1.0
        })
    }

    fn batches(&mut self, prefix: &str, delay: Duration) -> Batches {
        let name = |rest: &str| format!("OTEL_{prefix}_{rest}");
        let delay =
            self.number(&name("SCHEDULE_DELAY"), 1, 3_600_000, " of milliseconds").map_or(delay, Duration::from_millis);
        let queue = self.number(&name("MAX_QUEUE_SIZE"), 1, 1_000_000, "").unwrap_or(2048);
        let size_name = name("MAX_EXPORT_BATCH_SIZE");
        let size = self.number(&size_name, 1, 1_000_000, "").unwrap_or(queue.min(512));
        if size > queue {
            let allowed = format!("at most {}, which is {queue}", name("MAX_QUEUE_SIZE"));
            self.refuse(&size_name, &allowed, Some(size.to_string()));
        }
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Batches { delay, queue: count(queue), size: count(size.min(queue)) }
    }

    fn log_filter(&mut self) -> Targets {
        const NAME: &str = "LOG_LEVEL";
        let info = || Targets::new().with_default(tracing::Level::INFO);
        let Some(text) = self.text(NAME) else { return info() };
        // A word alone would pass as the name of a target, and a misspelled level would turn everything else off.
        let is_directive = |text: &str| {
            let level = text.rsplit_once('=').map_or(text, |(_, level)| level).trim();
            !level.is_empty() && level.parse::<LevelFilter>().is_ok()
        };
        let filter = text.split(',').all(is_directive).then(|| text.to_ascii_lowercase().replace(' ', "").parse().ok());
        filter.flatten().unwrap_or_else(|| {
            let allowed = "off, error, warn, info, debug or trace, or a list such as info,data_processor::store=debug";
            self.refuse(NAME, allowed, Some(text));
            info()
        })
    }

    fn detectors(&mut self) -> Detectors {
        const ENDPOINT: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
        let ecs = self.text("ECS_CONTAINER_METADATA_URI_V4");
        let off = self.boolean("AWS_EC2_METADATA_DISABLED");
        let ec2 = match self.text(ENDPOINT) {
            _ if off => None,
            Some(endpoint) if endpoint.starts_with("http://") => Some(endpoint),
            Some(endpoint) => {
                self.refuse(ENDPOINT, "an http:// address", Some(endpoint));
                None
            }
            None => super::resource::is_probably_ec2().then(|| "http://169.254.169.254".to_owned()),
        };
        Detectors { ecs, ec2 }
    }
}

pub(crate) fn one_of(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [name] => (*name).to_owned(),
        [names @ .., last] => format!("{} or {last}", names.join(", ")),
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let value = digit(rest.next())? * 16 + digit(rest.next())?;
            bytes.push(u8::try_from(value).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// A lookup in a table, for tests.
#[cfg(test)]
pub(crate) fn table<'a>(variables: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<std::ffi::OsString> + 'a {
    |name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> Settings {
        Settings::from_lookup(&table(variables)).expect("all variables are right")
    }

    fn wrong(name: &str, value: &str) -> String {
        let wrong = Settings::from_lookup(&table(&[(name, value)])).expect_err("the variable is wrong");
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        wrong[0].to_string()
    }

    #[test]
    fn nothing_is_exported_by_default() {
        let settings = settings(&[("AWS_EC2_METADATA_DISABLED", "true")]);
        assert!(settings.traces.is_none() && settings.logs.is_none());
        assert!(settings.metrics && !settings.disabled);
        assert!(matches!(settings.sampler, SamplerSetting::PerSecond(200)));
        assert_eq!(settings.propagators, [Propagator::XRay, Propagator::TraceContext, Propagator::Baggage]);
        assert_eq!(settings.span_batches, Batches { delay: Duration::from_secs(5), queue: 2048, size: 512 });
        assert_eq!(settings.log_batches, Batches { delay: Duration::from_secs(1), queue: 2048, size: 512 });
        assert_eq!(settings.detectors, Detectors::default());
        assert_eq!(settings.log_filter, "info".parse().expect("a level"));
    }

    #[test]
    fn standard_samplers_are_known() {
        for (name, argument, expected) in [
            ("always_on", "", "AlwaysOn"),
            ("always_off", "", "AlwaysOff"),
            ("traceidratio", "0.25", "TraceIdRatioBased(0.25)"),
            ("traceidratio", "", "TraceIdRatioBased(1.0)"),
            ("parentbased_always_on", "", "ParentBased(AlwaysOn)"),
            ("parentbased_always_off", "", "ParentBased(AlwaysOff)"),
            ("parentbased_traceidratio", "0.5", "ParentBased(TraceIdRatioBased(0.5))"),
        ] {
            let settings = settings(&[("OTEL_TRACES_SAMPLER", name), ("OTEL_TRACES_SAMPLER_ARG", argument)]);
            let SamplerSetting::Standard(sampler) = settings.sampler else { panic!("{name} is no budget") };
            assert_eq!(format!("{sampler:?}"), expected);
        }
    }

    #[test]
    fn lists_are_read() {
        let settings = settings(&[
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=pro%20d, team = blue ,"),
            ("OTEL_PROPAGATORS", "tracecontext, xray"),
            ("TRACES_PER_SECOND", "5"),
            ("LOG_LEVEL", "WARN, data_processor=debug"),
        ]);
        let pairs: Vec<_> = settings.resource_attributes.iter().map(|(key, value)| (&**key, &**value)).collect();
        assert_eq!(pairs, [("deployment.environment.name", "pro d"), ("team", "blue")]);
        assert_eq!(settings.propagators, [Propagator::TraceContext, Propagator::XRay]);
        assert!(matches!(settings.sampler, SamplerSetting::PerSecond(5)));
        assert_eq!(settings.log_filter, "warn,data_processor=debug".parse().expect("directives"));
    }

    #[test]
    fn rejects_each_wrong_variable() {
        for (name, value, expected) in [
            ("OTEL_SDK_DISABLED", "yes", "OTEL_SDK_DISABLED must be true or false, got \"yes\""),
            ("OTEL_METRICS_EXPORTER", "otlp", "OTEL_METRICS_EXPORTER must be prometheus or none, got \"otlp\""),
            (
                "OTEL_PROPAGATORS",
                "b3",
                "OTEL_PROPAGATORS must be none, or a list of tracecontext, baggage and xray, got \"b3\"",
            ),
            ("TRACES_PER_SECOND", "-1", "TRACES_PER_SECOND must be a whole number from 0 to 1000000, got \"-1\""),
            (
                "OTEL_TRACES_SAMPLER",
                "xray",
                "OTEL_TRACES_SAMPLER must be always_on, always_off, traceidratio, parentbased_always_on, \
                 parentbased_always_off or parentbased_traceidratio, got \"xray\"",
            ),
            (
                "OTEL_BSP_SCHEDULE_DELAY",
                "5s",
                "OTEL_BSP_SCHEDULE_DELAY must be a whole number of milliseconds from 1 to 3600000, got \"5s\"",
            ),
            (
                "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
                "4096",
                "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE must be at most OTEL_BLRP_MAX_QUEUE_SIZE, which is 2048, got \"4096\"",
            ),
            (
                "OTEL_RESOURCE_ATTRIBUTES",
                "a",
                "OTEL_RESOURCE_ATTRIBUTES must be a list of key=value pairs with commas between them and percent \
                 encoding in the values, got \"a\"",
            ),
            (
                "LOG_LEVEL",
                "loud=very",
                "LOG_LEVEL must be off, error, warn, info, debug or trace, or a list such as \
                 info,data_processor::store=debug, got \"loud=very\"",
            ),
            (
                "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                "ftp://x",
                "AWS_EC2_METADATA_SERVICE_ENDPOINT must be an http:// address, got \"ftp://x\"",
            ),
        ] {
            assert_eq!(wrong(name, value), expected);
        }
        assert!(wrong("LOG_LEVEL", "verbose").ends_with("got \"verbose\""), "a word alone is a level");
        let variables = [("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "1.5")];
        let wrong = Settings::from_lookup(&table(&variables)).expect_err("no ratio");
        assert_eq!(wrong[0].to_string(), "OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1, got \"1.5\"");
    }

    #[test]
    fn rejects_all_wrong_variables_at_once() {
        let variables = [("OTEL_SDK_DISABLED", "1"), ("TRACES_PER_SECOND", "many"), ("LOG_LEVEL", "=")];
        let wrong = Settings::from_lookup(&table(&variables)).expect_err("three are wrong");
        let names: Vec<_> = wrong.iter().map(|wrong| &*wrong.name).collect();
        assert_eq!(names, ["OTEL_SDK_DISABLED", "TRACES_PER_SECOND", "LOG_LEVEL"]);
    }
}
