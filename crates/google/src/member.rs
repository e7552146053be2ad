//! Members of groups, spelt as in Google's discovery documents.

use serde::Deserialize;
use tripod_model::Address;

use crate::wire::filled_or_none;

/// The fields of [`Member`] that are asked for.
pub(crate) const MEMBER_FIELDS: &str = "id,email,role,type";

/// Somebody or something in a group.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Member {
    #[serde(default, deserialize_with = "filled_or_none")]
    pub(crate) id: Option<String>,
    #[serde(default, deserialize_with = "filled_or_none")]
    pub(crate) email: Option<String>,
    #[serde(default, deserialize_with = "filled_or_none")]
    pub(crate) role: Option<String>,
    #[serde(rename = "type", default, deserialize_with = "filled_or_none")]
    kind: Option<String>,
}

/// What a member of a group is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MemberKind {
    /// An account of the customer's.
    Account(Address),
    /// Somebody from outside, by address only.
    Outsider(Address),
    /// Another group.
    Group(Address),
    /// Everybody in the organisation; has no address.
    Everybody,
    /// No person, with what it is.
    Other(String),
    /// What it is cannot be told, with the reason.
    Unclear(String),
}

impl Member {
    /// Whether the member is an owner; nothing if Google does not say.
    pub(crate) fn is_owner(&self) -> Option<bool> {
        self.role.as_deref().map(|role| role == OWNER)
    }

    /// What the member is, by its type (Directory API, `members`: `USER`, `GROUP`, `CUSTOMER`, `EXTERNAL`; Cloud
    /// Identity, `Membership.type`, has service accounts, devices and agents besides). A type that is not known is
    /// never taken for a person.
    pub(crate) fn what(&self) -> MemberKind {
        let Some(kind) = self.kind.as_deref() else {
            return MemberKind::Unclear("Google does not tell of what type the member is".to_owned());
        };
        if kind == "CUSTOMER" {
            return MemberKind::Everybody;
        }
        if let Some((_, what)) = NO_PEOPLE.iter().find(|(known, _)| *known == kind) {
            return MemberKind::Other((*what).to_owned());
        }
        let make = match kind {
            "USER" => MemberKind::Account,
            "EXTERNAL" => MemberKind::Outsider,
            "GROUP" => MemberKind::Group,
            _ => return MemberKind::Unclear(format!("a member of the type {kind} is not known to this version")),
        };
        match self.email.as_deref().map(str::parse) {
            Some(Ok(address)) => make(address),
            Some(Err(error)) => MemberKind::Unclear(format!("the address of the member cannot be used: {error}")),
            None => MemberKind::Unclear("Google shows no address of the member".to_owned()),
        }
    }

    /// Whether it has an address, and one that nobody can name in a manifest.
    pub(crate) fn has_unusable_address(&self) -> bool {
        self.email.as_deref().is_some_and(|email| email.parse::<Address>().is_err())
    }

    /// What the list shows of it: what Google takes to name the member by.
    pub(crate) fn shown(&self) -> String {
        self.email.clone().or_else(|| self.id.clone()).unwrap_or_else(|| "an entry without a name".to_owned())
    }
}

/// The types of members behind which nobody stands, with what they are.
const NO_PEOPLE: [(&str, &str); 8] = [
    ("SERVICE_ACCOUNT", "a service account"),
    ("SHARED_DRIVE", "a shared drive"),
    ("CBCM_BROWSER", "a managed browser"),
    ("CHROME_OS_DEVICE", "a device"),
    ("PERSONAL_AGENT", "an agent"),
    ("COWORKER_AGENT", "an agent"),
    ("AGENT", "an agent"),
    ("DEVICE", "a device"),
];

/// The role that lets somebody act for a group.
pub(crate) const OWNER: &str = "OWNER";

/// A page of members.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Members {
    #[serde(default)]
    pub(crate) members: Vec<Member>,
    pub(crate) next_page_token: Option<String>,
}

/// Whether something is in a group.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Membership {
    pub(crate) is_member: bool,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn member(more: &serde_json::Value) -> MemberKind {
        serde_json::from_value::<Member>(more.clone()).unwrap().what()
    }

    #[test]
    fn a_member_is_what_its_type_says_and_an_unknown_type_is_nobody() {
        let ana: Address = "ana@example.com".parse().unwrap();
        let of = |kind: &str| member(&json!({ "id": "1", "email": "ana@example.com", "type": kind }));
        assert_eq!(of("USER"), MemberKind::Account(ana.clone()));
        assert_eq!(of("EXTERNAL"), MemberKind::Outsider(ana.clone()));
        assert_eq!(of("GROUP"), MemberKind::Group(ana));
        assert_eq!(of("CUSTOMER"), MemberKind::Everybody);
        for kind in ["SERVICE_ACCOUNT", "CHROME_OS_DEVICE", "PERSONAL_AGENT", "COWORKER_AGENT"] {
            assert!(matches!(of(kind), MemberKind::Other(_)), "{kind}");
        }
        for unclear in [
            json!({ "id": "1", "email": "ana@example.com" }),
            json!({ "id": "1", "email": "ana@example.com", "type": "HOLOGRAM" }),
            json!({ "id": "1", "type": "USER" }),
            json!({ "id": "1", "email": "no address", "type": "EXTERNAL" }),
        ] {
            assert!(matches!(member(&unclear), MemberKind::Unclear(_)), "{unclear}");
        }
    }
}
