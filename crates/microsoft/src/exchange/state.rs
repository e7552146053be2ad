//! The states and restrictions of a mailbox. What Exchange leaves out of its answer is unknown, never a default.

use tripod_tenant::{ErrorKind, MailboxState, Observed, TenantError, Unknown};

use super::Row;
use super::mailbox::Recipient;

/// How much a mailbox may hold without a licence (facts sheet, Microsoft 5).
const WITHOUT_LICENCE: u64 = 50 * 1024 * 1024 * 1024;

fn not_shown(what: &str) -> Unknown {
    Unknown { kind: ErrorKind::Invalid, reason: format!("Exchange Online does not show {what} of the mailbox") }
}

/// `Present` with words if the switch is on, `Absent` if it is off.
fn switch(row: &Row, name: &str, words: &str) -> Observed<String> {
    match row.switch(name) {
        Some(true) => Observed::Present(words.to_owned()),
        Some(false) => Observed::Absent,
        None => Observed::Unknown(not_shown(name)),
    }
}

/// The first that is so; else the first that is unknown; else absent.
fn any(observed: impl IntoIterator<Item = Observed<String>>) -> Observed<String> {
    observed.into_iter().fold(Observed::Absent, |sum, next| match (&sum, &next) {
        (Observed::Present(_), _) | (Observed::Unknown(_), Observed::Absent | Observed::Unknown(_)) => sum,
        _ => next,
    })
}

impl Recipient {
    /// Whether the mailbox is in a state, except whether it lacks a licence.
    pub(crate) fn state(&self, state: MailboxState) -> Observed<String> {
        let row = self.row();
        match state {
            MailboxState::Hidden => switch(row, "HiddenFromAddressListsEnabled", ""),
            MailboxState::OnHold => any([
                switch(row, "LitigationHoldEnabled", "a litigation hold"),
                policies(row),
                switch(row, "ComplianceTagHoldApplied", "a retention label"),
                switch(row, "DelayHoldApplied", "a hold that was taken off lately"),
            ]),
            MailboxState::Synchronised => match switch(row, "IsDirSynced", "") {
                Observed::Present(_) if row.switch("IsExchangeCloudManaged") == Some(true) => {
                    Observed::Present("what Exchange holds of it is managed here".to_owned())
                }
                other => other,
            },
            _ => Observed::Unknown(not_shown(state.words())),
        }
    }

    /// Whether it needs a licence and has none: for an archive, a litigation hold, or more than 50 GB.
    pub(crate) fn unlicensed(&self, size: &Result<u64, TenantError>) -> Observed<String> {
        let row = self.row();
        if row.switch("SKUAssigned") == Some(true) {
            return Observed::Absent;
        }
        let archive = match row.text("ArchiveStatus") {
            Some(status) if status.eq_ignore_ascii_case("None") => Observed::Absent,
            Some(_) => Observed::Present("it has an archive".to_owned()),
            None => Observed::Unknown(not_shown("ArchiveStatus")),
        };
        let full = match size {
            Ok(bytes) if *bytes > WITHOUT_LICENCE => Observed::Present("it holds more than 50 GB".to_owned()),
            Ok(_) => Observed::Absent,
            Err(error) => Observed::Unknown(error.clone().into()),
        };
        let needs = any([full, archive, switch(row, "LitigationHoldEnabled", "it is on litigation hold")]);
        match needs {
            // A licence that is not shown may be there.
            Observed::Present(_) if !row.has("SKUAssigned") => Observed::Unknown(not_shown("SKUAssigned")),
            other => other,
        }
    }

    /// Whether mail from outside gets through: of senders who have not signed in, of everybody, and without a moderator.
    pub(crate) fn accepts_outside_mail(&self) -> Result<bool, Unknown> {
        let row = self.row();
        let off = |name: &str| row.switch(name).map(|on| !on).ok_or_else(|| not_shown(name));
        let restriction = "AcceptMessagesOnlyFromSendersOrMembers";
        let parts = [
            off("RequireSenderAuthenticationEnabled"),
            off("ModerationEnabled"),
            if row.has(restriction) { Ok(row.items(restriction).is_empty()) } else { Err(not_shown(restriction)) },
        ];
        // One that is certainly in the way decides, whatever is not shown.
        if parts.iter().any(|part| matches!(part, Ok(false))) {
            return Ok(false);
        }
        parts.into_iter().collect::<Result<Vec<_>, _>>().map(|_| true)
    }

    /// Whether more than the switch for senders who have not signed in stands in the way, as far as is shown.
    pub(crate) fn is_restricted(&self) -> bool {
        let row = self.row();
        row.switch("ModerationEnabled") == Some(true) || !row.items("AcceptMessagesOnlyFromSendersOrMembers").is_empty()
    }
}

