//! Answering until told to stop.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::accept::Acceptor;
use super::connection;
use super::connections::{Connections, Order};
use super::{ConnectionLimits, Stopping};

/// How a server came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// Every request that had arrived was answered.
    Drained,
    /// Some connection was still open when the grace was over.
    GraceOver,
    /// Some connection was still open when the server was told to stop at once.
    AtOnce,
}

/// The terms on which a server works and stops.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// How many connections there may be, and for how long.
    pub limits: ConnectionLimits,
    /// What is told that the server is stopping.
    pub stopping: Stopping,
    /// For how long new connections are accepted after the server was asked to stop.
    pub delay: Duration,
    /// The time after the server was asked to stop when it gives up what is still in flight.
    pub grace: Duration,
}

/// How long a handshake that has begun may take to end.
const HANDSHAKE: Duration = Duration::from_millis(100);

/// Serves `router` on `listener` until `asked` completes, and then stops so that no client meets a failure:
///
/// 1. For the time of `delay` connections are accepted and requests answered as before, but every answer says that its
///    connection closes. Whoever chooses where to send requests has that time to learn of it.
/// 2. Nothing new is accepted; what had been accepted, even if only by the system, is served. The listener is closed.
/// 3. Connections without a request under way are closed, the others when they have got their answer.
///
/// All of that ends when `grace` is over, or `urged` completes.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    terms: Terms,
    asked: impl Future<Output = ()>,
    urged: impl Future<Output = ()>,
) -> Stopped {
    let connections = Arc::new(Connections::new(terms.limits));
    let open = |(stream, peer): (TcpStream, _)| {
        let info = ConnectInfo(peer);
        tokio::spawn(connection::serve(stream, info, router.clone(), terms.stopping.clone(), connections.open()));
    };
    let mut acceptor = Acceptor::new(listener);
    let accepting = async |acceptor: &mut Acceptor| -> () {
        loop {
            connections.have_room().await;
            open(acceptor.next().await);
        }
    };
    tokio::select! {
        () = accepting(&mut acceptor) => (),
        () = asked => (),
    }
    terms.stopping.begin();
    let begun = Instant::now();
    let grace = begun + terms.grace;
    let draining = async {
        let _ = timeout_at((begun + terms.delay).min(grace), accepting(&mut acceptor)).await;
        if let Err(error) = acceptor.refuse() {
            tracing::debug!(%error, "a connection that begins at this very moment may be reset");
        }
        let _ = timeout_at((Instant::now() + HANDSHAKE).min(grace), accepting(&mut acceptor)).await;
        while let Some(accepted) = acceptor.waiting() {
            open(accepted);
        }
        drop(acceptor);
        connections.order(Order::CloseIdle);
        connections.are_gone().await;
    };
    let stopped = tokio::select! {
        () = draining => Stopped::Drained,
        () = sleep_until(grace) => Stopped::GraceOver,
        () = urged => Stopped::AtOnce,
    };
    connections.order(Order::Abort);
    stopped
}
