//! Google's resources, with the fields that are used, spelt as in Google's discovery documents.

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use tripod_model::Address;

/// The fields of [`User`] that are asked for.
pub(crate) const USER_FIELDS: &str = "id,etag,primaryEmail,name,aliases,nonEditableAliases,suspended,suspensionReason,\
archived,isMailboxSetup,isGuestUser,guestAccountInfo(primaryGuestEmail),includeInGlobalAddressList,orgUnitPath,\
externalIds,lastLoginTime,organizations,relations";
/// The fields of [`User`] that an audit of a person asks for.
pub(crate) const PERSON_FACTS: &str =
    "id,primaryEmail,orgUnitPath,lastLoginTime,isEnrolledIn2Sv,organizations,relations";
/// The fields of [`User`] that an audit of a mailbox asks for.
pub(crate) const MAILBOX_FACTS: &str =
    "id,primaryEmail,orgUnitPath,lastLoginTime,isEnrolledIn2Sv,recoveryEmail,recoveryPhone";
/// The fields of [`Group`] that are asked for.
pub(crate) const GROUP_FIELDS: &str = "id,etag,email,name,aliases,nonEditableAliases";

/// The family name that an account gets whose display name is one word, because Google wants one (facts sheet, 3).
const FAMILY_NAME: &str = "(service mailbox)";
const MARKER_TYPE: &str = "managed-by";
const MARKER: &str = "tripod";

/// An account.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    #[serde(deserialize_with = "filled")]
    pub(crate) id: String,
    pub(crate) etag: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub(crate) primary_email: String,
    #[serde(default)]
    pub(crate) name: UserName,
    #[serde(default)]
    pub(crate) aliases: Vec<String>,
    #[serde(default)]
    pub(crate) non_editable_aliases: Vec<String>,
    // What decides whether an account can act is never filled in: what Google does not show is not known.
    pub(crate) suspended: Option<bool>,
    pub(crate) suspension_reason: Option<String>,
    pub(crate) archived: Option<bool>,
    pub(crate) is_mailbox_setup: Option<bool>,
    #[serde(rename = "isGuestUser")]
    pub(crate) is_guest: Option<bool>,
    guest_account_info: Option<serde::de::IgnoredAny>,
    pub(crate) include_in_global_address_list: Option<bool>,
    #[serde(default, deserialize_with = "filled_or_none")]
    pub(crate) org_unit_path: Option<String>,
    #[serde(default)]
    pub(crate) external_ids: Vec<ExternalId>,
    pub(crate) last_login_time: Option<String>,
    #[serde(rename = "isEnrolledIn2Sv")]
    pub(crate) has_second_factor: Option<bool>,
    pub(crate) recovery_email: Option<String>,
    pub(crate) recovery_phone: Option<String>,
    #[serde(default)]
    pub(crate) organizations: Vec<Organization>,
    #[serde(default)]
    pub(crate) relations: Vec<Relation>,
}

/// The parts of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UserName {
    #[serde(rename = "givenName", skip_serializing_if = "Option::is_none")]
    given: Option<String>,
    #[serde(rename = "familyName", skip_serializing_if = "Option::is_none")]
    family: Option<String>,
    #[serde(rename = "fullName", skip_serializing)]
    full: Option<String>,
    #[serde(rename = "displayName", skip_serializing_if = "Option::is_none")]
    display: Option<String>,
}

/// An id that some other system gave to an account; Tripod's marker is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExternalId {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) custom_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<String>,
    /// Whatever else there is, so that writing the list back loses nothing.
    #[serde(flatten)]
    pub(crate) rest: Map<String, Value>,
}

/// A place in an organisation.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Organization {
    #[serde(default)]
    primary: bool,
    department: Option<String>,
}

/// A relation to somebody else.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Relation {
    #[serde(rename = "type")]
    kind: Option<String>,
    value: Option<String>,
}

impl ExternalId {
    /// Tripod's marker.
    pub(crate) fn marker() -> Self {
        Self {
            kind: Some("custom".to_owned()),
            custom_type: Some(MARKER_TYPE.to_owned()),
            value: Some(MARKER.to_owned()),
            rest: Map::new(),
        }
    }

    fn is_marker(&self) -> bool {
        self.custom_type.as_deref() == Some(MARKER_TYPE) && self.value.as_deref() == Some(MARKER)
    }
}

impl UserName {
    /// The parts of a display name. Google wants a family name, so the last word serves as one.
    pub(crate) fn of(name: &str) -> Self {
        let (given, family) = name.trim().rsplit_once(' ').unwrap_or((name.trim(), FAMILY_NAME));
        Self {
            given: Some(given.trim().to_owned()),
            family: Some(family.to_owned()),
            full: None,
            display: Some(name.trim().to_owned()),
        }
    }

