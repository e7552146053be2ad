//! One service mailbox in a file of mailboxes.

use std::collections::BTreeSet;

use super::fields::{Echo, Fields};
use super::node::{Node, Spot, Value};
use super::report::{Report, did_you_mean};
use super::{names, scalar};
use crate::QUORUM;
use crate::address::Address;
use crate::mailbox::{Companion, CredentialDelivery, Kind, SignIn, State, WantedDelegate, WantedMailbox};
use crate::suggest::closest;
use crate::tenant::{Settings, TenantConfig};

const KEYS: [&str; 12] = [
    "address",
    "name",
    "purpose",
    "kind",
    "apps",
    "delegates",
    "sign-in",
    "credential",
    "adopt",
    "state",
    "retired-on",
    "also-deletes",
];
/// `New-Mailbox -Name` takes no more (facts sheet, Microsoft 3); Google has room for as much.
const LONGEST_NAME: usize = 64;
const LONGEST_PURPOSE: usize = 500;
const LONGEST_APP: usize = 100;
const LONGEST_ARGUMENT: usize = 4096;

/// What could be read of an entry.
pub(super) struct Entry {
    /// Which file it is in.
    pub(super) file: usize,
    /// The address and where it is written.
    pub(super) address: Option<(Address, Spot)>,
    /// The delegates and where they are written.
    pub(super) delegates: Vec<(Address, Spot)>,
    /// The mailbox, if its address, tenant and kind are understood.
    pub(super) mailbox: Option<WantedMailbox>,
}

/// Reads an entry.
pub(super) fn read(node: &Node, file: usize, settings: &Settings, report: &mut Report) -> Entry {
    let mut entry = Entry { file, address: None, delegates: Vec::new(), mailbox: None };
    let Some(mut fields) = Fields::open(node, "this mailbox", &KEYS, Echo::Keys, report) else { return entry };
    entry.address = fields
        .need("address")
        .and_then(|node| scalar::address(node, "address", report).map(|address| (address, node.at)));
    let tenant = entry.address.as_ref().and_then(|(address, at)| tenant_of(address, *at, settings, report));
    let name_node = fields.need("name");
    let name = name_node.and_then(|node| scalar::sentence(node, "name", LONGEST_NAME, report));
    let purpose = fields.need("purpose").and_then(|node| scalar::sentence(node, "purpose", LONGEST_PURPOSE, report));
    let kinds = [("shared-mailbox", Kind::SharedMailbox), ("group-inbox", Kind::GroupInbox)];
    let kind = fields.need("kind").and_then(|node| scalar::word(node, "kind", &kinds, report));
    if let (Some((address, at)), Some(tenant), Some(kind)) = (&entry.address, tenant, kind) {
        names::address(address, *at, tenant.provider(), kind, report);
        if let (Some(node), Some(name)) = (name_node, &name) {
            names::name(name, node.at, tenant.provider(), kind, report);
        }
    }
    let apps = fields.take("apps").map(|node| texts(node, "apps", LONGEST_APP, report)).unwrap_or_default();
    let own = entry.address.as_ref().map(|(address, _)| address);
    let delegates =
        fields.need("delegates").map(|node| delegates(node, own, tenant, settings, report)).unwrap_or_default();
    let (sign_in, credential) = sign_in(&fields, kind, report);
    let adopt = fields.take("adopt").and_then(|node| scalar::truth(node, "adopt", report)).unwrap_or_default();
    let state = state(&fields, report);
    let also_deletes = also_deletes(&fields, &state, report);
    fields.close(report);
    entry.delegates.clone_from(&delegates);
    if let (Some((address, at)), Some(tenant), Some(kind)) = (&entry.address, tenant, kind) {
        let place = |at: Spot| report.place(at);
        entry.mailbox = Some(WantedMailbox {
            address: address.clone(),
            tenant: tenant.name.clone(),
            name: name.unwrap_or_default(),
            purpose: purpose.unwrap_or_default(),
            kind,
            apps,
            delegates: delegates
                .into_iter()
                .map(|(address, at)| WantedDelegate { address, place: place(at) })
                .collect(),
            sign_in,
            credential,
            adopt,
            state,
            also_deletes,
            zone: tenant.zone.clone(),
            place: place(*at),
        });
    }
    entry
}

