//! Ten thousand hostile requests.
//!
//! What each of them may be answered is part of the test; what must hold afterwards is the point of it: the service is
//! well, no bigger than before, and has kept nothing but what it said it kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{ErrorKind, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::Duration;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;
use socket2::SockRef;

use crate::client::{Client, post, request};
use crate::service::Service;

const IDLE: Duration = Duration::from_secs(3);

/// What became of the requests, by what was tried: how many met which status; 0 is the end of the connection.
type Met = BTreeMap<(&'static str, u16), usize>;

/// Something that goes on until it was done so many times.
struct Attack {
    name: &'static str,
    times: usize,
    clients: usize,
    run: fn(&mut Attacker<'_>),
    /// What may be met, 0 for the end of the connection.
    allowed: &'static [u16],
}

const ATTACKS: &[Attack] = &[
    Attack { name: "bad JSON", times: 3080, clients: 8, run: bad_json, allowed: &[201, 400] },
    Attack { name: "traversal", times: 2000, clients: 4, run: traversal, allowed: &[400, 404, 405] },
    Attack { name: "noise", times: 1200, clients: 4, run: noise, allowed: &[0, 400] },
    Attack { name: "pipelined", times: 1000, clients: 4, run: pipelined, allowed: &[200, 201, 404] },
    Attack { name: "smuggled", times: 1000, clients: 4, run: smuggled, allowed: &[201, 400, 431] },
    Attack { name: "cut", times: 700, clients: 4, run: cut, allowed: &[0] },
    Attack { name: "header flood", times: 400, clients: 4, run: header_flood, allowed: &[400, 414, 431] },
    Attack { name: "huge", times: 300, clients: 10, run: huge, allowed: &[413] },
    Attack { name: "slow head", times: 150, clients: 150, run: slow_head, allowed: &[0] },
    Attack { name: "slow body", times: 150, clients: 150, run: slow_body, allowed: &[408] },
    Attack { name: "deaf", times: 20, clients: 10, run: deaf, allowed: &[0] },
];

struct Attacker<'a> {
    address: SocketAddr,
    runner: TestRunner,
    name: &'static str,
    met: &'a mut Met,
    client: Option<Client>,
}

impl Attacker<'_> {
    /// Any value of `strategy`.
    fn any<T>(&mut self, strategy: impl Strategy<Value = T>) -> T {
        strategy.new_tree(&mut self.runner).expect("a value").current()
    }

    /// The connection, a new one where the last has ended.
    fn client(&mut self) -> &mut Client {
        let address = self.address;
        self.client.get_or_insert_with(|| Client::connect(address).expect("the service listens"))
    }

    fn meet(&mut self, status: u16) {
        *self.met.entry((self.name, status)).or_default() += 1;
    }

    /// Sends a text, as far as the service lets, and takes note of the answer.
    fn ask(&mut self, text: impl AsRef<[u8]>) -> u16 {
        let client = self.client();
        // Who is refused early may be cut off while it still sends.
        let _ = client.send(text);
        self.note()
    }

    /// Takes note of the next answer.
    fn note(&mut self) -> u16 {
        let status = match self.client().answer() {
            Ok(answer) => {
                assert!(answer.status < 500 || answer.status == 503, "{}: {answer:?}", self.name);
                answer.status
            }
            Err(error) => {
                let ended = [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];
                assert!(ended.contains(&error.kind()), "{}: no answer and no end: {error:?}", self.name);
                0
            }
        };
        self.meet(status);
        status
    }
}

fn bad_json(attacker: &mut Attacker<'_>) {
    let text: Vec<u8> = attacker.any(proptest::prop_oneof![
        r#"[\[\]{}:,"\\/a0-9.eE+\- ntrufals]{0,40}"#.prop_map(String::into_bytes),
        r#"\{"a": ?("[^"]{0,20}"?|[0-9.eE-]{1,10}|\[+|\{+|null,?|NaN)\}?"#.prop_map(String::into_bytes),
        proptest::collection::vec(proptest::num::u8::ANY, 0..60),
        (1..3000usize).prop_map(|depth| "[".repeat(depth).into_bytes()),
        (1..200usize).prop_map(|depth| format!("{}1{}", "[".repeat(depth), "]".repeat(depth)).into_bytes()),
        proptest::sample::select(vec![&b"\"\\ud800\""[..], b"\"\xff\"", b"\xef\xbb\xbf{}", b"1e999", b"{\"a\":1}\0"])
            .prop_map(<[u8]>::to_vec),
    ]);
    let valid = serde_json::from_slice::<Value>(&text).is_ok();
    let head = "POST /data HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n";
    let mut bytes = format!("{head}content-length: {}\r\n\r\n", text.len()).into_bytes();
    bytes.extend(&text);
    let status = attacker.ask(bytes);
    assert_eq!(status, if valid { 201 } else { 400 }, "{:?}", String::from_utf8_lossy(&text));
}

