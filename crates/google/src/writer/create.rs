//! Making mailboxes, taking over only what is ours, and never making one twice.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tripod_model::{Address, Kind, SignIn};
use tripod_tenant::{ErrorKind, MailboxId, NewMailbox, TenantError};

use super::password;
use super::settle::{CHANGE_BUDGET, may_lag, settle};
use crate::call::Caller;
use crate::error::beside;
use crate::wire::{ExternalId, Group, User, UserName};

/// How long an object whose reply was lost may stay unseen before it is taken as not made. Reads trail writes by «a
/// minute or more» (facts sheet, Google 3.4).
const READ_BACK_BUDGET: Duration = Duration::from_secs(150);
/// How often a create is sent in all when its replies are lost and nothing is found afterwards.
const CREATES: usize = 3;

/// Makes one mailbox and gives its id.
pub(super) async fn create(caller: &Caller, new: &NewMailbox) -> Result<MailboxId, TenantError> {
    let what = operation(new);
    if new.kind == Kind::SharedMailbox && new.sign_in == SignIn::Allowed && new.first_password.is_none() {
        let message = "an account that can sign in needs a first password, or nobody could be handed it";
        return Err(TenantError::new(ErrorKind::Invalid, what, message));
    }
    let is_missing = |error: &TenantError| error.kind == ErrorKind::Missing;
    // What is new is also refused for a while as if the role were too small (facts sheet, Google 3.3).
    let may_be_new =
        |error: &TenantError| is_missing(error) || (error.kind == ErrorKind::Denied && error.permission.is_none());
    let mut sent = new.attempted_before;
    let mut last = None;
    for _ in 0..CREATES {
        let error = match insert(caller, new).await {
            Ok(id) => return Ok(id),
            Err(error) => error,
        };
        let taken = error.kind == ErrorKind::Conflict;
        if !taken && error.not_done {
            return Err(error);
        }
        // The reply was lost; what is found now may well be what was sent.
        sent |= !taken;
        // «Already exists» may come while a read still finds nothing (facts sheet, Google 3.4).
        let find = || take_over(caller, new, sent);
        match settle(caller.clock.as_ref(), READ_BACK_BUDGET, &what, may_be_new, find).await {
            // A taken address that nothing is seen under stays a conflict; another create would end the same way.
            Err(missing) if is_missing(&missing) && taken => return Err(error),
            Err(missing) if is_missing(&missing) => last = Some(error),
            // Whose the address is has been found out.
            Err(verdict) if verdict.kind == ErrorKind::Conflict => return Err(verdict),
            Err(unread) => return Err(beside(error, &unread)),
            Ok(id) => return Ok(id),
        }
    }
    Err(last.unwrap_or_else(|| TenantError::new(ErrorKind::Unavailable, what, "the replies were lost")))
}

fn operation(new: &NewMailbox) -> String {
    format!("create {}", new.address)
}

fn conflict(new: &NewMailbox, message: impl Into<String>) -> TenantError {
    TenantError::new(ErrorKind::Conflict, operation(new), message)
}

async fn insert(caller: &Caller, new: &NewMailbox) -> Result<MailboxId, TenantError> {
    match new.kind {
        Kind::SharedMailbox => {
            let body = account(new, &caller.tenant.mailbox_unit);
            caller.insert_user(body, operation(new)).await.map(|user| MailboxId(user.id))
        }
        Kind::GroupInbox => {
            let body = json!({ "email": new.address, "name": new.name, "description": new.purpose });
            caller.insert_group(body, operation(new)).await.map(|group| MailboxId(group.id))
        }
    }
}

/// An account as it is made. What this gives goes to Google and nowhere else, because the password is in it.
fn account(new: &NewMailbox, unit: &str) -> Value {
    let password = new.first_password.clone().unwrap_or_else(password::unknown_to_all);
    json!({
        "primaryEmail": new.address,
        "name": UserName::of(&new.name),
        "password": password.expose_secret(),
        // Otherwise delegation does not work (facts sheet, Google 1.2).
        "changePasswordAtNextLogin": false,
        "orgUnitPath": unit,
        "includeInGlobalAddressList": false,
        "externalIds": [ExternalId::marker()],
    })
}

