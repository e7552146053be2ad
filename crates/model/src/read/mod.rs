//! Reading the user's files: what they say, and everything that is wrong with them at once.
//!
//! A file is first read into a tree that knows the place of every key and value (`node`, `parse`), and then judged
//! piece by piece (`fields`, `scalar` and one module per kind of file), so that one problem does not hide another.
//! What is returned beside problems is for looking things up, never for changing anything.

mod credentials;
mod fields;
mod mailbox;
mod mailboxes;
mod names;
mod node;
mod parse;
mod policy;
mod report;
mod scalar;
mod settings;
mod tenant;

pub use mailboxes::mailboxes;
pub use policy::policy;
pub(crate) use report::{is_unprintable, printable};
pub use settings::settings;
