//! Cloud Identity's search for groups whose members come from a rule (Cloud Identity, «Create and manage dynamic
//! groups» and `groups.search`). Its other queries are not built.

use serde_json::{Value, json};

use super::state::{Group, Tenant};
use super::{Answer, Call, errors, paging, reply, schema};

const LABEL: &str = "cloudidentity.googleapis.com/groups.dynamic";

/// `GET v1/groups:search`.
pub(super) fn search(tenant: &Tenant, call: &Call) -> Answer {
    if call.request.method != http::Method::GET {
        return Err(errors::no_method());
    }
    call.admin(tenant, &["cloud-identity.groups.readonly", "cloud-identity.groups"])?;
    let query = call.request.query_value("query").unwrap_or_default();
    if !is_built(&query, &tenant.customer) {
        let text = format!("The stand-in answers one query only: parent == 'customers/ID' && '{LABEL}' in labels");
        return Err(errors::canonical(400, "badRequest", &text));
    }
    let page = paging::page(call.request, "pageSize", 50, 500, call.now())?;
    let wanted = |group: &&Group| group.rule.is_some() && tenant.is_visible(group.created, call.now());
    let mut groups: Vec<&Group> = tenant.groups.values().filter(wanted).filter(|group| group.id > page.after).collect();
    groups.sort_by(|a, b| a.id.cmp(&b.id));
    let mut body = json!({});
    if groups.len() > page.most {
        groups.truncate(page.most);
        body["nextPageToken"] = json!(groups.last().map(|group| page.next(&group.id)));
    }
    if !groups.is_empty() {
        body["groups"] = groups.into_iter().map(|group| resource(tenant, group)).collect();
    }
    reply(call, 200, body, &schema::IDENTITY_GROUPS)
}

fn is_built(query: &str, customer: &str) -> bool {
    let clauses: Vec<String> = query.split("&&").map(|clause| clause.trim().replace('"', "'")).collect();
    let parents = [format!("parent == 'customers/{customer}'"), format!("parent=='customers/{customer}'")];
    clauses.len() == 2 && parents.contains(&clauses[0]) && clauses[1] == format!("'{LABEL}' in labels")
}

fn resource(tenant: &Tenant, group: &Group) -> Value {
    json!({
        "name": format!("groups/{}", group.id),
        "groupKey": {"id": group.email},
        "parent": format!("customers/{}", tenant.customer),
        "displayName": group.name,
        "description": group.description,
        "labels": {LABEL: "", "cloudidentity.googleapis.com/groups.discussion_forum": ""},
        "dynamicGroupMetadata": {
            "queries": [{"resourceType": "USER", "query": group.rule}],
            "status": {"status": "UP_TO_DATE"},
        },
    })
}
