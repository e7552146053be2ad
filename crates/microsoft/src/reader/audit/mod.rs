//! What an auditor asks beyond who has access, with permissions that only read.

mod accounts;
mod changes;
mod grants;
mod groups;
mod mailbox;
mod names;
mod ownerships;
mod person;

use async_trait::async_trait;
use tripod_model::Address;
use tripod_tenant::{
    AppGrant, Changes, MailboxFacts, MailboxRef, Observed, Ownership, PersonFacts, PersonRef, TenantAuditor,
    TenantError,
};

use super::MicrosoftReader;

#[async_trait]
impl TenantAuditor for MicrosoftReader {
    /// An account that is not in the directory any more is unknown, not without anything.
    ///
    /// The last sign-in is the last one that succeeded. Microsoft has kept that only since the end of 2023; of accounts
    /// that have not signed in since, it is the last attempt.
    async fn person_facts(&self, people: &[PersonRef]) -> Vec<PersonFacts> {
        person::facts(&self.connection, people).await
    }

    /// The account of a shared mailbox is looked at by its Entra id. Of a Microsoft 365 group everything is absent: it
    /// has no account and forwards nothing, and how much it holds is not asked, because the cmdlets that tell it of a
    /// mailbox are not known to answer for a group (facts sheet, Microsoft 5, gotcha 2).
    ///
    /// Recovery addresses, application passwords and the switch for delegation are absent for both kinds. An account
    /// has no recovery address beside its authentication methods; application passwords belong to the per-user second
    /// factor that Microsoft has replaced, and Graph knows nothing of them; delegation is no user's own setting here,
    /// so nobody can switch it off by unit.
    async fn mailbox_facts(&self, mailboxes: &[MailboxRef]) -> Vec<MailboxFacts> {
        mailbox::facts(&self.connection, mailboxes).await
    }

    /// Of security groups, Microsoft 365 groups and distribution lists as Graph shows them. The members of other lists,
    /// e.g. dynamic ones that only Exchange knows, are unknown. A group that neither of them knows is absent.
    async fn group_members(&self, groups: &[Address]) -> Vec<Observed<Vec<Address>>> {
        groups::members(&self.connection, groups).await
    }

    /// Of apps that are neither the tenant's own nor Microsoft's. What a person has consented to for several APIs is
    /// one grant. A consent has no date at Microsoft. An assignment gives the app no permissions, so it has no scopes;
    /// assignments to groups are left out, because they do not end with anybody's account.
    ///
    /// A grant of somebody who is deleted for good is left out, and one of an app that is gone: nothing hangs on it.
    async fn grants(&self) -> Result<Vec<AppGrant>, TenantError> {
        Box::pin(grants::all(&self.connection)).await
    }

    /// Registrations of the tenant's own, apps of others, Microsoft 365 groups and security groups, where people own
    /// them. The id of an app is its application id, as in a grant.
    async fn ownerships(&self) -> Result<Vec<Ownership>, TenantError> {
        Box::pin(ownerships::all(&self.connection)).await
    }

    /// By delta query on users: new, changed and deleted ones count alike. The cursor is the bare token of the link
    /// that Graph gives, so that a cursor from a file can never lead to another host.
    async fn changes(&self, since: Option<&str>) -> Result<Option<Changes>, TenantError> {
        changes::since(&self.connection, since).await.map(Some)
    }
}
