//! Links between data sources, and the settings of data sources that cannot work.

use serde_json::Value as Json;

use super::report::Report;
use super::source::{Source, Sources, listed};
use super::target;
use super::{is_deferred, nearest, rules, text_of};
use crate::datasource::AMAZON_PROMETHEUS;
use crate::finding::Span;
use crate::query::Language;

/// Checks the data sources of a content.
pub(super) fn check(report: &mut Report<'_>, data_sources: &[Json]) {
    for source in data_sources {
        let name = text_of(source, "name");
        let place = format!("data source `{}`", if name.is_empty() { text_of(source, "uid") } else { name });
        settings(report, &place, source);
        let Some(json_data) = source.get("jsonData") else { continue };
        derived_fields(report, &place, json_data);
        exemplars(report, &place, source, json_data);
        traces_to_logs(report, &place, json_data);
        traces_to_metrics(report, &place, json_data);
        if let Some(uid) = json_data.pointer("/serviceMap/datasourceUid") {
            end(report, &format!("{place}, service map"), Some(uid), &[Language::PromQl]);
            if !report.metrics.may_have("traces_service_graph_request_total") {
                let message =
                    "the service map is drawn from `traces_service_graph_request_total`, which nothing exports";
                report.warn(rules::CORRELATION, &format!("{place}, service map"), message).fix =
                    Some("turn on Tempo's metrics generator and declare it, or leave the map out".to_owned());
            }
        }
    }
}

/// Where a data source is, and how it is asked.
fn settings(report: &mut Report<'_>, place: &str, source: &Json) {
    let json_data = source.get("jsonData").unwrap_or(&Json::Null);
    let region = json_data.get("sigV4Region").or_else(|| json_data.get("defaultRegion")).and_then(Json::as_str);
    if let (Some(region), Some(stack)) = (region, report.context.region.as_deref())
        && region != stack
        && !region.is_empty()
        && region != "default"
    {
        let message = format!("the region is `{region}`, and the stack is in `{stack}`");
        report.warn(rules::DATA_SOURCE, place, message).fix = Some(format!("write `{stack}`, or take the stack's own"));
    }
    let url = text_of(source, "url");
    if let Some(region) = report.context.region.as_deref() {
        let written = url.split("aps-workspaces.").nth(1).and_then(|rest| rest.split('.').next());
        if let Some(written) = written.filter(|written| *written != region) {
            let message = format!("the address is in the region `{written}`, and the stack is in `{region}`");
            report.warn(rules::DATA_SOURCE, place, message);
        }
    }
    let host = url.split("://").nth(1).unwrap_or(url).split(['/', ':']).next().unwrap_or_default();
    let local = matches!(host, "localhost" | "127.0.0.1" | "[" | "0.0.0.0") && !url.is_empty();
    if report.context.managed && local {
        let message = format!("`{url}` is the machine that Grafana runs on, where a managed Grafana has nothing else");
        report.problem(rules::DATA_SOURCE, place, message).fix =
            Some("give an address that the workspace reaches".to_owned());
    }
    let plugin = text_of(source, "type");
    let fetches = target::language(plugin).is_some();
    if fetches && (url.is_empty() && !source.get("url").is_some_and(is_deferred)) {
        report.problem(
            rules::DATA_SOURCE,
            place,
            format!("a data source of the plugin `{plugin}` has a `url`, got none"),
        );
    } else if fetches && !url.is_empty() && !url.contains("://") && !url.contains('$') {
        let message = format!("a `url` begins with `http://` or `https://`, got `{url}`");
        report.problem(rules::DATA_SOURCE, place, message).fix = Some(format!("write `http://{url}`"));
    }
    super::address::check(report, place, source);
    let written = url.contains('$') && !url.contains("${") && report.context.managed;
    if written {
        let message = format!("`{url}` is sent as it is: Grafana's API replaces no variables");
        report.problem(rules::DATA_SOURCE, place, message).fix =
            Some("put the value in, for example with a deploy-time value".to_owned());
    }
    let signed = json_data.get("sigV4Auth").and_then(Json::as_bool) == Some(true);
    if !signed && url.contains("aps-workspaces.") {
        let message = "managed Prometheus refuses requests that are not signed, and `sigV4Auth` is not set";
        report.problem(rules::DATA_SOURCE, place, message).fix = Some("set `sigV4Auth` to true".to_owned());
    }
}

