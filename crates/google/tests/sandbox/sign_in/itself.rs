//! A service account that acts by an admin role of its own.

use tripod_model::Kind;
use tripod_sandbox::Access;
use tripod_tenant::{ErrorKind, MailboxQuery, NewMailbox, Observed, TenantReader, TenantWriter};

use super::{customer, machine, refusal};
use crate::support::{Told, access, at, new};

const WITH_ROLE: &str = "{service-account-role: true, delegation: false, metadata-server: write}";

#[tokio::test]
async fn with_a_key_or_without_it_reads_people_and_group_inboxes_and_needs_no_delegation() {
    let customer = customer(WITH_ROLE).await;
    for identity in [customer.key(Access::Read).into(), customer.keyless(Access::Read, machine())] {
        let reader = customer.reader(identity.acting_as_itself());
        assert_eq!(refusal(&reader).await, None);
        let query = MailboxQuery { address: at("old-inbox"), kind: Kind::GroupInbox, id: None };
        match reader.mailboxes(&[query]).await.remove(0) {
            Observed::Present(mailbox) => assert_eq!(access(&mailbox), ["ana:full", "cara:full"]),
            other => panic!("{other:?}"),
        }
    }
}
