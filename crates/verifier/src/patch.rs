//! Changes of delegates as a unified diff of the manifest, for `patch -p1` and `git apply`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tripod_model::{Address, Place, SourceFile};

use crate::schema::shape;

/// One delegate who is to be replaced, or taken out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct DelegateChange {
    /// The mailbox.
    pub mailbox: Address,
    /// The delegate as the manifest has the address.
    pub delegate: Address,
    /// Who takes over; without anybody the delegate is taken out.
    pub replacement: Option<Address>,
    /// Where the manifest names the delegate.
    #[schemars(with = "shape::Place")]
    pub place: Place,
}

/// A patch, and what it does not do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    /// The unified diff; empty if there is nothing to change.
    pub text: String,
    /// Changes that cannot be made line by line, e.g. because a YAML alias stands for the address.
    pub left: Vec<DelegateChange>,
}

/// Files with changes made in them, and what could not be made.
#[derive(Clone, Debug, Default)]
pub struct Changed {
    /// The files that changed, each as it was and as it is to be.
    pub files: Vec<(SourceFile, SourceFile)>,
    /// Changes that cannot be made line by line, e.g. because a YAML alias stands for the address.
    pub left: Vec<DelegateChange>,
}

/// The changes as a unified diff of these files, everything else in them left as it is.
#[must_use]
pub fn patch(changes: &[DelegateChange], files: &[SourceFile]) -> Patch {
    let Changed { files, left } = changed(changes, files);
    let mut text = String::new();
    for (old, new) in files {
        let (before, after) = (String::from_utf8_lossy(&old.bytes), String::from_utf8_lossy(&new.bytes));
        let diff = similar::TextDiff::from_lines(before.as_ref(), after.as_ref());
        let header = (format!("a/{}", old.name), format!("b/{}", new.name));
        text += &diff.unified_diff().context_radius(3).header(&header.0, &header.1).to_string();
    }
    Patch { text, left }
}

/// The changes made in these files, everything else in them left as it is.
#[must_use]
pub fn changed(changes: &[DelegateChange], files: &[SourceFile]) -> Changed {
    let mut all = Changed::default();
    let mut by_file: BTreeMap<&str, Vec<&DelegateChange>> = BTreeMap::new();
    for change in changes {
        by_file.entry(&change.place.file).or_default().push(change);
    }
    for (name, mut changes) in by_file {
        let file = files.iter().find(|file| file.name == name);
        let Some((file, old)) = file.and_then(|file| Some((file, std::str::from_utf8(&file.bytes).ok()?))) else {
            all.left.extend(changes.into_iter().cloned());
            continue;
        };
        // From the end, so that what has been changed moves nothing that is still to be.
        changes.sort_by(|a, b| b.place.cmp(&a.place));
        let mut lines: Vec<String> = old.split_inclusive('\n').map(str::to_owned).collect();
        for change in changes {
            if !apply(&mut lines, change) {
                all.left.push(change.clone());
            }
        }
        let new = lines.concat();
        if new != old {
            all.files.push((file.clone(), SourceFile { name: file.name.clone(), bytes: new.into_bytes() }));
        }
    }
    all
}

/// Makes one change; false if the address does not stand where it should.
fn apply(lines: &mut Vec<String>, change: &DelegateChange) -> bool {
    let number = change.place.line.saturating_sub(1);
    let Some(line) = lines.get(number) else { return false };
    let Some((mut start, first)) = line.char_indices().nth(change.place.column.saturating_sub(1)) else { return false };
    if matches!(first, '"' | '\'') {
        start += 1;
    }
    let end = start + change.delegate.as_str().len();
    let Some(there) = line.get(start..end) else { return false };
    if !there.eq_ignore_ascii_case(change.delegate.as_str()) {
        return false;
    }
    let (before, after) = (line.get(..start).unwrap_or_default(), line.get(end..).unwrap_or_default());
    let rest = match &change.replacement {
        Some(replacement) => Some(Rest::Line(format!("{before}{replacement}{after}"))),
        None => without(before, after),
    };
    match rest {
        Some(Rest::Line(changed)) => {
            if let Some(line) = lines.get_mut(number) {
                *line = changed;
            }
        }
        Some(Rest::Nothing) => {
            lines.remove(number);
        }
        None => return false,
    }
    true
}

/// What is left of a line.
enum Rest {
    Line(String),
    Nothing,
}

/// A line without an item of a list: nothing of it where the item had the line to itself. Not possible where the list
/// cannot be told from the line.
fn without(before: &str, after: &str) -> Option<Rest> {
    let before = before.trim_end_matches(['"', '\'']);
    let after = after.trim_start_matches(['"', '\'']);
    if before.trim() == "-" && (after.trim().is_empty() || after.trim_start().starts_with('#')) {
        return Some(Rest::Nothing);
    }
    if let Some(after) = after.trim_start().strip_prefix(',') {
        return Some(Rest::Line(format!("{before}{}", after.trim_start_matches(' '))));
    }
    let before = before.trim_end().strip_suffix(',')?;
    after.trim_start().starts_with(']').then(|| Rest::Line(format!("{before}{after}")))
}
