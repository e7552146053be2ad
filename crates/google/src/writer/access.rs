//! Giving people access and taking it away: Gmail delegates of an account, owners of a group.

use std::sync::atomic::{AtomicBool, Ordering};

use tripod_model::Kind;
use tripod_tenant::{Acceptance, Done, ErrorKind, Grant, MailboxRef, Principal, Revoke, TenantError};

use super::ready::wait_until_ready;
use super::settle::{CHANGE_BUDGET, may_lag, settle, until_seen};
use crate::call::Caller;
use crate::error::{beside, is_without_mail};
use crate::member_rules::MemberRules;
use crate::policies::DelegationSwitch;

/// Gives access to one mailbox, one person after the other, and tells each when the mailbox shows it.
pub(super) async fn grant(
    caller: &Caller,
    switch: &DelegationSwitch,
    rules: &MemberRules,
    grants: Vec<(usize, &Grant)>,
    done: &Done<'_, ()>,
) {
    for (index, grant) in grants {
        let outcome = match grant.mailbox.kind {
            Kind::SharedMailbox => delegate(caller, switch, grant).await,
            Kind::GroupInbox => match own(caller, grant).await {
                Err(error) => Err(by_rule(caller, rules, &grant.mailbox, error).await),
                given => given,
            },
        };
        done(index, outcome.map(Into::into));
    }
}

async fn delegate(caller: &Caller, switch: &DelegationSwitch, grant: &Grant) -> Result<(), TenantError> {
    let (mailbox, person) = (&grant.mailbox.address, &grant.person.address);
    let what = format!("make {person} a delegate of {mailbox}");
    let clock = caller.clock.as_ref();
    let give = || async {
        match caller.create_delegate(mailbox, person).await {
            Ok(_) => Ok(()),
            // There already. What was rejected or has expired does not come back by itself, and what waits for the
            // delegate to accept it may wait for ever; one that is made anew is in force at once.
            Err(error) if error.kind == ErrorKind::Conflict => {
                let there = caller.delegate(mailbox, person).await.map_err(|read| unread(error, read))?;
                match there.acceptance() {
                    Some(Acceptance::Accepted) => Ok(()),
                    None => {
                        let message = "Google does not tell whether the delegate has accepted";
                        Err(TenantError::new(ErrorKind::Invalid, &what, message))
                    }
                    Some(Acceptance::Pending | Acceptance::Refused) => {
                        caller.delete_delegate(mailbox, person.as_str()).await?;
                        caller.create_delegate(mailbox, person).await.map(drop)
                    }
                }
            }
            Err(error) => Err(error),
        }
    };
    let mut made = settle(clock, CHANGE_BUDGET, &what, may_lag, give).await;
    if made.as_ref().is_err_and(is_without_mail) {
        // The mailbox is one whose making was cut short: nobody has waited for it yet.
        made = match wait_until_ready(caller, &grant.mailbox).await {
            Ok(()) => settle(clock, CHANGE_BUDGET, &what, may_lag, give).await,
            not_ready => not_ready,
        };
    }
    if let Err(error) = made {
        return Err(why_refused(caller, switch, grant, error).await);
    }
    until_seen(clock, &what, may_lag, || async {
        let delegates = caller.delegates(mailbox).await?;
        Ok(delegates.iter().any(|delegate| delegate.is(person) && delegate.acceptance() == Some(Acceptance::Accepted)))
    })
    .await
}

/// The error of a refused delegate, with the switch behind it where that can be found out.
///
/// Mail delegation has to be on for the units of both sides (facts sheet, Google 1.2). How Gmail refuses a delegate
/// where it is off is not known, so every refusal that is not about a scope is looked into. Reading the policies is
/// optional; where it is not allowed, the refusal stays as Gmail worded it.
async fn why_refused(caller: &Caller, switch: &DelegationSwitch, grant: &Grant, error: TenantError) -> TenantError {
    let is_refusal = matches!(error.kind, ErrorKind::Invalid | ErrorKind::Denied) && error.permission.is_none();
    if !is_refusal {
        return error;
    }
    let mailbox = (&grant.mailbox.id.0, &grant.mailbox.address);
    let person = (&grant.person.id.0, &grant.person.address);
    for (id, address) in [mailbox, person] {
        let Ok(user) = caller.user(id).await else { continue };
        if let (Ok(false), Some(unit)) = (switch.is_on(caller, &user).await, &user.org_unit_path) {
            let message = format!(
                "mail delegation is off for the organisational unit {unit} of {address}; turn it on for {unit} in the \
                 Admin console under Gmail > User settings > Mail delegation (Gmail said: {})",
                error.message
            );
            return TenantError { kind: ErrorKind::SetUp, message, ..error };
        }
    }
    error
}

/// The error of a refused change of members, with the rule that the members come from, if they do.
///
/// How Google refuses it there is in no source that was found, so every refusal that is not about a scope is looked
/// into. Finding the rules is optional; where it is not allowed, the refusal says what else may be behind it.
async fn by_rule(caller: &Caller, rules: &MemberRules, mailbox: &MailboxRef, error: TenantError) -> TenantError {
    let is_refusal = matches!(error.kind, ErrorKind::Invalid | ErrorKind::Denied | ErrorKind::Conflict);
    if !is_refusal || error.permission.is_some() {
        return error;
    }
    let group = &mailbox.address;
    match rules.of(caller, &mailbox.id.0).await {
        Ok(Some(rule)) => {
            let message = format!(
                "the members of {group} come from a rule, so that none can be added or removed one by one; change the \
                 rule, or use a group without one (the rule: {rule}; Google said: {})",
                error.message
            );
            TenantError { kind: ErrorKind::SetUp, message, ..error }
        }
        Ok(None) => error,
        Err(unread) => {
            let message = format!(
                "{}; Google also refuses it where the members come from a rule (a dynamic group), and whether those of \
                 {group} do could not be found out: {}",
                error.message, unread.message
            );
            TenantError { message, ..error }
        }
    }
}

