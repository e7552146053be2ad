//! The two access lists of a mailbox, with what is no delegation left out.

use std::collections::BTreeMap;

use tripod_tenant::{Rights, TenantError};

use super::mailbox::Right;
use super::{Cmdlet, Exchange, Row};
use crate::config::Guid;

/// Somebody on an access list, as the list shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// What the list shows: mostly a sign-in name, but also a display name, `DOMAIN\Group` or a bare SID.
    pub(crate) shown: String,
    /// The rights on this entry.
    pub(crate) rights: Rights,
    /// What the list does not tell of it, without which nobody knows what it gives.
    pub(crate) untold: Option<&'static str>,
}

impl Entry {
    /// Whether it is all that is left of somebody who was deleted.
    pub(crate) fn is_bare_sid(&self) -> bool {
        is_sid(&self.shown)
    }
}

fn is_sid(text: &str) -> bool {
    let rest = text.get(..4).filter(|start| start.eq_ignore_ascii_case("S-1-")).map(|_| &text[4..]);
    rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit() || c == '-'))
}

impl Exchange {
    /// Who has Full Access or Send As on a mailbox, merged by what the lists show.
    pub(crate) async fn access(&self, id: &Guid, operation: &str) -> Result<Vec<Entry>, TenantError> {
        let list = |name| Cmdlet::new(name, operation).with("Identity", id.as_str()).with("ResultSize", "Unlimited");
        let (reading, sending) = (list("Get-MailboxPermission"), list("Get-RecipientPermission"));
        let (reading, sending) = futures::try_join!(self.rows(&reading), self.rows(&sending))?;
        Ok(merge(&reading, &sending))
    }
}

fn merge(reading: &[Row], sending: &[Row]) -> Vec<Entry> {
    let mut merged: BTreeMap<String, Entry> = BTreeMap::new();
    let reading = reading.iter().filter_map(|row| delegation(row, Right::FullAccess));
    let sending = sending.iter().filter_map(|row| delegation(row, Right::SendAs));
    let all: Vec<_> = reading.chain(sending).collect();
    // Whom a right is denied has it not, also where another entry gives it.
    let is_denied = |shown: &str, right| {
        let mut denied = all.iter().filter(|(_, what, says)| *what == right && *says == Says::Denied);
        denied.any(|(who, _, _)| who.eq_ignore_ascii_case(shown))
    };
    for (shown, right, says) in &all {
        let entry = || Entry { shown: shown.clone(), ..Entry::default() };
        match says {
            Says::Untold(what) => {
                merged.entry(shown.to_ascii_lowercase()).or_insert_with(entry).untold = Some(what);
            }
            Says::Given if !is_denied(shown, *right) => {
                let entry = merged.entry(shown.to_ascii_lowercase()).or_insert_with(entry);
                match right {
                    Right::FullAccess => entry.rights.read = true,
                    Right::SendAs => entry.rights.act = true,
                }
            }
            Says::Given | Says::Denied => {}
        }
    }
    merged.into_values().collect()
}

/// What a row says of the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Given,
    Denied,
    /// It leaves this out, so that nobody knows.
    Untold(&'static str),
}

/// Whom a row gives the right, or whether it denies it to them, unless it is inherited, about something else or the
/// system's own (facts sheet, Microsoft 2, FullAccess and SendAs). What a row leaves out is not taken for an answer.
fn delegation(row: &Row, right: Right) -> Option<(String, Right, Says)> {
    let (who, sid, with_address, word, old) = match right {
        Right::FullAccess => ("User", "UserSid", "PrimarySmtpAddress", "FullAccess", None),
        // Older serialisations write the only right there is as its number.
        Right::SendAs => ("Trustee", "TrusteeSidString", "TrusteeWithPrimarySmtpAddress", "SendAs", Some("1")),
    };
    // Each list says in its own way whether a right is given or denied.
    let control = row.text("AccessControlType").map(|kind| kind.eq_ignore_ascii_case("Deny"));
    let denies = row.switch("Deny").or(control);
    let words = row.words("AccessRights");
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
    let gives = words.iter().any(|given| given.eq_ignore_ascii_case(word) || Some(*given) == old);
    let inherited = row.switch("IsInherited");
    if (!words.is_empty() && !gives) || inherited == Some(true) {
        return None;
    }
    // Who is shown by nothing but an identifier is somebody all the same, and so is who is shown by nothing.
    let shown = row.text(who).or_else(|| row.text(sid)).unwrap_or_default();
    if is_built_in(shown) || row.text(sid) == Some("S-1-5-10") {
        return None;
    }
    let says = match (words.is_empty(), inherited, denies) {
        _ if shown.is_empty() => Says::Untold("whose it is"),
        (true, _, _) => Says::Untold("what it gives"),
        (_, None, _) => Says::Untold("whether it is inherited"),
        (_, _, None) => Says::Untold("whether it gives the right or denies it"),
        (_, _, Some(true)) => Says::Denied,
        (_, _, Some(false)) => Says::Given,
    };
    // A list may show a display name and the address beside it; the address says more.
    let address =
        row.text(with_address).filter(|address| address.contains('@') && !shown.contains('@') && !is_sid(shown));
    Some((address.unwrap_or(shown).to_owned(), right, says))
}

