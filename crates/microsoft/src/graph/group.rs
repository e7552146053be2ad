//! Groups as Graph shows them, their members and owners.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tripod_model::Address;
use tripod_tenant::{ErrorKind, TenantError};

use super::{Call, Graph, literal, user};
use crate::config::Guid;

/// The least privilege for reading groups and their members. Without `User.Read.All` the members come without names
/// (facts sheet, Microsoft 3).
pub(crate) const READ: &str = "GroupMember.Read.All and User.Read.All";
/// The least privilege for making, changing and deleting groups and their members.
pub(crate) const WRITE: &str = "Group.ReadWrite.All";
/// What is read of a group.
const SELECT: &str = "id,displayName,mail,mailEnabled,mailNickname,securityEnabled,groupTypes,visibility,proxyAddresses,resourceProvisioningOptions,membershipRule,expirationDateTime,onPremisesSyncEnabled";
/// What Graph tells of one group only, and never in a list.
const SELECT_OF_ONE: &str = "id,allowExternalSenders,hideFromAddressLists";

/// A group, with the properties of [`SELECT`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are Graph's")]
pub(crate) struct Group {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) display_name: Option<String>,
    #[serde(default)]
    pub(crate) mail: Option<String>,
    pub(crate) mail_enabled: bool,
    pub(crate) security_enabled: bool,
    pub(crate) group_types: Vec<String>,
    #[serde(default)]
    pub(crate) visibility: Option<String>,
    #[serde(default)]
    pub(crate) proxy_addresses: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) resource_provisioning_options: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) membership_rule: Option<String>,
    #[serde(default)]
    pub(crate) expiration_date_time: Option<Timestamp>,
    #[serde(default)]
    pub(crate) on_premises_sync_enabled: Option<bool>,
    #[serde(default)]
    pub(crate) deleted_date_time: Option<Timestamp>,
    /// What was asked for and left out of the answer, where null means something else.
    #[serde(skip)]
    pub(crate) untold: Vec<&'static str>,
}

/// What Graph tells of one group only.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mailing {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) allow_external_senders: Option<bool>,
    #[serde(default)]
    pub(crate) hide_from_address_lists: Option<bool>,
}

impl Group {
    /// Reads a group out of an answer.
    pub(crate) fn read(value: Value, operation: &str) -> Result<Self, TenantError> {
        let names = ["expirationDateTime", "onPremisesSyncEnabled", "membershipRule"];
        let untold = names.into_iter().filter(|name| value.get(name).is_none()).collect();
        let group: Self = serde_json::from_value(value).map_err(|error| {
            TenantError::new(ErrorKind::Invalid, operation, format!("a group was not understood ({error})"))
        })?;
        Ok(Self { untold, ..group })
    }

    /// Whether a rule decides who its members are.
    pub(crate) fn is_by_rule(&self) -> bool {
        self.group_types.iter().any(|kind| kind.eq_ignore_ascii_case("DynamicMembership"))
    }

    /// Whether its members are hidden from everyone outside it.
    pub(crate) fn hides_members(&self) -> bool {
        self.visibility.as_deref().is_some_and(|visibility| visibility.eq_ignore_ascii_case("HiddenMembership"))
    }

    /// The same, unless the answer is about another group than the one that was asked for by address.
    pub(crate) fn read_of(value: Value, asked: &Address, operation: &str) -> Result<Self, TenantError> {
        let group = Self::read(value, operation)?;
        if group.holds(asked) { Ok(group) } else { Err(user::other_than_asked(&group.id, operation)) }
    }

    /// The same, unless the answer is about another group than the one that was asked for by id.
    pub(crate) fn read_by_id(value: Value, asked: &Guid, operation: &str) -> Result<Self, TenantError> {
        let group = Self::read(value, operation)?;
        if group.id.eq_ignore_ascii_case(asked.as_str()) {
            Ok(group)
        } else {
            Err(user::other_than_asked(&group.id, operation))
        }
    }

    /// Whether it is a Microsoft 365 group with a mailbox.
    pub(crate) fn is_unified(&self) -> bool {
        self.group_types.iter().any(|kind| kind.eq_ignore_ascii_case("Unified")) && self.mail_enabled
    }

    /// Whether it is the membership list of a team in Teams.
    pub(crate) fn is_team(&self) -> bool {
        self.resource_provisioning_options.iter().flatten().any(|option| option.eq_ignore_ascii_case("Team"))
    }

    /// Whether nobody joins without being invited.
    pub(crate) fn is_private(&self) -> Option<bool> {
        self.visibility.as_deref().filter(|visibility| !visibility.is_empty()).map(|visibility| {
            visibility.eq_ignore_ascii_case("Private") || visibility.eq_ignore_ascii_case("HiddenMembership")
        })
    }

    /// The primary address.
    pub(crate) fn address(&self) -> Option<Address> {
        self.mail.as_deref().and_then(|mail| mail.parse().ok())
    }

    /// The other addresses.
    pub(crate) fn aliases(&self) -> Vec<Address> {
        let primary = self.address();
        let proxies = self.proxy_addresses.iter().flatten();
        let parsed = proxies.filter_map(|proxy| user::smtp(proxy)?.parse().ok());
        parsed.filter(|alias| Some(alias) != primary.as_ref()).collect()
    }

