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
