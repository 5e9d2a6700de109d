//! A server that answers HTTP requests as a test wants.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::{io, mem};

/// What was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The path and the query.
    pub(crate) target: String,
    /// By their names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    /// Up to 64 KiB of it.
    pub(crate) body: String,
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: u16,
    headers: String,
    body: String,
}

impl Answer {
    pub(crate) fn new(status: u16) -> Self {
        Self { status, headers: String::new(), body: String::new() }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers += &format!("{name}: {value}\r\n");
        self
    }

    pub(crate) fn body(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }
}

/// A running server on 127.0.0.1.
pub(crate) struct Fake {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Fake {
    pub(crate) fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let (requests, stopped) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (seen, stop, answer) = (requests.clone(), stopped.clone(), Arc::new(answer));
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), seen, answer) = (stream, seen.clone(), answer.clone()) else { return };
                // A client that goes away in the middle has its reasons.
                thread::spawn(move || _ = serve(&stream, &seen, &*answer));
            }
        });
        Self { url, requests, stopped, thread: Some(thread) }
    }

    /// Stops, and returns what was asked for.
    pub(crate) fn stop(self) -> Vec<Request> {
        mem::take(&mut self.requests.lock().expect("nobody failed"))
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the one that waits for connections.
        _ = TcpStream::connect(self.url.trim_start_matches("http://"));
        _ = self.thread.take().map(JoinHandle::join);
    }
}

fn serve(
    mut stream: &TcpStream,
    seen: &Mutex<Vec<Request>>,
    answer: &(impl Fn(&Request) -> Answer + ?Sized),
) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(()) };
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    if headers.contains_key("expect") {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0_u64);
    let mut body = Vec::new();
    reader.by_ref().take(length.min(64 * 1024)).read_to_end(&mut body)?;
    io::copy(&mut reader.by_ref().take(length - body.len() as u64), &mut io::sink())?;
    let request = Request { method, target, headers, body: String::from_utf8_lossy(&body).into_owned() };
    let Answer { status, headers, body } = answer(&request);
    seen.lock().expect("nobody failed").push(request);
    let length = if status == 204 { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    stream.write_all(format!("HTTP/1.1 {status} Fake\r\nconnection: close\r\n{length}{headers}\r\n{body}").as_bytes())
}