    /// Whether mail to this address reaches it.
    pub(crate) fn holds(&self, address: &Address) -> bool {
        self.address().as_ref() == Some(address) || self.aliases().contains(address)
    }

    /// What it is, for messages.
    pub(crate) fn words(&self) -> &'static str {
        match (self.is_unified(), self.mail_enabled, self.security_enabled) {
            (true, _, _) => "a Microsoft 365 group",
            (false, true, true) => "a mail-enabled security group",
            (false, true, false) => "a distribution list",
            _ => "a group",
        }
    }
}

/// One who is in a group.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Member {
    #[serde(rename = "@odata.type", default)]
    kind: Option<String>,
    pub(crate) id: String,
    #[serde(default)]
    mail: Option<String>,
    #[serde(default)]
    user_principal_name: Option<String>,
}

impl Member {
    /// Whether Graph says what it is. It does in every list that may hold several sorts.
    pub(crate) fn is_told(&self) -> bool {
        self.kind.as_deref().is_some_and(|kind| !kind.is_empty())
    }

    /// What it is, where it is neither a user nor a group.
    pub(crate) fn words(&self) -> String {
        match self.kind.as_deref() {
            Some("#microsoft.graph.device") => "a device".to_owned(),
            Some("#microsoft.graph.orgContact") => "a contact".to_owned(),
            Some("#microsoft.graph.servicePrincipal") => "an app's own identity".to_owned(),
            other => other.unwrap_or("something else").trim_start_matches("#microsoft.graph.").to_owned(),
        }
    }

    /// Whether it is a group inside the group.
    pub(crate) fn is_group(&self) -> bool {
        self.kind.as_deref() == Some("#microsoft.graph.group")
    }

    /// Whether it is neither a user nor a group: a device, a contact, an app's own identity.
    pub(crate) fn is_neither(&self) -> bool {
        let users = ["#microsoft.graph.group", "#microsoft.graph.user", "#microsoft.graph.agentUser"];
        self.kind.as_deref().is_some_and(|kind| !users.contains(&kind))
    }

    /// The address, if Graph shows one.
    pub(crate) fn address(&self) -> Option<Address> {
        [&self.mail, &self.user_principal_name].into_iter().flatten().find_map(|text| text.parse().ok())
    }
}

/// Reads a group by id.
pub(crate) fn by_id(id: &Guid, operation: impl Into<String>) -> Call {
    Call::get(&["groups", id.as_str()], READ, operation).query("$select", SELECT)
}

/// Reads which group receives mail at an address.
pub(crate) fn by_address(address: &Address, operation: impl Into<String>) -> Call {
    let filter = format!(
        "mail eq {} or proxyAddresses/any(p:p eq {})",
        literal(address.as_str()),
        literal(&format!("smtp:{address}"))
    );
    Call::get(&["groups"], READ, operation).query("$filter", filter).query("$select", SELECT)
}

/// Reads what Graph tells of one group only.
pub(crate) fn mailing(id: &Guid, operation: impl Into<String>) -> Call {
    Call::get(&["groups", id.as_str()], READ, operation).query("$select", SELECT_OF_ONE)
}

/// Every Microsoft 365 group that is deleted and can still be restored; Entra keeps them for 30 days.
pub(crate) fn deleted() -> Call {
    Call::get(&["directory", "deletedItems", "microsoft.graph.group"], READ, "list deleted groups")
        .query("$select", format!("{SELECT},deletedDateTime"))
}

/// Every Microsoft 365 group.
pub(crate) fn all_unified() -> Call {
    Call::get(&["groups"], READ, "list Microsoft 365 groups")
        .query("$filter", "groupTypes/any(c:c eq 'Unified')")
        .query("$select", SELECT)
        .query("$top", "999")
}

/// Every group of any sort.
pub(crate) fn all(operation: impl Into<String>) -> Call {
    Call::get(&["groups"], READ, operation).query("$select", SELECT).query("$top", "999")
}

/// The two lists of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    /// Who reads its mail.
    Members,
    /// Who runs it.
    Owners,
}

impl List {
    /// Its name in a path.
    pub(crate) fn segment(self) -> &'static str {
        match self {
            Self::Members => "members",
            Self::Owners => "owners",
        }
    }
}

impl Graph {
    /// The group that receives mail at an address, if there is one.
    pub(crate) async fn group_at(&self, address: &Address, operation: &str) -> Result<Option<Group>, TenantError> {
        let rows = self.list(&by_address(address, operation)).await?;
        rows.into_iter().next().map(|row| Group::read_of(row, address, operation)).transpose()
    }

    /// Everybody on one of a group's lists, all pages of it or an error.
    pub(crate) async fn members(&self, id: &Guid, list: List, operation: &str) -> Result<Vec<Member>, TenantError> {
        let call = Call::get(&["groups", id.as_str(), list.segment()], READ, operation)
            .query("$select", "id,mail,userPrincipalName")
            .query("$top", "999");
        let rows = self.list(&call).await?;
        rows.into_iter()
            .map(|row| {
                serde_json::from_value(row).map_err(|error| {
                    TenantError::new(ErrorKind::Invalid, operation, format!("a member was not understood ({error})"))
                })
            })
            .collect()
    }
}
