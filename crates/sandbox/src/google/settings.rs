//! Groups Settings (facts sheet, Google 4).

use serde_json::{Map, Value, json};

use super::state::{Group, Tenant};
use super::{Answer, Call, errors, groups, reply, schema};
use crate::identity::Access;
use crate::wire::{Body, Reply};

/// The setting that makes a group a collaborative inbox.
pub(super) const COLLABORATIVE: &str = "enableCollaborativeInbox";

/// The setting that shows a group in the global address list.
pub(super) const LISTED: &str = "includeInGlobalAddressList";

/// What a setting may be.
enum Kind {
    /// `"true"` or `"false"`, as text.
    Flag,
    /// Any text.
    Text,
    /// One of these words.
    One(&'static [&'static str]),
}

use Kind::{Flag, One, Text};

const MODERATORS: &[&str] = &["ALL_MEMBERS", "OWNERS_AND_MANAGERS", "OWNERS_ONLY", "NONE"];
const MANAGERS: &[&str] = &["ALL_MEMBERS", "OWNERS_AND_MANAGERS", "MANAGERS_ONLY", "OWNERS_ONLY", "NONE"];

/// Every setting with what it may be and what it is in a new group.
const SETTINGS: &[(&str, Kind, &str)] = &[
    ("allowExternalMembers", Flag, "false"),
    ("allowGoogleCommunication", Flag, "false"),
    ("allowWebPosting", Flag, "true"),
    ("archiveOnly", Flag, "false"),
    ("customFooterText", Text, ""),
    ("customReplyTo", Text, ""),
    ("customRolesEnabledForSettingsToBeMerged", Flag, "false"),
    ("defaultMessageDenyNotificationText", Text, ""),
    ("default_sender", One(&["DEFAULT_SELF", "GROUP"]), "DEFAULT_SELF"),
    (COLLABORATIVE, Flag, "false"),
    ("favoriteRepliesOnTop", Flag, "true"),
    ("includeCustomFooter", Flag, "false"),
    (LISTED, Flag, "true"),
    ("isArchived", Flag, "false"),
    ("membersCanPostAsTheGroup", Flag, "false"),
    ("messageDisplayFont", One(&["DEFAULT_FONT", "FIXED_WIDTH_FONT"]), "DEFAULT_FONT"),
    (
        "messageModerationLevel",
        One(&["MODERATE_ALL_MESSAGES", "MODERATE_NON_MEMBERS", "MODERATE_NEW_MEMBERS", "MODERATE_NONE"]),
        "MODERATE_NONE",
    ),
    ("primaryLanguage", Text, "en"),
    (
        "replyTo",
        One(&[
            "REPLY_TO_CUSTOM",
            "REPLY_TO_SENDER",
            "REPLY_TO_LIST",
            "REPLY_TO_OWNER",
            "REPLY_TO_IGNORE",
            "REPLY_TO_MANAGERS",
        ]),
        "REPLY_TO_IGNORE",
    ),
    ("sendMessageDenyNotification", Flag, "false"),
    ("showInGroupDirectory", Flag, "true"),
    ("spamModerationLevel", One(&["ALLOW", "MODERATE", "SILENTLY_MODERATE", "REJECT"]), "MODERATE"),
    (
        "whoCanAdd",
        One(&["ALL_MEMBERS_CAN_ADD", "ALL_MANAGERS_CAN_ADD", "ALL_OWNERS_CAN_ADD", "NONE_CAN_ADD"]),
        "ALL_MANAGERS_CAN_ADD",
    ),
    ("whoCanAddReferences", One(MANAGERS), "NONE"),
    (
        "whoCanApproveMembers",
        One(&["ALL_MEMBERS_CAN_APPROVE", "ALL_MANAGERS_CAN_APPROVE", "ALL_OWNERS_CAN_APPROVE", "NONE_CAN_APPROVE"]),
        "ALL_MANAGERS_CAN_APPROVE",
    ),
    ("whoCanApproveMessages", One(MODERATORS), "OWNERS_AND_MANAGERS"),
    ("whoCanAssignTopics", One(MANAGERS), "NONE"),
    ("whoCanAssistContent", One(MANAGERS), "NONE"),
    ("whoCanBanUsers", One(MODERATORS), "OWNERS_AND_MANAGERS"),
    (
        "whoCanContactOwner",
        One(&[
            "ALL_IN_DOMAIN_CAN_CONTACT",
            "ALL_MANAGERS_CAN_CONTACT",
            "ALL_MEMBERS_CAN_CONTACT",
            "ALL_OWNERS_CAN_CONTACT",
            "ANYONE_CAN_CONTACT",
        ]),
        "ANYONE_CAN_CONTACT",
    ),
    ("whoCanDeleteAnyPost", One(MODERATORS), "OWNERS_AND_MANAGERS"),
    ("whoCanDeleteTopics", One(MODERATORS), "OWNERS_AND_MANAGERS"),
    (
        "whoCanDiscoverGroup",
        One(&["ANYONE_CAN_DISCOVER", "ALL_IN_DOMAIN_CAN_DISCOVER", "ALL_MEMBERS_CAN_DISCOVER"]),
        "ALL_IN_DOMAIN_CAN_DISCOVER",
    ),
    ("whoCanEnterFreeFormTags", One(MANAGERS), "NONE"),
    ("whoCanHideAbuse", One(MODERATORS), "OWNERS_AND_MANAGERS"),
    (
        "whoCanInvite",
        One(&["ALL_MEMBERS_CAN_INVITE", "ALL_MANAGERS_CAN_INVITE", "ALL_OWNERS_CAN_INVITE", "NONE_CAN_INVITE"]),
        "ALL_MANAGERS_CAN_INVITE",
    ),
    (
        "whoCanJoin",
        One(&["ANYONE_CAN_JOIN", "ALL_IN_DOMAIN_CAN_JOIN", "INVITED_CAN_JOIN", "CAN_REQUEST_TO_JOIN"]),
        "CAN_REQUEST_TO_JOIN",
    ),
    (
        "whoCanLeaveGroup",
        One(&["ALL_MANAGERS_CAN_LEAVE", "ALL_MEMBERS_CAN_LEAVE", "NONE_CAN_LEAVE"]),
        "ALL_MEMBERS_CAN_LEAVE",
    ),
    ("whoCanLockTopics", One(MODERATORS), "OWNERS_AND_MANAGERS"),
    ("whoCanMakeTopicsSticky", One(MODERATORS), "OWNERS_AND_MANAGERS"),
    ("whoCanMarkDuplicate", One(MANAGERS), "NONE"),
    ("whoCanMarkFavoriteReplyOnAnyTopic", One(MANAGERS), "NONE"),
    ("whoCanMarkFavoriteReplyOnOwnTopic", One(MANAGERS), "NONE"),
    ("whoCanMarkNoResponseNeeded", One(MANAGERS), "NONE"),
    ("whoCanModerateContent", One(MODERATORS), "OWNERS_AND_MANAGERS"),
    ("whoCanModerateMembers", One(MODERATORS), "OWNERS_AND_MANAGERS"),
    ("whoCanModifyMembers", One(MODERATORS), "OWNERS_AND_MANAGERS"),
    ("whoCanModifyTagsAndCategories", One(MANAGERS), "NONE"),
    ("whoCanMoveTopicsIn", One(MODERATORS), "OWNERS_AND_MANAGERS"),
    ("whoCanMoveTopicsOut", One(MODERATORS), "OWNERS_AND_MANAGERS"),
    ("whoCanPostAnnouncements", One(MODERATORS), "OWNERS_AND_MANAGERS"),
    (
        "whoCanPostMessage",
        One(&[
            "NONE_CAN_POST",
            "ALL_MANAGERS_CAN_POST",
            "ALL_MEMBERS_CAN_POST",
            "ALL_OWNERS_CAN_POST",
            "ALL_IN_DOMAIN_CAN_POST",
            "ANYONE_CAN_POST",
        ]),
        "ANYONE_CAN_POST",
    ),
    ("whoCanTakeTopics", One(MANAGERS), "NONE"),
    ("whoCanUnassignTopic", One(MANAGERS), "NONE"),
    ("whoCanUnmarkFavoriteReplyOnAnyTopic", One(MANAGERS), "NONE"),
    (
        "whoCanViewGroup",
        One(&[
            "ANYONE_CAN_VIEW",
            "ALL_IN_DOMAIN_CAN_VIEW",
            "ALL_MEMBERS_CAN_VIEW",
            "ALL_MANAGERS_CAN_VIEW",
            "ALL_OWNERS_CAN_VIEW",
        ]),
        "ALL_MEMBERS_CAN_VIEW",
    ),
    (
        "whoCanViewMembership",
        One(&["ALL_IN_DOMAIN_CAN_VIEW", "ALL_MEMBERS_CAN_VIEW", "ALL_MANAGERS_CAN_VIEW", "ALL_OWNERS_CAN_VIEW"]),
        "ALL_MEMBERS_CAN_VIEW",
    ),
];

