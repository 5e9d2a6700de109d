//! A content as files.

use belvedere_cfn::{Value, concat_values, pseudo};

use super::Provisioning;
use crate::alerting::{
    AlertRule, ContactPoint, Email, Matcher, MessageTemplate, MuteTiming, Policies, Route, RuleGroup, Slack, TimePeriod,
};
use crate::dashboard::{Bound, DashboardRef, PlacedDashboard};
use crate::datasource::{DataSourceRef, LogsToTraces, Loki, ManagedPrometheus, PostgreSql, PromQl, Tempo};
use crate::{Content, Folder, FolderRef, Secret};

fn content() -> Content {
    let mut content = Content::new("shop");
    let url = concat_values!("https://aps.", pseudo::region(), ".amazonaws.com/\"$1");
    let metrics = content.add(ManagedPrometheus::new("metrics", "Metrics", url).region("eu-west-1"));
    let logs = content.add(Loki::new("logs", "Logs", "http://loki:3100").default_source());
    let traces = content.add(Tempo::new("traces", "Traces", "http://tempo:3200"));
    content.add(LogsToTraces::by_label(&logs, &traces, "trace_id"));
    let password = Secret::secrets_manager_key("db", "password");
    content.add(PostgreSql::new("db", "DB", "db:5432").user("grafana", password));
    let folder = content.add(Folder::new("shop", "The $hop"));
    let slack = Slack::webhook(Secret::environment("SLACK_URL")).title("{{ $x := 1 }}");
    let people = content.add(ContactPoint::new("people", slack).receiver(Email::new(["a@example.com"])));
    content.add(MuteTiming::new("nights", TimePeriod::new().between("22:00", "24:00")));
    content.add(MessageTemplate::new("words", "{{ define \"x\" }}\n{{ $y := 2 }}\n{{ end }}\n"));
    let route = Route::to(&people).when(Matcher::regex("job", "a$"));
    content.add(Policies::new(&people).route(route.route(Route::to(&people).when(Matcher::equal("price", "$5")))));
    let rule = AlertRule::new("down", "Down")
        .when(metrics.query("up{job=~\"$__x\"}"), Bound::Below(1.0))
        .label("of", "{{ $labels.job }}")
        .summary("{{ $labels.job }} is down")
        .panel(&DashboardRef::existing("service"), 2);
    content.add(RuleGroup::new("up", &folder).rule(rule));
    let model = serde_json::json!({ "uid": "service", "title": "${job} \"quoted\"", "panels": [] });
    content.dashboards.push(PlacedDashboard { folder: Some(folder), model: model.into() });
    content
}

fn file(files: &[(String, String)], path: &str) -> String {
    files.iter().find(|(known, _)| known == path).map(|(_, text)| text.clone()).expect(path)
}

#[test]
fn each_dollar_is_as_grafana_reads_it() {
    let content = content();
    let files = Provisioning::new(&content).texts(&|_| Some("eu-west-1".to_owned())).expect("all is known");
    let paths: Vec<_> = files.iter().map(|(path, _)| &**path).collect();
    assert_eq!(
        paths,
        ["datasources/shop.yaml", "dashboards/shop.yaml", "dashboards/shop/shop/service.json", "alerting/shop.yaml"]
    );
    let sources = file(&files, "datasources/shop.yaml");
    assert!(sources.starts_with(
        "apiVersion: 1\nprune: true\ndatasources:\n  - name: Metrics\n    uid: metrics\n    type: \
         grafana-amazonprometheus-datasource\n    access: proxy\n    editable: false\n    isDefault: false\n"
    ));
    for line in [
        "        - datasourceUid: traces\n",
        "          url: \"$$\\x7b__value.raw}\"\n",
        "      password: \"$BELVEDERE_DATA_SOURCE_DB_PASSWORD\"\n",
    ] {
        assert!(sources.contains(line), "{line}{sources}");
    }
    assert_eq!(
        file(&files, "dashboards/shop.yaml"),
        "apiVersion: 1\nproviders:\n  - name: shop-shop\n    folder: \"The $$hop\"\n    folderUid: shop\n    type: file\n    \
         allowUiUpdates: false\n    options:\n      path: \"/etc/grafana/provisioning/dashboards/shop/shop\"\n"
    );
    assert!(file(&files, "dashboards/shop/shop/service.json").contains("\"title\": \"${job} \\\"quoted\\\"\""));
    let alerting = file(&files, "alerting/shop.yaml");
    for line in [
        "    folder: \"The $$hop\"\n",
        "          of: \"{{ $$labels.job }}\"\n",
        "          summary: \"{{ $labels.job }} is down\"\n",
        "              expr: \"up{job=~\\\"$__x\\\"}\"\n",
        "        dashboardUid: service\n        panelId: 2\n",
        "          title: \"{{ $$x := 1 }}\"\n",
        "          url: \"$SLACK_URL\"\n",
        "            - \"a$\"\n",
        "                - \"$$5\"\n",
        "    template: |\n      {{ define \"x\" }}\n      {{ $y := 2 }}\n      {{ end }}\n",
    ] {
        assert!(alerting.contains(line), "{line}\n{alerting}");
    }
    let known: Vec<_> = Provisioning::new(&content).secrets().into_iter().collect();
    let password = Secret::SecretsManager { id: Value::from("db"), key: Some("password".to_owned()) };
    assert_eq!(
        known,
        [
            ("BELVEDERE_DATA_SOURCE_DB_PASSWORD".to_owned(), password),
            ("SLACK_URL".to_owned(), Secret::environment("SLACK_URL")),
        ]
    );
}

