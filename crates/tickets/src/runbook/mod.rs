//! A plan for a person: what to click, what to type, what to expect, and the way back, in the plan's safe order.

mod check;
mod google;
mod html;
mod markdown;
mod microsoft;
pub mod quote;

use jiff::Timestamp;
use tripod_model::{Address, Kind, Provider, ProviderConfig, Settings, WantedMailbox};
use tripod_provisioner::plan::SignInWord;
use tripod_provisioner::{Action, Digest, Phase, Plan, Step};

pub use check::{Standing, check};
pub use html::runbook_html;
pub use markdown::runbook_markdown;
pub use quote::Shell;

/// The consoles that runbooks send a person to.
const CONSOLES: [&str; 3] =
    ["https://admin.google.com", "https://admin.exchange.microsoft.com", "https://admin.microsoft.com"];

/// A plan for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runbook {
    /// The plan.
    pub digest: Digest,
    /// When it was made.
    pub made: Timestamp,
    /// The least number of active people that every mailbox keeps.
    pub quorum: usize,
    /// What has to be done once at the beginning.
    pub preparation: Vec<Command>,
    /// One task per step, in the plan's order: what makes comes before what breaks.
    pub tasks: Vec<Task>,
    /// Why nothing of it may be carried out, if so: the safety rules that the plan breaks.
    pub refusals: Vec<String>,
}

/// One step for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The step.
    pub step: Step,
    /// The way through the admin console, click by click.
    pub clicks: Vec<String>,
    /// The same as commands; all of them, in this order.
    pub commands: Vec<Command>,
    /// The commands that undo it.
    pub back: Vec<Command>,
    /// What else there is to know.
    pub note: Option<String>,
}

/// A command with what it is to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The tool that reads it.
    pub tool: Tool,
    /// The command, on one line, everything foreign in it quoted for the shell that reads it.
    pub text: String,
    /// What to expect.
    pub expected: String,
}

/// A tool that operators have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tool {
    /// Exchange Online PowerShell.
    ExchangeOnline,
    /// Microsoft Graph PowerShell.
    Graph,
    /// GAM7 in a shell.
    Gam(Shell),
}

impl Tool {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ExchangeOnline => "Exchange Online PowerShell",
            Self::Graph => "Microsoft Graph PowerShell",
            Self::Gam(Shell::Posix) => "GAM7 in a POSIX shell",
            Self::Gam(Shell::PowerShell) => "GAM7 in PowerShell",
            Self::Gam(Shell::Cmd) => "GAM7 in cmd",
        }
    }

    /// The language of its commands, for a fenced block.
    #[must_use]
    pub fn language(self) -> &'static str {
        match self {
            Self::ExchangeOnline | Self::Graph | Self::Gam(Shell::PowerShell) => "powershell",
            Self::Gam(Shell::Posix) => "sh",
            Self::Gam(Shell::Cmd) => "bat",
        }
    }
}

impl Command {
    fn new(tool: Tool, text: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { tool, text: text.into(), expected: expected.into() }
    }
}

impl Runbook {
    /// Writes the runbook of a plan for those who type into this shell; Microsoft's commands are PowerShell's in any
    /// case. The settings tell the organisational unit of new Google accounts.
    #[must_use]
    pub fn of(plan: &Plan, settings: &Settings, shell: Shell) -> Self {
        let wanted = plan.wanted();
        let providers = plan.options().providers;
        let tasks: Vec<Task> = plan
            .steps()
            .iter()
            .filter_map(|step| {
                let mailbox = wanted.iter().find(|mailbox| mailbox.address == step.mailbox)?;
                let subject = Subject { plan, step, mailbox, shell };
                let mut task = match providers.get(&step.tenant)? {
                    Provider::Microsoft365 => microsoft::task(&subject),
                    Provider::GoogleWorkspace => {
                        let unit = settings.tenants.get(&step.tenant).map(|tenant| match &tenant.provider {
                            ProviderConfig::GoogleWorkspace(config) => config.mailbox_unit.as_str(),
                            ProviderConfig::Microsoft365(_) => "/",
                        });
                        google::task(&subject, unit.unwrap_or("/"))
                    }
                };
                if let Action::Create { sign_in: SignInWord::Allowed, .. } = step.action {
                    let vault = mailbox.credential.as_ref().map_or("the vault", |credential| credential.vault.as_str());
                    let first = format!(
                        "Its account may sign in: set its first password in the console, put it into {vault}, and keep no copy."
                    );
                    task.note = Some(task.note.map_or(first.clone(), |note| format!("{first} {note}")));
                }
                Some(task)
            })
            .collect();
        let uses = |tool| tasks.iter().flat_map(|task| &task.commands).any(|command| command.tool == tool);
        let preparation = [
            (Tool::ExchangeOnline, "Connect-ExchangeOnline", "no error; a banner at most"),
            (
                Tool::Graph,
                "Connect-MgGraph -Scopes 'User.EnableDisableAccount.All', 'User.Read.All', 'Group.ReadWrite.All' -NoWelcome",
                "no error",
            ),
            (Tool::Gam(shell), "gam version", "the version of GAM, 7 or newer"),
        ];
        let preparation = preparation
            .into_iter()
            .filter(|(tool, _, _)| uses(*tool))
            .map(|(tool, text, expected)| Command::new(tool, text, expected))
            .collect();
        Self {
            digest: plan.digest().clone(),
            made: plan.made(),
            quorum: plan.quorum(),
            preparation,
            tasks,
            refusals: plan.refusals().iter().map(ToString::to_string).collect(),
        }
    }

    /// Whether access begins to end with this task.
    fn is_first_that_breaks(&self, index: usize) -> bool {
        let breaks = |task: &Task| matches!(task.step.action.phase(), Phase::Revoke | Phase::Retire);
        self.tasks.get(index).is_some_and(breaks) && !self.tasks.iter().take(index).any(breaks)
    }
}

/// What a task is written from.
struct Subject<'a> {
    plan: &'a Plan,
    step: &'a Step,
    mailbox: &'a WantedMailbox,
    shell: Shell,
}

impl Subject<'_> {
    fn address(&self) -> &Address {
        &self.step.mailbox
    }

    fn kind(&self) -> Kind {
        self.mailbox.kind
    }

    fn action(&self) -> &Action {
        &self.step.action
    }

    fn task(&self, clicks: Vec<String>, commands: Vec<Command>, back: Vec<Command>) -> Task {
        Task { step: self.step.clone(), clicks, commands, back, note: None }
    }

    /// The provider's id of the mailbox, if it was there when the plan was made.
    fn id(&self) -> Option<&str> {
        let seen = self.plan.basis().mailboxes.get(&self.step.mailbox)?;
        seen.present().map(|mailbox| mailbox.id.0.as_str())
    }
}
