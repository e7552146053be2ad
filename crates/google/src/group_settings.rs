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
}

/// The settings that make a group an inbox, for a `fields` mask.
const FIELDS: &str = "enableCollaborativeInbox,membersCanPostAsTheGroup,isArchived,archiveOnly,whoCanPostMessage,\
messageModerationLevel,spamModerationLevel,whoCanJoin,whoCanLeaveGroup,allowExternalMembers";

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
                self.who_can_post_message = text("ANYONE_CAN_POST");
                self.message_moderation_level = text("MODERATE_NONE");
                // A login code must not wait for a moderator (facts sheet, Google 4).
                self.spam_moderation_level = text("ALLOW");
            }
            Setting::JoiningByInvitation => self.who_can_join = text("INVITED_CAN_JOIN"),
            Setting::LeavingClosed => self.who_can_leave_group = text("NONE_CAN_LEAVE"),
            Setting::OutsidersRefused => self.allow_external_members = text("false"),
            Setting::SignInBlocked | Setting::SentCopiesKept => return false,
        }
        true
    }

    /// Whether every value that is set here is the same there.
    pub(crate) fn is_part_of(&self, other: &Self) -> bool {
        self.clone().over(other) == *other
    }

    /// These values, and the other's where there is none.
    fn over(self, other: &Self) -> Self {
        let pick = |ours: Option<String>, theirs: &Option<String>| ours.or_else(|| theirs.clone());
        Self {
            enable_collaborative_inbox: pick(self.enable_collaborative_inbox, &other.enable_collaborative_inbox),
            members_can_post_as_the_group: pick(
                self.members_can_post_as_the_group,
                &other.members_can_post_as_the_group,
            ),
            is_archived: pick(self.is_archived, &other.is_archived),
            archive_only: pick(self.archive_only, &other.archive_only),
            who_can_post_message: pick(self.who_can_post_message, &other.who_can_post_message),
            message_moderation_level: pick(self.message_moderation_level, &other.message_moderation_level),
            spam_moderation_level: pick(self.spam_moderation_level, &other.spam_moderation_level),
            who_can_join: pick(self.who_can_join, &other.who_can_join),
            who_can_leave_group: pick(self.who_can_leave_group, &other.who_can_leave_group),
            allow_external_members: pick(self.allow_external_members, &other.allow_external_members),
        }
    }

    /// Whether the group works as a shared inbox, if that is told.
    pub(crate) fn is_collaborative_inbox(&self) -> Option<bool> {
        let told = self.enable_collaborative_inbox.as_deref().filter(|text| !text.is_empty());
        told.map(|text| text.eq_ignore_ascii_case("true"))
    }

    fn value(&self, setting: Setting) -> Option<(&str, &'static str)> {
        let (value, wanted) = match setting {
            Setting::CollaborativeInbox => (&self.enable_collaborative_inbox, "true"),
            Setting::OutsideMailAccepted => (&self.who_can_post_message, "ANYONE_CAN_POST"),
            Setting::JoiningByInvitation => (&self.who_can_join, "INVITED_CAN_JOIN"),
            Setting::LeavingClosed => (&self.who_can_leave_group, "NONE_CAN_LEAVE"),
            Setting::OutsidersRefused => (&self.allow_external_members, "false"),
            Setting::SignInBlocked | Setting::SentCopiesKept => return None,
        };
        value.as_deref().filter(|value| !value.is_empty()).map(|value| (value, wanted))
    }
}

/// The settings that a group inbox must have, as they are.
pub(crate) fn observed(settings: &Result<GroupSettings, TenantError>) -> BTreeMap<Setting, Observed<bool>> {
    let unknown = |error: &TenantError| Observed::Unknown(Unknown { kind: error.kind, reason: error.to_string() });
    let seen = |setting: Setting| match settings {
        Err(error) => unknown(error),
        Ok(settings) => match settings.value(setting) {
            Some((value, wanted)) => Observed::Present(value == wanted),
            None => Observed::Unknown(Unknown {
                kind: tripod_tenant::ErrorKind::Invalid,
                reason: format!("Google's reply does not say whether it has {}", setting.words()),
            }),
        },
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