fn traversal(attacker: &mut Attacker<'_>) {
    let path: String = attacker.any(proptest::prop_oneof![
        r"/data/(\.\.|%2e%2e|%2E\.|\.%00|%00|%2f|%5c|%c0%ae|%252e|;|~|[a-f0-9-]{1,36}|/|\\){1,12}",
        r"/data/(\.\./){1,9}etc/passwd(%00)?",
        r"/data/(%2e%2e%2f){1,9}etc%2fpasswd(%00\.json)?",
        r"/\.\./data|/data//|/data/\./|//etc/passwd|/data/C:%5cWindows",
        r"/data/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(%0a|%20|\.json|/\.\.|/)?",
    ]);
    let method = attacker.any(proptest::sample::select(vec!["GET", "DELETE", "PUT"]));
    let status = attacker.ask(request(method, &path));
    if status == 400 {
        // A head that is none ends the connection.
        attacker.client = None;
    }
}

fn noise(attacker: &mut Attacker<'_>) {
    let bytes: Vec<u8> = attacker.any(proptest::prop_oneof![
        proptest::collection::vec(proptest::num::u8::ANY, 1..300),
        proptest::sample::select(vec![
            &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"GET /health HTTP/9.9\r\n\r\n",
            b"GET /health\r\n\r\n",
            b"GET  /health HTTP/1.1\r\nhost: test\r\n\r\n",
            b"GET /health HTTP/1.1\r\n\r\n",
            b"GET /health HTTP/1.1\r\nhost : test\r\n\r\n",
            b"GET /health HTTP/1.1\r\nhost: te\0st\r\n\r\n",
            b"GET /health HTTP/1.1\r\nhost: test\r\nx: a\r\n b: c\r\n\r\n",
            b"G\xcbT /health HTTP/1.1\r\nhost: test\r\n\r\n",
        ])
        .prop_map(<[u8]>::to_vec),
    ]);
    attacker.client = None;
    let mut bytes = bytes;
    // What could be the beginning of a head is ended.
    bytes.extend(b"\r\n\r\n");
    attacker.ask(bytes);
    attacker.client = None;
}

fn pipelined(attacker: &mut Attacker<'_>) {
    let mut text = String::new();
    let parts = [request("GET", "/health"), post("[1]"), request("GET", "/data/none")];
    for index in 0..10 {
        text += &parts[index % 3];
    }
    attacker.client().send(&text).expect("all are sent");
    for index in 0..10 {
        let status = attacker.note();
        assert_eq!(status, [200, 201, 404][index % 3], "answers come in the order of requests");
    }
}

fn smuggled(attacker: &mut Attacker<'_>) {
    const HEAD: &str = "POST /data HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n";
    // Whether the body that follows is taken for one, and for all there is.
    let (head, taken) = attacker.any(proptest::sample::select(vec![
        ("content-length: 2\r\ncontent-length: 3\r\n\r\n{}", false),
        ("content-length: 2, 3\r\n\r\n{}", false),
        ("content-length: -2\r\n\r\n{}", false),
        ("content-length: +2\r\n\r\n{}", false),
        ("content-length: 0x2\r\n\r\n{}", false),
        ("content-length: 99999999999999999999\r\n\r\n{}", false),
        ("content-length: 18446744073709551615\r\n\r\n{}", false),
        ("content-length : 2\r\n\r\n{}", false),
        ("transfer-encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", false),
        ("transfer-encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n", false),
        ("transfer-encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n", false),
        ("transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n", false),
        ("transfer-encoding: chunked\r\n\r\n2\r\n{}0\r\n\r\n", false),
        ("transfer-encoding: chunked\r\ncontent-length: 60\r\n\r\n2\r\n{}\r\n0\r\n\r\n", true),
        ("content-length: 60\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", true),
        ("transfer-encoding: chunked\r\n\r\n2;extension=\"a\"\r\n{}\r\n0\r\ntrailer: x\r\n\r\n", true),
    ]));
    attacker.client = None;
    let status = attacker.ask(format!("{HEAD}{head}"));
    assert_eq!(status == 201, taken, "{head:?}");
    attacker.client = None;
}

