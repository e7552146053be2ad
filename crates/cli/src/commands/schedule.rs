//! `tripod schedule`: the unit that runs `tripod verify` regularly.

use std::path::Path;

use clap::{Args, ValueEnum};
use tripod_tickets::runbook::quote::shell::argument;

use super::Context;
use crate::arguments::{Format, hours};
use crate::exit::{CommandError, Exit};

/// Where a workspace may be, where none is named.
const EXAMPLE: &str = "/srv/tripod";

/// `tripod schedule`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tripod -C /srv/tripod schedule --for systemd
  tripod schedule --for github-actions --every 24h")]
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

pub(crate) fn run(context: &Context, arguments: &ScheduleArguments) -> Result<Exit, CommandError> {
    context.forms("schedule", &[Format::Text])?;
    let hours = arguments.every;
    let there = There::of(context);
    context.screen.data(&match arguments.scheduler {
        Scheduler::Systemd => systemd(hours, &there),
        Scheduler::GithubActions => github_actions(hours, &context.next("tripod verify")),
        Scheduler::Cron => cron(hours, &there),
        Scheduler::Kubernetes => kubernetes(hours, &there),
    })?;
    Ok(Exit::Done)
}

/// What is run, and where.
struct There {
    /// The workspace's folder: the one that was named, from `/` on, or else one to be replaced.
    folder: Option<String>,
    sandbox: bool,
}

impl There {
    fn of(context: &Context) -> Self {
        let is_named = context.common.directory != Path::new(".");
        let folder = is_named.then(|| context.absolute_directory().to_string_lossy().into_owned());
        Self { folder, sandbox: context.common.sandbox }
    }

    fn folder_or<'a>(&'a self, other: &'a str) -> &'a str {
        self.folder.as_deref().unwrap_or(other)
    }

    fn verify(&self) -> &'static str {
        if self.sandbox { "verify --sandbox --no-input" } else { "verify --no-input" }
    }
}

/// The hours of a day as cron writes them. The minute is not 0, when everybody else's jobs run.
fn expression(hours: u32) -> String {
    match hours {
        1 => "17 * * * *".to_owned(),
        24 => "17 5 * * *".to_owned(),
        hours => format!("17 */{hours} * * *"),
    }
}

/// A command as a line for cron has it, in which `%` would end the command.
pub(super) fn for_cron(command: &str) -> String {
    command.replace('%', r"\%")
}

fn systemd(hours: u32, there: &There) -> String {
    // In a unit `%` begins a specifier.
    let folder = there.folder_or(EXAMPLE).replace('%', "%%");
    let escaped = folder.replace('\\', r"\\").replace('"', "\\\"");
    let verify = there.verify();
    // Where home folders cannot be seen, no workspace in one of them can either.
    let is_at_home = ["/home/", "/root/", "/run/user/"].iter().any(|home| folder.starts_with(home));
    let home = if is_at_home { "read-only" } else { "true" };
    format!(
        "\
# /etc/systemd/system/tripod-verify.service
[Unit]
Description=Do the service mailboxes still stand on three people?
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User=tripod
WorkingDirectory={folder}
ExecStart=/usr/local/bin/tripod {verify} --since last
# Findings (3) make the unit fail, so that OnFailure= or the monitoring notices.
NoNewPrivileges=true
ProtectSystem=strict
ProtectHome={home}
PrivateTmp=true
ReadWritePaths=\"{escaped}/.tripod\"

# /etc/systemd/system/tripod-verify.timer
[Unit]
Description=Verify the service mailboxes every {hours} h

[Timer]
OnCalendar=*-*-* 00/{hours}:17:00
RandomizedDelaySec=5min
Persistent=true

[Install]
WantedBy=timers.target
"
    )
}

fn github_actions(hours: u32, verify: &str) -> String {
    format!(
        "\
# .github/workflows/tripod-verify.yml
name: verify service mailboxes
on:
  schedule:
    - cron: '{}'
  workflow_dispatch:
permissions:
  contents: read
jobs:
  verify:
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      # Put the tripod program on the PATH here, from your own release and checked against its SHA256SUMS.
      - run: |
          {verify} --no-input --format junit -o findings.xml
        env:
          # The read-only credentials that tripod.yaml names with `env:`.
          TRIPOD_GOOGLE_KEY: ${{{{ secrets.TRIPOD_GOOGLE_KEY }}}}
          TRIPOD_MICROSOFT_SECRET: ${{{{ secrets.TRIPOD_MICROSOFT_SECRET }}}}
      - if: always()
        uses: actions/upload-artifact@v4
        with:
          name: findings
          path: findings.xml
",
        expression(hours)
    )
}

