//! What stands before the emulator and answers for the services that it does not have.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::emulator::Emulator;
use crate::fake::{Answer, Fake, Request};

/// A call, as far as a stand-in looks at it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The service that it is signed for, such as `aps`.
    pub(crate) service: String,
    /// The action of a query or the target of a JSON call; the method and the path of any other.
    pub(crate) name: String,
}

impl Call {
    fn of(request: &Request) -> Self {
        let scope = request.headers.get("authorization").and_then(|text| text.split("Credential=").nth(1));
        let service = scope.and_then(|scope| scope.split('/').nth(3)).unwrap_or_default().to_owned();
        let action = request.body.split('&').find_map(|pair| pair.strip_prefix("Action=")).map(str::to_owned);
        let target = request.headers.get("x-amz-target").and_then(|target| target.split('.').nth(1)).map(str::to_owned);
        let path = || format!("{} {}", request.method, request.target.split('?').next().unwrap_or_default());
        Self { service, name: target.or(action).unwrap_or_else(path) }
    }
}

/// A running one.
pub(crate) struct StandIn {
    fake: Fake,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl StandIn {
    /// Starts one that answers what `answer` has an answer for, and has the emulator answer the rest.
    pub(crate) fn start(emulator: &Emulator, answer: impl Fn(&Call) -> Option<Answer> + Send + Sync + 'static) -> Self {
        let upstream = emulator.url.trim_start_matches("http://").to_owned();
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let seen = Arc::clone(&calls);
        let fake = Fake::start(move |request| {
            let call = Call::of(request);
            seen.lock().expect("no panic").push(call.clone());
            answer(&call).unwrap_or_else(|| forwarded(request, &upstream))
        });
        Self { fake, calls }
    }

    pub(crate) fn url(&self) -> &str {
        &self.fake.url
    }

    /// The calls since the last time that this was asked.
    pub(crate) fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.calls.lock().expect("no panic"))
    }
}

/// An answer as services have it that speak JSON.
pub(crate) fn json(value: &Value) -> Answer {
    Answer::new(200).header("content-type", "application/json").body(&value.to_string())
}

/// What services say who do not want to answer.
pub(crate) fn refused(service: &str) -> Answer {
    let body = r#"{"__type": "AccessDeniedException", "message": "not authorized"}"#;
    let xml = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
    let answer = Answer::new(403).header("x-amzn-errortype", "AccessDeniedException");
    answer.body(if ["iam", "elasticloadbalancing"].contains(&service) { xml } else { body })
}

fn forwarded(request: &Request, upstream: &str) -> Answer {
    let mut stream = TcpStream::connect(upstream).expect("the emulator listens");
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
    for (name, value) in request.headers.iter().filter(|(name, _)| !["connection", "expect"].contains(&name.as_str())) {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all(format!("{head}connection: close\r\n\r\n{}", request.body).as_bytes()).expect("it reads");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("it answers");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("a status");
    let mut answer = Answer::new(status);
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        if !["content-length", "connection", "transfer-encoding"].contains(&name.to_lowercase().as_str()) {
            answer = answer.header(name, value);
        }
    }
    answer.body(body)
}
