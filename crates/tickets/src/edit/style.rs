//! How the entries of a mailbox file are written, so that a new one looks like its neighbours.

/// The style of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Style {
    /// What stands before the dash of an entry.
    pub(super) indent: String,
    /// What stands between the dash and the first key.
    pub(super) gap: String,
    /// What stands before the dash of a delegate, beyond the key's own column.
    pub(super) list_indent: String,
    /// Whether delegates stand in brackets.
    pub(super) delegates_in_brackets: bool,
    /// Whether apps stand in brackets.
    pub(super) apps_in_brackets: bool,
    /// Whether entries have an empty line between them.
    pub(super) spaced: bool,
    /// How lines end.
    pub(super) ending: &'static str,
}

impl Style {
    /// The style of a text; where nothing can be seen of it, the style of the documentation.
    pub(super) fn of(text: &str) -> Self {
        let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let mut style = Self {
            indent: String::new(),
            gap: " ".to_owned(),
            list_indent: "  ".to_owned(),
            delegates_in_brackets: false,
            apps_in_brackets: true,
            spaced: true,
            ending,
        };
        let lines: Vec<&str> = text.lines().map(|line| line.strip_prefix('\u{feff}').unwrap_or(line)).collect();
        let entries: Vec<usize> = (0..lines.len()).filter(|line| entry(lines[*line]).is_some()).collect();
        let Some((indent, gap)) = entries.last().and_then(|last| entry(lines[*last])) else { return style };
        (style.indent, style.gap) = (indent.to_owned(), gap.to_owned());
        let column = indent.len() + 1 + gap.len();
        // Comments belong to the entry below them, so what is looked for is an empty line anywhere above.
        if let [.., before, last] = entries.as_slice() {
            style.spaced = lines[*before..*last].iter().any(|line| line.trim().is_empty());
        }
        for (key, brackets) in
            [("delegates:", &mut style.delegates_in_brackets), ("apps:", &mut style.apps_in_brackets)]
        {
            let found = lines.iter().rposition(|line| {
                let line = line.trim_start().trim_start_matches("- ");
                line.starts_with(key)
            });
            let Some(at) = found else { continue };
            let value = lines[at].split_once(key).map(|(_, value)| value.trim()).unwrap_or_default();
            *brackets = value.starts_with('[');
            let item =
                lines[at + 1..].iter().find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
            if let (true, Some(item)) = (value.is_empty() || value.starts_with('#'), item) {
                let dash = item.len() - item.trim_start().len();
                if item.trim_start().starts_with('-') && dash >= column {
                    style.list_indent = " ".repeat(dash - column);
                }
            }
        }
        style
    }
}

/// What stands before the dash of an entry and behind it, if the line begins one with a key of mailboxes.
fn entry(line: &str) -> Option<(&str, &str)> {
    const KEYS: [&str; 11] = [
        "address:",
        "name:",
        "purpose:",
        "kind:",
        "apps:",
        "delegates:",
        "sign-in:",
        "credential:",
        "adopt:",
        "state:",
        "retired-on:",
    ];
    let (indent, rest) = line.split_once('-')?;
    let key = rest.trim_start_matches(' ');
    let gap = &rest[..rest.len() - key.len()];
    let is_entry = indent.chars().all(|c| c == ' ') && !gap.is_empty() && KEYS.iter().any(|name| key.starts_with(name));
    is_entry.then_some((indent, gap))
}
