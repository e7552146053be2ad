//! The two access lists of a mailbox, with what is no delegation left out.

use tripod_tenant::{ErrorKind, Rights, TenantError};

use super::mailbox::Right;
use super::{Cmdlet, Exchange, Row};
use crate::config::Guid;

/// Somebody on an access list, as the list shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// What the list shows: mostly a sign-in name, but also a display name, `DOMAIN\Group` or a bare SID.
    pub(crate) shown: String,
    /// The security identifier beside it. It decides where it stands, because two people may have one name.
    pub(crate) sid: Option<String>,
    /// The rights on this entry.
    pub(crate) rights: Rights,
    /// What the list does not tell of it, without which nobody knows what it gives.
    pub(crate) untold: Option<&'static str>,
}

impl Entry {
    /// Whether the list shows nothing but an identifier.
    pub(crate) fn is_bare_sid(&self) -> bool {
        is_sid(&self.shown)
    }

    /// Whether it stands for everybody in the organisation, or for everybody at all.
    pub(crate) fn is_everybody(&self) -> bool {
        match self.sid.as_deref().or_else(|| is_sid(&self.shown).then_some(self.shown.as_str())) {
            Some(sid) => is_everybodys(sid),
            None => EVERYBODY.iter().any(|word| self.shown.eq_ignore_ascii_case(word)),
        }
    }

    /// What a cmdlet that takes the right away is to be given: a name that is not unique would be refused.
    pub(crate) fn identity(&self) -> &str {
        if self.shown.contains('@') { &self.shown } else { self.sid.as_deref().unwrap_or(&self.shown) }
    }

    /// Whether another row is about the same holder.
    fn is_of(&self, shown: &str, sid: Option<&str>) -> bool {
        match (&self.sid, sid) {
            (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
            _ => self.shown.eq_ignore_ascii_case(shown),
        }
    }
}

/// Words for everybody, where no security identifier says more.
const EVERYBODY: [&str; 6] = [
    "Default",
    "Anonymous",
    "Everyone",
    "NT AUTHORITY\\Authenticated Users",
    "NT AUTHORITY\\ANONYMOUS LOGON",
    "All Users",
];

/// Everyone, anonymous, who has signed in; and a domain's own users and guests (Microsoft, well-known SIDs).
fn is_everybodys(sid: &str) -> bool {
    let of_domain = is_of_domain(sid) && ["-513", "-514"].iter().any(|end| sid.ends_with(end));
    ["S-1-1-0", "S-1-5-7", "S-1-5-11"].iter().any(|known| sid.eq_ignore_ascii_case(known)) || of_domain
}

/// Whether it is a domain's account; the shorter ones are well known.
pub(crate) fn is_of_domain(sid: &str) -> bool {
    sid.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("S-1-5-21-"))
}

fn is_sid(text: &str) -> bool {
    let rest = text.get(..4).filter(|start| start.eq_ignore_ascii_case("S-1-")).map(|_| &text[4..]);
    rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit() || c == '-'))
}

impl Exchange {
    /// Who has Full Access or Send As on a mailbox. Entries that nothing stands behind any more are asked for by name,
    /// because the list leaves them out otherwise.
    pub(crate) async fn access(&self, id: &Guid, operation: &str) -> Result<Vec<Entry>, TenantError> {
        let list = |name| Cmdlet::new(name, operation).with("Identity", id.as_str()).with("ResultSize", "Unlimited");
        let reading = list("Get-MailboxPermission")
            .with("IncludeUnresolvedPermissions", true)
            .with("IncludeSoftDeletedUserPermissions", true);
        let sending = list("Get-RecipientPermission");
        let (reading, sending) = futures::try_join!(self.rows(&reading), self.rows(&sending))?;
        of_one_mailbox(&reading, operation)?;
        of_one_mailbox(&sending, operation)?;
        Ok(merge(&reading, &sending))
    }

