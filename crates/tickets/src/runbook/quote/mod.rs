//! Foreign text as exactly one argument of a command, for each tool and each shell that reads the commands of a runbook.

pub mod gam;
pub mod powershell;
pub mod shell;

use crate::text::is_hidden;

/// A shell into which a person types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shell {
    /// bash, zsh or another POSIX shell.
    #[default]
    Posix,
    /// PowerShell, of Windows (5.1) or newer.
    PowerShell,
    /// The command prompt of Windows.
    Cmd,
}

impl Shell {
    /// Its name in sentences.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Posix => "a POSIX shell",
            Self::PowerShell => "PowerShell",
            Self::Cmd => "cmd",
        }
    }

    /// Words as one line for this shell, by which a program gets exactly these arguments; nothing where the shell has
    /// no safe way to write one of them.
    #[must_use]
    pub fn line(self, words: &[&str]) -> Option<String> {
        let quoted: Option<Vec<String>> = words.iter().map(|word| self.argument(word)).collect();
        quoted.map(|quoted| quoted.join(" "))
    }

    fn argument(self, text: &str) -> Option<String> {
        match self {
            Self::Posix => Some(shell::argument(text)),
            _ if is_plain(text) => Some(text.to_owned()),
            // Windows PowerShell hands a double quote on as it is, where the program then begins a new argument. An
            // empty argument it hands on as none.
            Self::PowerShell => {
                let breaks = text.contains('"') || text.ends_with('\\') || text.is_empty();
                (!breaks).then(|| powershell::argument(text))
            }
            // Between double quotes, cmd still puts variables in for `%NAME%` and, where it was started so, `!NAME!`.
            Self::Cmd => {
                let breaks = text.contains(['"', '%', '!']) || text.ends_with('\\') || text.chars().any(is_hidden);
                (!breaks).then(|| format!("\"{text}\""))
            }
        }
    }
}

/// Whether a text is one word in every shell.
fn is_plain(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shell_has_its_own_line_or_none() {
        let line = |shell: Shell, text: &str| shell.line(&["gam", text]);
        assert_eq!(line(Shell::Posix, "O'Neil $x").as_deref(), Some(r"gam 'O'\''Neil $x'"));
        assert_eq!(line(Shell::PowerShell, "O'Neil $x").as_deref(), Some("gam 'O''Neil $x'"));
        assert_eq!(line(Shell::Cmd, "O'Neil & $x").as_deref(), Some("gam \"O'Neil & $x\""));
        for text in ["50 % off", "now!", "a \"b\"", "c\\", "a\u{202e}b"] {
            assert_eq!(line(Shell::Cmd, text), None, "{text}");
        }
        for text in ["a \"b\"", "c\\", ""] {
            assert_eq!(line(Shell::PowerShell, text), None, "{text}");
        }
        assert_eq!(line(Shell::PowerShell, "@args").as_deref(), Some("gam '@args'"));
        assert_eq!(line(Shell::Cmd, "").as_deref(), Some("gam \"\""));
    }
}
