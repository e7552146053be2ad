//! One tenant in `tripod.yaml`.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::credentials;
use super::fields::{Echo, Fields};
use super::node::{Node, Spot};
use super::report::{Report, printable};
use super::scalar;
use crate::address::is_domain;
use crate::place::Place;
use crate::tenant::{GoogleConfig, MicrosoftConfig, Provider, ProviderConfig, TenantConfig, TenantName};
use crate::zone::time_zone;

const KEYS: [&str; 10] = [
    "provider",
    "domains",
    "customer",
    "admin",
    "mailbox-unit",
    "security-scope",
    "tenant-id",
    "credentials",
    "read-credentials",
    "time-zone",
];
const GOOGLE_ONLY: [&str; 4] = ["customer", "admin", "mailbox-unit", "security-scope"];
const MICROSOFT_ONLY: [&str; 1] = ["tenant-id"];

/// What could be read of a tenant.
pub(super) struct Read {
    /// The tenant, if everything that is needed for reaching it is there.
    pub(super) config: Option<TenantConfig>,
    /// Its domains, as far as they can be read.
    pub(super) domains: Vec<String>,
}

/// Reads a tenant. `taken` holds the domains of the tenants before it, and takes up this one's.
pub(super) fn read(
    name: TenantName,
    name_at: Spot,
    node: &Node,
    taken: &mut BTreeMap<String, Place>,
    report: &mut Report,
) -> Read {
    let Some(mut fields) = Fields::open(node, format!("the tenant `{name}`"), &KEYS, Echo::Keys, report) else {
        return Read { config: None, domains: Vec::new() };
    };
    let domains = fields.need("domains").map(|domains| read_domains(domains, taken, report)).unwrap_or_default();
    let words = [("google-workspace", Provider::GoogleWorkspace), ("microsoft-365", Provider::Microsoft365)];
    let provider = fields
        .need("provider")
        .and_then(|provider| scalar::word(provider, "provider", &words, report))
        .and_then(|provider| match provider {
            Provider::GoogleWorkspace => google(&mut fields, &domains, report).map(ProviderConfig::GoogleWorkspace),
            Provider::Microsoft365 => microsoft(&mut fields, report).map(ProviderConfig::Microsoft365),
        });
    let zone = fields.take("time-zone").and_then(|node| zone(node, report)).unwrap_or(TimeZone::UTC);
    let config = provider.map(|provider| TenantConfig {
        name,
        domains: domains.clone(),
        provider,
        zone,
        place: report.place(name_at),
    });
    fields.close(report);
    Read { config, domains }
}

/// A time zone by its name in the IANA database.
fn zone(node: &Node, report: &mut Report) -> Option<TimeZone> {
    let text = scalar::text(node, "time-zone", report)?;
    let zone = time_zone(text);
    if zone.is_none() {
        let help = "write a name of the IANA database, such as `Europe/Oslo` or `UTC`".to_owned();
        report.say_with(node.at, format!("`{}` is not a time zone", printable(text)), Some(help));
    }
    zone
}

fn read_domains(node: &Node, taken: &mut BTreeMap<String, Place>, report: &mut Report) -> Vec<String> {
    let mut domains = Vec::new();
    let Some(items) = scalar::list(node, "domains", report) else { return domains };
    if items.is_empty() {
        report.say(node.at, "`domains` is empty, and a tenant has at least one");
    }
    for item in items {
        let Some(text) = scalar::text(item, "domains", report) else { continue };
        let domain = text.to_ascii_lowercase();
        if !is_domain(&domain) {
            let help = "write it as example.com; letters with accents as their xn-- form".to_owned();
            report.say_with(item.at, format!("`{}` is not a domain", printable(text)), Some(help));
        } else if let Some(first) = taken.get(&domain) {
            report.say(item.at, format!("the domain `{domain}` is there twice; the first is at {first}"));
        } else {
            taken.insert(domain.clone(), report.place(item.at));
            domains.push(domain);
        }
    }
    domains
}

