//! What a provider can make of a Microsoft 365 group beside its name and its people: a team, a group by rule, one that
//! expires, one whose members nobody sees.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What else there is to a Microsoft 365 group. What is not said stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct GroupState {
    /// Whether it is a team as well (`resourceProvisioningOptions`).
    pub team: Option<bool>,
    /// The rule that decides who its members are (`membershipRule`); `none` takes it away.
    pub membership_rule: Option<String>,
    /// Whether it comes from the organisation's own directory (`onPremisesSyncEnabled`).
    pub synchronised: Option<bool>,
    /// Whether address lists leave it out (`hideFromAddressLists`).
    pub hidden: Option<bool>,
    /// Whether its members are hidden from everyone outside it (`visibility` is `HiddenMembership`).
    pub members_hidden: Option<bool>,
    /// The day on which Microsoft deletes it unless an owner renews it (`expirationDateTime`).
    #[schemars(with = "Option<String>")]
    pub expires: Option<Timestamp>,
    /// Members that are neither users nor groups.
    pub others: Option<Vec<OtherMember>>,
    /// Properties that Graph leaves out of its answers about the group.
    pub left_out: Option<Vec<String>>,
}

/// A member of a group that is neither a user nor a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OtherMember {
    /// A device that has joined the directory.
    Device,
    /// A contact of the organisation's.
    Contact,
    /// The identity of an app.
    ServicePrincipal,
}

impl OtherMember {
    /// Graph's word for it, in `@odata.type`.
    pub(crate) fn odata_type(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Contact => "orgContact",
            Self::ServicePrincipal => "servicePrincipal",
        }
    }
}

impl GroupState {
    /// Takes over what another one says.
    pub(crate) fn take_over(&mut self, said: &Self) {
        let Self { team, membership_rule, synchronised, hidden, members_hidden, expires, others, left_out } = said;
        self.team = team.or(self.team);
        match membership_rule.as_deref() {
            Some("none") => self.membership_rule = None,
            Some(rule) => self.membership_rule = Some(rule.to_owned()),
            None => {}
        }
        self.synchronised = synchronised.or(self.synchronised);
        self.hidden = hidden.or(self.hidden);
        self.members_hidden = members_hidden.or(self.members_hidden);
        self.expires = expires.or(self.expires);
        self.others = others.clone().or_else(|| self.others.clone());
        self.left_out = left_out.clone().or_else(|| self.left_out.clone());
    }

    pub(crate) fn is(flag: Option<bool>) -> bool {
        flag.unwrap_or(false)
    }
}