/// Finds out what a link leads to, which is to speak one of some languages.
fn end(report: &mut Report<'_>, place: &str, uid: Option<&Json>, languages: &[Language]) -> Option<Language> {
    let uid = uid.filter(|uid| !is_deferred(uid) && uid.as_str() != Some(""))?;
    let Source::Plugin(plugin) = Sources::none().resolve(report, place, Some(uid)) else { return None };
    let language = target::language(&plugin);
    let fits = language.is_some_and(|language| languages.contains(&language));
    if !fits && !languages.is_empty() && (language.is_some() || plugin == "cloudwatch") {
        let message = format!("the link leads to {uid}, which is of the plugin `{plugin}`");
        report.problem(rules::CORRELATION, place, message);
    }
    language
}

/// From a log line to a trace.
fn derived_fields(report: &mut Report<'_>, place: &str, json_data: &Json) {
    let metrics = report.metrics;
    for field in list(json_data, "derivedFields") {
        let place = format!("{place}, derived field `{}`", text_of(field, "name"));
        if let Some(uid) = field.get("datasourceUid").filter(|uid| !is_deferred(uid)) {
            Sources::none().resolve(report, &place, Some(uid));
        }
        if text_of(field, "url").is_empty() && field.get("datasourceUid").is_none() {
            report
                .problem(
                    rules::CORRELATION,
                    &place,
                    "a derived field leads to a data source or an address, got neither",
                )
                .fix = Some("set `datasourceUid` and `url`".to_owned());
        }
        let matcher = text_of(field, "matcherRegex");
        let all = Span::new(0, matcher.len());
        if text_of(field, "matcherType") == "label" {
            let there = |label: &String| label == matcher;
            let known = !metrics.log_fields.is_empty() || !metrics.stream_labels.is_empty();
            if known && !metrics.log_fields.iter().chain(&metrics.stream_labels).any(there) {
                let names = metrics.log_fields.iter().chain(&metrics.stream_labels);
                let shown: Vec<_> = names.clone().map(|name| format!("`{name}`")).collect();
                let message = format!("no log line has the label or field `{matcher}`; there are {}", listed(&shown));
                let fix = nearest(matcher, names.map(String::as_str)).map(|near| format!("write `{near}`"));
                let finding = report.problem(rules::CORRELATION, &place, message);
                finding.text = Some((matcher.to_owned(), all));
                finding.fix = fix;
            }
            continue;
        }
        if matcher.is_empty() {
            report.problem(rules::CORRELATION, &place, "a derived field has an expression in `matcherRegex`, got none");
            continue;
        }
        if let Err(why) = super::expression(matcher) {
            let finding = report.problem(rules::CORRELATION, &place, format!("it is no regular expression: {why}"));
            finding.text = Some((matcher.to_owned(), all));
            continue;
        }
        // An expression that only a browser knows is not tried.
        let Ok(regex) = regex::Regex::new(matcher) else { continue };
        if regex.captures_len() < 2 {
            let finding =
                report.problem(rules::CORRELATION, &place, "the expression has no group, whose text the link takes");
            finding.text = Some((matcher.to_owned(), all));
            finding.fix = Some("put the part that is the id in parentheses".to_owned());
            continue;
        }
        let samples = &metrics.log_samples;
        if let Some(first) = samples.first().filter(|_| !samples.iter().any(|sample| regex.is_match(sample))) {
            let id = metrics.log_fields.iter().find(|field| {
                let plain: String = field.chars().filter(char::is_ascii_alphanumeric).collect();
                plain.eq_ignore_ascii_case("traceid")
            });
            let fix = match id {
                Some(field) => {
                    format!("the id is in the field `{field}`: set `matcherType` to `label` and `matcherRegex` to it")
                }
                None => "change the expression, or what the program logs".to_owned(),
            };
            let message = format!("the expression matches no line that the programs log, such as `{first}`");
            let finding = report.problem(rules::CORRELATION, &place, message);
            finding.text = Some((matcher.to_owned(), all));
            finding.fix = Some(fix);
        }
    }
}

