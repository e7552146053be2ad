//! `tripod schedule`: the unit that runs `tripod verify` regularly.

use clap::{Args, ValueEnum};

use super::Context;
use crate::arguments::{Format, hours};
use crate::exit::{CommandError, Exit};

/// `tripod schedule`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tripod schedule --for systemd
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
    context.screen.data(&match arguments.scheduler {
        Scheduler::Systemd => systemd(hours),
        Scheduler::GithubActions => github_actions(hours),
        Scheduler::Cron => cron(hours),
        Scheduler::Kubernetes => kubernetes(hours),
    })?;
    Ok(Exit::Done)
}

/// The hours of a day as cron writes them. The minute is not 0, when everybody else's jobs run.
fn expression(hours: u32) -> String {
    match hours {
        1 => "17 * * * *".to_owned(),
        24 => "17 5 * * *".to_owned(),
        hours => format!("17 */{hours} * * *"),
    }
}

fn systemd(hours: u32) -> String {
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
WorkingDirectory=/srv/tripod
ExecStart=/usr/local/bin/tripod verify --no-input --since last
# Findings (3) make the unit fail, so that OnFailure= or the monitoring notices.
NoNewPrivileges=true
ProtectSystem=strict
ProtectHome=true
PrivateTmp=true
ReadWritePaths=/srv/tripod/.tripod

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

fn github_actions(hours: u32) -> String {
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
      - run: tripod verify --no-input --format junit -o findings.xml
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

fn cron(hours: u32) -> String {
    format!(
        "\
# For `crontab -e` of the user that owns the workspace; cron mails what is printed, which is only what is wrong.
{} cd /srv/tripod && /usr/local/bin/tripod verify --no-input --color never --since last >findings.txt 2>&1 || cat findings.txt
",
        expression(hours)
    )
}

fn kubernetes(hours: u32) -> String {
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
              args: [verify, --no-input, --since, last, -C, /workspace]
              envFrom:
                - secretRef:
                    name: tripod-read-only
              securityContext:
                allowPrivilegeEscalation: false
                readOnlyRootFilesystem: true
                capabilities:
                  drop: [ALL]
              volumeMounts:
                - {{name: workspace, mountPath: /workspace}}
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

    #[test]
    fn every_schedule_runs_the_verifier_as_often_as_it_was_told() {
        assert!(systemd(6).contains("OnCalendar=*-*-* 00/6:17:00"));
        assert!(cron(1).contains("17 * * * * cd"));
        assert!(kubernetes(24).contains("schedule: '17 5 * * *'"));
        assert!(github_actions(12).contains("cron: '17 */12 * * *'"));
        for unit in [systemd(6), cron(6), kubernetes(6), github_actions(6)] {
            assert!(unit.contains("verify") && unit.contains("--no-input"), "{unit}");
        }
    }

    #[test]
    fn secrets_are_asked_for_by_the_workflow_and_never_written_into_it() {
        assert!(github_actions(6).contains("${{ secrets.TRIPOD_GOOGLE_KEY }}"));
    }
}