    /// The name to show: the display name, or else the parts of it.
    pub(crate) fn shown(&self) -> String {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        if let Some(name) = filled(&self.display) {
            return name;
        }
        if self.family.as_deref() == Some(FAMILY_NAME) {
            return self.given.clone().unwrap_or_default();
        }
        filled(&self.full)
            .unwrap_or_else(|| [&self.given, &self.family].into_iter().filter_map(filled).collect::<Vec<_>>().join(" "))
    }
}

impl User {
    /// Whether the account carries Tripod's marker.
    pub(crate) fn is_marked(&self) -> bool {
        self.external_ids.iter().any(ExternalId::is_marker)
    }

    /// Whether it is the account with this id, address or alias, hence the one that was asked for.
    pub(crate) fn is(&self, key: &str) -> bool {
        let others = self.aliases.iter().chain(&self.non_editable_aliases);
        self.id == key || others.chain([&self.primary_email]).any(|address| address.eq_ignore_ascii_case(key))
    }

    /// Whether it is a guest's account; nothing if Google does not say.
    ///
    /// Guests are newer than most copies of the interface (Directory API, `users:createGuest`), so that an answer
    /// without the field is no proof. Whoever has an address in one of the customer's own domains is none.
    pub(crate) fn is_guest_of(&self, domains: &[String]) -> Option<bool> {
        let domain = self.primary_email.rsplit_once('@').map_or("", |(_, domain)| domain);
        let is_own = domains.iter().any(|own| own.eq_ignore_ascii_case(domain));
        match (self.is_guest, &self.guest_account_info) {
            (Some(is_guest), _) => Some(is_guest),
            (None, Some(_)) => Some(true),
            (None, None) => is_own.then_some(false),
        }
    }

    /// Whether Gmail need not be asked about it, because the account certainly cannot act or has no mailbox.
    pub(crate) fn has_no_usable_mailbox(&self) -> bool {
        let certainly = [self.suspended, self.archived, self.is_guest].contains(&Some(true));
        certainly || self.is_mailbox_setup == Some(false)
    }

    /// The other addresses; one that Tripod cannot use is left out.
    pub(crate) fn other_addresses(&self) -> Vec<Address> {
        usable(self.aliases.iter().chain(&self.non_editable_aliases))
    }

    /// When it last signed in; Google gives 1970 for never (facts sheet, Google 1.2).
    pub(crate) fn last_sign_in(&self) -> Option<Timestamp> {
        let time = self.last_login_time.as_deref()?.parse::<Timestamp>().ok()?;
        (time > Timestamp::UNIX_EPOCH).then_some(time)
    }

    /// The department of the primary place in the organisation, or of the only one.
    pub(crate) fn department(&self) -> Option<String> {
        let place = self.organizations.iter().find(|place| place.primary).or_else(|| self.organizations.first())?;
        place.department.clone().filter(|department| !department.is_empty())
    }

    /// The manager's address.
    pub(crate) fn manager(&self) -> Option<Address> {
        self.manager_as_written()?.parse().ok()
    }

    /// What stands as the manager. It should be an address, but Google takes any text.
    pub(crate) fn manager_as_written(&self) -> Option<&str> {
        let manager = self.relations.iter().find(|relation| relation.kind.as_deref() == Some("manager"))?;
        manager.value.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }
}

/// A page of accounts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Users {
    #[serde(default)]
    pub(crate) users: Vec<User>,
    pub(crate) next_page_token: Option<String>,
}

/// A group.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Group {
    #[serde(deserialize_with = "filled")]
    pub(crate) id: String,
    pub(crate) etag: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub(crate) email: String,
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) aliases: Vec<String>,
    #[serde(default)]
    pub(crate) non_editable_aliases: Vec<String>,
}

impl Group {
    /// Whether it is the group with this id, address or alias, hence the one that was asked for.
    pub(crate) fn is(&self, key: &str) -> bool {
        let others = self.aliases.iter().chain(&self.non_editable_aliases);
        self.id == key || others.chain([&self.email]).any(|address| address.eq_ignore_ascii_case(key))
    }

    /// The other addresses; one that Tripod cannot use is left out.
    pub(crate) fn other_addresses(&self) -> Vec<Address> {
        usable(self.aliases.iter().chain(&self.non_editable_aliases))
    }
}

/// A page of groups.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Groups {
    #[serde(default)]
    pub(crate) groups: Vec<Group>,
    pub(crate) next_page_token: Option<String>,
}

/// The customer's domains.
#[derive(Debug, Deserialize)]
pub(crate) struct Domains {
    #[serde(default)]
    pub(crate) domains: Vec<Domain>,
}

/// How a domain stands with the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DomainStanding {
    Verified,
    Unverified,
    /// It is the customer's, and Google does not tell whether it is verified.
    NotTold,
    /// The customer does not have it.
    Foreign,
}

