//! What the command lines of several commands have in common.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

/// What stands before or after every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Common {
    /// The workspace: the folder that holds tripod.yaml
    #[arg(short = 'C', long, value_name = "DIR", default_value = ".", global = true)]
    pub directory: PathBuf,
    /// Use stand-in tenants, whose state lives in DIR/.tripod/, in place of the real ones
    #[arg(long, global = true)]
    pub sandbox: bool,
    /// The form of what goes to stdout: text or json; markdown for plan and verify; html, sarif or junit for verify
    #[arg(long, value_enum, default_value = "text", hide_possible_values = true, global = true)]
    pub format: Format,
    /// Never ask; what would be asked must be given as a flag
    #[arg(long, global = true)]
    pub no_input: bool,
    /// When to use colour: auto (on terminals, unless `NO_COLOR` is set), always or never
    #[arg(long, value_name = "WHEN", value_enum, default_value = "auto", hide_possible_values = true, global = true)]
    pub color: Colour,
    /// Log what is done to stderr; twice also every call to a provider
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub verbose: u8,
}

/// The form of what goes to stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
    /// For pull requests and tickets (plan and verify)
    Markdown,
    /// One page to read in a browser (verify)
    Html,
    /// For code scanning (verify)
    Sarif,
    /// For test reports (verify)
    Junit,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On terminals, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// A time such as `90s`, `15m`, `6h` or `30d`.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time; write it as 90s, 15m, 6h or 30d");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number: u64 = text.strip_suffix(unit).and_then(|n| n.parse().ok()).ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    match number.checked_mul(seconds) {
        Some(0) | None => Err(format!("`{text}` is too short or too long")),
        Some(seconds) if seconds > 366 * 86_400 => Err(format!("`{text}` is longer than a year")),
        Some(seconds) => Ok(Duration::from_secs(seconds)),
    }
}

/// A time in whole days.
pub(crate) fn days(text: &str) -> Result<u32, String> {
    let seconds = time(text)?.as_secs();
    u32::try_from(seconds.div_ceil(86_400)).map_err(|_| format!("`{text}` is too long"))
}

/// A time in whole hours that divides a day.
pub(crate) fn hours(text: &str) -> Result<u32, String> {
    let seconds = time(text)?.as_secs();
    match u32::try_from(seconds / 3_600) {
        Ok(hours) if seconds % 3_600 == 0 && hours > 0 && 24 % hours == 0 => Ok(hours),
        _ => Err(format!("`{text}` does not fit evenly into a day; write 1h, 2h, 3h, 4h, 6h, 8h, 12h or 24h")),
    }
}

/// From which severity upwards findings make `verify` fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Any finding
    Low,
    /// Medium, high and critical ones
    Medium,
    /// High and critical ones
    High,
    /// Critical ones
    Critical,
    /// No finding; what could not be checked still fails
    Never,
}
