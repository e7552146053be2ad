//! What is kept of a ticket beside its state: the plan that was posted, and approvals that are used up.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tripod_provisioner::{Digest, Plan};
use tripod_tickets::approval::Approval;
use tripod_tickets::desk::{Shown, TicketId};
use tripod_tickets::request::Request;

use crate::exit::{CommandError, Exit};
use crate::new_file;

/// The folder of a ticket beside the records of what was done.
#[derive(Clone, Debug)]
pub(super) struct Case {
    folder: PathBuf,
}

/// Since when the living comment has shown a plan, as far as the desk tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct OnShow {
    /// The plan.
    pub digest: Digest,
    /// When the comment began to show it, by the desk's clock.
    pub since: Timestamp,
    /// The comment as we left it. Where it is another one, somebody changed it, and may have shown another plan.
    pub last: Shown,
}

impl Case {
    /// The case of a ticket; its folder is made when something is kept.
    pub(super) fn of(records: &Path, desk: &str, ticket: &TicketId) -> Self {
        Self { folder: records.join("tickets").join(plain(desk)).join(ticket.as_str()) }
    }

    /// The plan that was posted, with the request that it is for.
    pub(super) fn posted(&self) -> Result<Option<(Plan, Request)>, CommandError> {
        let Some(text) = self.text("plan.json")? else { return Ok(None) };
        let plan = Plan::from_json(&text).map_err(|error| {
            CommandError::message(Exit::File, format!("{}: {error}", self.path("plan.json").display()))
        })?;
        Ok(self.json("request.json")?.map(|request| (plan, request)))
    }

    /// Keeps the plan that is posted.
    pub(super) fn post(&self, plan: &Plan, request: &Request) -> Result<(), CommandError> {
        self.keep("request.json", &(serde_json::to_string_pretty(request)? + "\n"))?;
        self.keep("plan.json", &plan.to_json()?)
    }

    /// The approval under which the plan is carried out.
    pub(super) fn approval(&self) -> Result<Option<Approval>, CommandError> {
        self.json("approval.json")
    }

    /// Keeps the approval under which the plan is carried out.
    pub(super) fn approved(&self, approval: &Approval) -> Result<(), CommandError> {
        self.keep("approval.json", &(serde_json::to_string_pretty(approval)? + "\n"))
    }

    /// Since when the living comment shows a plan.
    pub(super) fn on_show(&self) -> Result<Option<OnShow>, CommandError> {
        self.json("on-show.json")
    }

    /// Keeps that the living comment shows a plan. `found` is the comment as it was before it was written now: where
    /// that is not as we left it, what was shown meanwhile is not known.
    pub(super) fn shows(&self, digest: &Digest, found: Option<&Shown>, now: Option<Shown>) -> Result<(), CommandError> {
        let Some(last) = now else { return Ok(()) };
        let before = self.on_show()?.filter(|before| before.digest == *digest && found == Some(&before.last));
        let since = before.map_or(last.at, |before| before.since);
        let on_show = OnShow { digest: digest.clone(), since, last };
        self.keep("on-show.json", &(serde_json::to_string_pretty(&on_show)? + "\n"))
    }

    /// The approvals that count for nothing any more: they were given for an earlier plan, or one was carried out
    /// under them. A plan that comes to say the same again needs new ones.
    pub(super) fn spent(&self) -> Result<BTreeSet<Approval>, CommandError> {
        Ok(self.json("spent.json")?.unwrap_or_default())
    }

    /// Adds to the approvals that count for nothing any more.
    pub(super) fn spend(&self, more: impl IntoIterator<Item = Approval>) -> Result<(), CommandError> {
        let mut spent = self.spent()?;
        let before = spent.len();
        spent.extend(more);
        if spent.len() == before {
            return Ok(());
        }
        self.keep("spent.json", &(serde_json::to_string_pretty(&spent)? + "\n"))
    }

    /// What the ticket is told at the end: the last comment and the closing text.
    pub(super) fn last_words(&self) -> Result<Option<(String, String)>, CommandError> {
        Ok(self.text("comment.md")?.zip(self.text("closing.md")?))
    }

    /// Keeps what the ticket is told at the end.
    pub(super) fn keep_last_words(&self, comment: &str, closing: &str) -> Result<(), CommandError> {
        self.keep("comment.md", comment)?;
        self.keep("closing.md", closing)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn keep(&self, name: &str, text: &str) -> Result<(), CommandError> {
        new_file::private_folder(&self.folder)?;
        new_file::replace_private(&self.path(name), text)
    }

    fn text(&self, name: &str) -> Result<Option<String>, CommandError> {
        match tripod_files::read_text(&self.path(name)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, CommandError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|error| CommandError::message(Exit::File, format!("{}: {error}", self.path(name).display())))
    }
}

/// The name of a desk as one segment of a path.
pub(super) fn plain(desk: &str) -> String {
    desk.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}
