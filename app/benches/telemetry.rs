//! What telemetry costs a request, in nanoseconds of one core: `cargo bench -p data-processor --bench telemetry`.
//!
//! A router with one route reads a document of 1 KiB from memory, without a network, in as many tasks as there are cores
//! (or as the argument says). Each way to observe it runs in a process of its own, whose log lines go to `/dev/null`,
//! seven times in turn. What counts is the CPU time of the process, that of its other threads included; the least of
//! seven, as whatever else the machine does only adds to it. What a way costs is what it takes more than the bare router.

#![expect(clippy::print_stdout, reason = "a program that reports what it has measured")]

use std::convert::Infallible;
use std::error::Error;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use data_processor::store::{Key, MemoryStore, Store};
use data_processor::telemetry::{ObservedStore, Settings, Telemetry};
use tower::Service;

const REQUESTS: u32 = 200_000;
const ROUNDS: usize = 7;

/// A way to observe, with its variables and the headers of its requests.
struct Way {
    name: &'static str,
    variables: &'static [(&'static str, &'static str)],
    headers: &'static [(&'static str, &'static str)],
}

const OFF: (&str, &str) = ("OTEL_TRACES_SAMPLER", "always_off");
const ON: (&str, &str) = ("OTEL_TRACES_SAMPLER", "always_on");
const HOST: (&str, &str) = ("host", "localhost:8080");
const AGENT: (&str, &str) = ("user-agent", "bench/1");
const BALANCER: (&str, &str) = ("x-amzn-trace-id", "Root=1-67891233-abcdef012345678912345678");
const PARENT: (&str, &str) = ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");

const WAYS: [Way; 8] = [
    Way { name: "bare", variables: &[], headers: &[HOST, AGENT] },
    Way { name: "disabled", variables: &[("OTEL_SDK_DISABLED", "true")], headers: &[HOST, AGENT] },
    Way { name: "not sampled", variables: &[OFF], headers: &[HOST, AGENT] },
    Way { name: "not sampled, behind a load balancer", variables: &[OFF], headers: &[HOST, AGENT, BALANCER] },
    Way { name: "not sampled by the caller", variables: &[], headers: &[HOST, AGENT, PARENT] },
    Way { name: "sampled, no log lines", variables: &[ON, ("LOG_LEVEL", "warn")], headers: &[HOST, AGENT] },
    Way { name: "sampled", variables: &[ON], headers: &[HOST, AGENT] },
    Way { name: "default: 1000 traces a second", variables: &[], headers: &[HOST, AGENT] },
];

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo bench` passes arguments of its own.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let cores = std::thread::available_parallelism()?.get();
    match arguments.as_slice() {
        [way, tasks] => measure(way.parse()?, tasks.parse()?),
        [tasks] => compare(tasks.parse()?),
        _ => compare(cores),
    }
}

fn compare(tasks: usize) -> Result<(), Box<dyn Error>> {
    let mut figures = vec![Vec::new(); WAYS.len()];
    for _ in 0..ROUNDS {
        for (index, figures) in figures.iter_mut().enumerate() {
            let mut command = Command::new(std::env::current_exe()?);
            command.args([index.to_string(), tasks.to_string()]).stdout(Stdio::null()).stderr(Stdio::piped());
            let output = command.output()?;
            figures.push(String::from_utf8(output.stderr)?.trim().parse::<f64>()?);
        }
    }
    println!("{tasks} tasks, {REQUESTS} requests each, nanoseconds of CPU time a request:");
    let mut bare = None;
    for (way, mut figures) in WAYS.iter().zip(figures) {
        figures.sort_by(f64::total_cmp);
        let (least, most) = (figures[0], figures[ROUNDS - 1]);
        let bare = *bare.get_or_insert(least);
        println!("{:<36} {least:>7.0} (at most {most:.0}), costs {:>6.0}", way.name, least - bare);
    }
    Ok(())
}

fn measure(way: usize, tasks: usize) -> Result<(), Box<dyn Error>> {
    let way = WAYS.get(way).ok_or("no such way")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(tasks).enable_all().build()?;
    let spent = runtime.block_on(async move {
        let memory = MemoryStore::default();
        let key = Key::generate();
        memory.put(key, vec![b'1'; 1024].into()).await?;
        let lookup = |name: &str| {
            let always = [("AWS_EC2_METADATA_DISABLED", "true")];
            way.variables.iter().chain(&always).find(|(key, _)| *key == name).map(|(_, value)| value.into())
        };
        let settings = Settings::from_lookup(&lookup).map_err(|wrong| format!("{wrong:?}"))?;
        let telemetry = Telemetry::start(&settings).await?;
        let memory: Arc<dyn Store> = Arc::new(memory);
        let router = if way.name == "bare" {
            routes(memory)
        } else {
            let store = ObservedStore::new(memory, &telemetry, Duration::from_secs(5));
            routes(Arc::new(store)).layer(telemetry.layer())
        };
        load(&router, way, key, tasks, REQUESTS / 10).await?;
        let begin = cpu_time()?;
        load(&router, way, key, tasks, REQUESTS).await?;
        let spent = cpu_time()? - begin;
        telemetry.shutdown(Duration::from_secs(1)).await;
        Ok::<_, Box<dyn Error>>(spent)
    })?;
    eprint(spent / f64::from(REQUESTS) / tasks as f64);
    Ok(())
}

/// The CPU time of this process, in nanoseconds.
fn cpu_time() -> Result<f64, Box<dyn Error>> {
    let stat = procfs::process::Process::myself()?.stat()?;
    Ok((stat.utime + stat.stime) as f64 * 1e9 / procfs::ticks_per_second() as f64)
}

#[expect(clippy::print_stderr, reason = "stdout takes the log lines")]
fn eprint(figure: f64) {
    eprintln!("{figure}");
}

fn routes(store: Arc<dyn Store>) -> Router {
    Router::new().route("/data/{key}", get(read)).with_state(store)
}

async fn read(State(store): State<Arc<dyn Store>>, Path(key): Path<String>) -> Response {
    let Ok(key) = key.parse() else { return StatusCode::NOT_FOUND.into_response() };
    match store.get(key).await {
        Ok(Some(document)) => document.into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// Makes so many requests in each of so many tasks.
async fn load(router: &Router, way: &'static Way, key: Key, tasks: usize, requests: u32) -> Result<(), Box<dyn Error>> {
    let path = format!("/data/{key}");
    let tasks: Vec<_> = (0..tasks)
        .map(|_| {
            let (mut router, path) = (router.clone(), path.clone());
            tokio::spawn(async move {
                for number in 0..requests {
                    let mut request = Request::get(path.as_str());
                    for (name, value) in way.headers {
                        request = request.header(*name, HeaderValue::from_static(value));
                    }
                    let request = request.body(Body::empty()).map_err(|error| error.to_string())?;
                    let Ok(response): Result<Response, Infallible> = Service::call(&mut router, request).await;
                    if response.status() != StatusCode::OK {
                        return Err(format!("got {}", response.status()));
                    }
                    if number % 64 == 0 {
                        tokio::task::yield_now().await;
                    }
                }
                Ok(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(())
}
