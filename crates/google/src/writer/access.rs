//! Giving people access and taking it away: Gmail delegates of an account, owners of a group.

use std::sync::atomic::{AtomicBool, Ordering};

use tripod_model::Kind;
use tripod_tenant::{Acceptance, Done, ErrorKind, Grant, MailboxRef, Principal, Revoke, TenantError};

use super::ready::wait_until_ready;
use super::settle::{CHANGE_BUDGET, may_lag, settle, until_seen};
use crate::call::Caller;
use crate::error::is_without_mail;
use crate::policies::DelegationSwitch;

/// Gives access to one mailbox, one person after the other, and tells each when the mailbox shows it.
pub(super) async fn grant(
    caller: &Caller,
    switch: &DelegationSwitch,
    grants: Vec<(usize, &Grant)>,
    done: &Done<'_, ()>,
) {
    for (index, grant) in grants {
        let outcome = match grant.mailbox.kind {
            Kind::SharedMailbox => delegate(caller, switch, grant).await,
            Kind::GroupInbox => own(caller, grant).await,
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
                match caller.delegate(mailbox, person).await?.acceptance() {
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
        let Some(unit) = user.org_unit_path else { continue };
        if let Ok(false) = switch.is_on(caller, &unit).await {
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
                if member?.is_owner() == Some(true) {
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
pub(super) async fn revoke(caller: &Caller, revokes: Vec<(usize, &Revoke)>, done: &Done<'_, ()>) {
    for (index, revoke) in revokes {
        let outcome = match revoke.mailbox.kind {
            Kind::SharedMailbox => end_delegation(caller, &revoke.mailbox, &revoke.who).await,
            Kind::GroupInbox => end_membership(caller, &revoke.mailbox, &revoke.who).await,
        };
        done(index, outcome.map(Into::into));
    }
}

async fn end_delegation(caller: &Caller, mailbox: &MailboxRef, who: &Principal) -> Result<(), TenantError> {
    let (address, who) = (&mailbox.address, who.label());
    gone_is_fine(caller.delete_delegate(address, who).await)?;
    let what = format!("remove delegate {who} of {address}");
    until_seen(
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
    .await
}

async fn end_membership(caller: &Caller, mailbox: &MailboxRef, who: &Principal) -> Result<(), TenantError> {
    let (group, who) = (&mailbox.id.0, who.label());
    let what = format!("remove {who} from {}", mailbox.address);
    gone_is_fine(caller.delete_member(group, who, what.clone()).await)?;
    until_seen(
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
    .await
}

/// What is gone need not be removed, and a 409 says that the removal is queued (facts sheet, Google 3.3); that it is
/// gone is read back in any case.
fn gone_is_fine(outcome: Result<(), TenantError>) -> Result<(), TenantError> {
    match outcome {
        Err(error) if may_lag(&error) => Ok(()),
        outcome => outcome,
    }
}