/// From a sample to a trace.
fn exemplars(report: &mut Report<'_>, place: &str, source: &Json, json_data: &Json) {
    let metrics = report.metrics;
    let signed = json_data.get("sigV4Auth").and_then(Json::as_bool) == Some(true);
    let managed = signed || text_of(source, "type") == AMAZON_PROMETHEUS;
    for link in list(json_data, "exemplarTraceIdDestinations") {
        let label = text_of(link, "name");
        let place = format!("{place}, exemplars' `{label}`");
        if managed {
            let message = "managed Prometheus drops exemplars and answers none, so that the link is never seen";
            report.problem(rules::CORRELATION, &place, message).fix =
                Some("leave the link out, or keep the metrics in Prometheus or Mimir".to_owned());
            continue;
        }
        end(report, &place, link.get("datasourceUid"), &[Language::TraceQl]);
        if !metrics.exemplar_labels.is_empty() && !metrics.exemplar_labels.contains(label) {
            let shown: Vec<_> = metrics.exemplar_labels.iter().map(|label| format!("`{label}`")).collect();
            let message = format!("no exemplar has the label `{label}`; they have {}", listed(&shown));
            let fix = metrics.exemplar_labels.first().map(|label| format!("write `{label}`"));
            report.problem(rules::CORRELATION, &place, message).fix = fix;
        }
    }
}

/// From a span to its logs.
fn traces_to_logs(report: &mut Report<'_>, place: &str, json_data: &Json) {
    let metrics = report.metrics;
    let Some(link) = json_data.get("tracesToLogsV2").or_else(|| json_data.get("tracesToLogs")) else { return };
    let place = format!("{place}, traces to logs");
    let language = end(report, &place, link.get("datasourceUid"), &[]);
    if let Some(language) = language.filter(|language| *language != Language::LogQl) {
        let what = if language == Language::PromQl { "metrics" } else { "traces" };
        report.problem(rules::CORRELATION, &place, format!("the link leads to a data source of {what}, not of logs"));
    }
    let custom = link.get("customQuery").and_then(Json::as_bool) == Some(true);
    for tag in list(link, "tags") {
        let key = tag.as_str().unwrap_or_else(|| text_of(tag, "key"));
        let value = text_of(tag, "value");
        let label = if value.is_empty() { key.replace('.', "_") } else { value.to_owned() };
        if language == Some(Language::LogQl)
            && !metrics.stream_labels.is_empty()
            && !metrics.stream_labels.contains(&label)
        {
            let shown: Vec<_> = metrics.stream_labels.iter().map(|label| format!("`{label}`")).collect();
            let message = format!(
                "the tag `{key}` is looked for in the label `{label}`, which no stream has; they have {}",
                listed(&shown)
            );
            let fix =
                nearest(&label, metrics.stream_labels.iter().map(String::as_str)).map(|near| format!("write `{near}`"));
            report.problem(rules::CORRELATION, &place, message).fix = fix;
        }
    }
    if custom && language == Some(Language::LogQl) {
        let text = text_of(link, "query");
        query(report, &place, Language::LogQl, text);
    }
}

/// From a span to metrics of its service.
fn traces_to_metrics(report: &mut Report<'_>, place: &str, json_data: &Json) {
    let Some(link) = json_data.get("tracesToMetrics") else { return };
    let place = format!("{place}, traces to metrics");
    let language = end(report, &place, link.get("datasourceUid"), &[Language::PromQl]);
    for asked in list(link, "queries") {
        let place = format!("{place}, query `{}`", text_of(asked, "name"));
        if language.is_none_or(|language| language == Language::PromQl) {
            query(report, &place, Language::PromQl, text_of(asked, "query"));
        }
    }
    // A tag becomes a label of every query: one that no metric has finds nothing.
    for tag in list(link, "tags") {
        let key = tag.as_str().unwrap_or_else(|| text_of(tag, "key"));
        let value = text_of(tag, "value");
        let label = if value.is_empty() { key.replace('.', "_") } else { value.to_owned() };
        if report.metrics.no_series_has(&label) {
            let message = format!("the tag `{key}` is looked for in the label `{label}`, which no metric has");
            report.problem(rules::CORRELATION, &place, message);
        }
    }
}

fn query(report: &mut Report<'_>, place: &str, language: Language, text: &str) {
    if !text.trim().is_empty() {
        // Links alone are no reason to ask for a list of what the programs export.
        let unchecked = report.unchecked;
        target::parse(report, place, language, text);
        report.unchecked = unchecked;
    }
}

fn list<'a>(json: &'a Json, name: &str) -> impl Iterator<Item = &'a Json> + use<'a> {
    json.get(name).and_then(Json::as_array).into_iter().flatten()
}
