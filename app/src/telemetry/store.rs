//! A store whose operations are measured and traced.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use opentelemetry::trace::{Span as _, SpanBuilder, SpanKind, Status, TraceContextExt, TraceId, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_semantic_conventions::attribute;

use super::Telemetry;
use super::handle::Shared;
use super::logs::Chain;
use super::metrics::{Operation, SystemMetrics};
use super::traces::ids;
use crate::store::{Key, KeyPrefix, Page, Store, StoreError};

/// A store whose operations have a time limit, are measured, and are spans of the requests that want them.
#[derive(Debug)]
pub struct ObservedStore {
    inner: Arc<dyn Store>,
    limit: Duration,
    /// `None` where telemetry is disabled.
    observer: Option<Observer>,
}

#[derive(Debug)]
struct Observer {
    shared: Arc<Shared>,
    system: &'static str,
    metrics: SystemMetrics,
}

impl ObservedStore {
    /// Observes `inner`, none of whose operations may take longer than `limit`.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>, telemetry: &Telemetry, limit: Duration) -> Self {
        let system = inner.system();
        let observer = telemetry.shared().map(|shared| {
            let metrics = shared.metrics.storage.system(system);
            Observer { shared: shared.clone(), system, metrics }
        });
        Self { inner, limit, observer }
    }

    async fn observe<T>(
        &self,
        operation: Operation,
        key: Option<Key>,
        run: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let begin = Instant::now();
        // The limit costs nothing where the store is ready at once: its timer is only started where it is not.
        let result = tokio::time::timeout_at((begin + self.limit).into(), run).await.unwrap_or_else(|_| {
            let (system, limit) = (self.inner.system(), self.limit);
            Err(StoreError::TooSlow { system, operation: operation.name(), limit })
        });
        if let Some(observer) = &self.observer {
            observer.end(operation, key, begin, result.as_ref().err());
        }
        result
    }
}

impl Observer {
    fn end(&self, operation: Operation, key: Option<Key>, begin: Instant, error: Option<&StoreError>) {
        let duration = begin.elapsed();
        let trace = Context::map_current(|context| {
            let sampled = context.has_active_span() && context.span().span_context().is_sampled();
            // A failure is worth a span even where the request was not sampled: it will end with one as well.
            let wanted = sampled || error.is_some() && self.shared.failures_of_storage.take(begin + duration);
            (wanted && context.has_active_span()).then(|| self.span(context, operation, key, duration, error))
        });
        self.metrics.end(operation, duration, error.map(StoreError::error_type), trace);
    }

    fn span(
        &self,
        parent: &Context,
        operation: Operation,
        key: Option<Key>,
        duration: Duration,
        error: Option<&StoreError>,
    ) -> TraceId {
        let trace_id = parent.span().span_context().trace_id();
        let (name, kind, mut attributes) = described(self.system, operation, key);
        attributes.extend(error.map(|error| KeyValue::new(attribute::ERROR_TYPE, error.error_type())));
        let end = SystemTime::now();
        let builder =
            SpanBuilder::from_name(name).with_kind(kind).with_start_time(end - duration).with_attributes(attributes);
        let tracer = &self.shared.tracer;
        let mut span = ids::with_next(trace_id, ids::random_span(), || tracer.build_with_context(builder, parent));
        if let Some(error) = error {
            span.set_status(Status::error(Chain(error).to_string()));
        }
        span.end_with_timestamp(end);
        trace_id
    }
}

