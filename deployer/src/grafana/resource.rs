//! Reading, writing and removing one thing of a Grafana, whatever kind it is.

use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::time::sleep;

use super::api::{Answer, Api, Call, refused, understood};
use super::error::GrafanaError;
use super::thing::Kind;

/// How often a dashboard is written that somebody else changes at the same time.
const ATTEMPTS: u32 = 3;
/// What is read where a dashboard was saved in a schema that this API refuses to tell
/// ([schema v2](https://grafana.com/docs/grafana/latest/visualizations/dashboards/build-dashboards/view-dashboard-json-model/)).
const SCHEMA_V2: &str = "a dashboard of the schema v2";
/// How often it is looked whether a folder is empty, or gone, and the first pause in between; each is twice the one before.
const LOOKS: u32 = 6;
const PAUSE: Duration = Duration::from_millis(200);
const PROVISIONING: [&str; 2] = ["v1", "provisioning"];

/// What has become of a thing that was to be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Removed {
    /// It is gone.
    Gone,
    /// It is kept, and why.
    Kept(String),
}

/// What the Grafana has, in the form that is sent to it; nothing where there is no such thing.
pub(crate) async fn read(api: &Api, kind: Kind, id: &str) -> Result<Option<Json>, GrafanaError> {
    Ok(read_whole(api, kind, id).await?.map(|whole| shape(kind, whole)))
}

/// What the Grafana has, as it tells it.
async fn read_whole(api: &Api, kind: Kind, id: &str) -> Result<Option<Json>, GrafanaError> {
    match kind {
        Kind::Folder => api.found(&Call::get(&["folders", id])).await,
        Kind::DataSource => api.found(&Call::get(&["datasources", "uid", id])).await,
        Kind::Dashboard => {
            let path = ["dashboards", "uid", id];
            let call = Call::get(&path);
            let answer = api.call(&call).await?;
            match answer.status {
                404 => Ok(None),
                406 => Ok(Some(SCHEMA_V2.into())),
                _ if answer.is_success() => understood(&call, answer).map(Some),
                _ => Err(refused(&call, &answer)),
            }
        }
        Kind::Template => api.found(&Call::get(&[&PROVISIONING[..], &["templates", id]].concat())).await,
        Kind::MuteTiming => api.found(&Call::get(&[&PROVISIONING[..], &["mute-timings", id]].concat())).await,
        Kind::ContactPoint => {
            let all = api.ok(&Call::get(&[&PROVISIONING[..], &["contact-points"]].concat())).await?;
            Ok(all.as_array().into_iter().flatten().find(|point| point["uid"].as_str() == Some(id)).cloned())
        }
        Kind::Policies => api.ok(&Call::get(&[&PROVISIONING[..], &["policies"]].concat())).await.map(Some),
        Kind::RuleGroup => {
            let (folder, group) = parts(id);
            let path = [&PROVISIONING[..], &["folder", folder, "rule-groups", group]].concat();
            let call = Call::get(&path);
            let answer = api.call(&call).await?;
            match answer.status {
                // Some versions look at the folder first, and refuse where there is none.
                400 | 403 | 404 => Ok(None),
                _ if !answer.is_success() => Err(refused(&call, &answer)),
                // Some versions tell of an empty group where there is none.
                _ => {
                    Ok(Some(answer.body)
                        .filter(|group| group["rules"].as_array().is_some_and(|rules| !rules.is_empty())))
                }
            }
        }
        Kind::Setting | Kind::Plugin | Kind::Role => Ok(None),
    }
}

/// Whether this was read of a dashboard that somebody has saved in the schema v2.
pub(crate) fn is_schema_v2(read: &Json) -> bool {
    read.as_str() == Some(SCHEMA_V2)
}

/// The folder and the title of a rule group.
fn parts(id: &str) -> (&str, &str) {
    id.split_once('/').unwrap_or((id, ""))
}

