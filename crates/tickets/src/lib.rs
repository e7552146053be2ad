//! Ticket-driven work: requests in, approvals bound to a digest, runbooks and evidence out.
//!
//! A ticket is hostile text. It is bounded before it is read ([`request::read`]), judged field by field, and made
//! harmless for every place that it goes to ([`text`]). The port to a desk is [`desk::Desk`].

pub mod approval;
pub mod connect;
pub mod desk;
pub mod edit;
pub mod evidence;
pub mod form;
pub mod request;
pub mod runbook;
pub mod text;
pub mod ticket;

pub use tripod_provisioner::journal::chain;
