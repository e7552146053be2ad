//! Gmail's delegates, forwarding and filters, each call on behalf of the mailbox itself (facts sheet, Google 2).

use http::Method;
use serde::Deserialize;
use serde_json::json;
use tripod_model::Address;
use tripod_tenant::{Acceptance, TenantError};

use crate::call::{Api, Call, Caller, Nothing, segment};
use crate::scope::{GMAIL_READ, GMAIL_SHARING};
use crate::token::Subject;
use crate::wire::filled;

/// A delegate of a mailbox.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delegate {
    #[serde(deserialize_with = "filled")]
    pub(crate) delegate_email: String,
    verification_status: Option<String>,
}

/// A mailbox's delegates; the field is absent when there is none.
#[derive(Debug, Deserialize)]
struct Delegates {
    #[serde(default)]
    delegates: Vec<Delegate>,
}

/// Whether all mail is forwarded, and where to.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AutoForwarding {
    pub(crate) enabled: Option<bool>,
    pub(crate) email_address: Option<String>,
}

/// An address that mail may be forwarded to.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ForwardingAddress {
    #[serde(deserialize_with = "filled")]
    pub(crate) forwarding_email: String,
    verification_status: Option<String>,
}

/// The addresses that mail may be forwarded to; the field is absent when there is none.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ForwardingAddresses {
    #[serde(default)]
    forwarding_addresses: Vec<ForwardingAddress>,
}

/// A filter, of which only what it forwards counts here.
#[derive(Debug, Deserialize)]
pub(crate) struct Filter {
    action: Option<FilterAction>,
}

#[derive(Debug, Deserialize)]
struct FilterAction {
    forward: Option<String>,
}

/// The filters of a mailbox. The list's name is in the singular, and the field is absent when there is none.
#[derive(Debug, Deserialize)]
struct Filters {
    #[serde(default)]
    filter: Vec<Filter>,
}

impl Filter {
    /// Where it forwards to, if it forwards.
    pub(crate) fn target(self) -> Option<String> {
        self.action?.forward.filter(|target| !target.trim().is_empty())
    }
}

impl ForwardingAddress {
    /// Whether it still waits for its owner to agree; until then Gmail forwards nothing to it.
    pub(crate) fn is_pending(&self) -> bool {
        self.verification_status.as_deref() == Some("pending")
    }
}

impl Delegate {
    /// Whether the delegation is in force; nothing if Google does not tell, as with `verificationStatusUnspecified`.
    pub(crate) fn acceptance(&self) -> Option<Acceptance> {
        match self.verification_status.as_deref()? {
            "accepted" => Some(Acceptance::Accepted),
            "rejected" | "expired" => Some(Acceptance::Refused),
            "pending" => Some(Acceptance::Pending),
            _ => None,
        }
    }

    /// Whether it is this address, whatever its case.
    pub(crate) fn is(&self, address: &Address) -> bool {
        self.delegate_email.eq_ignore_ascii_case(address.as_str())
    }
}

fn delegates_call(mailbox: &Address, scope: &'static str, method: Method, path: &str, what: String) -> Call {
    let path = format!("/gmail/v1/users/me/settings/delegates{path}");
    Call::new(Api::Gmail, Subject::Mailbox(mailbox.clone()), scope, method, path, what)
}

fn forwarding_call(mailbox: &Address, setting: &str) -> Call {
    let path = format!("/gmail/v1/users/me/settings/{setting}");
    let what = format!("read the forwarding of {mailbox}");
    Call::new(Api::Gmail, Subject::Mailbox(mailbox.clone()), GMAIL_READ, Method::GET, path, what)
}

impl Caller {
    /// A mailbox's delegates; there are no pages.
    pub(crate) async fn delegates(&self, mailbox: &Address) -> Result<Vec<Delegate>, TenantError> {
        let what = format!("list the delegates of {mailbox}");
        let call = delegates_call(mailbox, GMAIL_READ, Method::GET, "", what);
        self.send::<Delegates>(&call).await.map(|list| list.delegates)
    }

    /// Whether a mailbox forwards all its mail.
    pub(crate) async fn auto_forwarding(&self, mailbox: &Address) -> Result<AutoForwarding, TenantError> {
        self.send(&forwarding_call(mailbox, "autoForwarding")).await
    }

    /// The addresses that a mailbox may forward mail to; there are no pages.
    pub(crate) async fn forwarding_addresses(&self, mailbox: &Address) -> Result<Vec<ForwardingAddress>, TenantError> {
        let call = forwarding_call(mailbox, "forwardingAddresses");
        self.send::<ForwardingAddresses>(&call).await.map(|list| list.forwarding_addresses)
    }

    /// A mailbox's filters (Gmail API, `users.settings.filters`); there are no pages.
    pub(crate) async fn filters(&self, mailbox: &Address) -> Result<Vec<Filter>, TenantError> {
        let what = format!("read the filters of {mailbox}");
        let path = "/gmail/v1/users/me/settings/filters".to_owned();
        let call = Call::new(Api::Gmail, Subject::Mailbox(mailbox.clone()), GMAIL_READ, Method::GET, path, what);
        self.send::<Filters>(&call).await.map(|list| list.filter)
    }

    /// One delegate of a mailbox.
    pub(crate) async fn delegate(&self, mailbox: &Address, delegate: &Address) -> Result<Delegate, TenantError> {
        let what = format!("read delegate {delegate} of {mailbox}");
        let path = format!("/{}", segment(delegate.as_str()));
        self.send(&delegates_call(mailbox, GMAIL_READ, Method::GET, &path, what)).await
    }

    /// Adds a delegate. May be repeated: one that is there already answers 409.
    pub(crate) async fn create_delegate(&self, mailbox: &Address, delegate: &Address) -> Result<Delegate, TenantError> {
        let what = format!("make {delegate} a delegate of {mailbox}");
        let call = delegates_call(mailbox, GMAIL_SHARING, Method::POST, "", what);
        self.send(&call.body(json!({ "delegateEmail": delegate }))).await
    }

    /// Takes a delegate away.
    pub(crate) async fn delete_delegate(&self, mailbox: &Address, delegate: &str) -> Result<(), TenantError> {
        let what = format!("remove delegate {delegate} of {mailbox}");
        let call = delegates_call(mailbox, GMAIL_SHARING, Method::DELETE, &format!("/{}", segment(delegate)), what);
        self.send::<Nothing>(&call).await.map(drop)
    }
}
