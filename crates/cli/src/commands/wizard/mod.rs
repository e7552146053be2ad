//! `tripod wizard`: from nothing to a mailbox that stands on three people, one question after the other.

mod accept;
mod adopt;
mod adoption;
mod answers_file;
mod answers_yaml;
mod arguments;
mod ask;
mod conflicts;
mod connection;
mod files;
mod finish;
mod flags;
mod held;
mod people;
mod preview;
mod questions;
mod run;
mod search;
mod secrets;
mod tenant;
#[cfg(test)]
mod tests;
mod warnings;
mod ways;
mod words;

pub(crate) use arguments::WizardArguments;
pub(crate) use run::run;