    /// Whether an entry of a mailbox belongs to this recipient: the list, narrowed to the recipient, shows the entry's
    /// security identifier again.
    pub(crate) async fn belongs(
        &self,
        mailbox: &Guid,
        entry: &Entry,
        recipient: &str,
        operation: &str,
    ) -> Result<bool, TenantError> {
        let (name, who, column) = if entry.rights.read {
            ("Get-MailboxPermission", "User", "UserSid")
        } else {
            ("Get-RecipientPermission", "Trustee", "TrusteeSidString")
        };
        let cmdlet = Cmdlet::new(name, operation).with("Identity", mailbox.as_str()).with(who, recipient);
        let rows = self.rows(&cmdlet).await?;
        let is_it = |row: &Row| match (row.text(column), entry.sid.as_deref()) {
            (Some(shown), Some(sid)) => shown.eq_ignore_ascii_case(sid),
            _ => false,
        };
        Ok(rows.iter().any(is_it))
    }
}

/// A cmdlet may answer with every object there is where the one that was asked for is not there (Microsoft's cmdlet
/// reference, 2025-12).
fn of_one_mailbox(rows: &[Row], operation: &str) -> Result<(), TenantError> {
    let mut mailboxes = rows.iter().filter_map(|row| row.text("Identity"));
    let Some(first) = mailboxes.next() else { return Ok(()) };
    if mailboxes.all(|other| other.eq_ignore_ascii_case(first)) {
        return Ok(());
    }
    let message = "Exchange Online answered with the entries of several mailboxes in place of one";
    Err(TenantError::new(ErrorKind::Invalid, operation, message))
}

/// What a row says of a right.
struct Delegation {
    shown: String,
    sid: Option<String>,
    right: Right,
    says: Says,
}

