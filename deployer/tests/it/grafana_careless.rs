//! What goes wrong on the way to a Grafana is told with what was given and what to do.

use std::fs;
use std::io::Read as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::fake::{Answer, Fake, Request};
use crate::grafana_fake::PASSWORD;
use crate::grafana_site::{Site, nothing, whole};
use crate::support::{Run, belvedere, empty, run};

/// A server that is well, and answers everything else so.
fn server(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Fake {
    Fake::start(move |request| match request.target.as_str() {
        "/api/health" => Answer::new(200).body(r#"{"database": "ok", "version": "12.0.0"}"#),
        _ => answer(request),
    })
}

fn site(case: &str, url: &str) -> Site {
    Site { url: url.to_owned(), directory: empty(case), _kept: Box::new(()) }
}

/// The error that a plan ends with.
fn refused(case: &str, url: &str) -> String {
    let output = site(case, url).run("plan", &whole(), &["--output", "json"]);
    assert_eq!((output.code, output.stdout.as_str()), (Some(1), ""), "{output:?}");
    assert!(!output.stderr.contains(PASSWORD) && !output.stderr.contains("panicked"), "{output:?}");
    output.stderr
}

#[test]
fn wrong_answers_are_told_with_what_to_do() {
    let page = "<!doctype html>\n<title>Sign in</title>";
    let cases: [(&str, Fake, [&str; 2]); 5] = [
        (
            "page",
            server(move |_| Answer::new(200).body(page)),
            ["answered by no Grafana: <!doctype html> <title>Sign in</title>", "something before the Grafana answers"],
        ),
        (
            "fault",
            server(|_| Answer::new(500).body(r#"{"message": "database is locked"}"#)),
            ["HTTP status 500: database is locked", "its log tells more"],
        ),
        (
            "login",
            server(|_| Answer::new(401).body(r#"{"message": "Invalid username or password"}"#)),
            [
                "HTTP status 401: Invalid username or password",
                "see GRAFANA_TOKEN, or GRAFANA_USER and GRAFANA_PASSWORD",
            ],
        ),
        (
            "viewer",
            server(|_| Answer::new(403).body(r#"{"message": "Permissions needed: datasources:read"}"#)),
            ["HTTP status 403: Permissions needed", "must be an administrator"],
        ),
        ("list", server(|_| Answer::new(200).body("[]")), ["it has no panel", "restore a former version"]),
    ];
    for (case, server, expected) in cases {
        let told = refused(&format!("grafana_careless_{case}"), &server.url);
        assert!(expected.iter().all(|text| told.contains(text)), "{case}: {told}");
    }
}

#[test]
fn what_is_no_grafana_is_told_with_what_to_do() {
    let cases: [(&str, Fake, [&str; 2]); 3] = [
        ("no", Fake::start(|_| Answer::new(200).body("<html>")), ["what answers there is no Grafana", "without /api"]),
        (
            "elsewhere",
            Fake::start(|_| Answer::new(302).header("location", "https://login.example.com/")),
            ["it sends elsewhere, to https://login.example.com/", "the Grafana itself"],
        ),
        (
            "database",
            Fake::start(|_| Answer::new(503).body(r#"{"database": "failing", "version": "12.0.0"}"#)),
            ["it has no way to its database", "see whether it runs"],
        ),
    ];
    std::thread::scope(|scope| {
        for (case, server, expected) in &cases {
            scope.spawn(move || {
                let told = refused(&format!("grafana_careless_{case}"), &server.url);
                assert!(expected.iter().all(|text| told.contains(text)), "{case}: {told}");
            });
        }
        let plain = &cases[0].1;
        scope.spawn(move || {
            let told = refused("grafana_careless_tls", &plain.url.replace("http://", "https://"));
            assert!(told.contains("does not speak TLS: begin the URL with http://"), "{told}");
        });
    });
    let told = refused("grafana_careless_url", "grafana:3000:x");
    assert!(told.contains("hint: give one such as https://grafana.example.com"), "{told}");
}

#[test]
fn a_file_that_cannot_be_applied_is_told_before_anything_is_asked() {
    let (site, fake) = Site::fake("grafana_careless_file");
    let mut content = whole();
    content["dashboards"][1]["dashboard"]["uid"] = "bv-service".into();
    content["dataSources"][0].as_object_mut().expect("an object").remove("uid");
    content["dataSources"][1] = "prometheus".into();
    let told = site.run("apply", &content, &["--yes"]).failed();
    for text in [
        "the data source `Prometheus`, number 1 of them, has no uid",
        "the data source, number 2 of them, has no uid",
        "the dashboard `bv-service` is there twice",
        "nothing was changed",
    ] {
        assert!(told.contains(text), "{text}: {told}");
    }
    assert_eq!(fake.changes(), [""; 0]);
}

#[test]
fn arguments_that_lack_something_are_told() {
    let directory = empty("grafana_careless_arguments");
    fs::write(directory.join("content.json"), r#"{"name": "main", "folder": []}"#).expect("written");
    let told = |arguments: &[&str], code: i32| -> String {
        let mut command = belvedere(&directory);
        command.arg("grafana").args(arguments).env("GRAFANA_USER", "admin").env("GRAFANA_PASSWORD", "x");
        let Run { code: found, stderr, .. } = run(command.stdin(Stdio::null()));
        assert_eq!(found, Some(code), "{arguments:?}: {stderr}");
        stderr
    };
    let url = "http://127.0.0.1:1";
    assert!(told(&["apply", "--url", url], 2).contains("--url needs --file"));
    assert!(told(&["remove", "--url", url], 2).contains("--url needs --name"));
    let scheme = "\"ftp://grafana\" is not the URL of a Grafana: it must begin with http:// or https://";
    assert!(told(&["open", "--url", "ftp://grafana"], 1).contains(scheme));
    let no_content = told(&["plan", "--url", url, "--file", "content.json"], 1);
    assert!(no_content.contains("content.json is no content") && no_content.contains("unknown field"), "{no_content}");
    assert!(told(&["plan", "--url", url, "--file", "none.json"], 1).contains("cannot read none.json"));
}

#[test]
fn a_content_of_no_stack_is_removed_by_its_name() {
    let (site, fake) = Site::fake("grafana_careless_remove");
    site.run("apply", &whole(), &[]).ok();
    let remove = |name: &str| {
        let mut command = belvedere(&site.directory);
        command.args(["grafana", "remove", "--yes", "--url", &site.url, "--name", name]);
        site.sign_in(&mut command);
        run(&mut command).ok()
    };
    assert!(remove("other").ends_with("nothing had to be done\n"));
    assert!(fake.model().dashboards.contains_key("bv-home"));
    assert!(remove("main").ends_with("11 removed\n"));
    assert!(fake.model().dashboards.is_empty() && fake.model().folders.is_empty());
    assert_eq!(site.plan(&nothing(), &[]), [""; 0]);
}

#[test]
fn a_pipe_that_ends_is_no_error_of_ours() {
    let (site, _fake) = Site::fake("grafana_careless_pipe");
    let mut command = site.command("plan", &whole(), &["--output", "json"]);
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    // Whoever reads goes away before the first byte.
    drop(process.stdout.take());
    let mut told = String::new();
    process.stderr.take().expect("piped").read_to_string(&mut told).expect("UTF-8");
    process.wait().expect("it ends");
    assert!(!told.contains("panicked"), "{told}");
    let parsed: Value = serde_json::from_str(&site.run("plan", &whole(), &["--output", "json"]).ok()).expect("JSON");
    assert_eq!(parsed[0]["content"], json!("main"));
}