/// What the server says, without what is its own: numbers, times, versions.
fn shape(kind: Kind, mut whole: Json) -> Json {
    let drop = |json: &mut Json, members: &[&str]| {
        if let Some(object) = json.as_object_mut() {
            object.retain(|name, _| !members.contains(&name.as_str()));
        }
    };
    match kind {
        Kind::Folder => {
            let parent = whole["parentUid"].as_str().filter(|uid| !uid.is_empty());
            json!({"uid": whole["uid"], "title": whole["title"], "parentUid": parent})
        }
        Kind::Dashboard if is_schema_v2(&whole) => whole,
        Kind::Dashboard => {
            let mut dashboard = whole.get_mut("dashboard").map(Json::take).unwrap_or_default();
            drop(&mut dashboard, &["id", "version"]);
            // The folder of what is in no folder has a name, which some versions tell.
            let folder = whole["meta"]["folderUid"].as_str().filter(|uid| *uid != "general").unwrap_or_default();
            json!({"folderUid": folder, "dashboard": dashboard})
        }
        Kind::DataSource => {
            let own = ["id", "orgId", "version", "readOnly", "typeLogoUrl", "typeName", "accessControl", "apiVersion"];
            drop(&mut whole, &own);
            whole
        }
        Kind::RuleGroup => {
            for rule in whole.get_mut("rules").and_then(Json::as_array_mut).into_iter().flatten() {
                drop(rule, &["id", "orgID", "updated", "provenance", "guid", "version", "metadata"]);
            }
            whole
        }
        _ => {
            drop(&mut whole, &["provenance", "version", "id"]);
            whole
        }
    }
}

/// Makes the thing, or brings it to what it is to be. `body` has no placeholders.
pub(crate) async fn write(api: &Api, kind: Kind, id: &str, body: &Json) -> Result<(), GrafanaError> {
    match kind {
        Kind::Folder => write_folder(api, id, body).await,
        Kind::DataSource => write_source(api, id, body).await,
        Kind::Dashboard => write_dashboard(api, id, body).await,
        Kind::Template => {
            let content = json!({"template": body["template"]});
            api.ok(&Call::put(&[&PROVISIONING[..], &["templates", id]].concat(), &content)).await.map(drop)
        }
        Kind::MuteTiming => {
            let (one, all) =
                ([&PROVISIONING[..], &["mute-timings", id]].concat(), [&PROVISIONING[..], &["mute-timings"]].concat());
            if read_whole(api, kind, id).await?.is_some() {
                return api.ok(&Call::put(&one, body)).await.map(drop);
            }
            create(api, &Call::post(&all, body), &Call::put(&one, body)).await.map(drop)
        }
        Kind::ContactPoint => {
            let (one, all) = (
                [&PROVISIONING[..], &["contact-points", id]].concat(),
                [&PROVISIONING[..], &["contact-points"]].concat(),
            );
            if read_whole(api, kind, id).await?.is_some() {
                return api.ok(&Call::put(&one, body)).await.map(drop);
            }
            create(api, &Call::post(&all, body), &Call::put(&one, body)).await.map(drop)
        }
        Kind::Policies => api.ok(&Call::put(&[&PROVISIONING[..], &["policies"]].concat(), body)).await.map(drop),
        Kind::RuleGroup => {
            let (folder, group) = parts(id);
            let path = [&PROVISIONING[..], &["folder", folder, "rule-groups", group]].concat();
            api.ok(&Call::put(&path, body)).await.map(drop)
        }
        Kind::Setting | Kind::Plugin | Kind::Role => Ok(()),
    }
}

/// The data source with nothing in the place of each secret that is there and is not in it: Grafana keeps what is not named.
fn without_other_secrets(body: &Json, there: &Json) -> Json {
    let mut body = body.clone();
    for (name, _) in there["secureJsonFields"].as_object().into_iter().flatten() {
        if body["secureJsonData"].get(name).is_none() {
            body["secureJsonData"][name] = "".into();
        }
    }
    body
}

/// Makes a thing. Where it is there after all, as when the answer to the first try was lost, it is changed.
async fn create(api: &Api, post: &Call<'_>, put: &Call<'_>) -> Result<Json, GrafanaError> {
    let answer = api.call(post).await?;
    if answer.is_success() {
        return Ok(answer.body);
    }
    let changed = if is_clash(&answer) { api.call(put).await? } else { return Err(refused(post, &answer)) };
    // A thing of another id may have the name: then what the first call was told says more.
    if changed.is_success() { Ok(changed.body) } else { Err(refused(post, &answer)) }
}

/// Whether the answer is that something is there already.
fn is_clash(answer: &Answer) -> bool {
    matches!(answer.status, 409 | 412) || (answer.status >= 400 && answer.message().contains("already exist"))
}

/// The first data source of a Grafana becomes the default one whatever is said of that, and a change that says nothing of it
/// makes it none.
async fn write_source(api: &Api, id: &str, body: &Json) -> Result<(), GrafanaError> {
    let path = ["datasources", "uid", id];
    if let Some(there) = api.found(&Call::get(&path)).await? {
        let mut body = without_other_secrets(body, &there);
        if let Some(members) = body.as_object_mut() {
            members.entry("isDefault").or_insert_with(|| there["isDefault"].clone());
        }
        return api.ok(&Call::put(&path, &body)).await.map(drop);
    }
    let put = Call::put(&path, body);
    let made = create(api, &Call::post(&["datasources"], body), &put).await?;
    let is_other =
        body["isDefault"].as_bool() == Some(false) && made["datasource"]["isDefault"].as_bool() == Some(true);
    if is_other { api.ok(&put).await.map(drop) } else { Ok(()) }
}

