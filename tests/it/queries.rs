//! The languages of queries, as the projects' own programs and grammars see them.
//!
//! `queries/*.txt` holds queries below lines that name who accepts them: the parsers of belvedere-grafana ("ours"), the
//! project's grammar for editors ("lezer"), and promtool. A line ends where `⏎` is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use belvedere_grafana::query::Language;
use serde_json::json;

use crate::tools;

/// A query, and who accepts it.
struct Case {
    query: String,
    accepted: BTreeSet<String>,
}

fn corpus(language: &str) -> Vec<Case> {
    let path = tools::root().join("tests/it/queries").join(format!("{language}.txt"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut accepted = BTreeSet::new();
    let mut cases = Vec::new();
    for line in text.lines() {
        if let Some(who) = line.strip_prefix("## ") {
            accepted = who.split(' ').filter(|who| *who != "nobody").map(str::to_owned).collect();
        } else if !line.is_empty() && !line.starts_with("# ") {
            cases.push(Case { query: line.replace('⏎', "\n"), accepted: accepted.clone() });
        }
    }
    let ours = cases.iter().filter(|case| case.accepted.contains("ours")).count();
    assert!(ours >= 80 && cases.len() - ours >= 80, "{language}: {ours} of {} are accepted", cases.len());
    cases
}

/// Compares what one judge accepts with what the corpus says of it.
fn compare(language: &str, judge: &str, cases: &[Case], accepts: impl Fn(usize, &Case) -> Result<(), String>) {
    let mut wrong = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let found = accepts(at, case);
        if found.is_ok() != case.accepted.contains(judge) {
            let said = found.map_or_else(|reason| format!("refused: {reason}"), |()| "accepted".to_owned());
            wrong.push(format!("{}\n    {said}", case.query));
        }
    }
    assert!(wrong.is_empty(), "{language}, {judge}: {} differ\n{}", wrong.len(), wrong.join("\n"));
}

fn ours(name: &str, language: Language) {
    compare(name, "ours", &corpus(name), |_, case| {
        let query = &case.query;
        match language.parse(query) {
            Ok(_) => Ok(()),
            Err(error) => {
                let span = error.span;
                assert!(query.get(span.start..span.end).is_some(), "{query}: {span:?} is no part of it");
                assert!(!error.message.ends_with('.'), "{query}: {error}");
                Err(format!("{error} ({}..{})", span.start, span.end))
            }
        }
    });
}

#[test]
fn promql_is_accepted_as_the_corpus_says() {
    ours("promql", Language::PromQl);
}

#[test]
fn logql_is_accepted_as_the_corpus_says() {
    ours("logql", Language::LogQl);
}

#[test]
fn traceql_is_accepted_as_the_corpus_says() {
    ours("traceql", Language::TraceQl);
}

/// The editors' grammars know no types and no values, so they accept more.
fn lezer(case: &str, language: &str) {
    let Some(grammar) = tools::find_or_skip(case, "npm/node_modules/@prometheus-io/lezer-promql") else { return };
    let folder = grammar.ancestors().nth(3).expect("it lies in node_modules");
    let cases = corpus(language);
    let mut judge = Command::new("node")
        .arg(tools::root().join("tests/tools/lezer_judge.mjs"))
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts");
    let mut lines: String =
        cases.iter().map(|case| format!("{}\n", json!({ "language": language, "query": case.query }))).collect();
    lines.push('\n');
    let mut input = judge.stdin.take().expect("it is piped");
    let writer = std::thread::spawn(move || input.write_all(lines.trim_end().as_bytes()));
    let output = judge.wait_with_output().expect("node ends");
    writer.join().expect("it does not panic").expect("node reads");
    assert!(output.status.success());
    let answers: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    assert_eq!(answers.len(), cases.len());
    compare(language, "lezer", &cases, |at, _| match answers[at].as_str() {
        "true" => Ok(()),
        place => Err(format!("at {place}")),
    });
}

#[test]
fn the_grammar_of_promql_agrees() {
    lezer("the_grammar_of_promql_agrees", "promql");
}

#[test]
fn the_grammar_of_logql_agrees() {
    lezer("the_grammar_of_logql_agrees", "logql");
}

#[test]
fn the_grammar_of_traceql_agrees() {
    lezer("the_grammar_of_traceql_agrees", "traceql");
}

#[test]
fn promtool_agrees() {
    let case = "promtool_agrees";
    let Some(promtool) = tools::find_debian_or_skip(case, "promtool") else { return };
    let cases = corpus("promql");
    let rules: Vec<_> =
        cases.iter().enumerate().map(|(at, case)| json!({ "record": format!("r{at}"), "expr": case.query })).collect();
    let file = tools::scratch(case).join("rules.yml");
    fs::write(&file, json!({ "groups": [{ "name": "g", "rules": rules }] }).to_string()).expect("it can be written");
    let refused = refused_rules(&promtool, &file);
    compare("promql", "promtool", &cases, |at, _| match refused.get(&format!("r{at}")) {
        None => Ok(()),
        Some(reason) => Err(reason.clone()),
    });
}

/// The rules that promtool refuses, and why.
fn refused_rules(promtool: &Path, file: &Path) -> BTreeMap<String, String> {
    let output = Command::new(promtool).args(["check", "rules"]).arg(file).output().expect("promtool starts");
    let text = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    text.lines()
        .filter(|line| line.contains("could not parse expression"))
        .filter_map(|line| Some((line.split('"').nth(3)?.to_owned(), line.split("expression: ").nth(1)?.to_owned())))
        .collect()
}