fn is_built_in(shown: &str) -> bool {
    let shown = shown.to_ascii_lowercase();
    // S-1-5-21-… are accounts of a domain; the shorter well-known ones are the system's.
    let well_known = is_sid(&shown) && shown.starts_with("s-1-5-") && !shown.starts_with("s-1-5-21-");
    well_known || shown.starts_with("nt authority\\") || shown.ends_with("discovery management")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn rows(rows: &Value) -> Vec<Row> {
        rows.as_array().unwrap().iter().cloned().filter_map(Row::read).collect()
    }

    #[test]
    fn only_delegations_stay() {
        let reading = rows(&json!([
            {"User": "rob@contoso.com", "AccessRights": ["FullAccess"], "IsInherited": false, "Deny": false, "UserSid": "S-1-5-21-1"},
            {"User": "NT AUTHORITY\\SELF", "AccessRights": ["FullAccess", "ReadPermission"], "IsInherited": false, "Deny": false},
            {"User": "SELF", "AccessRights": ["FullAccess"], "UserSid": "S-1-5-10", "IsInherited": false, "Deny": false},
            {"User": "admins@contoso.com", "AccessRights": ["FullAccess"], "IsInherited": true, "Deny": false},
            {"User": "not@contoso.com", "AccessRights": ["FullAccess"], "IsInherited": false, "Deny": true},
            {"User": "neither@contoso.com", "AccessRights": ["FullAccess"], "IsInherited": false, "Deny": {"IsPresent": true}},
            {"User": "half@contoso.com", "AccessRights": ["ReadPermission"], "IsInherited": false, "Deny": false},
            {"User": "PRD\\Discovery Management", "AccessRights": ["FullAccess"], "IsInherited": false, "Deny": false},
            {"User": "S-1-5-21-77-88-99-1001", "AccessRights": ["FullAccess"], "IsInherited": false, "Deny": {"IsPresent": false}},
        ]));
        let sending = rows(&json!([
            {"Trustee": "ROB@contoso.com", "AccessControlType": "Allow", "AccessRights": ["SendAs"], "IsInherited": false},
            {"Trustee": "old@contoso.com", "AccessControlType": "Allow", "AccessRights": [1], "IsInherited": false},
            {"Trustee": "denied@contoso.com", "AccessControlType": "Deny", "AccessRights": ["SendAs"], "IsInherited": false},
            {"Trustee": "NT AUTHORITY\\SELF", "AccessControlType": "Allow", "AccessRights": ["SendAs"], "IsInherited": false},
        ]));
        let entry =
            |shown: &str, read, act| Entry { shown: shown.to_owned(), rights: Rights { read, act }, untold: None };
        let expected = [
            entry("old@contoso.com", false, true),
            entry("rob@contoso.com", true, true),
            entry("S-1-5-21-77-88-99-1001", true, false),
        ];
        assert_eq!(merge(&reading, &sending), expected);
        assert!(expected[2].is_bare_sid() && !expected[1].is_bare_sid());
    }

    #[test]
    fn a_right_that_is_denied_beside_being_given_is_not_there() {
        let reading = rows(&json!([
            {"User": "rob@contoso.com", "AccessRights": ["FullAccess"], "IsInherited": false, "Deny": false},
            {"User": "ROB@contoso.com", "AccessRights": ["FullAccess"], "IsInherited": false, "Deny": true},
            {"User": "ann@contoso.com", "AccessRights": ["FullAccess"], "IsInherited": false, "Deny": false},
            // What is inherited gives way to what stands on the mailbox itself.
            {"User": "ann@contoso.com", "AccessRights": ["FullAccess"], "IsInherited": true, "Deny": true},
        ]));
        let sending = rows(&json!([
            {"Trustee": "rob@contoso.com", "AccessRights": ["SendAs"], "IsInherited": false, "AccessControlType": "Allow"},
        ]));
        let merged = merge(&reading, &sending);
        let rights: Vec<_> = merged.iter().map(|entry| (entry.shown.as_str(), entry.rights)).collect();
        let wanted = [
            ("ann@contoso.com", Rights { read: true, act: false }),
            ("rob@contoso.com", Rights { read: false, act: true }),
        ];
        assert_eq!(rights, wanted);
    }

    #[test]
    fn an_entry_that_shows_nothing_but_an_identifier_is_not_lost() {
        let reading = rows(&json!([
            {"User": "", "UserSid": "S-1-5-21-77-88-99-1001", "AccessRights": ["FullAccess"], "IsInherited": false, "Deny": false},
            {"User": null, "UserSid": "S-1-5-10", "AccessRights": ["FullAccess"], "IsInherited": false, "Deny": false},
        ]));
        let sending = rows(&json!([{"TrusteeSidString": "S-1-5-21-77-88-99-1001", "AccessRights": ["SendAs"],
            "IsInherited": false, "AccessControlType": "Allow"}]));
        let merged = merge(&reading, &sending);
        assert_eq!(merged.len(), 1);
        assert!(merged[0].is_bare_sid() && merged[0].rights.is_full());
    }

    #[test]
    fn what_a_row_leaves_out_neither_gives_a_right_nor_hides_whose_it_is() {
        let whole =
            json!({"User": "rob@contoso.com", "AccessRights": ["FullAccess"], "IsInherited": false, "Deny": false});
        for field in ["User", "AccessRights", "IsInherited", "Deny"] {
            let mut less = whole.clone();
            less.as_object_mut().unwrap().remove(field);
            let merged = merge(&rows(&json!([less])), &[]);
            assert_eq!(merged.len(), 1, "{field}");
            assert!(merged[0].untold.is_some() && merged[0].rights == Rights::default(), "{field}: {merged:?}");
        }
        assert_eq!(merge(&rows(&json!([whole])), &[])[0].untold, None);
    }

    #[test]
    fn an_address_beside_a_display_name_is_taken() {
        let reading = rows(&json!([{"User": "Rob Young", "PrimarySmtpAddress": "rob@contoso.com",
                "AccessRights": "FullAccess, ReadPermission", "IsInherited": false, "Deny": false}]));
        assert_eq!(merge(&reading, &[])[0].shown, "rob@contoso.com");
    }
}