fn cut(attacker: &mut Attacker<'_>) {
    let (length, reset) = attacker.any((1..180usize, proptest::bool::ANY));
    let text = post(&"[1,2,3]".repeat(20));
    attacker.client = None;
    let client = attacker.client();
    client.send(&text[..length.min(text.len() - 1)]).expect("a part is sent");
    if reset {
        SockRef::from(&client.stream).set_linger(Some(Duration::ZERO)).expect("an option");
    }
    attacker.client = None;
    attacker.meet(0);
}

fn header_flood(attacker: &mut Attacker<'_>) {
    let text = match attacker.any(0..4) {
        0 => format!("GET /health HTTP/1.1\r\nhost: test\r\n{}\r\n", "x: y\r\n".repeat(500)),
        1 => format!("GET /health HTTP/1.1\r\nhost: test\r\nx: {}\r\n\r\n", "y".repeat(200_000)),
        2 => request("GET", &format!("/{}", "a".repeat(100_000))),
        _ => format!("GET /health HTTP/1.1\r\nhost: test\r\n{}", "x: yyyyyyyyyyyyyyyyyyyy\r\n".repeat(20_000)),
    };
    attacker.client = None;
    attacker.ask(text);
    attacker.client = None;
}

fn huge(attacker: &mut Attacker<'_>) {
    const HEAD: &str = "POST /data HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n";
    attacker.client = None;
    match attacker.any(0..3) {
        0 => _ = attacker.ask(format!("{HEAD}content-length: 9223372036854775807\r\n\r\n[")),
        1 => _ = attacker.ask(format!("{HEAD}content-length: 3000000\r\n\r\n{}", "[".repeat(3_000_000))),
        _ => {
            let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
            _ = attacker.ask(format!("{HEAD}transfer-encoding: chunked\r\n\r\n{}", chunk.repeat(40)));
        }
    }
    attacker.client = None;
}

/// Sends a byte every now and then until the service has had enough.
fn dribble(attacker: &mut Attacker<'_>, text: &str) {
    attacker.client().stream.set_read_timeout(Some(Duration::from_millis(100))).expect("an option");
    for byte in text.bytes().cycle().take(200) {
        if attacker.client().send([byte]).is_err() {
            break;
        }
        match attacker.client().stream.peek(&mut [0]) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => (),
            _ => break,
        }
    }
    attacker.note();
    attacker.client = None;
}

fn slow_head(attacker: &mut Attacker<'_>) {
    dribble(attacker, &format!("GET /health HTTP/1.1\r\nhost: test\r\nx: {}", "y".repeat(1000)));
}

fn slow_body(attacker: &mut Attacker<'_>) {
    let text = post(&" ".repeat(10_000));
    let (head, body) = text.split_at(text.len() - 10_000);
    attacker.client().send(head).expect("the head is sent");
    dribble(attacker, body);
}

/// Asks for more than the system buffers, and reads none of it.
fn deaf(attacker: &mut Attacker<'_>) {
    attacker.client = None;
    let client = attacker.client();
    let created = client.ask(post(&format!("\"{}\"", "x".repeat(500_000)))).expect("an answer").json();
    let key = created["key"].as_str().expect("a key");
    let reading = request("GET", &format!("/data/{key}")).repeat(100);
    client.stream.set_write_timeout(Some(Duration::from_millis(200))).expect("an option");
    while client.send(&reading).is_ok() {}
    // The service has ceased to read, and ends the connection after its time: what is left to read are the answers that
    // were on their way.
    thread::sleep(IDLE + Duration::from_secs(2));
    let (mut bytes, mut total) = (vec![0; 1 << 16], 0);
    while let Ok(read @ 1..) = client.stream.read(&mut bytes) {
        total += read;
        assert!(total < 64 << 20, "the service still answers one who did not listen");
    }
    attacker.client = None;
    attacker.meet(0);
}

