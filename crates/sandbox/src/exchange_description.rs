//! What Exchange Online has to say of a mailbox or a person beside the usual: holds, restrictions, rules of the inbox,
//! synchronisation, entries of access lists that nobody made with a cmdlet.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tripod_model::Address;

/// What else there is to an account at Microsoft. What is not said stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ExchangeDescription {
    /// Whether address lists leave it out.
    pub hidden: Option<bool>,
    /// What keeps its contents.
    pub hold: Option<HoldDescription>,
    /// Whether it comes from the organisation's own directory.
    pub synchronised: Option<SynchronisationDescription>,
    /// Whether only senders who have signed in are let through (`RequireSenderAuthenticationEnabled`).
    pub inside_only: Option<bool>,
    /// Whose mail alone is let through (`AcceptMessagesOnlyFromSendersOrMembers`).
    pub only_from: Option<Vec<Address>>,
    /// Whether a moderator decides on its mail (`ModerationEnabled`).
    pub moderated: Option<bool>,
    /// Whether it has an archive.
    pub archive: Option<bool>,
    /// What its licence brings.
    pub licence: Option<LicenceDescription>,
    /// Who may send on behalf of it.
    pub on_behalf: Option<Vec<Address>>,
    /// The rules of its inbox.
    pub rules: Option<Vec<RuleDescription>>,
    /// Entries of its access lists beside those that cmdlets made.
    pub entries: Option<Vec<EntryDescription>>,
    /// Whether access lists show the display name of this account rather than its sign-in name.
    pub shown_by_name: Option<bool>,
    /// Properties that Exchange leaves out of its answers about the mailbox.
    pub left_out: Option<Vec<String>>,
}

/// What keeps a mailbox's contents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HoldDescription {
    /// Nothing.
    #[default]
    None,
    /// A litigation hold.
    Litigation,
    /// An in-place hold.
    InPlace,
    /// A retention policy of Microsoft Purview.
    Retention,
    /// A retention label on something in it.
    Label,
}

/// Whether an account comes from the organisation's own directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SynchronisationDescription {
    /// It does not.
    #[default]
    No,
    /// It does, and can be changed there only.
    Yes,
    /// It does, and was handed over to the cloud (`isCloudManaged`).
    CloudManaged,
}

/// What a licence brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LicenceDescription {
    /// None is assigned. A mailbox of a person goes with it.
    None,
    /// A plan of the service «exchange» that gives no mailbox (`EXCHANGE_S_FOUNDATION`).
    Foundation,
    /// A mailbox.
    Mailbox,
}

/// A rule of an inbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RuleDescription {
    /// Its name.
    pub name: String,
    /// Where it sends mail to.
    #[serde(default)]
    pub to: Vec<String>,
    /// How it does so.
    #[serde(default)]
    pub by: RuleAction,
    /// Whether it is off.
    #[serde(default)]
    pub off: bool,
    /// Whether Outlook does not show it, which `IncludeHidden` asks for.
    #[serde(default)]
    pub hidden: bool,
}

/// How a rule sends mail on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RuleAction {
    /// `ForwardTo`.
    #[default]
    Forward,
    /// `ForwardAsAttachmentTo`.
    Attach,
    /// `RedirectTo`.
    Redirect,
}

/// An entry of a mailbox's access lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of the list, and they do not depend on each other")]
pub struct EntryDescription {
    /// What the list shows: `Default`, `Anonymous`, `Everyone`, a display name, an address.
    pub shown: String,
    /// The security identifier beside it; none is shown where nothing is said.
    #[serde(default)]
    pub sid: Option<String>,
    /// Full Access.
    #[serde(default)]
    pub read: bool,
    /// Send As.
    #[serde(default)]
    pub act: bool,
    /// Whether it denies rather than gives.
    #[serde(default)]
    pub deny: bool,
    /// Whether it comes from above.
    #[serde(default)]
    pub inherited: bool,
}

impl ExchangeDescription {
    /// Takes over what another one says.
    pub(crate) fn take_over(&mut self, other: &Self) {
        fn take<T: Clone>(place: &mut Option<T>, said: Option<&T>) {
            if let Some(said) = said {
                *place = Some(said.clone());
            }
        }
        take(&mut self.hidden, other.hidden.as_ref());
        take(&mut self.hold, other.hold.as_ref());
        take(&mut self.synchronised, other.synchronised.as_ref());
        take(&mut self.inside_only, other.inside_only.as_ref());
        take(&mut self.only_from, other.only_from.as_ref());
        take(&mut self.moderated, other.moderated.as_ref());
        take(&mut self.archive, other.archive.as_ref());
        take(&mut self.licence, other.licence.as_ref());
        take(&mut self.on_behalf, other.on_behalf.as_ref());
        take(&mut self.rules, other.rules.as_ref());
        take(&mut self.entries, other.entries.as_ref());
        take(&mut self.shown_by_name, other.shown_by_name.as_ref());
        take(&mut self.left_out, other.left_out.as_ref());
    }

    /// Whether it is synchronised, and whether it has been handed over to the cloud.
    pub(crate) fn synchronisation(&self) -> (bool, bool) {
        match self.synchronised.unwrap_or_default() {
            SynchronisationDescription::No => (false, false),
            SynchronisationDescription::Yes => (true, false),
            SynchronisationDescription::CloudManaged => (true, true),
        }
    }
}
