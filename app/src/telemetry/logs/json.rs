//! Log lines as JSON.

use std::error::Error;
use std::fmt;
use std::io;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use serde::ser::{SerializeMap, Serializer as _};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// One JSON object a line: `timestamp` (RFC 3339, UTC, microseconds), `level`, `service`, `target`, then `trace_id`,
/// `span_id` and `trace_flags` within a request, then `message` and the other fields of the event, side by side.
#[derive(Debug)]
pub(crate) struct JsonLines {
    pub(crate) service: String,
}

/// The names that fields of an event may not take; such a field gets the prefix `field.`.
const RESERVED: [&str; 7] = ["timestamp", "level", "service", "target", "trace_id", "span_id", "trace_flags"];

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let span = Context::map_current(|context| {
            context.has_active_span().then(|| context.span().span_context().clone()).filter(SpanContext::is_valid)
        });
        self.write(&mut writer, event, span.as_ref()).map_err(|_| fmt::Error)?;
        writer.write_char('\n')
    }
}

impl JsonLines {
    fn write(&self, writer: &mut Writer<'_>, event: &Event<'_>, span: Option<&SpanContext>) -> serde_json::Result<()> {
        let mut timestamp = Text { bytes: [0; 40], length: 0 };
        // A text that is too long is cut, and this one is not.
        let _ = SystemTime.format_time(&mut Writer::new(&mut timestamp));
        let mut serializer = serde_json::Serializer::new(Utf8(writer));
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("timestamp", timestamp.as_str())?;
        map.serialize_entry("level", event.metadata().level().as_str())?;
        map.serialize_entry("service", &self.service)?;
        map.serialize_entry("target", event.metadata().target())?;
        if let Some(span) = span {
            map.serialize_entry("trace_id", &format_args!("{}", span.trace_id()))?;
            map.serialize_entry("span_id", &format_args!("{}", span.span_id()))?;
            map.serialize_entry("trace_flags", &format_args!("{:02x}", span.trace_flags()))?;
        }
        let mut fields = Fields { map, result: Ok(()) };
        event.record(&mut fields);
        fields.result?;
        fields.map.end()
    }
}

/// Writes fields as members of the object.
struct Fields<M: SerializeMap> {
    map: M,
    result: Result<(), M::Error>,
}

impl<M: SerializeMap> Fields<M> {
    fn entry(&mut self, field: &Field, value: &(impl serde::Serialize + ?Sized)) {
        if self.result.is_ok() {
            let name = field.name();
            self.result = if RESERVED.contains(&name) {
                self.map.serialize_entry(&format_args!("field.{name}"), value)
            } else {
                // A field that is a raw identifier keeps its prefix.
                self.map.serialize_entry(name.strip_prefix("r#").unwrap_or(name), value)
            };
        }
    }
}

