//! The Groups Settings API, whose values are all texts, `"true"` and `"false"` among them (facts sheet, Google 4).

use std::collections::BTreeMap;

use http::Method;
use serde::{Deserialize, Serialize};
use tripod_model::{Kind, Provider, SignIn};
use tripod_tenant::{Observed, Setting, TenantError, Unknown};

use crate::call::{Api, Call, Caller, segment};
use crate::scope::GROUP_SETTINGS;

/// The settings of a group that are read or written; what is `None` is not written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupSettings {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) enable_collaborative_inbox: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) members_can_post_as_the_group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) is_archived: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) archive_only: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) who_can_post_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message_moderation_level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) spam_moderation_level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) who_can_join: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) who_can_leave_group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) allow_external_members: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) who_can_view_group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) include_in_global_address_list: Option<String>,
}

/// The settings that make a group an inbox, for a `fields` mask.
const FIELDS: &str = "enableCollaborativeInbox,membersCanPostAsTheGroup,isArchived,archiveOnly,whoCanPostMessage,\
messageModerationLevel,spamModerationLevel,whoCanJoin,whoCanLeaveGroup,allowExternalMembers,whoCanViewGroup,\
includeInGlobalAddressList";

impl GroupSettings {
    /// Adds what it takes to turn a setting on; false if groups have no such setting.
    pub(crate) fn turn_on(&mut self, setting: Setting) -> bool {
        let text = |value: &str| Some(value.to_owned());
        match setting {
            Setting::CollaborativeInbox => {
                self.enable_collaborative_inbox = text("true");
                // Without the archive there is nothing to open in the shared inbox.
                self.is_archived = text("true");
                self.members_can_post_as_the_group = text("true");
            }
            Setting::OutsideMailAccepted => {
                // A group that is archive only takes no mail at all.
                self.archive_only = text("false");
                self.who_can_post_message = text("ANYONE_CAN_POST");
                self.message_moderation_level = text("MODERATE_NONE");
                // A login code must not wait for a moderator (facts sheet, Google 4).
                self.spam_moderation_level = text("ALLOW");
            }
            Setting::JoiningByInvitation => self.who_can_join = text("INVITED_CAN_JOIN"),
            Setting::LeavingClosed => self.who_can_leave_group = text("NONE_CAN_LEAVE"),
            Setting::OutsidersRefused => self.allow_external_members = text("false"),
            Setting::ReadByMembersOnly => self.who_can_view_group = text("ALL_MEMBERS_CAN_VIEW"),
            Setting::SignInBlocked | Setting::SentCopiesKept => return false,
        }
        true
    }

    /// Each value by Google's name for it.
    fn named(&self) -> [(&'static str, &Option<String>); 12] {
        [
            ("enableCollaborativeInbox", &self.enable_collaborative_inbox),
            ("membersCanPostAsTheGroup", &self.members_can_post_as_the_group),
            ("isArchived", &self.is_archived),
            ("archiveOnly", &self.archive_only),
            ("whoCanPostMessage", &self.who_can_post_message),
            ("messageModerationLevel", &self.message_moderation_level),
            ("spamModerationLevel", &self.spam_moderation_level),
            ("whoCanJoin", &self.who_can_join),
            ("whoCanLeaveGroup", &self.who_can_leave_group),
            ("allowExternalMembers", &self.allow_external_members),
            ("whoCanViewGroup", &self.who_can_view_group),
            ("includeInGlobalAddressList", &self.include_in_global_address_list),
        ]
    }

    /// Whether every value that is set here is so there: an error names those that are not told, where no other one
    /// already differs.
    fn holds_in(&self, other: &Self) -> Result<bool, Vec<&'static str>> {
        let pairs = self.named().into_iter().zip(other.named());
        let wanted: Vec<_> =
            pairs.filter_map(|((name, ours), (_, theirs))| Some((name, ours.as_ref()?, theirs))).collect();
        if wanted.iter().any(|(name, ours, theirs)| theirs.as_ref().is_some_and(|value| !is_as_good(name, ours, value)))
        {
            return Ok(false);
        }
        let unsaid: Vec<_> = wanted.iter().filter(|(.., theirs)| theirs.is_none()).map(|(name, ..)| *name).collect();
        if unsaid.is_empty() { Ok(true) } else { Err(unsaid) }
    }

    /// Whether every value that is set here is certainly so there.
    pub(crate) fn is_part_of(&self, other: &Self) -> bool {
        self.holds_in(other) == Ok(true)
    }

    /// Whether the address list leaves the group out; nothing if Google does not say.
    pub(crate) fn is_hidden(&self) -> Option<bool> {
        self.include_in_global_address_list.as_deref().map(|value| value == "false")
    }

    /// Whether the group works as a shared inbox, if that is told.
    pub(crate) fn is_collaborative_inbox(&self) -> Option<bool> {
        let told = self.enable_collaborative_inbox.as_deref().filter(|text| !text.is_empty());
        told.map(|text| text.eq_ignore_ascii_case("true"))
    }
}

