//! What lies between a deployer and AWS: it counts, loses and spoils calls, and can end who makes them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What becomes of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    /// It is made, and answered.
    Passes,
    /// It is not made, and answered with this status and error code.
    Refused(u16, &'static str),
    /// It is not made, and the connection ends.
    Lost,
    /// It is made, and the connection ends instead of an answer.
    Unanswered,
    /// It is made, which is counted here, and never answered.
    Hangs(&'static AtomicUsize),
}

/// Says what becomes of the call of this number, the first being 1, by its name.
pub(crate) type Judge = dyn Fn(usize, &str) -> Fate + Send + Sync;

/// A proxy that serves until the runtime ends.
pub(crate) struct Proxy {
    pub(crate) url: String,
    calls: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub(crate) async fn start(upstream: &str, judge: Arc<Judge>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let upstream = upstream.trim_start_matches("http://").to_owned();
        let calls: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = calls.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (upstream, judge, calls) = (upstream.clone(), judge.clone(), kept.clone());
                // An end of the connection is no failure here: it is what is tried.
                tokio::spawn(async move { serve(stream, &upstream, &*judge, &calls).await });
            }
        });
        Self { url, calls }
    }

    /// The calls until now, by their names.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.lock().expect("no panic").clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    upstream: &str,
    judge: &Judge,
    calls: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut received = Vec::new();
    loop {
        let Some(request) = message(&mut stream, &mut received, false).await? else { return Ok(()) };
        let name = name(&request);
        let number = {
            let mut calls = calls.lock().expect("no panic");
            calls.push(name.clone());
            calls.len()
        };
        match judge(number, &name) {
            Fate::Refused(status, code) => {
                let body = format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>on purpose</Message></Error>\
                     </ErrorResponse>"
                );
                let head = format!(
                    "HTTP/1.1 {status} Refused\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                stream.write_all(format!("{head}{body}").as_bytes()).await?;
            }
            Fate::Lost => return Ok(()),
            fate => {
                let mut server = TcpStream::connect(upstream).await?;
                server.write_all(&request).await?;
                let mut answered = Vec::new();
                // What is asked by HEAD is answered with the length of a body, and without the body.
                let is_head = request.starts_with(b"HEAD ");
                let answer = message(&mut server, &mut answered, is_head).await?.unwrap_or_default();
                match fate {
                    Fate::Unanswered => return Ok(()),
                    Fate::Hangs(count) => {
                        count.fetch_add(1, Ordering::SeqCst);
                        std::future::pending::<()>().await;
                    }
                    _ => {}
                }
                stream.write_all(&answer).await?;
            }
        }
    }
}

/// The next request or answer, whole; nothing where the connection has ended.
async fn message(stream: &mut TcpStream, received: &mut Vec<u8>, is_head: bool) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = vec![0; 1 << 16];
    loop {
        if let Some(length) = whole(received, is_head) {
            return Ok(Some(received.drain(..length).collect()));
        }
        match stream.read(&mut bytes).await? {
            0 => return Ok(None),
            read => received.extend_from_slice(&bytes[..read]),
        }
    }
}

/// The length of the message at the beginning, once it is all there.
fn whole(received: &[u8], is_head: bool) -> Option<usize> {
    let head = received.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
    if is_head {
        return Some(head);
    }
    let text = String::from_utf8_lossy(&received[..head]).to_ascii_lowercase();
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name).map(str::trim).map(str::to_owned));
    if field("transfer-encoding:").is_some_and(|value| value.contains("chunked")) {
        let end = received[head..].windows(5).position(|bytes| bytes == b"0\r\n\r\n")?;
        return Some(head + end + 5);
    }
    let length = field("content-length:").and_then(|value| value.parse().ok()).unwrap_or(0);
    (received.len() >= head + length).then_some(head + length)
}

/// The action of a query, or the target of a JSON call, or the method and the first part of the path.
fn name(request: &[u8]) -> String {
    let text = String::from_utf8_lossy(request);
    let action = text.split("Action=").nth(1).and_then(|rest| rest.split(['&', ' ', '\r', '\n']).next());
    let target =
        text.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("x-amz-target: ").map(str::to_owned));
    match (action, target) {
        (_, Some(target)) => target,
        (Some(action), None) => action.to_owned(),
        (None, None) => {
            let mut words = text.split(' ');
            let method = words.next().unwrap_or_default();
            let path = words.next().unwrap_or_default().split('?').next().unwrap_or_default();
            format!("{method} {path}")
        }
    }
}

/// How often each call was made.
pub(crate) fn counted(calls: &[String]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for call in calls {
        *counts.entry(call.as_str()).or_insert(0) += 1;
    }
    counts
}