impl Domains {
    /// How a domain stands.
    pub(crate) fn standing(&self, name: &str) -> DomainStanding {
        let own = self.domains.iter().map(|domain| (&domain.name, domain.verified));
        let other = self.domains.iter().flat_map(|domain| &domain.aliases);
        match own
            .chain(other.map(|alias| (&alias.name, alias.verified)))
            .find(|(domain, _)| domain.eq_ignore_ascii_case(name))
        {
            Some((_, Some(true))) => DomainStanding::Verified,
            Some((_, Some(false))) => DomainStanding::Unverified,
            Some((_, None)) => DomainStanding::NotTold,
            None => DomainStanding::Foreign,
        }
    }
}

/// A domain, with the other names that it goes by.
#[derive(Debug, Deserialize)]
pub(crate) struct Domain {
    #[serde(rename = "domainName", deserialize_with = "filled")]
    pub(crate) name: String,
    pub(crate) verified: Option<bool>,
    #[serde(rename = "domainAliases", default)]
    pub(crate) aliases: Vec<DomainAlias>,
}

/// Another name of a domain.
#[derive(Debug, Deserialize)]
pub(crate) struct DomainAlias {
    #[serde(rename = "domainAliasName", deserialize_with = "filled")]
    pub(crate) name: String,
    pub(crate) verified: Option<bool>,
}

/// The organisational units.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Units {
    #[serde(default)]
    pub(crate) organization_units: Vec<Unit>,
}

/// An organisational unit.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Unit {
    #[serde(deserialize_with = "filled")]
    pub(crate) org_unit_id: String,
    #[serde(deserialize_with = "filled")]
    pub(crate) org_unit_path: String,
    #[serde(default, deserialize_with = "filled_or_none")]
    pub(crate) parent_org_unit_id: Option<String>,
}

/// A text that something is known by: without it, it is not known what the answer is about.
pub(crate) fn filled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() { Err(D::Error::custom("a name, an address or an id is empty")) } else { Ok(text) }
}

/// A text that says something; an empty one says as little as none.
pub(crate) fn filled_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty()))
}

fn usable<'a>(addresses: impl Iterator<Item = &'a String>) -> Vec<Address> {
    addresses.filter_map(|text| text.parse().ok()).collect()
}

/// An account's application passwords; the field is absent when there is none.
#[derive(Debug, Deserialize)]
pub(crate) struct AppPasswords {
    #[serde(default)]
    pub(crate) items: Vec<serde::de::IgnoredAny>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn user(more: &serde_json::Value) -> User {
        let mut body = json!({ "id": "1", "primaryEmail": "ana@example.com" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn a_name_comes_back_as_it_was_given_even_without_its_display_name() {
        for name in ["Backups", "Acme Backups", "The Acme Backups"] {
            let mut written = serde_json::to_value(UserName::of(name)).unwrap();
            written.as_object_mut().unwrap().remove("displayName");
            let full = [&written["givenName"], &written["familyName"]].map(|part| part.as_str().unwrap()).join(" ");
            written["fullName"] = json!(full);
            assert_eq!(serde_json::from_value::<UserName>(written).unwrap().shown(), name);
        }
    }

    #[test]
    fn only_our_own_value_under_our_own_type_is_the_marker() {
        let with = |id: serde_json::Value| user(&json!({ "externalIds": [id] })).is_marked();
        assert!(with(serde_json::to_value(ExternalId::marker()).unwrap()));
        assert!(!with(json!({ "type": "custom", "customType": "managed-by", "value": "somebody" })));
        assert!(!with(json!({ "type": "organization", "value": "tripod" })));
    }

    #[test]
    fn other_ids_survive_being_written_back() {
        let id = json!({ "type": "organization", "value": "42", "surprise": true });
        let read: ExternalId = serde_json::from_value(id.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), id);
    }

    #[test]
    fn an_account_is_a_guests_only_where_google_says_so_and_none_only_where_it_is_known() {
        let own = ["example.com".to_owned()];
        let is_guest = |more: serde_json::Value| user(&more).is_guest_of(&own);
        assert_eq!(is_guest(json!({ "isGuestUser": true })), Some(true));
        assert_eq!(is_guest(json!({ "isGuestUser": false })), Some(false));
        let info = json!({ "guestAccountInfo": { "primaryGuestEmail": "ana@elsewhere.example" } });
        assert_eq!(is_guest(info), Some(true));
        assert_eq!(is_guest(json!({})), Some(false));
        assert_eq!(is_guest(json!({ "primaryEmail": "ana@elsewhere.example" })), None);
    }

    #[test]
    fn nineteen_seventy_is_never() {
        assert_eq!(user(&json!({ "lastLoginTime": "1970-01-01T00:00:00.000Z" })).last_sign_in(), None);
        assert!(user(&json!({ "lastLoginTime": "2026-11-01T08:00:00.000Z" })).last_sign_in().is_some());
    }

    #[test]
    fn the_department_is_that_of_the_primary_place() {
        let places = json!([{ "department": "Old" }, { "primary": true, "department": "IT" }]);
        assert_eq!(user(&json!({ "organizations": places })).department().as_deref(), Some("IT"));
    }
}
