//! What is known of mailboxes beyond access and settings.

use tripod_model::{Address, Kind};
use tripod_tenant::{ErrorKind, MailboxFacts, MailboxRef, Observed, TenantError, Unknown};

use super::facts;
use crate::call::Caller;
use crate::gmail::{AutoForwarding, Filter, ForwardingAddress};
use crate::policies::DelegationSwitch;
use crate::reader::side_by_side;
use crate::wire::MAILBOX_FACTS;

/// The facts of each of these mailboxes, asked for by id.
pub(super) async fn facts(caller: &Caller, mailboxes: &[MailboxRef]) -> Vec<MailboxFacts> {
    let switch = DelegationSwitch::default();
    let looks = mailboxes.iter().map(|mailbox| of(caller, &switch, mailbox)).collect();
    side_by_side(looks).await
}

async fn of(caller: &Caller, switch: &DelegationSwitch, mailbox: &MailboxRef) -> MailboxFacts {
    match mailbox.kind {
        Kind::SharedMailbox => Box::pin(account(caller, switch, mailbox)).await,
        Kind::GroupInbox => of_a_group(),
    }
}

async fn account(caller: &Caller, switch: &DelegationSwitch, mailbox: &MailboxRef) -> MailboxFacts {
    let user = caller.user_facts(&mailbox.id.0, MAILBOX_FACTS, format!("read {}", mailbox.address)).await;
    let (forwarding, inbox_rules, delegation_allowed, app_passwords) = futures::join!(
        forwarding(caller, &mailbox.address),
        inbox_rules(caller, &mailbox.address),
        switch.allows(caller, &user),
        app_passwords(caller, mailbox)
    );
    MailboxFacts {
        last_sign_in: facts::fact(&user, facts::last_sign_in),
        second_factor: facts::fact(&user, facts::second_factor),
        forwarding,
        inbox_rules,
        recovery: facts::fact(&user, facts::recovery),
        app_passwords,
        size: not_readable("how much a mailbox holds cannot be read with the scopes that are asked for"),
        size_limit: not_readable("how much a mailbox may hold cannot be read with the scopes that are asked for"),
        delegation_allowed,
    }
}

/// A group has no account of its own that could sign in, be recovered, forward, filter or have its mail delegated
/// (facts sheet, Google 1); what it passes on goes to its members, who are looked at as such.
fn of_a_group() -> MailboxFacts {
    MailboxFacts {
        last_sign_in: Observed::Absent,
        second_factor: Observed::Absent,
        forwarding: Observed::Absent,
        inbox_rules: Observed::Absent,
        recovery: Observed::Absent,
        app_passwords: Observed::Absent,
        size: Observed::Absent,
        size_limit: Observed::Absent,
        delegation_allowed: Observed::Absent,
    }
}

fn not_readable<T>(reason: &str) -> Observed<T> {
    Observed::Unknown(Unknown { kind: ErrorKind::Denied, reason: reason.to_owned() })
}

/// How many application passwords the mailbox's own account has. No scope that only reads lists them, so they are
/// asked for only where `tripod.yaml` says so.
async fn app_passwords(caller: &Caller, mailbox: &MailboxRef) -> Observed<usize> {
    if !caller.tenant.security_scope {
        return not_readable(
            "application passwords can only be listed with the scope admin.directory.user.security, which can also \
             change accounts, so it is asked for only with `security-scope: true` in tripod.yaml; else look in the \
             Admin console under Directory > Users > Security",
        );
    }
    match caller.app_passwords(&mailbox.id.0, format!("list the application passwords of {}", mailbox.address)).await {
        Ok(count) => Observed::Present(count),
        Err(error) => Observed::Unknown(error.into()),
    }
}

/// Where mail goes. «Missing» says here that the token was refused for the mailbox, never that nothing is forwarded.
async fn forwarding(caller: &Caller, mailbox: &Address) -> Observed<Vec<String>> {
    let (automatic, addresses) = futures::join!(caller.auto_forwarding(mailbox), caller.forwarding_addresses(mailbox));
    let targets = automatic.and_then(|automatic| targets(mailbox, automatic, addresses?));
    match targets {
        Ok(targets) => Observed::Present(targets),
        Err(error) => Observed::Unknown(error.into()),
    }
}

/// Where filters send mail, each target once.
async fn inbox_rules(caller: &Caller, mailbox: &Address) -> Observed<Vec<String>> {
    match caller.filters(mailbox).await {
        Ok(filters) => Observed::Present(each_once(filters.into_iter().filter_map(Filter::target).collect())),
        Err(error) => Observed::Unknown(error.into()),
    }
}

fn each_once(mut targets: Vec<String>) -> Vec<String> {
    targets.sort_by_key(|target| target.to_ascii_lowercase());
    targets.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
    targets
}

fn targets(
    mailbox: &Address,
    automatic: AutoForwarding,
    addresses: Vec<ForwardingAddress>,
) -> Result<Vec<String>, TenantError> {
    let unclear =
        |message: &str| Err(TenantError::new(ErrorKind::Invalid, format!("read the forwarding of {mailbox}"), message));
    let everything = match (automatic.enabled, automatic.email_address.filter(|address| !address.is_empty())) {
        (None, _) => return unclear("Google does not say whether it is on"),
        (Some(false), _) => None,
        (Some(true), Some(address)) => Some(address),
        (Some(true), None) => return unclear("Google says that it is on, but not where to"),
    };
    let confirmed = addresses.into_iter().filter(|address| !address.is_pending()).map(|one| one.forwarding_email);
    Ok(each_once(everything.into_iter().chain(confirmed).collect()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn forwarded(automatic: Value, addresses: Value) -> Result<Vec<String>, ErrorKind> {
        let automatic = serde_json::from_value(automatic).unwrap();
        let addresses = serde_json::from_value(addresses).unwrap();
        targets(&"backups@example.com".parse().unwrap(), automatic, addresses).map_err(|error| error.kind)
    }

    #[test]
    fn confirmed_addresses_count_even_while_not_everything_is_forwarded() {
        let addresses = json!([
            { "forwardingEmail": "out@elsewhere.example", "verificationStatus": "accepted" },
            { "forwardingEmail": "later@elsewhere.example", "verificationStatus": "pending" },
        ]);
        assert_eq!(forwarded(json!({ "enabled": false }), addresses), Ok(vec!["out@elsewhere.example".to_owned()]));
        assert_eq!(
            forwarded(json!({ "enabled": false, "emailAddress": "old@elsewhere.example" }), json!([])),
            Ok(vec![])
        );
    }

    #[test]
    fn a_target_is_named_once_however_it_is_spelt() {
        let automatic = json!({ "enabled": true, "emailAddress": "Out@elsewhere.example", "disposition": "archive" });
        let addresses = json!([{ "forwardingEmail": "out@elsewhere.example", "verificationStatus": "accepted" }]);
        assert_eq!(forwarded(automatic, addresses).unwrap().len(), 1);
    }

    #[test]
    fn forwarding_without_a_target_is_not_taken_as_none() {
        for unclear in [json!({ "enabled": true }), json!({ "enabled": true, "emailAddress": "" }), json!({})] {
            assert_eq!(forwarded(unclear, json!([])), Err(ErrorKind::Invalid));
        }
    }
}
