//! The settings and states of a Microsoft 365 group.

use std::collections::BTreeMap;

use tripod_model::Address;
use tripod_tenant::{ErrorKind, MailboxState, Observed, Setting, TenantError, Unknown};

use super::mailboxes::setting_observed;
use crate::config::Guid;
use crate::connection::{Connection, Holder};
use crate::graph::group::{self, Group, Mailing};

/// Lets an app read the members of a group that hides them (Microsoft Graph, «List group members»).
const HIDDEN_MEMBERS: &str = "Member.Read.Hidden";

/// What Graph tells of one group only: whether it takes mail from outside, and whether address lists show it.
pub(super) async fn mailing(connection: &Connection, id: &Guid, address: &Address) -> Result<Mailing, TenantError> {
    let operation = format!("read whether {address} takes mail from outside");
    let value = connection.graph.call(&group::mailing(id, &operation)).await?;
    let mailing: Mailing = serde_json::from_value(value).map_err(|error| {
        TenantError::new(ErrorKind::Invalid, &operation, format!("a group was not understood ({error})"))
    })?;
    if mailing.id.eq_ignore_ascii_case(id.as_str()) {
        Ok(mailing)
    } else {
        Err(TenantError::new(ErrorKind::Invalid, operation, "the answer is about another group"))
    }
}

/// Who is in a group, unless the answer leaves them out: a reader without the permission gets an empty list of hidden
/// members, and no error.
pub(super) fn believed(group: &Group, holders: Result<Vec<Holder>, TenantError>) -> Result<Vec<Holder>, TenantError> {
    let holders = holders?;
    if group.hides_members() && holders.iter().all(|holder| !holder.delegate.rights.read) {
        let operation = format!("read who is in {}", group.mail.as_deref().unwrap_or(&group.id));
        let message = "the group hides its members, and Microsoft Graph shows none of them";
        return Err(TenantError::new(ErrorKind::Denied, operation, message).lacking(HIDDEN_MEMBERS));
    }
    Ok(holders)
}

/// The settings that a group inbox must have.
pub(super) fn settings(
    group: &Group,
    mailing: &Result<Mailing, TenantError>,
    address: &Address,
) -> BTreeMap<Setting, Observed<bool>> {
    let not_shown =
        |what: &str| TenantError::new(ErrorKind::Invalid, format!("read {address}"), format!("{what} is not shown"));
    let private = group.is_private().ok_or_else(|| not_shown("its visibility"));
    let outside = mailing.clone().and_then(|mailing| {
        mailing.allow_external_senders.ok_or_else(|| not_shown("whether it takes mail from outside"))
    });
    BTreeMap::from([
        (Setting::JoiningByInvitation, setting_observed(private)),
        (Setting::OutsideMailAccepted, setting_observed(outside)),
    ])
}

/// The states that a group can be in. What an answer leaves out is unknown.
pub(super) fn states(
    group: &Group,
    mailing: &Result<Mailing, TenantError>,
) -> BTreeMap<MailboxState, Observed<String>> {
    let untold = |name: &str| {
        let reason = format!("Microsoft Graph does not show {name}");
        Observed::Unknown(Unknown { kind: ErrorKind::Invalid, reason })
    };
    let if_told = |name: &str, state: Observed<String>| if group.untold.contains(&name) { untold(name) } else { state };
    let in_state = |is: bool, detail: String| if is { Observed::Present(detail) } else { Observed::Absent };
    let rule = group.membership_rule.clone().unwrap_or_default();
    let expires = group.expiration_date_time.map(|day| day.strftime("on %F").to_string());
    let hidden = match mailing {
        Ok(Mailing { hide_from_address_lists: Some(hidden), .. }) => in_state(*hidden, String::new()),
        Ok(_) => untold("hideFromAddressLists"),
        Err(error) => Observed::Unknown(error.clone().into()),
    };
    let team = match &group.resource_provisioning_options {
        None => untold("resourceProvisioningOptions"),
        Some(_) => in_state(group.is_team(), String::new()),
    };
    let members_hidden = match &group.visibility {
        None => untold("visibility"),
        Some(_) => in_state(group.hides_members(), String::new()),
    };
    BTreeMap::from([
        (MailboxState::Team, team),
        (MailboxState::Hidden, hidden),
        (MailboxState::MembersHidden, members_hidden),
        (MailboxState::MembersByRule, in_state(group.is_by_rule(), rule)),
        (
            MailboxState::Synchronised,
            if_told("onPremisesSyncEnabled", in_state(group.on_premises_sync_enabled == Some(true), String::new())),
        ),
        (
            MailboxState::Expires,
            if_told("expirationDateTime", in_state(expires.is_some(), expires.unwrap_or_default())),
        ),
    ])
}