/// The policies that hold a mailbox. One that begins with a minus leaves it out.
fn policies(row: &Row) -> Observed<String> {
    if !row.has("InPlaceHolds") {
        return Observed::Unknown(not_shown("InPlaceHolds"));
    }
    let holds = row.items("InPlaceHolds").into_iter().filter(|hold| !hold.starts_with('-')).count();
    if holds > 0 { Observed::Present("a retention policy or an in-place hold".to_owned()) } else { Observed::Absent }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::exchange::mailbox::first;

    fn mailbox(more: &Value) -> Recipient {
        let mut row = json!({"HiddenFromAddressListsEnabled": false, "LitigationHoldEnabled": false, "InPlaceHolds": [],
            "ComplianceTagHoldApplied": false, "DelayHoldApplied": false, "IsDirSynced": false, "ArchiveStatus": "None",
            "RequireSenderAuthenticationEnabled": false, "ModerationEnabled": false, "SKUAssigned": null,
            "AcceptMessagesOnlyFromSendersOrMembers": []});
        for (name, value) in more.as_object().unwrap() {
            match value.as_str() {
                Some("left out") => drop(row.as_object_mut().unwrap().remove(name)),
                _ => row[name] = value.clone(),
            }
        }
        first(vec![Row::read(row).unwrap()]).unwrap()
    }

    #[test]
    fn every_hold_is_one_and_a_hold_that_is_not_shown_is_unknown() {
        let hold = |more: Value| mailbox(&more).state(MailboxState::OnHold);
        assert_eq!(hold(json!({})), Observed::Absent);
        for on in [
            json!({"LitigationHoldEnabled": true}),
            json!({"InPlaceHolds": ["mbxcdbb:1"], "DelayHoldApplied": "left out"}),
            json!({"ComplianceTagHoldApplied": true}),
            json!({"DelayHoldApplied": true}),
        ] {
            assert!(matches!(hold(on.clone()), Observed::Present(_)), "{on}");
        }
        for name in ["LitigationHoldEnabled", "InPlaceHolds", "ComplianceTagHoldApplied", "DelayHoldApplied"] {
            assert!(matches!(hold(json!({name: "left out"})), Observed::Unknown(_)), "{name}");
        }
        assert_eq!(hold(json!({"InPlaceHolds": ["-mbxcdbb"]})), Observed::Absent);
    }

    #[test]
    fn a_licence_is_needed_for_an_archive_a_hold_and_fifty_gigabytes() {
        let lacks = |more: Value, size: u64| mailbox(&more).unlicensed(&Ok(size));
        assert_eq!(lacks(json!({}), WITHOUT_LICENCE), Observed::Absent);
        assert!(matches!(lacks(json!({}), WITHOUT_LICENCE + 1), Observed::Present(_)));
        assert!(matches!(lacks(json!({"ArchiveStatus": "Active"}), 0), Observed::Present(_)));
        assert!(matches!(lacks(json!({"LitigationHoldEnabled": true}), 0), Observed::Present(_)));
        assert_eq!(
            lacks(json!({"ArchiveStatus": "Active", "SKUAssigned": true}), WITHOUT_LICENCE * 2),
            Observed::Absent
        );
        let hidden = json!({"ArchiveStatus": "Active", "SKUAssigned": "left out"});
        assert!(matches!(lacks(hidden, 0), Observed::Unknown(_)));
        let failed = Err(TenantError::new(ErrorKind::Denied, "x", "no"));
        assert!(matches!(mailbox(&json!({})).unlicensed(&failed), Observed::Unknown(_)));
    }

    #[test]
    fn mail_from_outside_is_accepted_only_where_nothing_is_in_its_way() {
        let accepts = |more: Value| mailbox(&more).accepts_outside_mail();
        assert_eq!(accepts(json!({})), Ok(true));
        assert_eq!(accepts(json!({"RequireSenderAuthenticationEnabled": true})), Ok(false));
        assert_eq!(
            accepts(json!({"ModerationEnabled": true, "RequireSenderAuthenticationEnabled": "left out"})),
            Ok(false)
        );
        assert_eq!(accepts(json!({"AcceptMessagesOnlyFromSendersOrMembers": ["boss"]})), Ok(false));
        for name in
            ["RequireSenderAuthenticationEnabled", "ModerationEnabled", "AcceptMessagesOnlyFromSendersOrMembers"]
        {
            assert!(accepts(json!({name: "left out"})).is_err(), "{name}");
        }
    }
}
