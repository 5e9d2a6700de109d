//! A running service, and connections to it.

use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use data_processor::store::Key;
use serde_json::Value;

/// A service that keeps documents in a directory; dropping it kills the process.
pub(crate) struct Service {
    pub(crate) process: Child,
    pub(crate) address: SocketAddr,
}

impl Service {
    /// Starts the program, by way of another where `command` is one, and waits until it listens.
    pub(crate) fn start(mut command: Command, storage_url: &str) -> io::Result<Self> {
        let mut process = command
            .env_clear()
            .envs([("BIND_ADDRESS", "127.0.0.1"), ("PORT", "0"), ("METRICS_PORT", "0"), ("LOG_LEVEL", "info")])
            .env("STORAGE_URL", storage_url)
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut stdout = BufReader::new(process.stdout.take().expect("it is piped"));
        let address = loop {
            let mut line = String::new();
            if stdout.read_line(&mut line)? == 0 {
                let ended = process.wait()?;
                return Err(io::Error::other(format!("it does not start: {ended}")));
            }
            let line: Value = serde_json::from_str(&line)?;
            if line["message"] == "started" {
                break line["address"].as_str().and_then(|text| text.parse().ok()).expect("an address");
            }
        };
        // A pipe that nobody reads would stop the service.
        thread::spawn(move || io::copy(&mut stdout, &mut io::sink()));
        Ok(Self { process, address })
    }

    /// Ends the process at once.
    pub(crate) fn kill(&mut self) {
        self.process.kill().expect("it is our child");
        self.process.wait().expect("it is our child");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// The program.
pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_data-processor"))
}

/// A connection that stays open.
pub(crate) struct Client(BufReader<TcpStream>);

/// An answer: its status, its body.
pub(crate) type Answer = (u16, Vec<u8>);

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self(BufReader::new(stream)))
    }

    pub(crate) fn request(&mut self, method: &str, target: &str, body: &[u8]) -> io::Result<Answer> {
        let mut request = format!(
            "{method} {target} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.0.get_mut().write_all(&request)?;
        let mut line = String::new();
        self.line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|text| text.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
        let mut length = 0;
        loop {
            self.line(&mut line)?;
            match line.split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().map_err(|_| io::ErrorKind::InvalidData)?;
                }
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok((status, body))
    }

    fn line(&mut self, line: &mut String) -> io::Result<()> {
        line.clear();
        if self.0.read_line(line)? == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    /// Stores a document; its key, or nothing where it was not acknowledged.
    pub(crate) fn post(&mut self, document: &[u8]) -> io::Result<Option<Key>> {
        let (status, body) = self.request("POST", "/data", document)?;
        if status != 201 {
            return Ok(None);
        }
        let body: Value = serde_json::from_slice(&body)?;
        Ok(body["key"].as_str().and_then(|text| text.parse().ok()))
    }

    /// The document under a key, or nothing.
    pub(crate) fn get(&mut self, key: Key) -> io::Result<Option<Vec<u8>>> {
        match self.request("GET", &format!("/data/{key}"), b"")? {
            (200, document) => Ok(Some(document)),
            (404, _) => Ok(None),
            (status, body) => Err(io::Error::other(format!("{status}: {}", String::from_utf8_lossy(&body)))),
        }
    }

    /// All keys.
    pub(crate) fn keys(&mut self) -> io::Result<Vec<Key>> {
        let (mut keys, mut query) = (Vec::new(), "limit=1000".to_owned());
        loop {
            let (status, body) = self.request("GET", &format!("/data?{query}"), b"")?;
            assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
            let page: Value = serde_json::from_slice(&body)?;
            let texts = page["keys"].as_array().expect("keys").iter();
            keys.extend(texts.map(|text| text.as_str().and_then(|text| text.parse::<Key>().ok()).expect("a key")));
            match page["next"].as_str() {
                Some(next) => query = format!("limit=1000&cursor={next}"),
                None => return Ok(keys),
            }
        }
    }
}
