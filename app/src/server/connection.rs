//! One connection.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::header::{CONNECTION, HOST};
use axum::http::{HeaderValue, Request, Version};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tower::Service as _;

use super::Stopping;
use super::connections::{Activity, Open, Order, Phase};
use super::io::Io;
use crate::api::Problem;

/// How many connections there may be, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// The connections that are open at most; more wait in the system's queue until one of them ends.
    pub connections: usize,
    /// The time that the head of a request may take from its first byte on, or the first one from the connection on.
    pub header: Duration,
    /// The time that a connection may be silent between requests, or a client may read nothing. It has to be longer than
    /// that of a load balancer in front, 60 s for one of AWS: whoever closes first must be the one who sends the next
    /// request.
    pub idle: Duration,
}

impl Default for ConnectionLimits {
    /// 4096 connections, 10 s for a head, 75 s of silence.
    fn default() -> Self {
        Self { connections: 4096, header: Duration::from_secs(10), idle: Duration::from_secs(75) }
    }
}

/// The bytes that the head of a request may have: those that an Application Load Balancer takes, and no fewer.
const HEAD_BYTES: usize = 64 * 1024;
/// The time that a client has to read the last answer and close.
const LINGER: Duration = Duration::from_secs(2);
/// The time that a new connection has to say something when the server stops.
const FIRST_BYTE: Duration = Duration::from_secs(1);

/// Serves one connection until it ends.
pub(super) async fn serve(
    stream: TcpStream,
    peer: ConnectInfo<SocketAddr>,
    router: Router,
    stopping: Stopping,
    open: Open,
) {
    // Answers are written in one piece: there is nothing to wait for. Where it fails, they are late and no worse.
    let _ = stream.set_nodelay(true);
    let activity = &*open.activity;
    let service = service_fn(|mut request: Request<Incoming>| {
        activity.set_phase(Phase::Request);
        request.extensions_mut().insert(peer);
        let mut router = router.clone();
        let (stopping, connections) = (&stopping, open.connections());
        async move {
            let mut response = if has_host(&request) {
                router.call(request).await?
            } else {
                Problem::WrongHost.into_response(request.uri().path())
            };
            activity.set_phase(Phase::Idle);
            activity.touch();
            if stopping.has_begun() || connections.are_crowded() {
                response.headers_mut().insert(CONNECTION, const { HeaderValue::from_static("close") });
            }
            Ok::<_, Infallible>(response)
        }
    });
    let mut connection = pin!(
        http1::Builder::new()
            .max_buf_size(HEAD_BYTES)
            // It would run between requests as well; see `end` for what is measured instead.
            .header_read_timeout(None)
            .serve_connection(Io::new(stream, open.activity.clone()), service)
    );
    let limits = *open.connections().limits();
    let mut timer = pin!(tokio::time::sleep_until(end(activity, &limits).unwrap_or_else(Instant::now)));
    let mut heard = None;
    poll_fn(|context| {
        let order = activity.order();
        if heard != Some(order) {
            // A task has one waker for all its life, but every order uses it up.
            activity.waker.register(context.waker());
            heard = Some(order);
        }
        if connection.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        match activity.order() {
            Order::Serve => (),
            // Only now: a request that had arrived has been read.
            Order::CloseIdle if activity.phase() == Phase::Idle => {
                connection.as_mut().graceful_shutdown();
                if connection.as_mut().poll(context).is_ready() {
                    return Poll::Ready(());
                }
            }
            Order::CloseIdle => (),
            Order::Abort => return Poll::Ready(()),
        }
        // A timer is not set anew for every request: when it goes off, the time that counts is asked for again.
        if let Some(end) = end(activity, &limits)
            && end < timer.deadline()
        {
            timer.as_mut().reset(end);
        }
        while timer.as_mut().poll(context).is_ready() {
            let now = Instant::now();
            match end(activity, &limits) {
                Some(end) if end <= now => return Poll::Ready(()),
                Some(end) => timer.as_mut().reset(end),
                None => timer.as_mut().reset(now + limits.idle),
            }
        }
        Poll::Pending
    })
    .await;
}

/// When the connection is given up if nothing happens. Requests have limits of their own.
fn end(activity: &Activity, limits: &ConnectionLimits) -> Option<Instant> {
    let time = match activity.phase() {
        Phase::New if activity.order() != Order::Serve => FIRST_BYTE.min(limits.header),
        Phase::New | Phase::Head => limits.header,
        Phase::Request => return None,
        Phase::Idle => limits.idle,
        Phase::Lingering => LINGER,
    };
    Some(activity.since() + time)
}

/// Whether the request names its host once, as it must since HTTP/1.1 ([RFC 9112](https://www.rfc-editor.org/rfc/rfc9112),
/// 3.2): those who disagree about the host of a request can be made to disagree about more.
fn has_host<B>(request: &Request<B>) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(_), None) => true,
        (None, _) => request.version() < Version::HTTP_11,
        (Some(_), Some(_)) => false,
    }
}
