//! What the help of a command shows to type. A test reads every line, so that none can be wrong.

pub(crate) const DOCTOR: &str = "\
Examples:
  tripod doctor                 everything that lacks, with its remedy
  tripod doctor --for verify    only what a nightly check needs";

pub(crate) const PLAN: &str = "\
Examples:
  tripod plan                   what `tripod apply` would change
  tripod plan -o plan.json      the same, for `tripod apply plan.json` once it is approved
  tripod plan --format markdown --detailed-exitcode
                                for a pull request: 2 if there is anything to change";

pub(crate) const APPLY: &str = "\
Examples:
  tripod apply                  plan, show, ask, carry out
  tripod apply plan.json --yes  exactly the plan that was approved; refused if a tenant changed";

pub(crate) const VERIFY: &str = "\
Examples:
  tripod verify                 what is wrong, on what evidence, what to do
  tripod verify --format html -o report.html
  tripod verify --fail-on high --since last";

pub(crate) const IMPACT: &str = "\
Examples:
  tripod impact alice@example.com
  tripod impact --within 30d    everybody who leaves in the next thirty days
  tripod impact alice@example.com --patch
                                the change of the manifest, for `git apply`";

pub(crate) const GRANTS: &str = "\
Examples:
  tripod grants
  tripod grants --person alice@example.com";

pub(crate) const WATCH: &str = "\
Examples:
  tripod watch --every 1h
  tripod watch --webhook-file keys/webhook.txt --webhook-form slack";

pub(crate) const SCHEDULE: &str = "\
Examples:
  tripod schedule --for systemd
  tripod schedule --for github-actions --every 24h";

pub(crate) const IMPORT: &str = "\
Examples:
  tripod import                 what no manifest names yet
  tripod import --tenant example -o mailboxes/found.yaml";

pub(crate) const RUNBOOK: &str = "\
Examples:
  tripod plan -o plan.json
  tripod runbook plan.json -o runbook.md
  tripod runbook check plan.json";

pub(crate) const EVIDENCE_VERIFY: &str = "\
Examples:
  tripod evidence verify .tripod/evidence/RUN.json --key evidence.pub.pem";

pub(crate) const COMPLETIONS: &str = "\
Examples:
  bash  tripod completions bash >~/.local/share/bash-completion/completions/tripod
  zsh   tripod completions zsh >DIR/_tripod    with DIR in $fpath
  fish  tripod completions fish >~/.config/fish/completions/tripod.fish";

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use crate::arguments::Arguments;

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