impl<M: SerializeMap> Visit for Fields<M> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.entry(field, &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.entry(field, &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.entry(field, &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.entry(field, &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.entry(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.entry(field, &format_args!("{}", Chain(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.entry(field, &format_args!("{value:?}"));
    }
}

/// An error with all that caused it, the first cause last.
pub(crate) struct Chain<'a>(pub(crate) &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, formatter)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(formatter, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

/// Takes bytes where text is wanted. What serializes JSON writes whole characters.
struct Utf8<'a, 'b>(&'a mut Writer<'b>);

impl io::Write for Utf8<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = std::str::from_utf8(bytes).map_err(io::Error::other)?;
        self.0.write_str(text).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A short text without an allocation.
struct Text {
    bytes: [u8; 40],
    length: usize,
}

impl Text {
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use opentelemetry::trace::{SpanId, TraceFlags, TraceId, TraceState};
    use proptest::prelude::*;
    use serde_json::Value;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is written while `log` runs.
    fn written(service: &str, log: impl FnOnce()) -> Vec<u8> {
        let kept = Kept::default();
        let writer = kept.clone();
        let lines = JsonLines { service: service.to_owned() };
        let layer = tracing_subscriber::fmt::layer().event_format(lines).with_writer(move || writer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
        kept.0.lock().expect("no panic").clone()
    }

    fn line(log: impl FnOnce()) -> Value {
        serde_json::from_slice(&written("s", log)).expect("one JSON object")
    }

    #[test]
    fn fields_lie_side_by_side() {
        let line = line(|| tracing::warn!(number = 7, text = "a", flag = true, debug = ?Some(1), "hello {}", "you"));
        assert_eq!((&line["level"], &line["service"]), (&"WARN".into(), &"s".into()));
        assert_eq!((&line["message"], &line["number"], &line["text"]), (&"hello you".into(), &7.into(), &"a".into()));
        assert_eq!((&line["flag"], &line["debug"]), (&true.into(), &"Some(1)".into()));
        assert!(line.get("trace_id").is_none());
        let timestamp = line["timestamp"].as_str().expect("a text");
        let shape: String = timestamp.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(shape, "0000-00-00T00:00:00.000000Z");
    }

    #[test]
    fn ids_are_those_of_the_context() {
        let (trace_id, span_id) = (TraceId::from_bytes([1; 16]), SpanId::from_bytes([2; 8]));
        let span = SpanContext::new(trace_id, span_id, TraceFlags::SAMPLED, false, TraceState::NONE);
        let guard = Context::new().with_remote_span_context(span).attach();
        let line = line(|| tracing::info!("within"));
        drop(guard);
        assert_eq!(line["trace_id"], "01010101010101010101010101010101");
        assert_eq!((&line["span_id"], &line["trace_flags"]), (&"0202020202020202".into(), &"01".into()));
    }

    #[test]
    fn no_name_is_there_twice() {
        let line = line(|| tracing::info!(level = "mine", service = "mine", trace_id = "mine", "x"));
        assert_eq!((&line["level"], &line["field.level"]), (&"INFO".into(), &"mine".into()));
        assert_eq!((&line["service"], &line["field.service"]), (&"s".into(), &"mine".into()));
        assert_eq!(line["field.trace_id"], "mine");
    }

    #[test]
    fn an_error_is_told_with_its_causes() {
        let source = io::Error::other("the disk is gone");
        let error = crate::store::StoreError::Unavailable { system: "file", operation: "put", source: source.into() };
        let line = line(|| tracing::error!(error = &error as &dyn Error, "failed"));
        assert_eq!(line["error"], "file is not available for put: the disk is gone");
    }

    proptest! {
        /// Whatever is logged, it is one line, it is JSON, and what was text comes out as it went in.
        #[test]
        fn every_line_is_one_json_object(
            text in any::<String>(),
            raw in any::<Vec<u8>>(),
            service in any::<String>(),
            real in any::<f64>(),
            signed in any::<i64>(),
            wide in any::<i128>(),
        ) {
            let lossy = String::from_utf8_lossy(&raw).into_owned();
            let bytes = written(&service, || {
                tracing::info!(text, display = %lossy, debug = ?lossy, real, signed, wide, bytes = &raw[..], "{text}");
            });
            let lines = std::str::from_utf8(&bytes).expect("lines are UTF-8");
            prop_assert_eq!(lines.matches('\n').count(), 1);
            prop_assert!(lines.ends_with('\n'));
            prop_assert!(!lines.trim_end_matches('\n').chars().any(|character| character < ' '));
            let line: Value = serde_json::from_str(lines).expect("JSON");
            prop_assert_eq!(&line["text"], &Value::from(text.clone()));
            prop_assert_eq!(&line["message"], &Value::from(text));
            prop_assert_eq!(&line["display"], &Value::from(lossy.clone()));
            prop_assert_eq!(&line["debug"], &Value::from(format!("{lossy:?}")));
            prop_assert_eq!(&line["service"], &Value::from(service));
            prop_assert_eq!(&line["signed"], &Value::from(signed));
            prop_assert_eq!(line["real"].is_null(), !real.is_finite());
        }
    }
}
