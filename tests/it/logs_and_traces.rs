//! A real Loki and a real Tempo, with the configuration files that the flagship's template has for them: they take the
//! logs and traces of the real data processor and the real canary, and what the flagship's dashboards ask of them, and
//! of Prometheus about them, has an answer. A line leads to its trace, a trace to its lines and metrics.

mod canary;
mod links;
mod panels;
mod running;

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::alerts_fire::free_address;
use crate::template::Template;
use crate::tools;
use panels::{Ask, View};
use running::{Flagship, Programs, TempoPlaces, loki_file, tempo_file};

/// Queries about what healthy programs do not have, by a part of them, and why.
const NOT_HERE: [(&str, &str); 2] = [
    ("tempodb_blocklist_poll_errors_total", "Tempo has this counter once a look-up of blocks has failed"),
    ("sum by (reason) (rate(loki_discarded_samples_total", "Loki has this counter once it has refused a line"),
];

#[test]
fn the_programs_take_their_files() {
    const CASE: &str = "Loki and Tempo take their files";
    let Some(programs) = Programs::find_or_skip(CASE) else { return };
    let folder = tools::scratch("logs-and-traces-files");
    for assembly in ["full_stack", "full_stack_self_hosted"] {
        let template = Template::of(assembly);
        let nowhere = free_address();
        let places =
            TempoPlaces { server: [nowhere; 2], grpc: nowhere, http: nowhere, storage: nowhere, metrics: nowhere };
        let of_loki = (&programs.loki, "-verify-config", loki_file(&template, &folder));
        let of_tempo = (&programs.tempo, "-config.verify=true", tempo_file(&template, &folder, &places));
        for (program, verify, file) in [of_loki, of_tempo] {
            let judge = || {
                let output = Command::new(program).arg(format!("-config.file={}", file.display())).arg(verify).output();
                let output = output.expect("it starts");
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                (output.status.success(), said + &String::from_utf8_lossy(&output.stdout))
            };
            let (accepted, said) = judge();
            assert!(accepted, "{assembly}, {}:\n{said}", file.display());
            let warnings: Vec<_> = said.lines().filter(|line| line.contains("level=warn")).collect();
            assert!(warnings.is_empty(), "{assembly}, {}: {warnings:#?}", file.display());
            // It would have told what is wrong.
            let text = fs::read_to_string(&file).expect("it was written");
            fs::write(&file, text.replacen("server:", "severs:", 1)).expect("the folder is writable");
            assert!(!judge().0, "{assembly}: a wrong {} is taken, too", file.display());
        }
    }
}

#[test]
fn panels_have_data_and_links_lead_on() {
    const CASE: &str = "panels of logs and traces have data";
    let Some(programs) = Programs::find_or_skip(CASE) else { return };
    let Some(prometheus) = tools::find_debian_or_skip(CASE, "prometheus") else { return };
    let Some(moto) = tools::find_or_skip(CASE, "moto/bin/moto_server") else { return };
    let folder = tools::scratch("logs-and-traces");
    let flagship = Flagship::start(&programs, &prometheus, &moto, &folder);
    let document = document();
    let dashboards = document["dashboards"].as_array().expect("dashboards");
    let mut open: Vec<Ask> = Vec::new();
    for placed in dashboards {
        let dashboard = &placed["dashboard"];
        let about_them = ["loki", "tempo", "traces-overview"].contains(&dashboard["uid"].as_str().expect("a uid"));
        open.extend(Ask::all(dashboard).into_iter().filter(|ask| match ask.plugin() {
            "loki" | "tempo" => true,
            plugin => about_them && plugin.contains("prometheus"),
        }));
    }
    open.retain(|ask| {
        let reason = NOT_HERE.iter().find(|(part, _)| ask.text().contains(part));
        if let Some((_, reason)) = reason {
            tools::skip(CASE, &format!("{}: {reason}", ask.place()));
        }
        reason.is_none()
    });
    let asked = open.len();
    assert!(asked > 90, "only {asked} queries");
    // Loki and Tempo count what they are asked: they are asked on, so that there is a rate.
    let (themselves, mut open): (Vec<_>, Vec<_>) =
        open.into_iter().partition(|ask| matches!(ask.plugin(), "loki" | "tempo"));
    let mut silent: Vec<_> = themselves.iter().collect();
    for _ in 0..60 {
        let views = dashboards.iter().map(|placed| View::open(&flagship, &placed["dashboard"])).collect::<Vec<_>>();
        let answers = |ask: &Ask| views.iter().any(|view| view.is_of(ask) && view.answers(ask));
        let answered: Vec<_> = themselves.iter().filter(|ask| answers(ask)).map(Ask::place).collect();
        silent.retain(|ask| !answered.contains(&ask.place()));
        open.retain(|ask| !answers(ask));
        if open.is_empty() && silent.is_empty() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_secs(2));
    }
    let empty: Vec<_> = open.iter().chain(silent).map(Ask::place).collect();
    assert!(empty.is_empty(), "{} of {asked} queries have no answer:\n{}", empty.len(), empty.join("\n"));
    links::lead_on(&flagship, &document);
}

/// What the flagship fills Grafana with.
fn document() -> Value {
    let path = tools::root().join("synth-output/full_stack/GrafanaObservability.grafana.json");
    let mut file: Value = serde_json::from_str(&fs::read_to_string(path).expect("it is committed")).expect("JSON");
    file["contents"][0]["document"].take()
}
