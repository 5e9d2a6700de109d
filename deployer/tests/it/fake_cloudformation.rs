//! A CloudFormation that does what no emulator does: takes forever, and answers in pages.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// A server that ends with the test program.
pub(crate) struct FakeCloudFormation {
    pub(crate) url: String,
    calls: Arc<Mutex<Vec<String>>>,
}

impl FakeCloudFormation {
    /// One on which change sets are never done, or are done at once.
    pub(crate) fn start(is_done: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let calls: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = Arc::clone(&calls);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                thread::spawn(move || answer(stream, &seen, is_done));
            }
        });
        Self { url, calls }
    }

    /// The calls so far, each by its action.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for a call.
    pub(crate) fn wait_for(&self, action: &str) {
        let start = Instant::now();
        while !self.calls().iter().any(|call| call == action) {
            assert!(start.elapsed() < Duration::from_secs(60), "no {action} in {:?}", self.calls());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn answer(mut stream: TcpStream, calls: &Mutex<Vec<String>>, is_done: bool) {
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let line = line.trim().to_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a number");
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a whole body");
    let body = String::from_utf8(body).expect("a form");
    let of = |name: &str| body.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let action = of("Action").expect("an action").to_owned();
    let mut calls = calls.lock().unwrap_or_else(PoisonError::into_inner);
    calls.push(action.clone());
    let has = |action: &str| calls.iter().any(|call| call == action);
    let is_there = has("CreateChangeSet") && !has("DeleteStack");
    let (status, result) = match action.as_str() {
        "GetCallerIdentity" => {
            (200, "<Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/u</Arn>".into())
        }
        "DescribeStacks" if is_there => (200, stack()),
        "DescribeStacks" => {
            (400, "<Code>ValidationError</Code><Message>Stack with id Fresh does not exist</Message>".into())
        }
        "CreateChangeSet" => (200, "<Id>arn:aws:cloudformation:change-set</Id>".into()),
        "DescribeChangeSet" if !is_done => (200, "<Status>CREATE_IN_PROGRESS</Status>".into()),
        "DescribeChangeSet" if of("NextToken") == Some("second") => (200, page("Second", "")),
        "DescribeChangeSet" => (200, page("First", "<NextToken>second</NextToken>")),
        "ListChangeSets" => (200, "<Summaries/>".to_owned()),
        _ => (200, String::new()),
    };
    drop(calls);
    let xml = if status == 200 {
        format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>")
    } else {
        format!("<ErrorResponse><Error><Type>Sender</Type>{result}</Error></ErrorResponse>")
    };
    let head = format!("HTTP/1.1 {status} X\r\ncontent-type: text/xml\r\nconnection: close\r\n");
    // Whoever was interrupted does not wait for the answer.
    _ = write!(stream, "{head}content-length: {}\r\n\r\n{xml}", xml.len());
}

fn stack() -> String {
    "<Stacks><member><StackName>Fresh</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime>\
     <StackStatus>REVIEW_IN_PROGRESS</StackStatus></member></Stacks>"
        .to_owned()
}

fn page(id: &str, token: &str) -> String {
    format!(
        "<Status>CREATE_COMPLETE</Status>{token}<Changes><member><Type>Resource</Type><ResourceChange>\
         <Action>Add</Action><LogicalResourceId>{id}</LogicalResourceId><ResourceType>AWS::SQS::Queue</ResourceType>\
         </ResourceChange></member></Changes>"
    )
}
