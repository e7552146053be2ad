//! The plain template.

use std::fmt::Write as _;

use super::{INTRODUCTION, TITLE};
use crate::request::{FIELDS, FieldKind, KINDS};

pub(super) fn form() -> String {
    let mut text = format!("# {TITLE}\n\n{INTRODUCTION}\nWrite what is asked for in place of the angle brackets.\n\n");
    for field in &FIELDS {
        let hint = match field.kind {
            FieldKind::Choice => KINDS.map(tripod_model::Kind::word).join(" or "),
            _ => field.help.to_owned(),
        };
        let _ = writeln!(text, "{}: <{hint}>", field.label);
    }
    text
}
