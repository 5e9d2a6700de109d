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

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::routing::{get, post};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::{Notify, oneshot};
    use tokio::task::JoinHandle;

    use super::*;

    const LONG: Duration = Duration::from_secs(30);
    const SHORT: Duration = Duration::from_millis(200);

    /// A server whose `/slow` says when it has begun, and answers when it is let.
    struct Running {
        address: SocketAddr,
        ask: Option<oneshot::Sender<()>>,
        urge: Option<oneshot::Sender<()>>,
        begun: Arc<Notify>,
        finish: Arc<Notify>,
        server: JoinHandle<Stopped>,
    }

    async fn running(terms: Terms) -> Running {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener");
        let (begun, finish) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let slow = {
            let (begun, finish) = (begun.clone(), finish.clone());
            async move || {
                begun.notify_one();
                finish.notified().await;
                "done"
            }
        };
        let router = Router::new()
            .route("/", get(async || "here"))
            .route("/slow", get(slow))
            .route("/refused", post(async || axum::http::StatusCode::PAYLOAD_TOO_LARGE));
        let (ask, asked) = oneshot::channel();
        let (urge, urged) = oneshot::channel::<()>();
        let asked = async move { _ = asked.await };
        let urged = async move {
            if urged.await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let server = tokio::spawn(serve(listener, router, terms, asked, urged));
        Running { address, ask: Some(ask), urge: Some(urge), begun, finish, server }
    }

    impl Running {
        async fn connect(&self) -> TcpStream {
            TcpStream::connect(self.address).await.expect("the server listens")
        }

        async fn stopped(self) -> Stopped {
            tokio::time::timeout(LONG / 2, self.server).await.expect("the server stops").expect("no panic")
        }

        fn ask(&mut self) {
            self.ask.take().expect("asked once").send(()).expect("the server runs");
        }
    }

    fn patient() -> Terms {
        Terms { grace: LONG, ..Terms::default() }
    }

    async fn send(stream: &mut TcpStream, text: &str) {
        stream.write_all(text.as_bytes()).await.expect("the text is sent");
    }

    /// The next answer, which has a body of four bytes.
    async fn answer(stream: &mut TcpStream) -> String {
        let mut text = Vec::new();
        while !text.windows(4).any(|end| end == b"\r\n\r\n") || !(text.ends_with(b"here") || text.ends_with(b"done")) {
            let mut byte = [0];
            let read = tokio::time::timeout(LONG / 2, stream.read(&mut byte)).await.expect("in time");
            assert_eq!(read.expect("readable"), 1, "closed after {:?}", String::from_utf8_lossy(&text));
            text.extend(byte);
        }
        String::from_utf8(text).expect("text")
    }

    async fn rest(stream: &mut TcpStream) -> String {
        let mut text = String::new();
        let read = tokio::time::timeout(LONG / 2, stream.read_to_string(&mut text)).await;
        read.expect("the connection is closed in time").expect("closed, not reset");
        text
    }

    const REQUEST: &str = "GET / HTTP/1.1\r\nhost: test\r\n\r\n";
    const SLOW: &str = "GET /slow HTTP/1.1\r\nhost: test\r\n\r\n";

    #[tokio::test]
    async fn a_request_in_flight_is_answered() {
        let mut test = running(patient()).await;
        let mut client = test.connect().await;
        send(&mut client, SLOW).await;
        test.begun.notified().await;
        test.ask();
        tokio::time::sleep(2 * SHORT).await;
        assert!(!test.server.is_finished(), "the server waits for the request");
        assert!(TcpStream::connect(test.address).await.is_err(), "nothing new is accepted");
        test.finish.notify_one();
        let text = rest(&mut client).await;
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n") && text.ends_with("done"), "{text}");
        assert!(text.contains("\r\nconnection: close\r\n"), "{text}");
        drop(client);
        assert_eq!(test.stopped().await, Stopped::Drained);
    }

    #[tokio::test]
    async fn the_grace_is_bounded() {
        let mut test = running(Terms { grace: SHORT, ..Terms::default() }).await;
        let mut client = test.connect().await;
        send(&mut client, SLOW).await;
        test.begun.notified().await;
        test.ask();
        assert_eq!(test.stopped().await, Stopped::GraceOver);
        assert!(client.read(&mut [0]).await.is_ok_and(|read| read == 0), "the connection is ended");
    }

    #[tokio::test]
    async fn the_grace_can_be_cut_short() {
        let mut test = running(patient()).await;
        let mut client = test.connect().await;
        send(&mut client, SLOW).await;
        test.begun.notified().await;
        test.ask();
        test.urge.take().expect("urged once").send(()).expect("the server runs");
        assert_eq!(test.stopped().await, Stopped::AtOnce);
    }

    #[tokio::test]
    async fn during_the_delay_connections_are_served_and_told_to_close() {
        let mut test = running(Terms { delay: 3 * SHORT, ..patient() }).await;
        let mut old = test.connect().await;
        send(&mut old, REQUEST).await;
        assert!(!answer(&mut old).await.contains("connection: close"));
        test.ask();
        tokio::time::sleep(SHORT).await;
        let mut new = test.connect().await;
        for client in [&mut old, &mut new] {
            send(client, REQUEST).await;
            let text = rest(client).await;
            assert!(text.contains("connection: close") && text.ends_with("here"), "{text}");
        }
        drop((old, new));
        assert_eq!(test.stopped().await, Stopped::Drained);
    }

    #[tokio::test]
    async fn half_a_request_is_waited_for_and_silence_is_not() {
        let mut test = running(patient()).await;
        let [mut silent, mut speaking, mut new] = [test.connect().await, test.connect().await, test.connect().await];
        for client in [&mut silent, &mut speaking] {
            send(client, REQUEST).await;
            answer(client).await;
        }
        send(&mut speaking, &REQUEST[..20]).await;
        tokio::time::sleep(SHORT).await;
        test.ask();
        assert_eq!(rest(&mut silent).await, "");
        // It was accepted: what it has to say in the first second is heard.
        send(&mut new, REQUEST).await;
        assert!(rest(&mut new).await.ends_with("here"));
        send(&mut speaking, &REQUEST[20..]).await;
        assert!(rest(&mut speaking).await.ends_with("here"));
        drop((silent, speaking, new));
        assert_eq!(test.stopped().await, Stopped::Drained);
    }

    #[tokio::test]
    async fn slow_heads_and_silence_end_a_connection() {
        let limits = ConnectionLimits { header: SHORT, idle: 5 * SHORT, ..ConnectionLimits::default() };
        let test = running(Terms { limits, ..patient() }).await;
        let [mut new, mut slow, mut silent] = [test.connect().await, test.connect().await, test.connect().await];
        let begun = Instant::now();
        send(&mut silent, REQUEST).await;
        answer(&mut silent).await;
        send(&mut slow, REQUEST).await;
        answer(&mut slow).await;
        let dribble = async {
            for byte in REQUEST.chars() {
                if slow.write_all(byte.to_string().as_bytes()).await.is_err() {
                    break;
                }
                tokio::time::sleep(SHORT / 10).await;
            }
            let read = slow.read(&mut [0]).await;
            assert!(!matches!(read, Ok(1..)), "no answer to a slow head");
            begun.elapsed()
        };
        let (new, slow, silent) = tokio::join!(async { (rest(&mut new).await, begun.elapsed()) }, dribble, async {
            (rest(&mut silent).await, begun.elapsed())
        },);
        assert_eq!((new.0.as_str(), silent.0.as_str()), ("", ""));
        assert!((SHORT / 2..4 * SHORT).contains(&new.1), "{new:?}");
        assert!((SHORT / 2..4 * SHORT).contains(&slow), "{slow:?}");
        assert!(silent.1 >= 4 * SHORT, "{silent:?}");
    }

    #[tokio::test]
    async fn requests_and_answers_take_the_time_they_need() {
        let limits = ConnectionLimits { header: SHORT, idle: SHORT, ..ConnectionLimits::default() };
        let test = running(Terms { limits, ..patient() }).await;
        let mut client = test.connect().await;
        for _ in 0..2 {
            send(&mut client, SLOW).await;
            test.begun.notified().await;
            tokio::time::sleep(2 * SHORT).await;
            test.finish.notify_one();
            assert!(answer(&mut client).await.ends_with("done"));
        }
    }

    #[tokio::test]
    async fn an_answer_reaches_a_client_that_still_sends() {
        let test = running(patient()).await;
        for _ in 0..20 {
            let mut client = test.connect().await;
            send(&mut client, "POST /refused HTTP/1.1\r\nhost: test\r\ncontent-length: 8000000\r\n\r\n").await;
            for _ in 0..800 {
                client.write_all(&[b'x'; 10_000]).await.expect("the server reads on, or the client would be reset");
            }
            let text = rest(&mut client).await;
            assert!(text.starts_with("HTTP/1.1 413 "), "{text}");
        }
    }

    #[tokio::test]
    async fn more_connections_than_allowed_wait() {
        let limits = ConnectionLimits { connections: 4, ..ConnectionLimits::default() };
        let test = running(Terms { limits, ..patient() }).await;
        let mut clients = Vec::new();
        for _ in 0..3 {
            let mut client = test.connect().await;
            send(&mut client, REQUEST).await;
            let text = answer(&mut client).await;
            assert!(!text.contains("connection: close"), "{text}");
            clients.push(client);
        }
        // The fourth would make them crowded, so it is not kept.
        let mut fourth = test.connect().await;
        send(&mut fourth, SLOW).await;
        test.begun.notified().await;
        let mut fifth = test.connect().await;
        send(&mut fifth, REQUEST).await;
        let early = tokio::time::timeout(SHORT, fifth.read(&mut [0])).await;
        assert!(early.is_err(), "the fifth waits: {early:?}");
        test.finish.notify_one();
        let text = rest(&mut fourth).await;
        assert!(text.contains("connection: close") && text.ends_with("done"), "{text}");
        drop(fourth);
        assert!(answer(&mut fifth).await.ends_with("here"));
        drop(clients);
    }

    #[tokio::test]
    async fn rejects_a_request_without_one_host() {
        let test = running(patient()).await;
        for head in ["GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n"] {
            let mut client = test.connect().await;
            send(&mut client, &format!("{head}connection: close\r\n\r\n")).await;
            let text = rest(&mut client).await;
            assert!(text.starts_with("HTTP/1.1 400 ") && text.contains("application/problem+json"), "{text}");
        }
        let mut old = test.connect().await;
        send(&mut old, "GET / HTTP/1.0\r\n\r\n").await;
        assert!(rest(&mut old).await.ends_with("here"));
    }
}
