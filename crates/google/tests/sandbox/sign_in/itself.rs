//! Whoever acts by an admin role of their own: a service account, or somebody who signed in in a browser.

use tripod_google::GoogleIdentity;
use tripod_model::Kind;
use tripod_sandbox::Access;
use tripod_tenant::{
    ErrorKind, Grant, MailboxId, MailboxQuery, MailboxRef, NewMailbox, Observed, SignInFor, TenantError, TenantReader,
    TenantWriter,
};

use super::browser::signed_in_identity;
use super::{Customer, customer, machine, refusal};
use crate::support::{Told, access, at, new};

const WITH_ROLE: &str = "{service-account-role: true, delegation: false, metadata-server: write}";

/// Everybody who can act as themselves here.
async fn all(customer: &Customer, with: Access) -> [GoogleIdentity; 3] {
    [
        GoogleIdentity::from(customer.key(with)).acting_as_itself(),
        customer.keyless(with, machine()).acting_as_itself(),
        // One sign-in may serve both for reading and for writing.
        signed_in_identity(customer, if with == Access::Read { SignInFor::Both } else { SignInFor::Writing }).await,
    ]
}

fn query(name: &str, kind: Kind) -> MailboxQuery {
    MailboxQuery { address: at(name), kind, id: None }
}

async fn create(customer: &Customer, identity: GoogleIdentity, new: NewMailbox) -> Result<MailboxId, TenantError> {
    let told = Told::new(1);
    customer.writer(identity).create(&[new], &|index, outcome| told.done(index, outcome)).await;
    told.all().remove(0)
}

#[tokio::test]
async fn whoever_acts_as_itself_reads_people_and_group_inboxes_without_delegation() {
    let customer = customer(WITH_ROLE).await;
    for identity in all(&customer, Access::Read).await {
        let reader = customer.reader(identity);
        assert_eq!(refusal(&reader).await, None);
        match reader.mailboxes(&[query("old-inbox", Kind::GroupInbox)]).await.remove(0) {
            Observed::Present(mailbox) => assert_eq!(access(&mailbox), ["ana:full", "cara:full"]),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn whoever_acts_as_itself_makes_group_inboxes_and_lets_people_in() {
    let customer = customer(WITH_ROLE).await;
    for (number, identity) in all(&customer, Access::Write).await.into_iter().enumerate() {
        let new = new(&format!("inbox-{number}"), Kind::GroupInbox);
        let id = create(&customer, identity.clone(), new.clone()).await.unwrap();
        let mailbox = MailboxRef { id, address: new.address, kind: new.kind };
        let writer = customer.writer(identity);
        let told = Told::new(1);
        let ready = |index, outcome| told.done(index, outcome);
        writer.wait_until_ready(std::slice::from_ref(&mailbox), &ready).await;
        told.all().remove(0).unwrap();
        let reader = customer.reader(GoogleIdentity::from(customer.key(Access::Read)).acting_as_itself());
        let Observed::Present(ana) = reader.people(&[at("ana")]).await.remove(0) else { panic!("no Ana") };
        let told = Told::new(1);
        let grants = [Grant { mailbox, person: ana.as_ref() }];
        writer.grant(&grants, &|index, outcome| told.done(index, outcome)).await;
        told.all().remove(0).unwrap();
    }
}

#[tokio::test]
async fn shared_mailboxes_are_refused_before_anything_is_asked_and_never_taken_as_absent() {
    let customer = customer(WITH_ROLE).await;
    for identity in all(&customer, Access::Write).await {
        let before = customer.exchanges("admin.googleapis.com");
        let error = create(&customer, identity, new("backups", Kind::SharedMailbox)).await.unwrap_err();
        assert_eq!((error.kind, error.not_done), (ErrorKind::SetUp, true), "{error}");
        assert!(error.to_string().contains("use `group-inbox`, or set delegation up"), "{error}");
        assert_eq!(customer.exchanges("admin.googleapis.com"), before);
    }
    for identity in all(&customer, Access::Read).await {
        let reader = customer.reader(identity);
        let Observed::Present(mailbox) = reader.mailboxes(&[query("old-box", Kind::SharedMailbox)]).await.remove(0)
        else {
            panic!("the account is there")
        };
        let Observed::Unknown(unknown) = mailbox.delegates else { panic!("{:?}", mailbox.delegates) };
        assert_eq!(unknown.kind, ErrorKind::SetUp);
        let obstacles = reader.readiness(&[query("backups", Kind::SharedMailbox)]).await;
        assert!(obstacles.iter().any(|obstacle| obstacle.message.contains("domain-wide delegation")), "{obstacles:?}");
    }
    assert_eq!(customer.exchanges("gmail.googleapis.com"), 0);
}

#[tokio::test]
async fn without_a_role_nothing_can_be_read() {
    let customer = customer("{metadata-server: write}").await;
    for identity in [customer.key(Access::Read).into(), customer.keyless(Access::Read, machine())] {
        let said = refusal(&customer.reader(identity.acting_as_itself())).await.unwrap();
        assert!(said.contains("Not Authorized"), "{said}");
    }
}