fn attack(attack: &Attack, address: SocketAddr, client: usize) -> Met {
    let mut met = Met::new();
    let mut seed = [0; 32];
    seed[0] = u8::try_from(client).expect("few clients");
    seed[1..=attack.name.len()].copy_from_slice(attack.name.as_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let runner = TestRunner::new_with_rng(Config::default(), random);
    let mut attacker = Attacker { address, runner, name: attack.name, met: &mut met, client: None };
    while attacker.met.values().sum::<usize>() < attack.times / attack.clients {
        (attack.run)(&mut attacker);
    }
    met
}

/// The different values of a label of requests in `/metrics`.
fn labels(address: SocketAddr, name: &str) -> BTreeSet<String> {
    let answer = Client::connect(address).and_then(|mut client| client.ask(request("GET", "/metrics")));
    let text = String::from_utf8(answer.expect("the metrics are told").body).expect("text");
    let requests = text.lines().filter(|line| line.starts_with("http_requests_total{"));
    let start = format!("{name}=\"");
    requests.filter_map(|line| Some(line.split_once(&start)?.1.split_once('"')?.0.to_owned())).collect()
}

/// The number of documents that the service lists.
fn documents(service: &Service) -> usize {
    let (mut client, mut total, mut path) = (service.connect(), 0, "/data?limit=1000".to_owned());
    loop {
        let page = client.ask(request("GET", &path)).expect("an answer").json();
        total += page["keys"].as_array().expect("keys").len();
        let Some(next) = page["next"].as_str() else { return total };
        path = format!("/data?limit=1000&cursor={next}");
    }
}

#[test]
fn ten_thousand_hostile_requests_leave_no_trace() {
    let around = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile");
    _ = fs::remove_dir_all(&around);
    fs::create_dir_all(&around).expect("the target folder is writable");
    let service = Service::start_with(&[
        ("STORAGE_URL", &format!("file:{}?durability=process", around.join("root").display())),
        ("STORAGE_TIMEOUT", "10s"),
        ("REQUEST_TIMEOUT", "10s"),
        ("HEADER_TIMEOUT", "2s"),
        ("IDLE_TIMEOUT", "3s"),
    ]);
    let address = service.address;
    let met = thread::scope(|scope| {
        let clients: Vec<_> = ATTACKS
            .iter()
            .flat_map(|one| (0..one.clients).map(move |client| scope.spawn(move || attack(one, address, client))))
            .collect();
        let mut all = Met::new();
        for (what, times) in clients.into_iter().flat_map(|client| client.join().expect("no panic")) {
            *all.entry(what).or_default() += times;
        }
        all
    });

    let total: usize = met.values().sum();
    assert_eq!(total, 10_000, "{met:?}");
    for attack in ATTACKS {
        for ((_, status), times) in met.iter().filter(|((name, _), _)| *name == attack.name) {
            assert!(attack.allowed.contains(status), "{}: {times} times {status} of {met:?}", attack.name);
        }
    }
    for path in ["/health", "/ready"] {
        assert_eq!(service.connect().ask(request("GET", path)).expect("an answer").status, 200);
    }
    let acknowledged: usize = met.iter().filter(|((_, status), _)| *status == 201).map(|(_, times)| times).sum();
    let deaf: usize = met.iter().filter(|((name, _), _)| *name == "deaf").map(|(_, times)| times).sum();
    assert_eq!(documents(&service), acknowledged + deaf, "what was acknowledged is kept, and nothing else");
    let names: Vec<_> =
        fs::read_dir(&around).expect("readable").map(|entry| entry.expect("readable").file_name()).collect();
    assert_eq!(names, ["root"], "nothing lies outside of the root");

    let known = |names: &[&str]| names.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    let endpoints = known(&["/data", "/data/{key}", "/health", "/ready", "unmatched"]);
    assert_eq!(labels(service.metrics_address, "endpoint"), endpoints);
    let methods = known(&["DELETE", "GET", "POST", "PUT"]);
    assert_eq!(labels(service.metrics_address, "method"), methods);
    if cfg!(target_os = "linux") {
        let [now, peak] = ["VmRSS", "VmHWM"].map(|name| service.memory(name) >> 20);
        assert!(now < 96 && peak < 128, "{now} MiB now, {peak} MiB at the peak");
    }
}
