//! Emulators of Amazon S3.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use http_body_util::Full;
use hyper::{Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use rustix::process::{Pid, Signal, kill_process};

use crate::tools;

/// A running emulator; stopped when it is dropped. It forgets everything when it ends.
pub(crate) struct Emulator {
    program: Program,
    port: u16,
    process: Child,
}

enum Program {
    Ministack(PathBuf),
    Moto(PathBuf),
}

impl Emulator {
    pub(crate) async fn ministack(case: &str) -> Option<Self> {
        Some(Self::start(Program::Ministack(tools::find_or_skip(case, "ministack/bin/python")?)).await)
    }

    pub(crate) async fn moto(case: &str) -> Option<Self> {
        Some(Self::start(Program::Moto(tools::find_or_skip(case, "moto/bin/moto_server")?)).await)
    }

    async fn start(program: Program) -> Self {
        let port = tools::free_port();
        let process = Self::spawn(&program, port).await;
        Self { program, port, process }
    }

    async fn spawn(program: &Program, port: u16) -> Child {
        let mut command = match program {
            Program::Ministack(python) => {
                let mut command = Command::new(python);
                command.arg(tools::root().join("tests/tools/ministack_plus.py")).args(["--port", &port.to_string()]);
                command
            }
            Program::Moto(server) => {
                let mut command = Command::new(server);
                command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
                command
            }
        };
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the emulator starts");
        if matches!(program, Program::Ministack(_)) {
            let mut line = String::new();
            let stdout = process.stdout.take().expect("it is piped");
            BufReader::new(stdout).read_line(&mut line).expect("it says where it listens");
            assert!(line.starts_with("ministack-plus "), "{line}");
        }
        tools::eventually("the emulator's start", || async {
            tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok()
        })
        .await;
        process
    }

    /// Starts it again where it was, empty.
    pub(crate) async fn restart(&mut self) {
        self.stop();
        self.process = Self::spawn(&self.program, self.port).await;
    }

    pub(crate) fn stop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.process.id()).expect("process ids are small");
        kill_process(Pid::from_raw(id).expect("not zero"), signal).expect("it is our child");
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn variables(&self) -> [(&'static str, String); 4] {
        Self::variables_at(self.port)
    }

    pub(crate) fn variables_at(port: u16) -> [(&'static str, String); 4] {
        [
            ("AWS_ENDPOINT_URL_S3", format!("http://127.0.0.1:{port}")),
            ("AWS_ACCESS_KEY_ID", "test".into()),
            ("AWS_SECRET_ACCESS_KEY", "test".into()),
            ("AWS_REGION", "us-east-1".into()),
        ]
    }

    pub(crate) async fn create_bucket(&self, bucket: &str) {
        self.put(bucket, "").await;
    }

    pub(crate) async fn put_object(&self, bucket: &str, name: &str) {
        self.put(&format!("{bucket}/{name}"), "other").await;
    }

    async fn put(&self, path: &str, body: &'static str) {
        // The emulators look at a signature only to see which service is meant.
        let signature = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, \
                         Signature=0";
        let request = Request::builder()
            .method(Method::PUT)
            .uri(format!("http://127.0.0.1:{}/{path}", self.port))
            .header("authorization", signature)
            .body(Full::from(body.as_bytes()))
            .expect("a request");
        let client = Client::builder(TokioExecutor::new()).build_http::<Full<&'static [u8]>>();
        let response = client.request(request).await.expect("the emulator answers");
        assert!(response.status().is_success(), "{path}: {}", response.status());
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.stop();
    }
}
