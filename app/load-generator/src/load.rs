//! The run itself.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::{Method, StatusCode};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::client::{Answer, Client, NoAnswer};
use crate::documents::{Documents, Pool, Stored};
use crate::exchange::{Exchange, judge, key, key_of_nothing};
use crate::mix::{Failing, Operation};
use crate::options::Options;
use crate::payload::Payload;
use crate::record::{Outcome, Problem, Recorder, Sample};
use crate::schedule::{Schedule, Turn};

/// How long the service may take to say that it is there; nothing is told meanwhile.
const REACH: Duration = Duration::from_secs(5);
/// How long deleting what was written may take: with the last answers it has to fit into the 30 s that Amazon ECS
/// gives a task that has to stop.
const CLEAN_UP: Duration = Duration::from_secs(10);
/// How many documents are deleted at a time, at the end.
const CLEAN_UP_CONNECTIONS: usize = 32;

/// A run: what is asked for, and what has happened.
#[derive(Debug)]
pub(crate) struct Load {
    /// What is asked for.
    pub(crate) options: Options,
    /// When.
    pub(crate) schedule: Schedule,
    client: Client,
    documents: Documents,
    pool: Mutex<Pool>,
    recorder: Mutex<Recorder>,
    next: AtomicU64,
    measured: AtomicU64,
    in_flight: AtomicUsize,
    cleaning: AtomicBool,
}

impl Load {
    /// A run that begins now.
    pub(crate) fn new(options: Options, client: Client) -> Self {
        let start = Instant::now();
        let measured = start + options.warm_up;
        let end = options.duration.map(|duration| measured + duration);
        Self {
            schedule: Schedule { start, measured, end, rate: options.rate },
            documents: Documents::new(options.document_size, options.plan.seed),
            options,
            client,
            pool: Mutex::default(),
            recorder: Mutex::new(Recorder::new()),
            next: AtomicU64::new(0),
            measured: AtomicU64::new(0),
            in_flight: AtomicUsize::new(0),
            cleaning: AtomicBool::new(false),
        }
    }

    /// Sends until the end, or until told to stop, and waits for the last answer.
    pub(crate) async fn run(self: &Arc<Self>, stop: &watch::Receiver<bool>) {
        let mut connections = JoinSet::new();
        for _ in 0..self.options.connections {
            let (load, mut stop) = (self.clone(), stop.clone());
            connections.spawn(async move {
                loop {
                    let number = load.next.fetch_add(1, Ordering::Relaxed);
                    let Some(turn) = load.schedule.turn(number, &mut stop).await else { break };
                    load.exchange(number, turn).await;
                }
            });
        }
        while connections.join_next().await.is_some() {}
    }

    /// Deletes what was written, for as long as that may take.
    pub(crate) async fn clean_up(self: &Arc<Self>) {
        if self.options.plan.keep {
            return;
        }
        self.cleaning.store(true, Ordering::Relaxed);
        let mut connections = JoinSet::new();
        for _ in 0..CLEAN_UP_CONNECTIONS {
            let load = self.clone();
            connections.spawn(async move {
                while let Some(stored) = load.next_to_delete() {
                    let exchange = Exchange::bare(Method::DELETE, format!("/data/{}", stored.key));
                    let answer = load.send(exchange, fastrand::u128(1..)).await;
                    // What is not there is as good as deleted.
                    if answer.is_ok_and(|answer| matches!(answer.status.as_u16(), 204 | 404)) {
                        load.pool().deleted += 1;
                    }
                }
            });
        }
        // Whatever is not deleted in time is left, which the summary tells.
        _ = tokio::time::timeout(CLEAN_UP, async { while connections.join_next().await.is_some() {} }).await;
    }

    /// What is remembered about documents.
    pub(crate) fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What came back so far.
    pub(crate) fn recorder(&self) -> MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many requests were sent since warming up was over.
    pub(crate) fn sent(&self) -> u64 {
        self.measured.load(Ordering::Relaxed)
    }

    /// How many requests wait for their answer.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Whether the run is over and what it wrote is being deleted.
    pub(crate) fn is_cleaning(&self) -> bool {
        self.cleaning.load(Ordering::Relaxed)
    }

    fn next_to_delete(&self) -> Option<Stored> {
        self.pool().any()
    }

    async fn exchange(&self, number: u64, turn: Turn) {
        let measured = turn.due >= self.schedule.measured;
        self.measured.fetch_add(measured.into(), Ordering::Relaxed);
        let (operation, stored) = self.choose(number);
        let exchange = self.prepare(operation, number, stored.as_ref());
        let (name, bytes) = (format!("{} {}", exchange.method, exchange.path), exchange.body.stop());
        let trace = fastrand::u128(1..);
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let answer = self.send(exchange, trace).await;
        let latency = turn.from.elapsed();
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        let outcome = judge(operation, answer.as_ref(), |body| {
            self.documents.difference(stored.as_ref().map_or(number, |stored| stored.number), body)
        });
        self.settle(operation, number, stored, answer.as_ref().ok(), &outcome);
        let received = answer.map_or(0, |answer| answer.body.len() as u64);
        let sample = Sample { operation, outcome, latency, sent: bytes, received };
        self.recorder().record(sample, measured, |text| format!("{name} {text} (trace {trace:032x})"));
    }

