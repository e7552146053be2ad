//! The states that Google can put an account or a group into.

use std::collections::BTreeMap;

use tripod_tenant::{ErrorKind, MailboxState, Observed, TenantError, Unknown};

use crate::group_settings::GroupSettings;
use crate::wire::User;

/// The states of the account behind a mailbox, each by the field of the Directory API that tells it. A field that is
/// not shown leaves the state unknown.
pub(super) fn of_account(user: &User) -> BTreeMap<MailboxState, Observed<String>> {
    let suspension = user.suspension_reason.as_deref().map(|reason| format!("Google gives as the reason: {reason}"));
    let no_mailbox = "it has no licence with Gmail, or Google has not set its mailbox up yet".to_owned();
    let told = [
        (MailboxState::Suspended, "suspended", user.suspended, suspension.unwrap_or_default()),
        (MailboxState::Archived, "archived", user.archived, String::new()),
        (MailboxState::WithoutMailbox, "isMailboxSetup", user.is_mailbox_setup.map(|is_set_up| !is_set_up), no_mailbox),
        (
            MailboxState::Hidden,
            "includeInGlobalAddressList",
            user.include_in_global_address_list.map(|is_shown| !is_shown),
            String::new(),
        ),
    ];
    let state = |(state, field, holds, detail)| (state, seen(holds, detail, &user.primary_email, field));
    told.into_iter().map(state).collect()
}

/// The states of a group: by its settings, and by the rule that its members come from, if there is one.
pub(super) fn of_group(
    settings: &Result<GroupSettings, TenantError>,
    rule: Result<Option<String>, TenantError>,
) -> BTreeMap<MailboxState, Observed<String>> {
    let hidden = match settings {
        Ok(settings) => seen(settings.is_hidden(), String::new(), "the group", "includeInGlobalAddressList"),
        Err(error) => Observed::Unknown(error.clone().into()),
    };
    let by_rule = match rule {
        Ok(Some(rule)) => Observed::Present(rule),
        Ok(None) => Observed::Absent,
        Err(error) => Observed::Unknown(error.into()),
    };
    BTreeMap::from([(MailboxState::Hidden, hidden), (MailboxState::MembersByRule, by_rule)])
}

/// A state that holds, does not hold, or is not told.
fn seen(holds: Option<bool>, detail: String, address: &str, field: &str) -> Observed<String> {
    match holds {
        Some(true) => Observed::Present(detail),
        Some(false) => Observed::Absent,
        None => {
            let reason = format!("Google does not tell of {address}: {field}");
            Observed::Unknown(Unknown { kind: ErrorKind::Invalid, reason })
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn states(more: &Value) -> BTreeMap<MailboxState, Observed<String>> {
        let mut body = json!({ "id": "1", "primaryEmail": "backups@example.com" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        of_account(&serde_json::from_value(body).unwrap())
    }

    #[test]
    fn a_state_whose_field_is_not_shown_is_unknown_and_not_absent() {
        let all = json!({
            "suspended": false, "archived": false, "isMailboxSetup": true, "includeInGlobalAddressList": true,
        });
        assert!(states(&all).values().all(|state| *state == Observed::Absent));
        for (field, state) in [
            ("suspended", MailboxState::Suspended),
            ("archived", MailboxState::Archived),
            ("isMailboxSetup", MailboxState::WithoutMailbox),
            ("includeInGlobalAddressList", MailboxState::Hidden),
        ] {
            let mut less = all.clone();
            less.as_object_mut().unwrap().remove(field);
            assert!(matches!(states(&less)[&state], Observed::Unknown(_)), "{field}");
        }
    }

    #[test]
    fn the_reason_of_a_suspension_is_told() {
        let states = states(&json!({ "suspended": true, "suspensionReason": "ABUSE" }));
        let Observed::Present(detail) = &states[&MailboxState::Suspended] else { panic!("{states:?}") };
        assert!(detail.contains("ABUSE"), "{detail}");
    }
}