/// The name, kind and attributes of a span, by the conventions for
/// [databases](https://opentelemetry.io/docs/specs/semconv/database/) and
/// [Amazon S3](https://opentelemetry.io/docs/specs/semconv/object-stores/s3/); there are none for what is in the process.
fn described(system: &'static str, operation: Operation, key: Option<Key>) -> (String, SpanKind, Vec<KeyValue>) {
    match system {
        "postgresql" => {
            const TABLE: &str = "documents";
            let statement = match operation {
                Operation::Put => "INSERT",
                Operation::Get | Operation::List | Operation::Check => "SELECT",
                Operation::Delete => "DELETE",
            };
            let mut attributes = vec![
                KeyValue::new(attribute::DB_SYSTEM_NAME, system),
                KeyValue::new(attribute::DB_OPERATION_NAME, statement),
            ];
            let name = if operation == Operation::Check {
                statement.to_owned()
            } else {
                attributes.push(KeyValue::new(attribute::DB_COLLECTION_NAME, TABLE));
                format!("{statement} {TABLE}")
            };
            (name, SpanKind::Client, attributes)
        }
        "s3" => {
            let method = match operation {
                Operation::Put => "PutObject",
                Operation::Get => "GetObject",
                Operation::Delete => "DeleteObject",
                Operation::List | Operation::Check => "ListObjectsV2",
            };
            let method = format!("S3/{method}");
            let mut attributes = vec![
                KeyValue::new(attribute::RPC_SYSTEM_NAME, "aws-api"),
                KeyValue::new(attribute::RPC_METHOD, method.clone()),
            ];
            attributes.extend(key.map(|key| KeyValue::new(attribute::AWS_S3_KEY, key.to_string())));
            (method, SpanKind::Client, attributes)
        }
        _ => {
            let operation = operation.name();
            let attributes =
                vec![KeyValue::new("storage.system", system), KeyValue::new("storage.operation", operation)];
            (format!("{system} {operation}"), SpanKind::Internal, attributes)
        }
    }
}