async fn own(caller: &Caller, grant: &Grant) -> Result<(), TenantError> {
    let (group, person) = (&grant.mailbox.id.0, &grant.person.address);
    let what = format!("make {person} an owner of {}", grant.mailbox.address);
    let clock = caller.clock.as_ref();
    let is_pending = AtomicBool::new(false);
    let give = || async {
        is_pending.store(false, Ordering::Relaxed);
        match caller.insert_owner(group, person, what.clone()).await {
            // A member already, or a membership that is queued (facts sheet, Google 3.3).
            Err(error) if error.kind == ErrorKind::Conflict => {
                let member = caller.member(group, person.as_str(), what.clone()).await;
                is_pending
                    .store(member.as_ref().is_err_and(|error| error.kind == ErrorKind::Missing), Ordering::Relaxed);
                if member.map_err(|read| unread(error, read))?.is_owner() == Some(true) {
                    Ok(())
                } else {
                    caller.make_owner(group, person.as_str(), what.clone()).await
                }
            }
            outcome => outcome,
        }
    };
    let mut made = settle(clock, CHANGE_BUDGET, &what, may_lag, give).await;
    if made.is_err() && is_pending.load(Ordering::Relaxed) {
        // A membership that is taken and yet not there is one that was never finished; it has to be made anew (facts
        // sheet, Google 8).
        gone_is_fine(caller.delete_member(group, person.as_str(), what.clone()).await)?;
        made = settle(clock, CHANGE_BUDGET, &what, may_lag, give).await;
    }
    made?;
    until_seen(clock, &what, may_lag, || async {
        caller.member(group, person.as_str(), what.clone()).await.map(|member| member.is_owner() == Some(true))
    })
    .await
}

/// Ends access to one mailbox, one after the other, and tells each when the mailbox no longer shows it.
pub(super) async fn revoke(caller: &Caller, rules: &MemberRules, revokes: Vec<(usize, &Revoke)>, done: &Done<'_, ()>) {
    for (index, revoke) in revokes {
        let outcome = match revoke.mailbox.kind {
            Kind::SharedMailbox => end_delegation(caller, &revoke.mailbox, &revoke.who).await,
            Kind::GroupInbox => match end_membership(caller, &revoke.mailbox, &revoke.who).await {
                Err(error) => Err(by_rule(caller, rules, &revoke.mailbox, error).await),
                ended => ended,
            },
        };
        done(index, outcome.map(Into::into));
    }
}

async fn end_delegation(caller: &Caller, mailbox: &MailboxRef, who: &Principal) -> Result<(), TenantError> {
    let (address, who) = (&mailbox.address, who.label());
    let said = gone_is_fine(caller.delete_delegate(address, who).await)?;
    let what = format!("remove delegate {who} of {address}");
    let gone = until_seen(
        caller.clock.as_ref(),
        &what,
        |_| false,
        || async {
            match caller.delegates(address).await {
                Ok(delegates) => {
                    Ok(!delegates.iter().any(|delegate| delegate.delegate_email.eq_ignore_ascii_case(who)))
                }
                // The mailbox itself is gone, and every access with it.
                Err(error) if error.kind == ErrorKind::Missing => Ok(true),
                Err(error) => Err(error),
            }
        },
    )
    .await;
    still_there(gone, said)
}

async fn end_membership(caller: &Caller, mailbox: &MailboxRef, who: &Principal) -> Result<(), TenantError> {
    let (group, who) = (&mailbox.id.0, who.label());
    let what = format!("remove {who} from {}", mailbox.address);
    let said = gone_is_fine(caller.delete_member(group, who, what.clone()).await)?;
    let gone = until_seen(
        caller.clock.as_ref(),
        &what,
        |_| false,
        || async {
            match caller.member(group, who, what.clone()).await {
                Ok(_) => Ok(false),
                Err(error) if error.kind == ErrorKind::Missing => Ok(true),
                Err(error) => Err(error),
            }
        },
    )
    .await;
    still_there(gone, said)
}

/// What is gone need not be removed, and a 409 says that the removal is queued (facts sheet, Google 3.3); that it is
/// gone is read back in any case. Gives what Google said, for the case that it is there all the same.
fn gone_is_fine(outcome: Result<(), TenantError>) -> Result<Option<TenantError>, TenantError> {
    match outcome {
        Ok(()) => Ok(None),
        Err(error) if may_lag(&error) => Ok(Some(error)),
        Err(error) => Err(error),
    }
}

/// What reading back gave, with what the removal said beside it where that was no plain yes.
fn still_there(gone: Result<(), TenantError>, said: Option<TenantError>) -> Result<(), TenantError> {
    match (gone, said) {
        (Err(read), Some(write)) => Err(beside(write, &read)),
        (gone, _) => gone,
    }
}

/// The conflict that a write met, where what is there could not be read either. A reading that may still come right
/// stays what it is, so that it is asked again.
fn unread(write: TenantError, read: TenantError) -> TenantError {
    if may_lag(&read) { read } else { beside(write, &read) }
}
