//! The Google stand-in over real sockets, as a foreign client sees it.

mod batch;
mod directory;
mod gmail;
mod groups;
mod serving;
mod support;
mod tokens;