/// The tenant of an address. Addresses of a tenant that has problems of its own are left alone.
fn tenant_of<'s>(address: &Address, at: Spot, settings: &'s Settings, report: &mut Report) -> Option<&'s TenantConfig> {
    let tenant = settings.tenant_of(address);
    if tenant.is_none() && !settings.unread_domains.iter().any(|domain| domain == address.domain()) {
        let domains = settings.tenants.values().flat_map(|tenant| &tenant.domains).map(String::as_str);
        let help = did_you_mean(closest(address.domain(), domains))
            .unwrap_or_else(|| "add the domain to its tenant in tripod.yaml".to_owned());
        report.say_with(at, format!("the domain of `{address}` belongs to no tenant"), Some(help));
    }
    tenant
}

/// A list of texts; those with problems are left out.
fn texts(node: &Node, key: &str, longest: usize, report: &mut Report) -> Vec<String> {
    let items = scalar::list(node, key, report).unwrap_or_default();
    items.iter().filter_map(|item| scalar::sentence(item, key, longest, report)).collect()
}

/// The delegates that are sound. Two writings of the same person count once.
fn delegates(
    node: &Node,
    own: Option<&Address>,
    tenant: Option<&TenantConfig>,
    settings: &Settings,
    report: &mut Report,
) -> Vec<(Address, Spot)> {
    let mut sound: Vec<(Address, Spot)> = Vec::new();
    let Some(items) = scalar::list(node, "delegates", report) else { return sound };
    let mut seen: Vec<(Address, Spot)> = Vec::new();
    // A delegate with a slip in it counts towards the number that is needed, so that one slip is one problem.
    let mut slips = 0;
    for item in items {
        let Some(address) = scalar::address(item, "delegates", report) else {
            slips += 1;
            continue;
        };
        if own == Some(&address) {
            report.say_with(
                item.at,
                format!("the mailbox `{address}` cannot be its own delegate"),
                Some("a delegate has to be a person".to_owned()),
            );
            continue;
        }
        if let Some((_, first)) = seen.iter().find(|(there, _)| *there == address) {
            let message = format!("the delegate `{address}` is there twice; the first is in line {}", first.line);
            report.say(item.at, message);
            continue;
        }
        seen.push((address.clone(), item.at));
        if tenant.is_none_or(|tenant| is_of(tenant, &address, item.at, settings, report)) {
            sound.push((address, item.at));
        } else {
            slips += 1;
        }
    }
    if sound.len() + slips < QUORUM {
        report.say_with(
            node.at,
            format!("{} has {}, at least {QUORUM} are needed", named(own), counted(sound.len())),
            Some(format!("name {} more", QUORUM - sound.len())),
        );
    }
    sound
}

/// Whether a delegate is of the mailbox's own organisation; both providers let nobody else in.
fn is_of(tenant: &TenantConfig, delegate: &Address, at: Spot, settings: &Settings, report: &mut Report) -> bool {
    let of = match tenant_of(delegate, at, settings, report) {
        Some(other) if other.name == tenant.name => return true,
        Some(other) => format!("the tenant `{}`", other.name),
        None if settings.unread_domains.iter().any(|domain| domain == delegate.domain()) => "another tenant".to_owned(),
        None => return false,
    };
    let help = "only people of the mailbox's own organisation can be its delegates".to_owned();
    report.say_with(at, format!("`{delegate}` belongs to {of}, the mailbox to `{}`", tenant.name), Some(help));
    false
}

fn named(own: Option<&Address>) -> String {
    own.map_or_else(|| "the mailbox".to_owned(), |address| format!("`{address}`"))
}

fn counted(delegates: usize) -> String {
    match delegates {
        0 => "no delegate".to_owned(),
        1 => "1 delegate".to_owned(),
        more => format!("{more} delegates"),
    }
}