fn merge(reading: &[Row], sending: &[Row]) -> Vec<Entry> {
    let reading = reading.iter().filter_map(|row| delegation(row, Right::FullAccess));
    let sending = sending.iter().filter_map(|row| delegation(row, Right::SendAs));
    let all: Vec<Delegation> = reading.chain(sending).collect();
    let mut merged: Vec<Entry> = Vec::new();
    for row in &all {
        let blank = Entry { shown: row.shown.clone(), sid: row.sid.clone(), ..Entry::default() };
        // Whom a right is denied has it not, also where another entry gives it.
        let denies = |other: &Delegation| other.says == Says::Denied && other.right == row.right;
        let is_denied = all.iter().any(|other| denies(other) && blank.is_of(&other.shown, other.sid.as_deref()));
        if row.says == Says::Denied || (row.says == Says::Given && is_denied) {
            continue;
        }
        let place = merged.iter().position(|entry| entry.is_of(&row.shown, row.sid.as_deref()));
        let place = place.unwrap_or_else(|| {
            merged.push(blank);
            merged.len() - 1
        });
        let Some(entry) = merged.get_mut(place) else { continue };
        match (row.says, row.right) {
            (Says::Untold(what), _) => entry.untold = Some(what),
            (_, Right::FullAccess) => entry.rights.read = true,
            (_, Right::SendAs) => entry.rights.act = true,
        }
    }
    merged.sort_by_key(|entry| entry.shown.to_ascii_lowercase());
    merged
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
fn delegation(row: &Row, right: Right) -> Option<Delegation> {
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
    let sid = row.text(sid).filter(|sid| is_sid(sid));
    // Who is shown by nothing but an identifier is somebody all the same, and so is who is shown by nothing.
    let shown = row.text(who).or(sid).unwrap_or_default();
    if is_built_in(shown, sid) {
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
    let shown = address.unwrap_or(shown).to_owned();
    Some(Delegation { shown, sid: sid.map(str::to_owned), right, says })
}

/// Whether it is the system's own. The identifier decides, because anybody can be given such a name.
fn is_built_in(shown: &str, sid: Option<&str>) -> bool {
    if let Some(sid) = sid.or_else(|| is_sid(shown).then_some(shown)) {
        let is_systems = sid.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("S-1-5-"));
        return is_systems && !is_of_domain(sid) && !is_everybodys(sid);
    }
    let is_systems = shown.get(..13).is_some_and(|start| start.eq_ignore_ascii_case("nt authority\\"));
    is_systems && !EVERYBODY.iter().any(|word| shown.eq_ignore_ascii_case(word))
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
            {"User": "NT AUTHORITY\\SELF", "UserSid": "S-1-5-21-9-9-9-2000", "AccessRights": ["FullAccess"], "IsInherited": false, "Deny": false},
            {"User": "S-1-5-21-77-88-99-1001", "AccessRights": ["FullAccess"], "IsInherited": false, "Deny": {"IsPresent": false}},
        ]));
        let sending = rows(&json!([
            {"Trustee": "ROB@contoso.com", "AccessControlType": "Allow", "AccessRights": ["SendAs"], "IsInherited": false},
            {"Trustee": "old@contoso.com", "AccessControlType": "Allow", "AccessRights": [1], "IsInherited": false},
            {"Trustee": "denied@contoso.com", "AccessControlType": "Deny", "AccessRights": ["SendAs"], "IsInherited": false},
            {"Trustee": "NT AUTHORITY\\SELF", "AccessControlType": "Allow", "AccessRights": ["SendAs"], "IsInherited": false},
        ]));
        let merged = merge(&reading, &sending);
        let seen: Vec<_> = merged.iter().map(|e| (e.shown.as_str(), e.rights.read, e.rights.act)).collect();
        let expected = [
            // Only called so: the identifier is a person's.
            ("NT AUTHORITY\\SELF", true, false),
            ("old@contoso.com", false, true),
            ("rob@contoso.com", true, true),
            ("S-1-5-21-77-88-99-1001", true, false),
        ];
        assert_eq!(seen, expected);
        assert!(merged[3].is_bare_sid() && !merged[2].is_bare_sid());
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

    #[test]
    fn one_name_with_two_identifiers_is_two_holders() {
        let reading = rows(&json!([
            {"User": "Ana Berg", "UserSid": "S-1-5-21-1-1-1-1001", "AccessRights": ["FullAccess"], "IsInherited": false, "Deny": false},
            {"User": "Ana Berg", "UserSid": "S-1-5-21-1-1-1-1002", "AccessRights": ["FullAccess"], "IsInherited": false, "Deny": false},
        ]));
        let sending = rows(&json!([
            {"Trustee": "Ana Berg", "TrusteeSidString": "S-1-5-21-1-1-1-1002", "AccessRights": ["SendAs"], "IsInherited": false, "AccessControlType": "Allow"}]));
        let rights: Vec<_> = merge(&reading, &sending).iter().map(|entry| entry.rights).collect();
        assert_eq!(rights, [Rights { read: true, act: false }, Rights::FULL]);
    }

    #[test]
    fn everybody_is_no_built_in_account_and_a_name_alone_makes_nobody_everybody() {
        let reading = rows(&json!([
            {"User": "Default", "UserSid": "", "AccessRights": ["FullAccess"], "IsInherited": false, "Deny": false},
            {"User": "NT AUTHORITY\\Authenticated Users", "UserSid": "S-1-5-11", "AccessRights": ["FullAccess"], "IsInherited": false, "Deny": false},
            {"User": "PRD\\Domain Users", "UserSid": "S-1-5-21-1-1-1-513", "AccessRights": ["FullAccess"], "IsInherited": false, "Deny": false},
            {"User": "Anonymous", "UserSid": "S-1-5-21-1-1-1-1001", "AccessRights": ["FullAccess"], "IsInherited": false, "Deny": false},
        ]));
        let everybody: Vec<_> = merge(&reading, &[]).iter().map(|e| (e.shown.clone(), e.is_everybody())).collect();
        let expected = [
            ("Anonymous", false),
            ("Default", true),
            ("NT AUTHORITY\\Authenticated Users", true),
            ("PRD\\Domain Users", true),
        ];
        assert_eq!(everybody, expected.map(|(shown, is)| (shown.to_owned(), is)));
    }

    #[test]
    fn rows_of_several_mailboxes_are_not_taken_for_one() {
        let answer = rows(&json!([{"Identity": "a", "User": "x@a.test"}, {"Identity": "b", "User": "x@a.test"}]));
        assert!(of_one_mailbox(&answer, "x").is_err());
        assert!(of_one_mailbox(&answer[..1], "x").is_ok());
    }
}
