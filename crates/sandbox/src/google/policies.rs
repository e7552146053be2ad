//! Cloud Identity's policies: the switch for mail delegation, by unit and by group (facts sheet, Google 1.2).

use serde_json::{Value, json};

use super::state::Tenant;
use super::{Answer, Call, errors, paging, reply, schema};

const SETTING: &str = "settings/gmail.mail_delegation";

/// `GET v1/policies`, for super administrators.
pub(super) fn list(tenant: &Tenant, call: &Call) -> Answer {
    if call.request.method != http::Method::GET {
        return Err(errors::no_method());
    }
    call.caller.needs(&["cloud-identity.policies.readonly", "cloud-identity.policies"])?;
    if !call.caller.is_super_admin(tenant) {
        return Err(errors::canonical(403, "forbidden", "The caller does not have permission"));
    }
    let page = paging::page(call.request, "pageSize", 50, 100, call.now())?;
    let wanted = match call.request.query_value("filter").filter(|filter| !filter.is_empty()) {
        None => true,
        Some(filter) => matches(&filter).ok_or_else(|| {
            errors::canonical(400, "badRequest", "Invalid filter; it is matched against setting.type")
        })?,
    };
    let mut policies: Vec<(String, Value)> = Vec::new();
    for (path, unit) in tenant.units.iter() {
        // A unit without a switch of its own has no policy; the root always has one.
        let allowed = if path == "/" { Some(tenant.delegation_allowed("/")) } else { unit.delegation };
        let Some(allowed) = allowed.filter(|_| wanted) else { continue };
        let name = format!("policies/mail-delegation-{}", unit.id);
        let policy = json!({
            "name": name,
            "customer": format!("customers/{}", tenant.customer),
            "type": "ADMIN",
            "setting": {"type": SETTING, "value": {"enableMailDelegation": allowed}},
            "policyQuery": {
                "orgUnit": format!("orgUnits/{}", unit.id),
                "query": format!("entity.org_units.exists(org_unit, org_unit.org_unit_id == orgUnitId('{}'))", unit.id),
                "sortOrder": 1,
            },
        });
        policies.push((name, policy));
    }
    for group in tenant.groups.values() {
        let Some(allowed) = group.delegation.filter(|_| wanted) else { continue };
        let name = format!("policies/mail-delegation-{}", group.id);
        let policy = json!({
            "name": name,
            "customer": format!("customers/{}", tenant.customer),
            "type": "ADMIN",
            "setting": {"type": SETTING, "value": {"enableMailDelegation": allowed}},
            "policyQuery": {
                "group": format!("groups/{}", group.id),
                "query": format!("entity.groups.exists(group, group.group_id == groupId('{}'))", group.id),
                "sortOrder": 1,
            },
        });
        policies.push((name, policy));
    }
    policies.sort_by(|a, b| a.0.cmp(&b.0));
    policies.retain(|(name, _)| *name > page.after);
    let mut body = json!({});
    if policies.len() > page.most {
        body["nextPageToken"] = json!(page.next(&policies[page.most - 1].0));
        policies.truncate(page.most);
    }
    if !policies.is_empty() {
        body["policies"] = policies.into_iter().map(|(_, policy)| policy).collect();
    }
    reply(call, 200, body, &schema::POLICIES)
}

/// Whether a filter admits the one setting that the sandbox has; nothing where the filter cannot be read.
fn matches(filter: &str) -> Option<bool> {
    let mut all = true;
    for clause in filter.split("&&").map(str::trim) {
        let quoted = |text: &str| {
            let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
            text.strip_prefix(quote)?.strip_suffix(quote).map(str::to_owned)
        };
        if let Some(rest) = clause.strip_prefix("setting.type.matches(") {
            all &= fits(&quoted(rest.strip_suffix(')')?.trim())?);
        } else if let Some(rest) = clause.strip_prefix("setting.type") {
            all &= quoted(rest.trim().strip_prefix("==")?.trim())? == SETTING;
        } else if !clause.starts_with("customer") {
            return None;
        }
    }
    Some(all)
}

/// A pattern of plain text, `.*`, `.`, `\.`, and the anchors; a pattern without anchors may match a part.
fn fits(pattern: &str) -> bool {
    let start = pattern.starts_with('^');
    let end = pattern.ends_with('$');
    let pattern = pattern.trim_start_matches('^').trim_end_matches('$').replace("\\.", ".");
    let parts: Vec<&str> = pattern.split(".*").collect();
    let mut rest = SETTING;
    for (place, part) in parts.iter().enumerate() {
        let Some(found) = rest.find(part) else { return false };
        if place == 0 && start && found != 0 {
            return false;
        }
        rest = &rest[found + part.len()..];
    }
    !end || rest.is_empty() || pattern.ends_with(".*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_names_the_setting_in_the_ways_that_auditors_write_it() {
        for filter in [
            "setting.type.matches('.*gmail.mail_delegation')",
            "setting.type.matches(\"gmail.*\")",
            "setting.type == 'settings/gmail.mail_delegation'",
            "customer == \"customers/C1\" && setting.type.matches('^settings/gmail\\.mail_delegation$')",
        ] {
            assert_eq!(matches(filter), Some(true), "{filter}");
        }
        assert_eq!(matches("setting.type.matches('.*security.*')"), Some(false));
        assert_eq!(matches("setting.kind == 'x'"), None);
    }
}