fn sign_in(fields: &Fields<'_>, kind: Option<Kind>, report: &mut Report) -> (SignIn, Option<CredentialDelivery>) {
    let words = [("blocked", SignIn::Blocked), ("allowed", SignIn::Allowed)];
    let node = fields.take("sign-in");
    let word = node.map(|node| scalar::word(node, "sign-in", &words, report));
    let credential_node = fields.take("credential");
    let credential = credential_node.and_then(|node| delivery(node, report));
    // A word that cannot be read leaves open whether there has to be a credential.
    let Some(sign_in) = word.unwrap_or(Some(SignIn::Blocked)) else { return (SignIn::Blocked, None) };
    let at = node.map_or(fields.at(), |node| node.at);
    if sign_in == SignIn::Allowed && kind == Some(Kind::GroupInbox) {
        let help = "only a `shared-mailbox` has an account that can sign in".to_owned();
        report.say_with(at, "a `group-inbox` cannot sign in", Some(help));
    }
    if sign_in == SignIn::Allowed && credential_node.is_none() {
        let help = "add `credential: {vault: \"where people find it\", deliver: [command, argument]}`".to_owned();
        report.say_with(at, "`sign-in: allowed` needs the key `credential`", Some(help));
    }
    if sign_in == SignIn::Blocked
        && let Some(at) = fields.key_at("credential")
    {
        let help = "remove it, or write `sign-in: allowed`".to_owned();
        report.say_with(at, "`credential` is only for `sign-in: allowed`", Some(help));
    }
    (sign_in, credential)
}

fn delivery(node: &Node, report: &mut Report) -> Option<CredentialDelivery> {
    let mut fields = Fields::open(node, "`credential`", &["vault", "deliver"], Echo::Nothing, report)?;
    let vault = fields.need("vault").and_then(|node| scalar::sentence(node, "vault", LONGEST_PURPOSE, report));
    let deliver = fields.need("deliver").and_then(|node| {
        let items = scalar::list(node, "deliver", report)?;
        if items.is_empty() {
            report.say(node.at, "`deliver` is empty; the first item is the command that is given the password");
            return None;
        }
        // Every argument has to be sound: a command with one left out would be another command.
        let arguments: Vec<_> =
            items.iter().map(|item| scalar::sentence(item, "deliver", LONGEST_ARGUMENT, report)).collect();
        arguments.into_iter().collect::<Option<Vec<_>>>()
    });
    fields.close(report);
    Some(CredentialDelivery { vault: vault?, deliver: deliver? })
}

/// Whether the mailbox is to be there: `state: retired` with `retired-on`, the first day on which it may be deleted.
fn state(fields: &Fields<'_>, report: &mut Report) -> State {
    let on = fields.take("retired-on").map(|node| scalar::day(node, "retired-on", report));
    let Some(node) = fields.take("state") else {
        if let Some(at) = fields.key_at("retired-on") {
            let help = "add `state: retired`, or remove the date".to_owned();
            report.say_with(at, "`retired-on` is only for `state: retired`", Some(help));
        }
        return State::Active;
    };
    let how = "write `state: retired` and below it `retired-on: 2026-12-31`".to_owned();
    if matches!(node.value, Value::Mapping(_)) {
        report.say_with(node.at, "`state` has to be `active` or `retired`, with the date in `retired-on`", Some(how));
        return State::Active;
    }
    let words = [("active", false), ("retired", true)];
    match (scalar::word(node, "state", &words, report), on) {
        (Some(true), Some(Some(on))) => State::Retired { on },
        (Some(true), None) => {
            let message = "`state: retired` needs the key `retired-on`, the first day on which it may be deleted";
            report.say_with(node.at, message, Some(how));
            State::Active
        }
        (Some(false), Some(_)) => {
            let at = fields.key_at("retired-on").unwrap_or(node.at);
            report.say(at, "`retired-on` is only for `state: retired`");
            State::Active
        }
        _ => State::Active,
    }
}

/// What goes with a mailbox that is deleted, each named.
fn also_deletes(fields: &Fields<'_>, state: &State, report: &mut Report) -> BTreeSet<Companion> {
    let Some(node) = fields.take("also-deletes") else { return BTreeSet::new() };
    if *state == State::Active
        && let Some(at) = fields.key_at("also-deletes")
    {
        report.say(at, "`also-deletes` is only for `state: retired`");
    }
    let items = scalar::list(node, "also-deletes", report).unwrap_or_default();
    items.iter().filter_map(|item| scalar::word(item, "also-deletes", &Companion::WORDS, report)).collect()
}
