//! The browser of whoever sits at this machine.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::arguments::Common;
use crate::screen::Screen;

/// Browsers that would take the terminal for themselves.
const IN_THE_TERMINAL: [&str; 6] = ["elinks", "links", "links2", "lynx", "w3m", "www-browser"];

/// Whether pages are opened in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Browser {
    /// They are.
    Opens,
    /// Nobody would see them, or nobody wants them to be.
    StaysShut,
}

impl Browser {
    /// As this run and this machine have it. `unwanted` is what `--no-browser` says.
    pub(crate) fn of_this_machine(common: &Common, screen: Screen, unwanted: bool) -> Self {
        let on_terminals = screen.can_ask() && std::io::stdout().is_terminal();
        let needs_display = cfg!(all(unix, not(target_os = "macos")));
        Self::decide(common, unwanted, on_terminals, needs_display, |name| std::env::var_os(name))
    }

    fn decide(
        common: &Common,
        unwanted: bool,
        on_terminals: bool,
        needs_display: bool,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Self {
        let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        // The browser would be one of the machine at the other end.
        let from_afar = ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"].into_iter().any(is_set);
        let on_a_desktop = !needs_display || ["DISPLAY", "WAYLAND_DISPLAY"].into_iter().any(is_set);
        let takes_the_terminal = chosen(variable("BROWSER"), "").iter().any(|command| {
            let name = Path::new(command.get_program()).file_name();
            IN_THE_TERMINAL.iter().any(|browser| name.is_some_and(|name| name == *browser))
        });
        // A stand-in consents by itself.
        let wanted = !unwanted && !common.no_input && !common.sandbox;
        if wanted && on_terminals && !from_afar && on_a_desktop && !takes_the_terminal {
            Self::Opens
        } else {
            Self::StaysShut
        }
    }

    /// Opens a page in the background, and says whether a browser was started. Nothing of what it prints is shown.
    pub(crate) fn open(self, page: &str) -> bool {
        // Whatever else a provider might send is no page, and could be a file or a program.
        self == Self::Opens
            && page.starts_with("https://")
            && chosen(std::env::var_os("BROWSER").filter(|_| cfg!(unix)), page)
                .into_iter()
                .chain(open::commands(page))
                .any(start)
    }
}

/// The commands that `$BROWSER` names: several with colons between them, the page in the place of `%s`, or last.
fn chosen(browser: Option<OsString>, page: &str) -> Vec<Command> {
    let browser = browser.and_then(|text| text.into_string().ok()).unwrap_or_default();
    let command = |line: &str| {
        let mut words = line.split_whitespace();
        let mut command = Command::new(words.next()?);
        command.args(words.map(|word| word.replace("%s", page)));
        if !line.contains("%s") {
            command.arg(page);
        }
        Some(command)
    };
    browser.split(':').filter_map(command).collect()
}

fn start(mut command: Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // Else a Ctrl-C that is meant for us would close the browser too.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    match command.spawn() {
        Ok(mut browser) => {
            std::thread::spawn(move || browser.wait());
            true
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::command_line::Arguments;

    const DESKTOP: &[(&str, &str)] = &[("DISPLAY", ":0")];

    fn decided(
        flags: &[&str],
        variables: &[(&str, &str)],
        unwanted: bool,
        on_terminals: bool,
        needs_display: bool,
    ) -> bool {
        let words = [&["tripod", "auth", "login"], flags].concat();
        let common = Arguments::try_parse_from(words).unwrap().common;
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value));
        Browser::decide(&common, unwanted, on_terminals, needs_display, variable) == Browser::Opens
    }

    #[test]
    fn a_browser_is_opened_where_somebody_sees_it_and_nowhere_else() {
        let somebody = |flags: &[&str], variables: &[(&str, &str)]| decided(flags, variables, false, true, true);
        assert!(somebody(&[], DESKTOP));
        assert!(somebody(&[], &[("WAYLAND_DISPLAY", "wayland-0")]));
        assert!(decided(&[], &[], false, true, false), "macOS and Windows have no such variable");
        assert!(!somebody(&[], &[]));
        assert!(!somebody(&[], &[("DISPLAY", "")]));
        assert!(!somebody(&["--no-input"], DESKTOP));
        assert!(!somebody(&["--sandbox"], DESKTOP));
        assert!(!decided(&[], DESKTOP, true, true, true), "--no-browser");
        assert!(!decided(&[], DESKTOP, false, false, true), "no terminal");
        for variable in ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"] {
            assert!(!somebody(&[], &[DESKTOP[0], (variable, "192.0.2.1")]), "{variable}");
        }
    }

    #[test]
    fn a_browser_that_would_take_the_terminal_is_not_opened() {
        let with = |browser: &str| decided(&[], &[DESKTOP[0], ("BROWSER", browser)], false, true, true);
        assert!(with("firefox") && with("/opt/chrome/chrome --new-window %s") && with(""));
        assert!(!with("w3m") && !with("/usr/bin/lynx -accept_all_cookies") && !with("firefox:links2"));
    }

    #[test]
    fn the_browser_of_ones_choice_is_given_the_page_once() {
        let lines = |browser: &str| -> Vec<String> {
            let commands = chosen(Some(browser.into()), "https://a.test/?b=%s");
            let words = |command: &Command| {
                let arguments = command.get_args().map(|word| format!(" {}", word.to_string_lossy()));
                format!("{}{}", command.get_program().to_string_lossy(), arguments.collect::<String>())
            };
            commands.iter().map(words).collect()
        };
        assert_eq!(lines("firefox"), ["firefox https://a.test/?b=%s"]);
        assert_eq!(lines("one --url=%s -x::two"), ["one --url=https://a.test/?b=%s -x", "two https://a.test/?b=%s"]);
        assert!(lines("").is_empty());
    }

    #[test]
    fn what_is_no_page_is_never_opened() {
        assert!(!Browser::Opens.open("file:///etc/passwd"));
        assert!(!Browser::StaysShut.open("https://a.test"));
    }
}
