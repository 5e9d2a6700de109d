//! The log: one JSON object a line.

use std::fmt::{self, Debug};
use std::io;

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;
use serde::ser::{SerializeMap, Serializer as _};
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The target of lines that carry metrics, which no level may hold back.
pub(crate) const METRICS: &str = "metrics";
/// The member that carries metrics: its text is JSON already.
const EMF: &str = "_aws";

/// The id of the invocation that a line belongs to, kept in the context beside the span.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

/// Writes the log of this process to stdout, each line with the name of the service; less severe lines than `level` are
/// left out, but for those that carry metrics.
///
/// A line has the members `timestamp` (RFC 3339), `level`, `service`, within an invocation `requestId`, within a trace
/// `trace_id`, `span_id` and `trace_flags`, then `message` and the event's own fields. It does nothing where a log was
/// set up before.
pub fn init(service: &str, level: LevelFilter) {
    _ = subscriber(service, level, io::stdout).try_init();
}

fn subscriber<W>(service: &str, level: LevelFilter, writer: W) -> impl Subscriber + for<'a> LookupSpan<'a>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter = Targets::new().with_default(level).with_target(METRICS, Level::TRACE);
    let format = JsonLines { service: service.into() };
    let layer = tracing_subscriber::fmt::layer().event_format(format).with_writer(writer).with_filter(filter);
    tracing_subscriber::registry().with(layer)
}

struct JsonLines {
    service: String,
}

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = Vec::with_capacity(512);
        self.write(&mut line, event).map_err(|_| fmt::Error)?;
        writeln!(writer, "{}", String::from_utf8_lossy(&line))
    }
}

impl JsonLines {
    fn write(&self, line: &mut Vec<u8>, event: &Event<'_>) -> serde_json::Result<()> {
        let mut serializer = serde_json::Serializer::new(line);
        let mut map = serializer.serialize_map(None)?;
        let mut timestamp = String::new();
        // Writing to a string cannot fail.
        _ = SystemTime.format_time(&mut Writer::new(&mut timestamp));
        map.serialize_entry("timestamp", &timestamp)?;
        map.serialize_entry("level", event.metadata().level().as_str())?;
        map.serialize_entry("service", &self.service)?;
        Context::map_current(|context| {
            if let Some(RequestId(id)) = context.get() {
                map.serialize_entry("requestId", id)?;
            }
            let span = context.span();
            let span = span.span_context();
            if span.is_valid() {
                map.serialize_entry("trace_id", &span.trace_id().to_string())?;
                map.serialize_entry("span_id", &span.span_id().to_string())?;
                map.serialize_entry("trace_flags", &format!("{:02x}", span.trace_flags()))?;
            }
            Ok::<_, serde_json::Error>(())
        })?;
        let mut fields = Fields { map, result: Ok(()) };
        event.record(&mut fields);
        fields.result?;
        fields.map.end()
    }
}

/// Writes fields as members, until one fails.
struct Fields<M: SerializeMap> {
    map: M,
    result: Result<(), M::Error>,
}

impl<M: SerializeMap> Fields<M> {
    fn write(&mut self, field: &Field, value: &(impl serde::Serialize + ?Sized)) {
        if self.result.is_ok() {
            self.result = self.map.serialize_entry(field.name(), value);
        }
    }
}

impl<M: SerializeMap> Visit for Fields<M> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.write(field, &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.write(field, &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.write(field, &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.write(field, &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == EMF
            && let Ok(json) = serde_json::from_str::<Value>(value)
        {
            self.write(field, &json);
        } else {
            self.write(field, value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.write(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
    use serde_json::json;

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("one thread").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(level: LevelFilter, log: impl FnOnce()) -> Vec<Value> {
        let sink = Sink::default();
        let writer = sink.clone();
        tracing::subscriber::with_default(subscriber("canary", level, move || writer.clone()), log);
        let text = String::from_utf8(sink.0.lock().expect("one thread").clone()).expect("UTF-8");
        text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }

    #[test]
    fn a_line_has_the_fields_with_their_types() {
        let lines = logged(LevelFilter::INFO, || {
            tracing::warn!(count = 3, rate = 0.5, ok = true, path = "a\n\"b\"", state = ?Some(1), "it\nhappened");
        });
        let expected = json!({
            "timestamp": lines[0]["timestamp"], "level": "WARN", "service": "canary", "message": "it\nhappened",
            "count": 3, "rate": 0.5, "ok": true, "path": "a\n\"b\"", "state": "Some(1)",
        });
        assert_eq!(lines, [expected]);
        let timestamp = lines[0]["timestamp"].as_str().expect("a text");
        assert!(timestamp.len() >= 20 && timestamp.ends_with('Z'), "{timestamp}");
    }

    #[test]
    fn a_line_names_the_invocation_and_the_span() {
        let (trace, span) = (TraceId::from(0xabc_u128), SpanId::from(0xdef_u64));
        let span = SpanContext::new(trace, span, TraceFlags::SAMPLED, false, TraceState::NONE);
        let context = Context::new().with_remote_span_context(span).with_value(RequestId("request-1".into()));
        let lines = logged(LevelFilter::INFO, || {
            let _guard = context.attach();
            tracing::info!("within");
        });
        assert_eq!(lines[0]["requestId"], "request-1");
        assert_eq!(lines[0]["trace_id"], "00000000000000000000000000000abc");
        assert_eq!(lines[0]["span_id"], "0000000000000def");
        assert_eq!(lines[0]["trace_flags"], "01");
    }

    #[test]
    fn metrics_are_written_at_every_level() {
        let lines = logged(LevelFilter::ERROR, || {
            tracing::info!("left out");
            tracing::info!(target: METRICS, _aws = r#"{"Timestamp":1}"#, text = r#"{"a":1}"#, "kept");
        });
        assert_eq!(lines.len(), 1);
        assert_eq!((&lines[0]["_aws"], &lines[0]["text"]), (&json!({"Timestamp": 1}), &json!(r#"{"a":1}"#)));
    }
}
