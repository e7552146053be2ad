//! The command line as a whole: every command, and who carries it out.

use std::path::PathBuf;

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use tripod_model::Address;

use crate::arguments::Common;
use crate::commands::{
    Context, access, apply, auth, check, demo, doctor, evidence, explain, grants, impact, import, journal, packaging,
    plan, reference, replace, request, runbook, sandbox, schedule, schema, ticket, verify, watch, wizard,
};
use crate::exit::{CommandError, Exit};
use crate::screen::Screen;

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

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The whole story in one go on stand-in tenants: plan, apply, verify, somebody leaves, verify again
    Demo,
    /// From nothing to a mailbox that stands on three people, one question after the other
    Wizard(Box<wizard::WizardArguments>),
    /// Read the files only, and show every problem with its place
    Check,
    /// Every scope, role and switch by itself: fine, missing with a remedy, or why it could not be checked
    Doctor(doctor::DoctorArguments),
    /// Signing in: what each identity needs for it, and where that is kept
    #[command(subcommand)]
    Auth(auth::AuthCommand),
    /// Read the tenants and show what would be changed
    Plan(plan::PlanArguments),
    /// Carry out a plan; without a file, make one, show it and ask
    Apply(apply::ApplyArguments),
    /// Hold the tenants against the manifest
    Verify(verify::VerifyArguments),
    /// What breaks when these people leave
    Impact(impact::ImpactArguments),
    /// Put one person in another's place in the manifest; comments and everything else stay
    Replace(replace::ReplaceArguments),
    /// The apps that hang on people's own accounts
    Grants(grants::GrantsArguments),
    /// Every service mailbox that somebody can open
    Access {
        /// The person
        address: Address,
    },
    /// Verify again and again, and tell by webhook what is new and what is gone
    Watch(watch::WatchArguments),
    /// Print the unit that runs `tripod verify` regularly
    Schedule(schedule::ScheduleArguments),
    /// Write a manifest from what the tenants have today
    Import(import::ImportArguments),
    /// Forms for asking for a service mailbox, and reading what comes back in them
    #[command(subcommand)]
    Request(request::RequestCommand),
    /// Tickets: from the request over the plan and its approval to the evidence
    #[command(subcommand)]
    Ticket(ticket::TicketCommand),
    /// Write a plan for a person who carries it out by hand
    Runbook(runbook::RunbookArguments),
    /// The signed record of what was asked, approved and done
    #[command(subcommand)]
    Evidence(evidence::EvidenceCommand),
    /// The journal of what was done
    #[command(subcommand)]
    Journal(journal::JournalCommand),
    /// Print the JSON Schema of a file, for editors
    Schema(schema::SchemaArguments),
    /// What a check, an exit status or a fault means, and what to do
    #[command(after_help = "\
Examples:
  tripod explain below-quorum
  tripod explain 6")]
    Explain {
        /// The check, the exit status or the fault
        word: String,
    },
    /// Print the version
    Version,
    /// The stand-in tenants, for trying and for tests
    #[command(subcommand)]
    Sandbox(sandbox::SandboxCommand),
    /// Print completions for a shell
    #[command(after_help = "\
Examples:
  bash  tripod completions bash >~/.local/share/bash-completion/completions/tripod
  zsh   tripod completions zsh >DIR/_tripod    with DIR in $fpath
  fish  tripod completions fish >~/.config/fish/completions/tripod.fish")]
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
        page: reference::ReferencePage,
    },
}

/// Runs a command.
pub(crate) async fn run(arguments: Arguments, screen: Screen) -> Result<Exit, CommandError> {
    let context = Context { common: arguments.common, screen };
    // What an error says to type next means the same workspace.
    carry_out(&context, arguments.command).await.map_err(|error| context.hinted(error))
}

async fn carry_out(context: &Context, command: Command) -> Result<Exit, CommandError> {
    match command {
        Command::Demo => demo::run(context).await,
        Command::Wizard(arguments) => wizard::run(context, &arguments).await,
        Command::Check => check::run(context),
        Command::Doctor(arguments) => doctor::run(context, &arguments).await,
        Command::Plan(arguments) => plan::run(context, &arguments).await,
        Command::Apply(arguments) => apply::run(context, &arguments).await,
        Command::Verify(arguments) => verify::run(context, &arguments).await,
        Command::Impact(arguments) => impact::run(context, &arguments).await,
        Command::Replace(arguments) => replace::run(context, &arguments),
        Command::Grants(arguments) => grants::run(context, &arguments).await,
        Command::Access { address } => access::run(context, &address).await,
        Command::Watch(arguments) => watch::run(context, &arguments).await,
        Command::Schedule(arguments) => schedule::run(context, &arguments),
        Command::Import(arguments) => import::run(context, &arguments).await,
        Command::Request(command) => request::run(context, &command),
        Command::Ticket(command) => ticket::run(context, &command).await,
        Command::Runbook(arguments) => runbook::run(context, &arguments).await,
        Command::Auth(command) => auth::run(context, &command).await,
        Command::Evidence(command) => evidence::run(context, &command),
        Command::Journal(command) => journal::run(context, &command),
        Command::Schema(arguments) => schema::run(context, &arguments),
        Command::Sandbox(command) => sandbox::run(context, command).await,
        Command::Explain { word } => explain::run(context, &word),
        Command::Version => {
            context.screen.data(concat!("tripod ", env!("CARGO_PKG_VERSION")))?;
            Ok(Exit::Done)
        }
        Command::Completions { shell } => packaging::completions(context, Arguments::command(), shell),
        Command::Man { output } => packaging::man(context, Arguments::command(), output.as_deref()),
        Command::Reference { page } => reference::run(context, Arguments::command(), page),
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::Arguments;

    /// What can be typed in a command's help and those below it.
    fn examples(command: &clap::Command, found: &mut Vec<String>) {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        for line in help.lines().filter_map(|line| line.split_once("tripod ").map(|(_, rest)| rest)) {
            // What stands behind two blanks or is written elsewhere is for the reader.
            found.push(line.split("  ").next().unwrap_or_default().split(" >").next().unwrap_or_default().to_owned());
        }
        command.get_subcommands().for_each(|inner| examples(inner, found));
    }

    #[test]
    fn what_the_help_shows_can_be_typed() {
        let mut found = Vec::new();
        examples(&Arguments::command(), &mut found);
        assert!(found.len() > 20, "{found:?}");
        for line in found {
            let words = std::iter::once("tripod").chain(line.split_whitespace());
            Arguments::try_parse_from(words).unwrap_or_else(|error| panic!("{line}: {error}"));
        }
    }

    #[test]
    fn what_every_command_takes_stands_below_what_is_its_own() {
        let mut root = Arguments::command();
        root.build();
        let plan = root.find_subcommand_mut("plan").map(|plan| plan.render_help().to_string()).unwrap_or_default();
        let own = plan.find("--output").zip(plan.find("Options of every command:")).zip(plan.find("--sandbox"));
        assert!(own.is_some_and(|((own, heading), common)| own < heading && heading < common), "{plan}");
    }
}