fn google(fields: &mut Fields<'_>, domains: &[String], report: &mut Report) -> Option<GoogleConfig> {
    refuse(fields, &MICROSOFT_ONLY, Provider::Microsoft365, report);
    let customer = fields.need("customer").and_then(|node| customer(node, report));
    let admin = fields.need("admin").and_then(|node| {
        let admin = scalar::address(node, "admin", report)?;
        if !domains.is_empty() && !domains.iter().any(|domain| domain == admin.domain()) {
            report.say(node.at, format!("the administrator `{admin}` is in none of the tenant's domains"));
        }
        Some(admin)
    });
    let unit = fields.take("mailbox-unit").map_or_else(|| Some("/".to_owned()), |node| unit(node, report));
    let security = fields.take("security-scope").and_then(|node| scalar::truth(node, "security-scope", report));
    let credentials = fields.need("credentials").and_then(|node| credentials::google(node, report));
    let read_credentials = fields.take("read-credentials").map(|node| credentials::google(node, report));
    Some(GoogleConfig {
        customer: customer?,
        admin: admin?,
        mailbox_unit: unit?,
        security_scope: security.unwrap_or_default(),
        credentials: credentials?,
        read_credentials: all_or_nothing(read_credentials)?,
    })
}

fn microsoft(fields: &mut Fields<'_>, report: &mut Report) -> Option<MicrosoftConfig> {
    refuse(fields, &GOOGLE_ONLY, Provider::GoogleWorkspace, report);
    let tenant_id = fields.need("tenant-id").and_then(|node| scalar::guid(node, "tenant-id", report));
    let credentials = fields.need("credentials").and_then(|node| credentials::microsoft(node, report));
    let read_credentials = fields.take("read-credentials").map(|node| credentials::microsoft(node, report));
    Some(MicrosoftConfig {
        tenant_id: tenant_id?,
        credentials: credentials?,
        read_credentials: all_or_nothing(read_credentials)?,
    })
}

/// What may be left out, but must be sound where it is there: without this, a run that should only read would fall
/// back to the identity that writes.
#[expect(clippy::option_option, reason = "left out, there but unsound, and there are three different things")]
fn all_or_nothing<T>(value: Option<Option<T>>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(None) => None,
        Some(Some(value)) => Some(Some(value)),
    }
}

/// Reports the keys that only tenants of the other provider have.
fn refuse(fields: &Fields<'_>, keys: &[&str], provider: Provider, report: &mut Report) {
    for key in keys {
        if let Some(at) = fields.key_at(key) {
            report.say(at, format!("`{key}` is only for tenants of {provider}"));
        }
    }
}

/// A customer id as Google's Directory API gives it.
fn customer(node: &Node, report: &mut Report) -> Option<String> {
    let text = scalar::text(node, "customer", report)?;
    let sound = text
        .strip_prefix('C')
        .is_some_and(|rest| (4..=32).contains(&rest.len()) && rest.chars().all(|c| c.is_ascii_alphanumeric()));
    if !sound {
        let help = "it looks like C01234567 and stands in the Admin console under Account, Account settings";
        report.say_with(node.at, format!("`{}` is not a customer id", printable(text)), Some(help.to_owned()));
    }
    sound.then(|| text.to_owned())
}

/// The path of an organisational unit.
fn unit(node: &Node, report: &mut Report) -> Option<String> {
    let path = scalar::sentence(node, "mailbox-unit", 1024, report)?;
    let sound = path == "/" || (path.starts_with('/') && path.split('/').skip(1).all(|part| !part.trim().is_empty()));
    if !sound {
        let help = "write it from the top, such as `/Service mailboxes`, without a slash at the end";
        let message = format!("`{}` is not the path of an organisational unit", printable(&path));
        report.say_with(node.at, message, Some(help.to_owned()));
    }
    sound.then_some(path)
}
