//! The layer around the routes.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, ready};

use axum::extract::Request;
use axum::response::Response;
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use super::handle::Shared;
use super::request::ObservedRequest;

/// Measures, traces and logs each request; see [`Telemetry::layer`](super::Telemetry::layer).
#[derive(Clone, Debug)]
pub struct TelemetryLayer {
    /// `None` where telemetry is disabled.
    pub(super) shared: Option<Arc<Shared>>,
}

impl<S> Layer<S> for TelemetryLayer {
    type Service = TelemetryService<S>;

    fn layer(&self, inner: S) -> TelemetryService<S> {
        TelemetryService { inner, shared: self.shared.clone() }
    }
}

/// A service whose requests are measured, traced and logged.
#[derive(Clone, Debug)]
pub struct TelemetryService<S> {
    inner: S,
    shared: Option<Arc<Shared>>,
}

impl<S> Service<Request> for TelemetryService<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = ObservedResponse<S::Future>;

    fn poll_ready(&mut self, context: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> ObservedResponse<S::Future> {
        // In a box, because this future is moved several times before it is polled.
        let observed = self.shared.as_ref().map(|shared| Box::new(ObservedRequest::begin(shared.clone(), &request)));
        // Handlers that begin their work before they are polled do it within the context, too.
        let guard = observed.as_deref().map(ObservedRequest::attach);
        let response = self.inner.call(request);
        drop(guard);
        ObservedResponse { response, observed }
    }
}

pin_project! {
    /// The answer to a request that is measured, traced and logged.
    #[derive(Debug)]
    #[must_use = "a future does nothing unless it is polled"]
    pub struct ObservedResponse<F> {
        #[pin]
        response: F,
        // Ends by itself when the future is dropped before there is an answer.
        observed: Option<Box<ObservedRequest>>,
    }
}

impl<F: Future<Output = Result<Response, Infallible>>> Future for ObservedResponse<F> {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let guard = this.observed.as_deref().map(ObservedRequest::attach);
        let response = ready!(this.response.poll(context));
        drop(guard);
        Poll::Ready(match (response, this.observed.take()) {
            (Ok(mut response), Some(observed)) => {
                observed.end(&mut response);
                Ok(response)
            }
            (response, _) => response,
        })
    }
}
