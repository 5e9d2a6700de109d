//! A client that can do what no HTTP client would.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// A connection to the service.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    received: Vec<u8>,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Whether the connection ends after this answer.
    pub(crate) fn closes(&self) -> bool {
        self.head.contains("\r\nconnection: close\r\n")
    }
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Self> {
        Self::connect_within(Duration::from_secs(10), address)
    }

    pub(crate) fn connect_within(time: Duration, address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, time)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::new() })
    }

    pub(crate) fn send(&mut self, text: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(text.as_ref())
    }

    /// The next answer to a request that was not `HEAD`; `UnexpectedEof` where the connection ends instead.
    pub(crate) fn answer(&mut self) -> io::Result<Answer> {
        let head_end = loop {
            if let Some(end) = self.received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end + 4;
            }
            self.receive()?;
        };
        let head = String::from_utf8(self.received[..head_end].to_vec()).map_err(|_| ErrorKind::InvalidData)?;
        let status = head.get(9..12).and_then(|status| status.parse().ok()).ok_or(ErrorKind::InvalidData)?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(Ok(0), str::parse).map_err(|_| ErrorKind::InvalidData)?;
        while self.received.len() < head_end + length {
            self.receive()?;
        }
        let body = self.received[head_end..head_end + length].to_vec();
        self.received.drain(..head_end + length);
        Ok(Answer { status, head, body })
    }

    /// Sends a text and reads the next answer.
    pub(crate) fn ask(&mut self, text: impl AsRef<[u8]>) -> io::Result<Answer> {
        self.send(text)?;
        self.answer()
    }

    /// Reads until the end of the connection, and returns what had not been read before.
    pub(crate) fn rest(mut self) -> io::Result<Vec<u8>> {
        self.stream.read_to_end(&mut self.received)?;
        Ok(self.received)
    }

    fn receive(&mut self) -> io::Result<()> {
        let mut bytes = [0; 16 * 1024];
        match self.stream.read(&mut bytes)? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            read => {
                self.received.extend_from_slice(&bytes[..read]);
                Ok(())
            }
        }
    }
}

/// A request without a body.
pub(crate) fn request(method: &str, path: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nhost: test\r\n\r\n")
}

/// A `POST` of a document.
pub(crate) fn post(document: &str) -> String {
    let length = document.len();
    format!(
        "POST /data HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{document}"
    )
}
