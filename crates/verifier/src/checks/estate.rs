//! What the tenants have beyond the manifest.

use std::collections::BTreeSet;

use tripod_model::{Address, Kind, WantedMailbox};
use tripod_tenant::{Form, Observed, ObservedMailbox, Principal};

use crate::audit::Audit;
use crate::finding::{CheckId, Evidence, Finding, Remedy, UnknownCheck};

/// Every shared mailbox and collaborative inbox that no manifest names.
pub(crate) fn estate(wanted: &[WantedMailbox], audit: &Audit) -> (Vec<Finding>, Vec<UnknownCheck>) {
    let named: BTreeSet<&Address> = wanted.iter().map(|mailbox| &mailbox.address).collect();
    let (mut findings, mut unknown) = (Vec::new(), Vec::new());
    for (tenant, estate) in &audit.estate {
        match estate {
            Observed::Present(mailboxes) => {
                let strange = mailboxes.iter().filter(|mailbox| {
                    !named.contains(&mailbox.address) && !mailbox.aliases.iter().any(|alias| named.contains(alias))
                });
                for mailbox in strange {
                    let Some(kind) = kind(&mailbox.form) else { continue };
                    let mut finding = Finding {
                        check: CheckId::UnmanagedMailbox,
                        rule: None,
                        severity: CheckId::UnmanagedMailbox.severity(),
                        tenant: tenant.clone(),
                        mailbox: mailbox.address.clone(),
                        subject: None,
                        message: format!("{} is {} that no manifest names", mailbox.address, words(kind)),
                        evidence: evidence(mailbox),
                        remedy: Remedy::say(
                            "write it into the manifest, so that its people are looked after, or delete it",
                        )
                        .run("tripod import"),
                        place: audit.place(tenant),
                    };
                    finding.remedy.patch = Some(entry(mailbox, kind));
                    findings.push(finding);
                }
            }
            // A tenant always has a list; one that is not there was not read.
            Observed::Absent => {}
            Observed::Unknown(reason) => unknown.push(UnknownCheck {
                check: Some(CheckId::UnmanagedMailbox),
                rule: None,
                tenant: tenant.clone(),
                mailbox: None,
                what: "which service mailboxes the tenant has".to_owned(),
                reason: reason.reason.clone(),
                kind: reason.kind,
            }),
        }
    }
    (findings, unknown)
}

fn kind(form: &Form) -> Option<Kind> {
    match form {
        Form::SharedMailbox | Form::UnmarkedAccount => Some(Kind::SharedMailbox),
        Form::GroupInbox => Some(Kind::GroupInbox),
        Form::Deleted(_) | Form::Other(_) => None,
    }
}

fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::SharedMailbox => "a shared mailbox",
        Kind::GroupInbox => "a group inbox",
    }
}

fn evidence(mailbox: &ObservedMailbox) -> Vec<Evidence> {
    let mut evidence = vec![Evidence::new("name", &mailbox.name)];
    match &mailbox.delegates {
        Observed::Present(delegates) => {
            evidence.push(Evidence::new("with access", delegates.len()));
            evidence.extend(delegates.iter().map(|delegate| Evidence::new("has access", delegate.who.label())));
        }
        Observed::Absent => {}
        Observed::Unknown(unknown) => evidence.push(Evidence::new("who has access is unknown", &unknown.reason)),
    }
    evidence
}

/// An entry for the manifest, as far as it can be written. `tripod check` says what is left to do.
fn entry(mailbox: &ObservedMailbox, kind: Kind) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut text = format!(
        "- address: {}\n  name: {}\n  purpose: \"\" # what it is for\n  kind: {}\n",
        mailbox.address,
        quoted(&mailbox.name),
        kind.word()
    );
    if mailbox.form == Form::UnmarkedAccount {
        text.push_str("  adopt: true\n");
    }
    text.push_str("  delegates:\n");
    for delegate in mailbox.delegates.present().into_iter().flatten() {
        if let Principal::Account { address, .. } = &delegate.who {
            text.push_str("    - ");
            text.push_str(address.as_str());
            text.push('\n');
        }
    }
    text
}