#[async_trait]
impl Store for ObservedStore {
    fn system(&self) -> &'static str {
        self.inner.system()
    }

    async fn put(&self, key: Key, document: Bytes) -> Result<(), StoreError> {
        self.observe(Operation::Put, Some(key), self.inner.put(key, document)).await
    }

    async fn get(&self, key: Key) -> Result<Option<Bytes>, StoreError> {
        self.observe(Operation::Get, Some(key), self.inner.get(key)).await
    }

    async fn delete(&self, key: Key) -> Result<bool, StoreError> {
        self.observe(Operation::Delete, Some(key), self.inner.delete(key)).await
    }

    async fn list(&self, prefix: &KeyPrefix, after: Option<Key>, limit: usize) -> Result<Page, StoreError> {
        self.observe(Operation::List, None, self.inner.list(prefix, after, limit)).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.observe(Operation::Check, None, self.inner.check()).await
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use axum::Router;
    use axum::extract::State;
    use axum::http::StatusCode;
    use axum::routing::get;

    use super::super::testing::{Observed, answer};
    use super::*;
    use crate::store::MemoryStore;

    const NOT_SAMPLED: (&str, &str) = ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");

    /// Fails, each in its own way.
    #[derive(Debug)]
    enum Moody {
        Gone,
        Slow,
    }

    impl Moody {
        async fn answer<T>(&self, operation: &'static str) -> Result<T, StoreError> {
            match self {
                Self::Gone => {
                    let source = io::Error::other("connection refused").into();
                    Err(StoreError::Unavailable { system: self.system(), operation, source })
                }
                Self::Slow => std::future::pending().await,
            }
        }
    }

    #[async_trait]
    impl Store for Moody {
        fn system(&self) -> &'static str {
            "s3"
        }

        async fn put(&self, _: Key, _: Bytes) -> Result<(), StoreError> {
            self.answer("put").await
        }

        async fn get(&self, _: Key) -> Result<Option<Bytes>, StoreError> {
            self.answer("get").await
        }

        async fn delete(&self, _: Key) -> Result<bool, StoreError> {
            self.answer("delete").await
        }

        async fn list(&self, _: &KeyPrefix, _: Option<Key>, _: usize) -> Result<Page, StoreError> {
            self.answer("list").await
        }

        async fn check(&self) -> Result<(), StoreError> {
            self.answer("check").await
        }
    }

    async fn round(State(store): State<Arc<ObservedStore>>) -> StatusCode {
        let key = Key::generate();
        if store.put(key, Bytes::from_static(b"{}")).await.is_err() {
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        let found = store.get(key).await.is_ok_and(|document| document.is_some());
        if found { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR }
    }

    fn router(observed: &Observed, store: Arc<dyn Store>) -> Router {
        let store = ObservedStore::new(store, &observed.telemetry, Duration::from_millis(30));
        Router::new().route("/round", get(round)).with_state(Arc::new(store)).layer(observed.telemetry.layer())
    }

    #[tokio::test]
    async fn operations_are_children_of_their_request() {
        let observed = Observed::new(&[]);
        let router = router(&observed, Arc::new(MemoryStore::default()));
        assert_eq!(answer(&router, "/round", &[]).await.0, 200);
        let [put, get, server] = observed.spans().try_into().expect("three spans");
        assert_eq!((&*put.name, &*get.name, &*server.name), ("memory put", "memory get", "GET /round"));
        for span in [&put, &get] {
            assert_eq!(span.parent_span_id, server.span_context.span_id());
            assert_eq!(span.span_context.trace_id(), server.span_context.trace_id());
            assert!(span.start_time <= span.end_time && span.end_time <= server.end_time, "{span:?}");
        }
        let series = r#"storage_operation_duration_seconds_count{system="memory",operation="put"}"#;
        assert_eq!(observed.metric(series).await, Some(1.0));
    }

    #[tokio::test]
    async fn what_is_not_sampled_is_measured_alone() {
        let observed = Observed::new(&[]);
        let router = router(&observed, Arc::new(MemoryStore::default()));
        assert_eq!(answer(&router, "/round", &[NOT_SAMPLED]).await.0, 200);
        assert!(observed.spans().is_empty());
        let series = r#"storage_operation_duration_seconds_count{system="memory",operation="get"}"#;
        assert_eq!(observed.metric(series).await, Some(1.0));
    }

    #[tokio::test]
    async fn a_failure_that_was_not_sampled_is_traced_all_the_same() {
        let observed = Observed::new(&[]);
        let router = router(&observed, Arc::new(Moody::Gone));
        assert_eq!(answer(&router, "/round", &[NOT_SAMPLED]).await.0, 503);
        let [put, server] = observed.spans().try_into().expect("two spans");
        assert_eq!((&*put.name, put.span_kind), ("S3/PutObject", SpanKind::Client));
        assert_eq!(put.parent_span_id, server.span_context.span_id());
        assert_eq!(put.status, Status::error("s3 is not available for put: connection refused"));
        let series = r#"storage_operation_errors_total{system="s3",operation="put",error="unavailable"}"#;
        assert_eq!(observed.metric(series).await, Some(1.0));
    }

    #[tokio::test]
    async fn a_store_has_a_time_limit() {
        let observed = Observed::new(&[("OTEL_SDK_DISABLED", "true")]);
        let store = ObservedStore::new(Arc::new(Moody::Slow), &observed.telemetry, Duration::from_millis(30));
        let error = store.check().await.expect_err("it never answers");
        assert_eq!(error.to_string(), "s3 did not finish check within 30 ms");
        drop(observed);

        let observed = Observed::new(&[]);
        assert_eq!(answer(&router(&observed, Arc::new(Moody::Slow)), "/round", &[]).await.0, 503);
        let series = r#"storage_operation_errors_total{system="s3",operation="put",error="timeout"}"#;
        assert_eq!(observed.metric(series).await, Some(1.0));
    }

    #[test]
    fn spans_follow_the_conventions() {
        let (name, kind, attributes) = described("postgresql", Operation::Get, Some(Key::generate()));
        assert_eq!((&*name, kind), ("SELECT documents", SpanKind::Client));
        let attributes: Vec<_> = attributes.iter().map(|attribute| attribute.key.as_str()).collect();
        assert_eq!(attributes, ["db.system.name", "db.operation.name", "db.collection.name"]);
        let (name, kind, attributes) = described("s3", Operation::Get, Some(Key::generate()));
        assert_eq!((&*name, kind), ("S3/GetObject", SpanKind::Client));
        let attributes: Vec<_> = attributes.iter().map(|attribute| attribute.key.as_str()).collect();
        assert_eq!(attributes, ["rpc.system.name", "rpc.method", "aws.s3.key"]);
    }
}