/// Whether a value does what the wanted one does. Fewer readers than all members are as good: the delegates are owners.
fn is_as_good(name: &str, wanted: &str, value: &str) -> bool {
    value == wanted || (name == "whoCanViewGroup" && matches!(value, "ALL_MANAGERS_CAN_VIEW" | "ALL_OWNERS_CAN_VIEW"))
}

/// The settings that a group inbox must have, as they are.
pub(crate) fn observed(settings: &Result<GroupSettings, TenantError>) -> BTreeMap<Setting, Observed<bool>> {
    let unknown = |error: &TenantError| Observed::Unknown(Unknown { kind: error.kind, reason: error.to_string() });
    // On is what turning it on would change nothing of.
    let seen = |setting: Setting| {
        let mut wanted = GroupSettings::default();
        wanted.turn_on(setting);
        let settings = match settings {
            Ok(settings) => settings,
            Err(error) => return unknown(error),
        };
        wanted.holds_in(settings).map_or_else(
            |unsaid| {
                let reason = format!("Google's reply does not say what {} is", unsaid.join(" and "));
                Observed::Unknown(Unknown { kind: tripod_tenant::ErrorKind::Invalid, reason })
            },
            Observed::Present,
        )
    };
    let required = Setting::required(Provider::GoogleWorkspace, Kind::GroupInbox, SignIn::Blocked);
    required.iter().map(|setting| (*setting, seen(*setting))).collect()
}

impl Caller {
    fn settings_call(&self, group: &str, method: Method, what: String) -> Call {
        let path = format!("/groups/v1/groups/{}", segment(group));
        // Without `alt=json` the API may answer in Atom (facts sheet, Google 4).
        Call::new(Api::GroupsSettings, self.admin(), GROUP_SETTINGS, method, path, what)
            .query("alt", "json")
            .query("fields", FIELDS)
    }

    /// A group's settings; the API knows groups by address only.
    pub(crate) async fn group_settings(&self, group: &str) -> Result<GroupSettings, TenantError> {
        self.send(&self.settings_call(group, Method::GET, format!("read the settings of {group}"))).await
    }

    /// Changes some of a group's settings.
    pub(crate) async fn patch_group_settings(&self, group: &str, settings: &GroupSettings) -> Result<(), TenantError> {
        let what = format!("change the settings of {group}");
        let body = serde_json::to_value(settings).unwrap_or_default();
        self.send::<GroupSettings>(&self.settings_call(group, Method::PATCH, what).body(body)).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tripod_tenant::ErrorKind;

    use super::*;

    const ALL: [Setting; 6] = [
        Setting::CollaborativeInbox,
        Setting::OutsideMailAccepted,
        Setting::JoiningByInvitation,
        Setting::LeavingClosed,
        Setting::OutsidersRefused,
        Setting::ReadByMembersOnly,
    ];

    /// The settings of a group that has everything turned on.
    fn as_made() -> Value {
        let mut made = GroupSettings::default();
        assert!(ALL.iter().all(|setting| made.turn_on(*setting)));
        serde_json::to_value(made).unwrap()
    }

    fn states(settings: Value) -> BTreeMap<Setting, Observed<bool>> {
        observed(&Ok(serde_json::from_value(settings).unwrap()))
    }

    #[test]
    fn what_is_turned_on_is_what_is_looked_at_value_by_value() {
        let made = as_made();
        assert!(states(made.clone()).values().all(|state| *state == Observed::Present(true)));
        for name in made.as_object().unwrap().keys() {
            let mut other = made.clone();
            other[name] = json!("SOMETHING_ELSE");
            let off: Vec<_> = states(other).into_values().filter(|state| *state == Observed::Present(false)).collect();
            assert_eq!(off.len(), 1, "{name} is written and not compared");
        }
    }

    #[test]
    fn a_value_that_is_not_shown_leaves_its_setting_unknown_and_the_others_known() {
        let made = as_made();
        for name in made.as_object().unwrap().keys() {
            let mut less = made.clone();
            less.as_object_mut().unwrap().remove(name);
            let states = states(less);
            let unknown: Vec<_> = states.values().filter(|state| matches!(state, Observed::Unknown(_))).collect();
            assert_eq!(unknown.len(), 1, "{name}");
            assert!(states.values().all(|state| *state != Observed::Present(false)), "{name}");
        }
    }

    #[test]
    fn fewer_readers_than_all_members_are_as_good() {
        for (value, is_on) in
            [("ALL_OWNERS_CAN_VIEW", true), ("ALL_IN_DOMAIN_CAN_VIEW", false), ("ANYONE_CAN_VIEW", false)]
        {
            let mut other = as_made();
            other["whoCanViewGroup"] = json!(value);
            assert_eq!(states(other)[&Setting::ReadByMembersOnly], Observed::Present(is_on), "{value}");
        }
    }

    #[test]
    fn settings_that_could_not_be_read_are_all_unknown() {
        let states = observed(&Err(TenantError::new(ErrorKind::Unavailable, "read", "no")));
        assert!(states.len() == ALL.len() && states.values().all(|state| matches!(state, Observed::Unknown(_))));
    }
}