async fn write_folder(api: &Api, id: &str, body: &Json) -> Result<(), GrafanaError> {
    let parent = body["parentUid"].as_str();
    let mut there = api.found(&Call::get(&["folders", id])).await?;
    if there.is_none() {
        let mut command = json!({"uid": id, "title": body["title"]});
        if let Some(parent) = parent {
            command["parentUid"] = parent.into();
        }
        let post = Call::post(&["folders"], &command);
        let answer = api.call(&post).await?;
        if answer.is_success() {
            return Ok(());
        }
        there = api.found(&Call::get(&["folders", id])).await?;
        if there.is_none() {
            return Err(refused(&post, &answer));
        }
    }
    let there = there.unwrap_or_default();
    if there["title"] != body["title"] {
        let command = json!({"title": body["title"], "overwrite": true});
        api.ok(&Call::put(&["folders", id], &command)).await?;
    }
    let theirs = there["parentUid"].as_str().filter(|uid| !uid.is_empty());
    if theirs != parent {
        let command = json!({"parentUid": parent.unwrap_or_default()});
        api.ok(&Call::post(&["folders", id, "move"], &command)).await?;
    }
    Ok(())
}

/// Never by `overwrite` where it can be avoided: older versions would take another dashboard with the same title in the folder for it.
async fn write_dashboard(api: &Api, id: &str, body: &Json) -> Result<(), GrafanaError> {
    let mut attempt = 1;
    loop {
        let there = read_whole(api, Kind::Dashboard, id).await?;
        let mut dashboard = body["dashboard"].clone();
        // Its version is not told, and a Grafana that has the schema v2 takes nothing but the uid for the dashboard.
        let overwrite = there.as_ref().is_some_and(is_schema_v2);
        if let (Some(there), Some(members), false) = (&there, dashboard.as_object_mut(), overwrite) {
            members.insert("version".to_owned(), there["dashboard"]["version"].clone());
        }
        let mut command = json!({"dashboard": dashboard, "message": "applied by Belvedere", "overwrite": overwrite});
        let folder = body["folderUid"].as_str().unwrap_or_default();
        command["folderUid"] = folder.into();
        let post = Call::post(&["dashboards", "db"], &command);
        let answer = api.call(&post).await?;
        // Older versions have a status of their own for it, and newer ones that of their store.
        let clash = answer.status == 409 || answer.body["status"].as_str() == Some("version-mismatch");
        match answer.status {
            _ if answer.is_success() => return Ok(()),
            409 | 412 if clash && attempt < ATTEMPTS => attempt += 1,
            _ => return Err(refused(&post, &answer)),
        }
    }
}

/// Removes a thing that this content has made; `before` is what policies were before it.
pub(crate) async fn remove(api: &Api, kind: Kind, id: &str, before: Option<&Json>) -> Result<Removed, GrafanaError> {
    let path = match kind {
        Kind::Folder => return remove_folder(api, id).await,
        Kind::DataSource => vec!["datasources", "uid", id],
        Kind::Dashboard => vec!["dashboards", "uid", id],
        Kind::Template => [&PROVISIONING[..], &["templates", id]].concat(),
        Kind::MuteTiming => [&PROVISIONING[..], &["mute-timings", id]].concat(),
        Kind::ContactPoint => [&PROVISIONING[..], &["contact-points", id]].concat(),
        Kind::Policies => return reset_policies(api, before).await,
        Kind::RuleGroup => return remove_rules(api, id).await,
        Kind::Setting | Kind::Plugin | Kind::Role => return Ok(Removed::Gone),
    };
    api.found(&Call::delete(&path)).await.map(|_| Removed::Gone)
}