    async fn send(&self, exchange: Exchange, trace: u128) -> Result<Answer, NoAnswer> {
        let url = self.client.target().url(&exchange.path);
        match exchange.request(&url) {
            Ok(request) => self.client.send(request, trace).await,
            Err(error) => Err(NoAnswer::Connection(error.to_string())),
        }
    }

    /// What the plan says, as far as there are documents for it and room for more of them.
    fn choose(&self, number: u64) -> (Operation, Option<Stored>) {
        let planned = self.options.plan.operation(number);
        let mut pool = self.pool();
        let stored = match planned {
            Operation::Write if pool.is_full() && !self.options.plan.keep => pool.oldest(),
            Operation::Read => pool.newest(),
            Operation::Delete => pool.oldest(),
            _ => None,
        };
        match (planned, stored) {
            (Operation::Write, Some(stored)) => (Operation::Delete, Some(stored)),
            (Operation::Read | Operation::Delete, None) => (Operation::Write, None),
            (planned, stored) => (planned, stored),
        }
    }

    fn prepare(&self, operation: Operation, number: u64, stored: Option<&Stored>) -> Exchange {
        const JSON: &str = "application/json";
        let document = || self.documents.document(number);
        let path = || format!("/data/{}", stored.map_or("", |stored| &*stored.key));
        match operation {
            Operation::Write => Exchange::post(JSON, Payload::whole(document())),
            Operation::Read => Exchange::bare(Method::GET, path()),
            Operation::Delete => Exchange::bare(Method::DELETE, path()),
            Operation::Missing => Exchange::bare(Method::GET, format!("/data/{}", key_of_nothing())),
            Operation::InvalidJson => {
                let mut broken = document();
                broken.pop();
                Exchange::post(JSON, Payload::whole(broken))
            }
            Operation::WrongType => Exchange::post("text/plain", Payload::whole(document())),
            Operation::TooLarge => Exchange::post(JSON, Payload::blank(self.options.max_body + 1)),
            Operation::Failing(Failing::Method) => Exchange::bare(Method::PUT, "/data"),
            Operation::Failing(Failing::Cut) => Exchange::post(JSON, Payload::cut(document())),
            Operation::Failing(Failing::Slow) => Exchange::post(JSON, Payload::stalled(document())),
            Operation::Failing(Failing::Path) => Exchange::bare(Method::GET, self.options.failing_path.clone()),
        }
    }

    /// Remembers what is now known about the document.
    fn settle(
        &self,
        operation: Operation,
        number: u64,
        stored: Option<Stored>,
        answer: Option<&Answer>,
        outcome: &Outcome,
    ) {
        let mut pool = self.pool();
        match (operation, stored, outcome) {
            (Operation::Read, Some(stored), Outcome::Unexpected(Problem::Status(404 | 410), _)) => pool.doubt(stored),
            (Operation::Read, Some(stored), _) => pool.put_back(stored),
            (Operation::Delete, Some(_), Outcome::Expected(_) | Outcome::Unexpected(Problem::Status(404 | 410), _)) => {
                pool.deleted += 1;
            }
            (Operation::Delete, Some(stored), _) => pool.doubt(stored),
            (Operation::Write, _, Outcome::Unexpected(Problem::Timeout | Problem::Connection, _)) => pool.unknown += 1,
            (Operation::Missing | Operation::Failing(Failing::Path), ..) => {}
            _ => match answer.filter(|answer| answer.status.is_success()).map(key) {
                // What should have been refused is in the store all the same; it is not what a read may expect.
                Some(Ok(key)) if operation != Operation::Write => pool.doubt(Stored { key, number }),
                Some(Ok(key)) => pool.add(Stored { key, number }),
                Some(Err(_)) => pool.unknown += 1,
                None => {}
            },
        }
    }
}

/// Asks the service whether it is there.
///
/// # Errors
/// It is not; says why.
pub(crate) async fn reach(client: &Client) -> Result<(), String> {
    let url = client.target().url("/health");
    let request = Exchange::bare(Method::GET, "/health").request(&url).map_err(|error| error.to_string())?;
    let answer = tokio::time::timeout(REACH, client.send(request, fastrand::u128(1..))).await;
    match answer.unwrap_or(Err(NoAnswer::Timeout)) {
        Ok(answer) if answer.status == StatusCode::OK => Ok(()),
        Ok(answer) => Err(format!("{url} must answer 200, got {}", answer.status.as_u16())),
        Err(NoAnswer::Connection(why)) => Err(format!("no answer from {url}: {why}")),
        Err(NoAnswer::Timeout | NoAnswer::GivenUp) => Err(format!("no answer from {url} in time")),
        Err(NoAnswer::TooLong) => Err(format!("{url} answers without end")),
    }
}