/// What holds the address, if it is what we would have made: `Conflict` with the reason if it is not, `Missing` if
/// nothing is seen. `sent` says that an earlier create of ours may have been carried out.
async fn take_over(caller: &Caller, new: &NewMailbox, sent: bool) -> Result<MailboxId, TenantError> {
    let address = new.address.as_str();
    let user = match caller.user(address).await {
        Err(error) if error.kind == ErrorKind::Missing => None,
        found => Some(found?),
    };
    match (user, new.kind) {
        (Some(user), Kind::SharedMailbox) => {
            let id = take_over_account(caller, new, sent, user)?;
            // An earlier attempt of ours may have given it another password than the one that is handed out now.
            if let Some(password) = new.first_password.as_ref().filter(|_| sent) {
                give(caller, &id, password, &operation(new)).await?;
            }
            Ok(id)
        }
        (Some(user), Kind::GroupInbox) => {
            Err(conflict(new, format!("the address belongs to account {}", user.primary_email)))
        }
        (None, kind) => {
            let group = caller.group(address).await?;
            if kind == Kind::SharedMailbox {
                return Err(conflict(new, format!("the address belongs to group {}", group.email)));
            }
            take_over_group(new, sent, group)
        }
    }
}

/// Gives an account a password. A new one answers with 412 for a while (facts sheet, Google 3.4).
async fn give(caller: &Caller, id: &MailboxId, password: &SecretString, what: &str) -> Result<(), TenantError> {
    settle(caller.clock.as_ref(), CHANGE_BUDGET, what, may_lag, || async {
        let body = json!({ "password": password.expose_secret(), "changePasswordAtNextLogin": false });
        caller.update_user(&id.0, body, what.to_owned()).await.map(drop)
    })
    .await
}

fn take_over_account(caller: &Caller, new: &NewMailbox, sent: bool, user: User) -> Result<MailboxId, TenantError> {
    if !is_primary(&user.primary_email, &new.address) {
        return Err(conflict(new, format!("the address is an alias of {}", user.primary_email)));
    }
    let unit = user.org_unit_path.as_deref().unwrap_or_default();
    let alike = unit.eq_ignore_ascii_case(&caller.tenant.mailbox_unit) && user.name.shown() == new.name.trim();
    if user.is_marked() || (sent && alike) {
        Ok(MailboxId(user.id))
    } else {
        Err(conflict(new, "the address belongs to an account that does not carry Tripod's marker"))
    }
}

fn take_over_group(new: &NewMailbox, sent: bool, group: Group) -> Result<MailboxId, TenantError> {
    if !is_primary(&group.email, &new.address) {
        return Err(conflict(new, format!("the address is an alias of group {}", group.email)));
    }
    // A group carries no marker; only an earlier attempt of ours tells that it is ours.
    if sent {
        Ok(MailboxId(group.id))
    } else {
        Err(conflict(new, "the address belongs to a group that Tripod did not make"))
    }
}

fn is_primary(primary: &str, address: &Address) -> bool {
    primary.eq_ignore_ascii_case(address.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(first_password: Option<&str>) -> NewMailbox {
        NewMailbox {
            address: "backups@example.com".parse().unwrap(),
            name: "Backups".to_owned(),
            purpose: "Owns our account at a provider".to_owned(),
            kind: Kind::SharedMailbox,
            sign_in: SignIn::Allowed,
            first_password: first_password.map(SecretString::from),
            first_owner: None,
            attempted_before: false,
        }
    }

    #[test]
    fn the_first_password_is_the_one_that_was_given() {
        let body = account(&new(Some("correct horse battery")), "/Service mailboxes");
        assert_eq!(body["password"], "correct horse battery");
    }

    #[test]
    fn without_a_first_password_each_account_gets_another_one() {
        let [one, other] = [account(&new(None), "/"), account(&new(None), "/")].map(|body| body["password"].clone());
        assert_ne!(one, other);
        assert!(one.as_str().is_some_and(|password| password.len() >= 60));
    }

    #[test]
    fn a_mailbox_that_is_printed_does_not_show_its_first_password() {
        assert!(!format!("{:?}", new(Some("correct horse battery"))).contains("horse"));
    }
}
