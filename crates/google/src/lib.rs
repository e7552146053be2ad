//! Google Workspace behind the port of `tripod-tenant`.
//!
//! A `shared-mailbox` is a user account that carries Tripod's marker and has Gmail delegates; a `group-inbox` is a
//! group that works as a collaborative inbox. [`GoogleReader`] asks for read scopes only; [`GoogleWriter`] is the only
//! thing here that asks for more. Both sign in with a [`GoogleIdentity`]. A service account with domain-wide delegation,
//! with a key or without one, makes directory calls on behalf of an administrator and Gmail calls on behalf of the
//! mailbox itself, because Google allows delegates to be managed in no other way (facts sheet, Google 2). Whoever acts by
//! an admin role of their own, a service account or somebody who signed in in a browser, looks after group inboxes only.
//!
//! All use of `google-apis-common` is in `http.rs`, and all use of `yup-oauth2` in `token/key.rs` and `key.rs`, so that
//! either can be replaced. `yup-oauth2` writes requests with their assertions to the `log` crate at debug level: never
//! bridge `log` into a log of Tripod's.

mod browser;
mod call;
mod caller_credential;
mod credential_file;
mod diagnose;
mod directory;
mod error;
mod gmail;
mod group_settings;
mod http;
mod identity;
mod key;
mod member;
mod member_rules;
mod policies;
mod reader;
mod reports;
mod scope;
mod tenant;
mod token;
mod usage;
mod wire;
mod writer;

pub use browser::{BrowserClient, SignedIn, revoke, sign_in_with_browser};
pub use caller_credential::{AmbientPlaces, CallerCredential};
pub use diagnose::GoogleDoctor;
pub use identity::GoogleIdentity;
pub use key::ServiceAccountKey;
pub use reader::GoogleReader;
pub use tenant::GoogleTenant;
pub use writer::GoogleWriter;
