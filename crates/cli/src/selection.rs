//! Which of a workspace's mailboxes a command is about.

use clap::Args;
use tripod_model::{Address, TenantName, suggest};
use tripod_verifier::Verification;

use crate::exit::{CommandError, Exit};
use crate::workspace::Workspace;

/// A choice of mailboxes.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Selection {
    /// Only the mailboxes of this tenant; may be given several times
    #[arg(long = "tenant", value_name = "NAME")]
    pub tenants: Vec<String>,
    /// Only this mailbox; may be given several times
    #[arg(long = "mailbox", value_name = "ADDRESS")]
    pub mailboxes: Vec<Address>,
}

impl Selection {
    /// Whether nothing is left out.
    pub(crate) fn is_all(&self) -> bool {
        self.tenants.is_empty() && self.mailboxes.is_empty()
    }

    /// The workspace with the chosen mailboxes and their tenants only. What is wrong in its files stays in it.
    pub(crate) fn of(&self, workspace: Workspace) -> Result<Workspace, CommandError> {
        let mut chosen = self.tenants_of(workspace)?;
        let is_chosen = |address: &Address| self.mailboxes.is_empty() || self.mailboxes.contains(address);
        chosen.mailboxes.retain(|mailbox| is_chosen(&mailbox.address));
        let used = |name: &TenantName| chosen.mailboxes.iter().any(|mailbox| mailbox.tenant == *name);
        if !self.mailboxes.is_empty() {
            chosen.settings.tenants.retain(|name, _| used(name));
        }
        Ok(chosen)
    }

    /// The workspace with all mailboxes of the tenants that are concerned. Checks that look at a whole tenant need that.
    pub(crate) fn tenants_of(&self, workspace: Workspace) -> Result<Workspace, CommandError> {
        for name in &self.tenants {
            let known = workspace.settings.tenants.keys().map(|tenant| tenant.0.as_str());
            if !known.clone().any(|tenant| tenant == name) {
                return Err(unknown(&format!("tripod.yaml has no tenant `{name}`"), name, known));
            }
        }
        let named = |tenant: &TenantName| self.tenants.is_empty() || self.tenants.contains(&tenant.0);
        let mut chosen = workspace;
        chosen.mailboxes.retain(|mailbox| named(&mailbox.tenant));
        for address in &self.mailboxes {
            let known = chosen.mailboxes.iter().map(|mailbox| mailbox.address.as_str());
            // What cannot be read may be what was meant; it is reported where it stands.
            if chosen.problems.is_empty() && !known.clone().any(|there| there == address.as_str()) {
                let place = if self.tenants.is_empty() { "the manifest" } else { "the manifest of that tenant" };
                return Err(unknown(&format!("{place} has no mailbox {address}"), address.as_str(), known));
            }
        }
        let concerned = |tenant: &TenantName| {
            let of_mailbox = |address: &Address| {
                chosen.mailboxes.iter().any(|mailbox| mailbox.address == *address && mailbox.tenant == *tenant)
            };
            named(tenant) && (self.mailboxes.is_empty() || self.mailboxes.iter().any(of_mailbox))
        };
        let tenants: Vec<TenantName> =
            chosen.settings.tenants.keys().filter(|tenant| concerned(tenant)).cloned().collect();
        chosen.settings.tenants.retain(|name, _| tenants.contains(name));
        chosen.mailboxes.retain(|mailbox| tenants.contains(&mailbox.tenant));
        Ok(chosen)
    }

    /// Leaves in a verification what concerns the chosen mailboxes.
    pub(crate) fn narrow(&self, verification: &mut Verification) {
        if self.mailboxes.is_empty() {
            return;
        }
        let is_chosen = |address: &Address| self.mailboxes.contains(address);
        verification.mailboxes.retain(|standing| is_chosen(&standing.address));
        verification.findings.retain(|finding| is_chosen(&finding.mailbox));
        verification.accepted.retain(|accepted| is_chosen(&accepted.finding.mailbox));
        verification.unknown.retain(|unknown| unknown.mailbox.as_ref().is_none_or(is_chosen));
    }
}

fn unknown<'a>(message: &str, word: &str, known: impl Iterator<Item = &'a str>) -> CommandError {
    let error = CommandError::message(Exit::Usage, message);
    match suggest::closest(word, known) {
        Some(close) => error.hint(format!("did you mean `{close}`?")),
        None => error,
    }
}
