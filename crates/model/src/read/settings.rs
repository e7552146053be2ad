//! `tripod.yaml`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::fields::{Echo, Fields};
use super::node::{Node, Spot, Value};
use super::report::{Report, printable};
use super::{parse, scalar, tenant};
use crate::place::{Place, Problem, SourceFile};
use crate::tenant::{Settings, TenantName};

const KEYS: [&str; 4] = ["version", "tenants", "policies", "mailboxes"];

/// Reads `tripod.yaml`.
///
/// There are no settings only where the file cannot be read as a set of keys at all. A tenant with a problem that
/// leaves open how to reach it is not among the settings; its domains are in [`Settings::unread_domains`].
pub fn settings(file: &SourceFile) -> (Option<Settings>, Vec<Problem>) {
    let mut report = Report::new(&file.name);
    let settings = parse::tree(file, &mut report).and_then(|node| understand(&node, &mut report));
    (settings, report.into_problems())
}

fn understand(node: &Node, report: &mut Report) -> Option<Settings> {
    let mut fields = Fields::open(node, "the workspace", &KEYS, Echo::Keys, report)?;
    if let Some(version) = fields.need("version") {
        scalar::number(version, "version", 1, 1, report);
    }
    let mut settings = Settings { mailboxes: PathBuf::from("mailboxes/"), ..Settings::default() };
    if let Some(tenants) = fields.need("tenants") {
        read_tenants(tenants, &mut settings, report);
    }
    if let Some(policies) = fields.take("policies") {
        for policy in scalar::list(policies, "policies", report).unwrap_or_default() {
            if let Some((path, at)) = scalar::path(policy, "policies", report) {
                settings.policies.push((path, report.place(at)));
            }
        }
    }
    if let Some((path, _)) = fields.take("mailboxes").and_then(|node| scalar::path(node, "mailboxes", report)) {
        settings.mailboxes = path;
    }
    fields.close(report);
    Some(settings)
}

fn read_tenants(node: &Node, settings: &mut Settings, report: &mut Report) {
    let Value::Mapping(entries) = &node.value else {
        let message = format!("`tenants` has to be a set of keys, one for each tenant, not {}", node.value.what());
        report.say(node.at, message);
        return;
    };
    if entries.is_empty() {
        report.say(node.at, "there is no tenant");
    }
    let mut names: BTreeMap<&str, Spot> = BTreeMap::new();
    let mut domains: BTreeMap<String, Place> = BTreeMap::new();
    for (key, value) in entries {
        let Some(name) = tenant_name(key, report) else { continue };
        if let Some(first) = names.get(name) {
            let message = format!("the tenant `{name}` is there twice; the first is in line {}", first.line);
            report.say_with(key.at, message, Some("remove one of them or give it another name".to_owned()));
        } else {
            names.insert(name, key.at);
        }
        let read = tenant::read(TenantName(name.to_owned()), key.at, value, &mut domains, report);
        match read.config {
            Some(config) => {
                settings.tenants.entry(config.name.clone()).or_insert(config);
            }
            None => settings.unread_domains.extend(read.domains),
        }
    }
}

/// The name of a tenant, which stands in messages, in plans and on the command line.
fn tenant_name<'n>(key: &'n Node, report: &mut Report) -> Option<&'n str> {
    let name = scalar::text(key, "the name of a tenant", report)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.is_empty()
        && name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(allowed)
    {
        return Some(name);
    }
    report.say_with(
        key.at,
        format!("`{}` cannot be the name of a tenant", printable(name)),
        Some(
            "use up to 64 letters without accents, digits, `-`, `_` and `.`, and begin with a letter or digit"
                .to_owned(),
        ),
    );
    None
}
