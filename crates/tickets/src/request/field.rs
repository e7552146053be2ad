//! The fields of a request as people fill them in.

use tripod_model::Kind;

/// A field of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// The address of the mailbox.
    Mailbox,
    /// What it is for.
    Purpose,
    /// The app that it is used for.
    App,
    /// What it is made of.
    Kind,
    /// Who has access.
    People,
    /// Who asks.
    Requester,
    /// By when.
    NeededBy,
}

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// One address.
    Address,
    /// One line of text of so many characters.
    Line(usize),
    /// One of [`KINDS`].
    Choice,
    /// Several addresses, one a line.
    People,
    /// A day as `2026-12-31`.
    Date,
}

/// The words of the field `kind`.
pub const KINDS: [Kind; 2] = [Kind::SharedMailbox, Kind::GroupInbox];

/// A field as a form shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Which one it is.
    pub key: Key,
    /// What it takes.
    pub kind: FieldKind,
    /// Its label for people.
    pub label: &'static str,
    /// What to write into it.
    pub help: &'static str,
    /// An example.
    pub example: &'static str,
    /// Whether it has to be filled in.
    pub required: bool,
}

/// All fields in the order of every form.
pub const FIELDS: [Field; 7] = [
    Field {
        key: Key::Mailbox,
        kind: FieldKind::Address,
        label: "Mailbox address",
        help: "The address that the app will know, in a domain of ours",
        example: "backups@example.com",
        required: true,
    },
    Field {
        key: Key::Purpose,
        kind: FieldKind::Line(super::LONGEST_PURPOSE),
        label: "Purpose",
        help: "What the mailbox is for, in one line",
        example: "Owns our account at the backup provider",
        required: true,
    },
    Field {
        key: Key::App,
        kind: FieldKind::Line(super::LONGEST_APP),
        label: "App",
        help: "The app or service that will use the address",
        example: "Acme Backup",
        required: true,
    },
    Field {
        key: Key::Kind,
        kind: FieldKind::Choice,
        label: "Kind",
        help: "shared-mailbox to read and send as it; group-inbox if it only has to receive",
        example: "shared-mailbox",
        required: true,
    },
    Field {
        key: Key::People,
        kind: FieldKind::People,
        label: "People with access",
        help: "At least three people of ours, each by their own address, one a line",
        example: "alice@example.com",
        required: true,
    },
    Field {
        key: Key::Requester,
        kind: FieldKind::Address,
        label: "Requester",
        help: "Your own address",
        example: "alice@example.com",
        required: true,
    },
    Field {
        key: Key::NeededBy,
        kind: FieldKind::Date,
        label: "Needed by",
        help: "The day by which it is needed, as 2026-12-31; may stay empty",
        example: "2026-12-31",
        required: false,
    },
];

impl Key {
    /// The field.
    #[must_use]
    pub fn field(self) -> &'static Field {
        let [mailbox, purpose, app, kind, people, requester, needed_by] = &FIELDS;
        match self {
            Self::Mailbox => mailbox,
            Self::Purpose => purpose,
            Self::App => app,
            Self::Kind => kind,
            Self::People => people,
            Self::Requester => requester,
            Self::NeededBy => needed_by,
        }
    }

    /// Its name in JSON and as the id in forms that take hyphens.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mailbox => "mailbox",
            Self::Purpose => "purpose",
            Self::App => "app",
            Self::Kind => "kind",
            Self::People => "people",
            Self::Requester => "requester",
            Self::NeededBy => "needed-by",
        }
    }

    /// Its name where hyphens are not taken.
    #[must_use]
    pub fn variable(self) -> &'static str {
        match self {
            Self::NeededBy => "needed_by",
            other => other.name(),
        }
    }

    /// The field with this name, variable or label; case does not count.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        let text = text.trim();
        FIELDS
            .iter()
            .find(|field| {
                [field.key.name(), field.key.variable(), field.label].iter().any(|name| name.eq_ignore_ascii_case(text))
            })
            .map(|field| field.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_finds_its_own_field() {
        for field in &FIELDS {
            assert_eq!(field.key.field(), field);
            for name in [field.key.name(), field.key.variable(), field.label] {
                assert_eq!(Key::find(&name.to_uppercase()), Some(field.key));
            }
        }
    }
}