#[test]
fn deploy_time_values_stay_in_the_files_or_are_asked_for() {
    let mut content = content();
    let link = Value::<String>::concat(vec![Value::from("https://${x}."), pseudo::region()]);
    let mut model = content.dashboards[0].model.as_object().cloned().unwrap_or_default();
    model.set("description", link);
    content.dashboards[0].model = model.into();
    let provisioning = Provisioning::new(&content).below("/files");
    let missing = provisioning.texts(&|_| None).expect_err("nothing is known").0;
    assert_eq!(missing, ["DashboardServiceDescription", "DataSourceMetricsUrl"]);
    let files = provisioning.files();
    let text = |path: &str| files.iter().find(|(known, _)| known == path).map(|(_, text)| text.clone()).expect(path);
    let json = concat_values!(
        "{\n  \"description\": \"https://$\\u007bx}.",
        pseudo::region(),
        "\",\n  \"panels\": [],\n  \"title\": \"$\\u007bjob} \\\"quoted\\\"\",\n  \"uid\": \"service\"\n}\n"
    );
    assert_eq!(text("dashboards/shop/shop/service.json"), json);
    let shown = format!("{:?}", text("datasources/shop.yaml"));
    assert!(shown.contains(r#"amazonaws.com/\\\"$$1"#), "{shown}");
}

#[test]
fn what_is_gone_is_removed() {
    let earlier = content().document();
    let files =
        Provisioning::new(&Content::new("shop")).replacing(&earlier).texts(&|_| None).expect("nothing is asked");
    assert_eq!(
        file(&files, "alerting/shop.yaml"),
        "apiVersion: 1\n\
         deleteRules:\n  - orgId: 1\n    uid: down\n\
         deleteContactPoints:\n  - orgId: 1\n    uid: people-slack\n  - orgId: 1\n    uid: people-email\n\
         resetPolicies:\n  - 1\n\
         deleteMuteTimes:\n  - orgId: 1\n    name: nights\n\
         deleteTemplates:\n  - orgId: 1\n    name: words\n"
    );
    assert!(file(&files, "datasources/shop.yaml").contains("deleteDatasources:\n  - name: Metrics\n    orgId: 1\n"));
    assert_eq!(Provisioning::new(&Content::new("shop")).texts(&|_| None), Ok(Vec::new()));
}

#[test]
fn what_files_cannot_say_is_found() {
    let mut content = content();
    let inner = content.add(Folder::new("inner", "Inner").inside(&FolderRef::existing("shop")));
    let metrics = DataSourceRef::<PromQl>::existing("metrics", "prometheus");
    let rule = |uid: &str| AlertRule::new(uid, uid).query("A", metrics.query("up")).summary("${HOME}");
    let groups =
        [RuleGroup::new("a", &inner).rule(rule("a")), RuleGroup::new("b", &FolderRef::existing("old")).rule(rule("b"))];
    for group in groups {
        content.add(group);
    }
    let rules: Vec<_> = Provisioning::new(&content).problems().iter().map(|found| found.place.clone()).collect();
    assert_eq!(rules, ["folder `inner`", "folder `old`", "rule `a`", "rule `b`"]);
}