fn cron(hours: u32, there: &There) -> String {
    let folder = for_cron(&argument(there.folder_or(EXAMPLE)));
    let verify = there.verify();
    format!(
        "\
# For `crontab -e` of the user that owns the workspace; cron mails what is printed, which is only what is wrong.
{} cd {folder} && /usr/local/bin/tripod {verify} --color never --since last >findings.txt 2>&1 || cat findings.txt
",
        expression(hours)
    )
}

fn kubernetes(hours: u32, there: &There) -> String {
    let folder = format!("'{}'", there.folder_or("/workspace").replace('\'', "''"));
    let verify = there.verify().replace(' ', ", ");
    format!(
        "\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: tripod-verify
spec:
  schedule: '{}'
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      backoffLimit: 0
      template:
        spec:
          restartPolicy: Never
          automountServiceAccountToken: false
          securityContext:
            runAsNonRoot: true
            runAsUser: 10001
            fsGroup: 10001
          containers:
            - name: tripod
              image: registry.example.com/tripod:0.1.0
              args: [{verify}, --since, last, -C, {folder}]
              envFrom:
                - secretRef:
                    name: tripod-read-only
              securityContext:
                allowPrivilegeEscalation: false
                readOnlyRootFilesystem: true
                capabilities:
                  drop: [ALL]
              volumeMounts:
                - {{name: workspace, mountPath: {folder}}}
          volumes:
            # Holds the workspace; its folder .tripod keeps the findings of earlier runs.
            - name: workspace
              persistentVolumeClaim:
                claimName: tripod-workspace
",
        expression(hours)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there(folder: Option<&str>, sandbox: bool) -> There {
        There { folder: folder.map(str::to_owned), sandbox }
    }

    #[test]
    fn every_schedule_runs_the_verifier_as_often_as_it_was_told() {
        let nowhere = there(None, false);
        let [systemd, cron] = [systemd(6, &nowhere), cron(1, &nowhere)];
        let [kubernetes, github_actions] = [kubernetes(24, &nowhere), github_actions(12, "tripod verify")];
        assert!(systemd.contains("OnCalendar=*-*-* 00/6:17:00") && systemd.contains("=/srv/tripod\n"));
        assert!(cron.contains("17 * * * * cd /srv/tripod &&"));
        assert!(kubernetes.contains("schedule: '17 5 * * *'") && kubernetes.contains("mountPath: '/workspace'"));
        assert!(github_actions.contains("cron: '17 */12 * * *'"));
        for unit in [systemd, cron, kubernetes, github_actions] {
            assert!(unit.contains("verify") && unit.contains("--no-input"), "{unit}");
            assert!(!unit.contains("--sandbox"), "{unit}");
        }
    }

    #[test]
    fn every_schedule_goes_to_the_workspace_that_was_named() {
        let odd = there(Some("/home/it's 5% $x"), true);
        let line = cron(6, &odd);
        assert!(
            line.contains(r"cd '/home/it'\''s 5\% $x' && /usr/local/bin/tripod verify --sandbox --no-input"),
            "{line}"
        );
        let unit = systemd(6, &odd);
        assert!(unit.contains("\nWorkingDirectory=/home/it's 5%% $x\n"), "{unit}");
        assert!(unit.contains("\nReadWritePaths=\"/home/it's 5%% $x/.tripod\"\n"), "{unit}");
        assert!(
            unit.contains("tripod verify --sandbox --no-input") && unit.contains("ProtectHome=read-only"),
            "{unit}"
        );
        let job = kubernetes(6, &odd);
        assert!(job.contains("[verify, --sandbox, --no-input, --since, last, -C, '/home/it''s 5% $x']"), "{job}");
        assert!(job.contains("mountPath: '/home/it''s 5% $x'}"), "{job}");
        let flow = github_actions(6, "tripod verify -C 'a: b'");
        assert!(flow.contains("\n          tripod verify -C 'a: b' --no-input --format junit"), "{flow}");
    }

    #[test]
    fn secrets_are_asked_for_by_the_workflow_and_never_written_into_it() {
        assert!(github_actions(6, "tripod verify").contains("${{ secrets.TRIPOD_GOOGLE_KEY }}"));
    }
}