/// A setting as it stands in a group.
pub(super) fn value<'a>(group: &'a Group, name: &str) -> &'a str {
    let default = || SETTINGS.iter().find(|(known, ..)| *known == name).map_or("", |(_, _, default)| default);
    group.settings.get(name).map_or_else(default, String::as_str)
}

impl Kind {
    fn takes(&self, text: &str) -> bool {
        match self {
            Flag => matches!(text, "true" | "false"),
            Text => true,
            One(words) => words.contains(&text),
        }
    }
}

/// Changes a setting by hand, with what hangs on it.
pub(super) fn put(tenant: &mut Tenant, id: &str, name: &str, text: &str) -> Result<(), String> {
    let Some(before) = tenant.groups.get(id).cloned() else { return Ok(()) };
    let Some((_, kind, _)) = SETTINGS.iter().find(|(known, ..)| *known == name) else {
        return Err(format!("the Groups Settings API has no setting `{name}`"));
    };
    if !kind.takes(text) {
        return Err(format!("`{text}` is no value of the group's setting {name}"));
    }
    let mut after = before.clone();
    after.settings.insert(name.to_owned(), text.to_owned());
    let said = Map::from_iter([(name.to_owned(), json!(text))]);
    couple(&before, &mut after, &said)
        .map_err(|name| format!("{name} cannot be `{text}` while archiveOnly is false"))?;
    after.revision += 1;
    tenant.groups.insert(id, after);
    Ok(())
}

