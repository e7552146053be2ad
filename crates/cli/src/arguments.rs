//! The command line.

pub(crate) mod examples;
mod sandbox;
mod wizard;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use tripod_model::Address;

use crate::commands::auth::AuthCommand;
use crate::commands::evidence::EvidenceCommand;
use crate::commands::journal::JournalCommand;
use crate::commands::request::RequestCommand;
use crate::commands::runbook::RunbookArguments;
use crate::commands::ticket::TicketCommand;

pub(crate) use sandbox::*;
pub(crate) use wizard::{WizardAnswers, WizardArguments};

/// Shared service mailboxes that stand on at least three people, in Google Workspace and Microsoft 365.
#[derive(Debug, Parser)]
#[command(name = "tripod", version, max_term_width = 100)]
#[command(after_help = "\
Start here:
  tripod demo            the whole story on stand-in tenants; no file, no credential
  tripod wizard          asks what is needed, and makes the first mailbox with you
  tripod check           reads tripod.yaml and mailboxes/*.yaml and shows every problem
  tripod plan            shows what `tripod apply` would change

Exit status:
  0 done   1 unexpected error   2 changes pending (--detailed-exitcode)   3 findings
  4 refused by a safety rule   5 credentials or set-up at the provider   6 provider unavailable
  7 applied, not all confirmed yet   64 wrong usage   65 a file of yours is wrong
  130 stopped with Ctrl-C")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

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

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The whole story in one go on stand-in tenants: plan, apply, verify, somebody leaves, verify again
    Demo,
    /// From nothing to a mailbox that stands on three people, one question after the other
    Wizard(Box<WizardArguments>),
    /// Read the files only, and show every problem with its place
    Check,
    /// Every scope, role and switch by itself: fine, missing with a remedy, or why it could not be checked
    Doctor(DoctorArguments),
    /// Signing in: what each identity needs for it, and where that is kept
    #[command(subcommand)]
    Auth(AuthCommand),
    /// Read the tenants and show what would be changed
    Plan(PlanArguments),
    /// Carry out a plan; without a file, make one, show it and ask
    Apply(ApplyArguments),
    /// Hold the tenants against the manifest
    Verify(VerifyArguments),
    /// What breaks when these people leave
    Impact(ImpactArguments),
    /// The apps that hang on people's own accounts
    Grants(GrantsArguments),
    /// Every service mailbox that somebody can open
    Access {
        /// The person
        address: Address,
    },
    /// Verify again and again, and tell by webhook what is new and what is gone
    Watch(WatchArguments),
    /// Print the unit that runs `tripod verify` regularly
    Schedule(ScheduleArguments),
    /// Write a manifest from what the tenants have today
    Import(ImportArguments),
    /// Forms for asking for a service mailbox, and reading what comes back in them
    #[command(subcommand)]
    Request(RequestCommand),
    /// Tickets: from the request over the plan and its approval to the evidence
    #[command(subcommand)]
    Ticket(TicketCommand),
    /// Write a plan for a person who carries it out by hand
    Runbook(RunbookArguments),
    /// The signed record of what was asked, approved and done
    #[command(subcommand)]
    Evidence(EvidenceCommand),
    /// The journal of what was done
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Print the JSON Schema of a file, for editors
    Schema(SchemaArguments),
    /// The stand-in tenants, for trying and for tests
    #[command(subcommand)]
    Sandbox(SandboxCommand),
    /// Print completions for a shell
    #[command(after_help = examples::COMPLETIONS)]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write the man pages
    Man {
        /// The folder to write them to; the main page goes to stdout if there is none
        #[arg(short, long, value_name = "DIR")]
        output: Option<PathBuf>,
    },
    /// Print a reference page as Markdown
    #[command(hide = true)]
    Reference {
        /// Which page
        page: ReferencePage,
    },
}

/// The generated pages of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReferencePage {
    /// Every command with its flags
    Cli,
    /// Every check of the verifier
    Checks,
    /// Every cause that `tripod doctor` can name
    Faults,
}

/// `tripod doctor`
#[derive(Debug, Args)]
#[command(after_help = examples::DOCTOR)]
pub(crate) struct DoctorArguments {
    /// Only what this command needs; may be given several times
    #[arg(long = "for", value_enum, value_name = "COMMAND")]
    pub purposes: Vec<DoctorPurpose>,
}

/// A command whose needs the doctor looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DoctorPurpose {
    /// `tripod plan`
    Plan,
    /// `tripod apply`, with the identity that writes too
    Apply,
    /// `tripod verify` and `tripod watch`
    Verify,
    /// `tripod impact`
    Impact,
    /// `tripod grants`
    Grants,
    /// `tripod access`
    Access,
    /// `tripod import`
    Import,
}

/// `tripod plan`
#[derive(Debug, Args)]
#[command(after_help = examples::PLAN)]
pub(crate) struct PlanArguments {
    /// Write the plan to a file, for `tripod apply FILE`
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Exit with 2 if there is anything to change
    #[arg(long)]
    pub detailed_exitcode: bool,
    #[command(flatten)]
    pub removals: Removals,
}

/// Leave to remove much at once.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Removals {
    /// Allow a plan that removes exactly this many delegates and mailboxes, more than a quarter of them
    #[arg(long, value_name = "N")]
    pub allow_removals: Option<usize>,
}

/// `tripod apply`
#[derive(Debug, Args)]
#[command(after_help = examples::APPLY)]
pub(crate) struct ApplyArguments {
    /// A plan that `tripod plan -o` wrote; exactly that one is carried out, or none
    #[arg(value_name = "PLAN")]
    pub plan: Option<PathBuf>,
    /// Do not ask before changing anything
    #[arg(short, long)]
    pub yes: bool,
    #[command(flatten)]
    pub removals: Removals,
}

/// `tripod verify`
#[derive(Debug, Args)]
#[command(after_help = examples::VERIFY)]
pub(crate) struct VerifyArguments {
    /// Write the report to a file in place of stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Exit with 3 from findings of this severity upwards
    #[arg(long, value_enum, default_value = "low", value_name = "SEVERITY")]
    pub fail_on: FailOn,
    /// Say what is new, gone and still there since an earlier run
    #[arg(long, value_enum, value_name = "RUN")]
    pub since: Option<Since>,
}

/// The earlier run that findings are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Since {
    /// The run before this one
    Last,
}

/// `tripod impact`
#[derive(Debug, Args)]
#[command(after_help = examples::IMPACT)]
pub(crate) struct ImpactArguments {
    /// The people who leave
    #[arg(value_name = "ADDRESS")]
    pub people: Vec<Address>,
    /// Also the people in this file, one address a line; `-` is stdin
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Also everybody whose leave date falls within this time, e.g. 30d
    #[arg(long, value_name = "TIME", value_parser = days)]
    pub within: Option<u32>,
    /// Print only the patch that puts the manifest right, for `patch -p1` or `git apply`
    #[arg(long)]
    pub patch: bool,
}

/// `tripod grants`
#[derive(Debug, Args)]
#[command(after_help = examples::GRANTS)]
pub(crate) struct GrantsArguments {
    /// Only the grants of this person
    #[arg(long, value_name = "ADDRESS")]
    pub person: Option<Address>,
}

/// `tripod watch`
#[derive(Debug, Args)]
#[command(after_help = examples::WATCH)]
pub(crate) struct WatchArguments {
    /// How long from one look to the next, e.g. 6h
    #[arg(long, value_name = "TIME", default_value = "6h", value_parser = time)]
    pub every: Duration,
    /// How often to ask in between whose accounts changed, where the provider can tell
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = time)]
    pub changes_every: Duration,
    /// Stop after this many looks
    #[arg(long, value_name = "N")]
    pub looks: Option<u32>,
    /// The file that holds the webhook's URL; else the variable TRIPOD_WEBHOOK_URL. It is a secret, so it is no argument
    #[arg(long, value_name = "FILE")]
    pub webhook_file: Option<PathBuf>,
    /// The form of the message
    #[arg(long, value_enum, default_value = "generic")]
    pub webhook_form: WebhookForm,
    /// Exit with 3, when stopped, from findings of this severity upwards
    #[arg(long, value_enum, default_value = "low", value_name = "SEVERITY")]
    pub fail_on: FailOn,
}

/// The form of a webhook's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WebhookForm {
    /// JSON of our own, documented by `tripod schema findings`
    Generic,
    /// Slack's incoming webhooks
    Slack,
    /// Microsoft Teams' workflows
    Teams,
}

/// `tripod schedule`
#[derive(Debug, Args)]
#[command(after_help = examples::SCHEDULE)]
pub(crate) struct ScheduleArguments {
    /// What runs it
    #[arg(long = "for", value_enum)]
    pub scheduler: Scheduler,
    /// How long from one run to the next: whole hours, up to a day
    #[arg(long, value_name = "TIME", default_value = "6h", value_parser = hours)]
    pub every: u32,
}

/// What can run `tripod verify` regularly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scheduler {
    /// A service and its timer
    Systemd,
    /// A workflow
    GithubActions,
    /// A line for crontab
    Cron,
    /// A CronJob
    Kubernetes,
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
fn days(text: &str) -> Result<u32, String> {
    let seconds = time(text)?.as_secs();
    u32::try_from(seconds.div_ceil(86_400)).map_err(|_| format!("`{text}` is too long"))
}

/// A time in whole hours that divides a day.
fn hours(text: &str) -> Result<u32, String> {
    let seconds = time(text)?.as_secs();
    match u32::try_from(seconds / 3_600) {
        Ok(hours) if seconds % 3_600 == 0 && hours > 0 && 24 % hours == 0 => Ok(hours),
        _ => Err(format!("`{text}` does not divide a day; write 1h, 2h, 3h, 4h, 6h, 8h, 12h or 24h")),
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

/// `tripod import`
#[derive(Debug, Args)]
#[command(after_help = examples::IMPORT)]
pub(crate) struct ImportArguments {
    /// Only this tenant of tripod.yaml
    #[arg(long, value_name = "NAME")]
    pub tenant: Option<String>,
    /// Also what the manifest names already
    #[arg(long)]
    pub all: bool,
    /// Write to a new file in place of stdout; a file that is there is never overwritten
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `tripod schema`
#[derive(Debug, Args)]
pub(crate) struct SchemaArguments {
    /// Which file the schema is of
    #[arg(value_enum, default_value = "mailboxes")]
    pub file: SchemaFile,
}

/// The files that have a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaFile {
    /// tripod.yaml
    Workspace,
    /// mailboxes/*.yaml
    Mailboxes,
    /// policies/*.yaml
    Policy,
    /// sandbox.yaml
    Sandbox,
    /// What `tripod verify --format json` prints
    Findings,
    /// What a ticket asks for
    Request,
}
