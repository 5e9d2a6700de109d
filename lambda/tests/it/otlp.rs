//! A receiver of spans over OTLP/HTTP.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;

use crate::runtime_api::listen;

#[derive(Clone, Default)]
pub(crate) struct Receiver {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    answer: Answer,
    received: Vec<(HeaderMap, ExportTraceServiceRequest)>,
}

/// What the receiver does with a request.
#[derive(Clone, Copy, Default)]
pub(crate) enum Answer {
    #[default]
    Takes,
    Refuses,
    Hangs,
}

impl Receiver {
    pub(crate) async fn start(&self) -> String {
        let routes = Router::new().route("/v1/traces", post(receive)).with_state(self.clone());
        format!("http://{}", listen(routes).await)
    }

    pub(crate) fn set(&self, answer: Answer) {
        self.shared.lock().expect("no panic while it is held").answer = answer;
    }

    pub(crate) fn received(&self) -> Vec<(HeaderMap, ExportTraceServiceRequest)> {
        self.shared.lock().expect("no panic while it is held").received.clone()
    }

    /// All spans so far.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let resources = self.received().into_iter().flat_map(|(_, request)| request.resource_spans);
        resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans).collect()
    }
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let answer = {
        let mut shared = receiver.shared.lock().expect("no panic while it is held");
        if matches!(shared.answer, Answer::Takes) {
            let request = ExportTraceServiceRequest::decode(body).expect("OTLP in protobuf");
            shared.received.push((headers, request));
        }
        shared.answer
    };
    match answer {
        Answer::Takes => StatusCode::OK,
        Answer::Refuses => StatusCode::SERVICE_UNAVAILABLE,
        Answer::Hangs => {
            tokio::time::sleep(Duration::from_secs(600)).await;
            StatusCode::OK
        }
    }
}

/// The attribute of this name, as text.
pub(crate) fn attribute(attributes: &[KeyValue], name: &str) -> Option<String> {
    let found = attributes.iter().find(|attribute| attribute.key == name)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::BoolValue(value) => Some(value.to_string()),
        Value::IntValue(value) => Some(value.to_string()),
        Value::ArrayValue(array) => match array.values.as_slice() {
            [AnyValue { value: Some(Value::StringValue(text)) }] => Some(format!("[{text}]")),
            _ => None,
        },
        _ => None,
    }
}

pub(crate) fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}
