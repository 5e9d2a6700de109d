//! Answering until told to stop.

use std::io;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How a server came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// Every request that had been accepted was answered.
    Drained,
    /// Some request was still in flight when the grace was over.
    GraceOver,
}

/// Serves `router` on `listener` until `shutdown` completes, then accepts nothing more, and answers what is in flight
/// for at most `grace`.
///
/// # Errors
/// The listener is beyond use.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
    grace: Duration,
) -> io::Result<Stopped> {
    let (begin, began) = oneshot::channel();
    let server = axum::serve(listener, router).with_graceful_shutdown(async move {
        shutdown.await;
        // The receiver is gone only when the server is too.
        let _ = begin.send(());
    });
    let grace_over = async {
        match began.await {
            Ok(()) => tokio::time::sleep(grace).await,
            // The server ended by itself: its own result is what counts.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        result = async { server.await } => result.map(|()| Stopped::Drained),
        () = grace_over => Ok(Stopped::GraceOver),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::sync::Notify;

    use super::*;

    /// A server whose `/slow` says when it has begun, and answers when it is let.
    struct Slow {
        begun: Arc<Notify>,
        finish: Arc<Notify>,
        shutdown: Arc<Notify>,
        server: tokio::task::JoinHandle<io::Result<Stopped>>,
        client: TcpStream,
    }

    async fn slow(grace: Duration) -> Slow {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener");
        let (begun, finish, shutdown) = (Arc::new(Notify::new()), Arc::new(Notify::new()), Arc::new(Notify::new()));
        let handler = {
            let (begun, finish) = (begun.clone(), finish.clone());
            move || async move {
                begun.notify_one();
                finish.notified().await;
                "done"
            }
        };
        let stop = {
            let shutdown = shutdown.clone();
            async move { shutdown.notified().await }
        };
        let server = tokio::spawn(serve(listener, Router::new().route("/slow", get(handler)), stop, grace));
        let mut client = TcpStream::connect(address).await.expect("the server listens");
        client.write_all(b"GET /slow HTTP/1.1\r\nhost: test\r\n\r\n").await.expect("a request is sent");
        begun.notified().await;
        Slow { begun, finish, shutdown, server, client }
    }

    #[tokio::test]
    async fn a_request_in_flight_is_answered() {
        let mut test = slow(Duration::from_secs(30)).await;
        test.shutdown.notify_one();
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!test.server.is_finished(), "the server waits for the request");
        let refused = TcpStream::connect(test.client.peer_addr().expect("connected")).await;
        assert!(refused.is_err(), "nothing new is accepted");
        test.finish.notify_one();
        let mut answer = String::new();
        test.client.read_to_string(&mut answer).await.expect("the answer arrives and the connection is closed");
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("done"), "{answer}");
        assert_eq!(test.server.await.expect("no panic").expect("no error"), Stopped::Drained);
        drop(test.begun);
    }

    #[tokio::test]
    async fn the_grace_is_bounded() {
        let test = slow(Duration::from_millis(50)).await;
        test.shutdown.notify_one();
        assert_eq!(test.server.await.expect("no panic").expect("no error"), Stopped::GraceOver);
    }
}