/// With a folder all that is in it goes, so it goes only when there is nothing.
async fn remove_folder(api: &Api, id: &str) -> Result<Removed, GrafanaError> {
    let (path, mut looks, mut pause) = (["folders", id], 1, PAUSE);
    loop {
        let Some(counts) = api.found(&Call::get(&["folders", id, "counts"])).await? else { return Ok(Removed::Gone) };
        let held = counts.as_object().into_iter().flatten().filter_map(|(what, count)| Some((what, count.as_u64()?)));
        let held: Vec<String> =
            held.filter(|(_, count)| *count > 0).map(|(what, count)| format!("{count} of {what}")).collect();
        let mut why = held.join(", ");
        if held.is_empty() {
            let call = Call::delete(&path);
            let answer = api.call(&call).await?;
            match answer.status {
                404 => return Ok(Removed::Gone),
                _ if answer.is_success() => return until_gone(api, id).await,
                // The server counts for itself.
                _ if answer.message().contains("not empty") => why = answer.message(),
                _ => return Err(refused(&call, &answer)),
            }
        }
        // Newer versions count by an index, which comes after what was removed just now.
        if looks == LOOKS {
            return Ok(Removed::Kept(format!("others have put something into it: {why}")));
        }
        looks += 1;
        sleep(pause).await;
        pause *= 2;
    }
}

/// Newer versions remove a folder after they have answered, and until then it is in the way of one with the same uid.
async fn until_gone(api: &Api, id: &str) -> Result<Removed, GrafanaError> {
    let mut pause = PAUSE;
    for _ in 1..LOOKS {
        if api.found(&Call::get(&["folders", id])).await?.is_none() {
            break;
        }
        sleep(pause).await;
        pause *= 2;
    }
    Ok(Removed::Gone)
}

/// Back to what they were before; where that is not known or does not work any more, to Grafana's own.
async fn reset_policies(api: &Api, before: Option<&Json>) -> Result<Removed, GrafanaError> {
    let path = [&PROVISIONING[..], &["policies"]].concat();
    if let Some(before) = before
        && api.call(&Call::put(&path, before)).await?.is_success()
    {
        return Ok(Removed::Gone);
    }
    api.ok(&Call::delete(&path)).await.map(|_| Removed::Gone)
}

/// Rule by rule: older versions cannot remove a group, and rules may have moved to another.
async fn remove_rules(api: &Api, id: &str) -> Result<Removed, GrafanaError> {
    let group = read_whole(api, Kind::RuleGroup, id).await?.unwrap_or_default();
    for rule in group["rules"].as_array().into_iter().flatten() {
        let Some(uid) = rule["uid"].as_str() else { continue };
        api.found(&Call::delete(&[&PROVISIONING[..], &["alert-rules", uid]].concat())).await?;
    }
    Ok(Removed::Gone)
}

/// Whether this contact point is the one that a new Grafana has. Its name differs by version.
pub(crate) fn is_factory_point(point: &Json) -> bool {
    point["type"].as_str() == Some("email") && point["settings"]["addresses"].as_str() == Some("<example@email.com>")
}

/// Whether these policies are those that a new Grafana has.
pub(crate) fn are_factory_policies(policies: &Json) -> bool {
    let receiver = policies["receiver"].as_str().unwrap_or_default();
    let routes = policies["routes"].as_array().map_or(0, Vec::len);
    routes == 0 && matches!(receiver, "" | "empty" | "grafana-default-email" | "email receiver" | "grafana-default-sns")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_servers_own_is_left_out() {
        let whole = json!({"dashboard": {"uid": "d", "id": 4, "version": 9, "title": "D"}, "meta": {"folderUid": "f", "slug": "d"}});
        assert_eq!(shape(Kind::Dashboard, whole), json!({"folderUid": "f", "dashboard": {"uid": "d", "title": "D"}}));
        let in_none = json!({"dashboard": {"uid": "d"}, "meta": {"folderUid": "general"}});
        assert_eq!(shape(Kind::Dashboard, in_none)["folderUid"], "");
        let rule = json!({"uid": "r", "id": 1, "orgID": 1, "updated": "now", "for": "5m"});
        let group = shape(Kind::RuleGroup, json!({"title": "g", "rules": [rule]}));
        assert_eq!(group, json!({"title": "g", "rules": [{"uid": "r", "for": "5m"}]}));
    }

    #[test]
    fn what_a_new_grafana_has_is_known_by_whichever_name() {
        for name in ["grafana-default-email", "email receiver"] {
            let point =
                |address: &str| json!({"uid": "", "name": name, "type": "email", "settings": {"addresses": address}});
            assert!(is_factory_point(&point("<example@email.com>")));
            assert!(!is_factory_point(&point("team@example.com")));
        }
    }

    #[test]
    fn a_new_grafana_has_policies_that_may_be_replaced() {
        assert!(are_factory_policies(&json!({"receiver": "grafana-default-email", "group_by": ["alertname"]})));
        assert!(!are_factory_policies(&json!({"receiver": "grafana-default-email", "routes": [{"receiver": "x"}]})));
        assert!(!are_factory_policies(&json!({"receiver": "my-team"})));
    }
}
