//! The canary, invoked every second as Lambda would every minute.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::alerts_fire::Running;

/// Starts the program with the variables of its function, next to those that Lambda sets.
pub(crate) fn start(program: &Path, variables: &[(String, String)]) -> Running {
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api().to_string())
        .envs([("AWS_LAMBDA_FUNCTION_NAME", "test-runner"), ("AWS_LAMBDA_FUNCTION_VERSION", "1")])
        .envs([("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"), ("AWS_REGION", crate::template::REGION)])
        // The storage is made slow below.
        .envs([("CHECK_TIME_LIMIT_MS", "9000"), ("CHECK_THRESHOLD_MS", "9000"), ("TOTAL_THRESHOLD_MS", "50000")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().map(Running).expect("the canary starts")
}

/// [The API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html) that functions take their work from.
fn runtime_api() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            // A canary that is gone ends the connection.
            thread::spawn(move || serve(connection));
        }
    });
    address
}

fn serve(mut connection: TcpStream) -> io::Result<()> {
    const EVENT: &str = r#"{"source":"aws.events","detail-type":"Scheduled Event","time":"2026-11-21T12:00:00Z"}"#;
    let mut reader = BufReader::new(connection.try_clone()?);
    loop {
        let (mut head, mut line) = (String::new(), String::new());
        while reader.read_line(&mut line)? > 2 {
            head += &line.to_lowercase();
            line.clear();
        }
        if head.is_empty() {
            return Ok(());
        }
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        io::copy(&mut reader.by_ref().take(length.unwrap_or(0)), &mut io::sink())?;
        if head.starts_with("get ") {
            thread::sleep(Duration::from_secs(1));
            let deadline = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970") + Duration::from_secs(50);
            write!(
                connection,
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
                 lambda-runtime-aws-request-id: request\r\nlambda-runtime-deadline-ms: {}\r\n\
                 lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-central-1:123456789012:function:canary\r\n\r\n{EVENT}",
                EVENT.len(),
                deadline.as_millis()
            )?;
        } else {
            write!(connection, "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")?;
        }
    }
}