/// `groups/v1/groups/{group}`: `GET`, `PUT` and `PATCH`, both of which leave what is not named as it is.
pub(super) fn answer(tenant: &mut Tenant, call: &Call, key: &str) -> Answer {
    call.admin(tenant, &["apps.groups.settings"])?;
    let group = groups::find(tenant, key, call.now())?.clone();
    match call.request.method.as_str() {
        "GET" => shown(call, &group),
        "PUT" | "PATCH" => {
            // The API has one scope only, so what keeps the reading account from writing is its administrator role.
            if call.caller.access == Access::Read {
                return Err(errors::forbidden());
            }
            let changed = changed(call, &group)?;
            let answer = shown(call, &changed)?;
            tenant.groups.insert(changed.id.clone(), changed);
            Ok(answer)
        }
        _ => Err(errors::no_method()),
    }
}

fn changed(call: &Call, group: &Group) -> Result<Group, Reply> {
    let fields = schema::body(call.request, &schema::Shape::Any)?;
    let refuse = |name: &str| errors::directory(400, "invalid", &format!("Invalid Value: {name}"));
    let mut changed = group.clone();
    for (name, said) in &fields {
        if matches!(name.as_str(), "kind" | "email" | "maxMessageBytes" | "customRolesEnabledForSettingsToBeMerged") {
            continue;
        }
        // Everything is text here, the flags too.
        let text = said.as_str().ok_or_else(|| refuse(name))?;
        match name.as_str() {
            "name" if !text.is_empty() && text.chars().count() <= 75 => text.clone_into(&mut changed.name),
            "description" if text.chars().count() <= 4096 => text.clone_into(&mut changed.description),
            "name" | "description" => return Err(refuse(name)),
            _ => {
                let setting = SETTINGS.iter().find(|(known, ..)| known == name);
                let Some((_, kind, _)) = setting else {
                    let message = format!("Invalid JSON payload received. Unknown name \"{name}\": Cannot find field.");
                    return Err(errors::canonical(400, "badRequest", &message));
                };
                if !kind.takes(text) {
                    return Err(refuse(name));
                }
                changed.settings.insert(name.clone(), text.to_owned());
            }
        }
    }
    couple(group, &mut changed, &fields).map_err(refuse)?;
    changed.revision += 1;
    Ok(changed)
}

/// Archive-only groups and posting hang together: nobody can post to the one, and only to the one.
fn couple(before: &Group, after: &mut Group, said: &Map<String, Value>) -> Result<(), &'static str> {
    let archive = value(after, "archiveOnly") == "true";
    if archive {
        after.settings.insert("whoCanPostMessage".to_owned(), "NONE_CAN_POST".to_owned());
    } else if value(before, "archiveOnly") == "true" && !said.contains_key("whoCanPostMessage") {
        after.settings.insert("whoCanPostMessage".to_owned(), "ALL_MANAGERS_CAN_POST".to_owned());
    } else if value(after, "whoCanPostMessage") == "NONE_CAN_POST" {
        return Err("whoCanPostMessage");
    }
    Ok(())
}

/// A group's settings, as JSON where the client asks for it: this API's default is Atom.
fn shown(call: &Call, group: &Group) -> Answer {
    let mut out = Map::new();
    out.insert("kind".to_owned(), json!("groupsSettings#groups"));
    out.insert("email".to_owned(), json!(group.email));
    out.insert("name".to_owned(), json!(group.name));
    out.insert("description".to_owned(), json!(group.description));
    out.insert("maxMessageBytes".to_owned(), json!(26_214_400));
    for (name, ..) in SETTINGS {
        out.insert((*name).to_owned(), json!(value(group, name)));
    }
    if call.request.query_value("alt").as_deref() != Some("json") {
        return Ok(Reply {
            status: 200,
            headers: Vec::new(),
            body: Body::Text { content_type: "application/atom+xml; charset=utf-8".to_owned(), text: atom(&out) },
        });
    }
    let mut reply = reply(call, 200, Value::Object(out), &schema::Shape::Any)?;
    // Only the header carries the etag of this API.
    let etag = super::resource::etag(&format!("settings {} {}", group.id, group.revision));
    if call.request.header("if-none-match") == Some(etag.as_str()) && call.request.method == http::Method::GET {
        return Ok(Reply::empty(304).header("etag", etag));
    }
    reply = reply.header("etag", etag);
    Ok(reply)
}

fn atom(settings: &Map<String, Value>) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<entry xmlns=\"http://www.w3.org/2005/Atom\" \
         xmlns:apps=\"http://schemas.google.com/apps/2006\">\n",
    );
    for (name, value) in settings {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        out.extend(["  <apps:", name.as_str(), ">", text.as_str(), "</apps:", name.as_str(), ">\n"]);
    }
    out + "</entry>\n"
}
