//! What an auditor asks beyond who has access, with scopes that only read.
//!
//! What takes more than a read scope is unknown, with the scope as the reason, and never asked for: application
//! passwords, which stand under a scope that also signs people out and turns their second factor off (facts sheet,
//! Google 3). The grants come from the audit log for the same reason; it goes back about six months, so a grant that
//! is older and was not renewed since is not seen (facts sheet, Google 5).

mod facts;
mod grants;
mod groups;
mod mailbox;
mod person;

use async_trait::async_trait;
use tripod_model::Address;
use tripod_tenant::{
    AppGrant, Changes, MailboxFacts, MailboxRef, Observed, Ownership, PersonFacts, PersonRef, TenantAuditor,
    TenantError,
};

use super::GoogleReader;

#[async_trait]
impl TenantAuditor for GoogleReader {
    async fn person_facts(&self, people: &[PersonRef]) -> Vec<PersonFacts> {
        person::facts(&self.caller, people).await
    }

    /// An address counts as forwarded to when all mail goes there, and also when it was confirmed as a target: somebody
    /// who can open the mailbox may begin to forward to it at any time. What filters forward by now is told beside it.
    ///
    /// Google has no read-only way to an account's application passwords, and how much a mailbox holds stands in none
    /// of the interfaces that are used here: both are unknown for every account.
    async fn mailbox_facts(&self, mailboxes: &[MailboxRef]) -> Vec<MailboxFacts> {
        mailbox::facts(&self.caller, mailboxes).await
    }

    async fn group_members(&self, groups: &[Address]) -> Vec<Observed<Vec<Address>>> {
        groups::members(&self.caller, groups).await
    }

    /// From the audit log of the last six months or so: grants that are older are not seen, nor are those of the last
    /// hours, because the log lags (facts sheet, Google 5). Whether Google has verified an app is not in it, so none
    /// counts as verified. Accounts with Tripod's marker are left out; they are no person's.
    async fn grants(&self) -> Result<Vec<AppGrant>, TenantError> {
        grants::grants(&self.caller).await
    }

    /// Groups that people own. In Google's directory, nobody owns an application.
    async fn ownerships(&self) -> Result<Vec<Ownership>, TenantError> {
        groups::ownerships(&self.caller).await
    }

    /// Nothing: the Directory API cannot tell what changed since a time (facts sheet, Google 3.6).
    async fn changes(&self, _since: Option<&str>) -> Result<Option<Changes>, TenantError> {
        Ok(None)
    }
}
