//! `tripod schedule`: the unit that runs `tripod verify` regularly.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use clap::{Args, ValueEnum};
use tripod_model::{ProviderConfig, SecretSource};
use tripod_tickets::runbook::quote::shell::argument;

use super::Context;
use crate::arguments::{Format, hours};
use crate::exit::{CommandError, Exit};
use crate::workspace::Workspace;

/// Where a workspace may be, where none is named.
const EXAMPLE: &str = "/srv/tripod";
/// The same on Windows.
const WINDOWS_EXAMPLE: &str = r"C:\Tripod";
/// The actions of a workflow, by the commit, because a tag can be moved. Both run on node 24.
const CHECKOUT: &str = "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0";
const UPLOAD: &str = "actions/upload-artifact@330a01c490aca151604b8cf639adc76d48f6c5d4 # v5.0.0";

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
    /// A task for Windows' Task Scheduler, as XML
    WindowsTask,
}

pub(crate) fn run(context: &Context, arguments: &ScheduleArguments) -> Result<Exit, CommandError> {
    context.forms("schedule", &[Format::Text])?;
    let hours = arguments.every;
    let there = There::of(context);
    context.screen.data(&match arguments.scheduler {
        Scheduler::Systemd => systemd(hours, &there),
        Scheduler::GithubActions => github_actions(hours, &there),
        Scheduler::Cron => cron(hours, &there),
        Scheduler::Kubernetes => kubernetes(hours, &there),
        Scheduler::WindowsTask => windows_task(hours, &there),
    })?;
    Ok(Exit::Done)
}

/// What is run, and where.
#[derive(Debug, Default)]
struct There {
    /// The workspace's folder, from `/` on: the one that was named or in which the command runs, or else one to be
    /// replaced.
    folder: Option<String>,
    /// The same folder from the top of the git repository that it lies in, if it lies in one and is not its top.
    in_repository: Option<String>,
    /// The environment variables that `tripod.yaml` names for reading; nothing where there is no such file.
    variables: Option<BTreeSet<String>>,
    sandbox: bool,
}

impl There {
    fn of(context: &Context) -> Self {
        let directory = context.absolute_directory();
        let is_workspace = directory.join("tripod.yaml").exists();
        let is_named = context.common.directory != Path::new(".");
        Self {
            folder: (is_named || is_workspace).then(|| directory.to_string_lossy().into_owned()),
            in_repository: in_repository(&directory),
            variables: Workspace::read(&directory).ok().map(|workspace| variables(&workspace)),
            sandbox: context.common.sandbox,
        }
    }

    fn folder_or<'a>(&'a self, other: &'a str) -> &'a str {
        self.folder.as_deref().unwrap_or(other)
    }

    /// The variables as a list for a sentence; nothing if there are none.
    fn named_variables(&self) -> Option<String> {
        let names: Vec<_> = self.variables.iter().flatten().cloned().collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    fn verify(&self) -> &'static str {
        if self.sandbox { "verify --sandbox --no-input" } else { "verify --no-input" }
    }
}

/// A folder from the top of its git repository on.
fn in_repository(folder: &Path) -> Option<String> {
    let top = folder.ancestors().find(|above| above.join(".git").exists())?;
    let inner = folder.strip_prefix(top).ok()?.to_string_lossy().replace('\\', "/");
    (!inner.is_empty()).then_some(inner)
}

/// The environment variables that hold the credentials with which a workspace is read.
fn variables(workspace: &Workspace) -> BTreeSet<String> {
    let secret = |tenant: &tripod_model::TenantConfig| match &tenant.provider {
        ProviderConfig::GoogleWorkspace(config) => config.reading().secret().cloned(),
        ProviderConfig::Microsoft365(config) => config.reading().secret().cloned(),
    };
    let secrets = workspace.settings.tenants.values().filter_map(secret);
    secrets
        .filter_map(|secret| match secret {
            SecretSource::Env(name) => Some(name),
            SecretSource::Path(_) | SecretSource::Keychain(_) => None,
        })
        .collect()
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
    let when = match hours {
        1 => "*-*-* *:17:00".to_owned(),
        24 => "*-*-* 05:17:00".to_owned(),
        hours => format!("*-*-* 00/{hours}:17:00"),
    };
    let environment = match there.named_variables() {
        Some(names) => {
            format!("# Lines of the form NAME=value for {names}; mode 0600.\nEnvironmentFile=/etc/tripod/verify.env\n")
        }
        None => String::new(),
    };
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
{environment}ExecStart=/usr/local/bin/tripod {verify} --since last
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
OnCalendar={when}
RandomizedDelaySec=5min
Persistent=true

[Install]
WantedBy=timers.target
"
    )
}

fn github_actions(hours: u32, there: &There) -> String {
    let place = there.in_repository.as_ref().map(|folder| {
        let folder = serde_json::Value::from(folder.as_str());
        format!("        working-directory: {folder}\n")
    });
    let place = place.unwrap_or_default();
    let found = match &there.in_repository {
        Some(folder) => serde_json::Value::from(format!("{folder}/findings.xml")).to_string(),
        None => "findings.xml".to_owned(),
    };
    let verify = there.verify();
    let example = || BTreeSet::from(["TRIPOD_GOOGLE_KEY".to_owned(), "TRIPOD_MICROSOFT_SECRET".to_owned()]);
    let mut environment = String::new();
    let names = there.variables.clone().unwrap_or_else(example);
    if names.is_empty() {
        environment +=
            "        # tripod.yaml names no credential with `env:`; a workflow has no other place for a secret.\n";
    } else {
        environment += "        env:\n          # The read-only credentials that tripod.yaml names with `env:`.\n";
        for name in names {
            let _ = writeln!(environment, "          {name}: ${{{{ secrets.{name} }}}}");
        }
    }
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
      - uses: {CHECKOUT}
        with:
          persist-credentials: false
      # Put the tripod program on the PATH here, from your own release and checked against its SHA256SUMS.
      - run: tripod {verify} --format junit -o findings.xml
{place}{environment}      - if: always()
        uses: {UPLOAD}
        with:
          name: findings
          path: {found}
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
    let names = there.named_variables().unwrap_or_else(|| "what tripod.yaml names with `env:`".to_owned());
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
              # The secret holds {names}.
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

fn windows_task(hours: u32, there: &There) -> String {
    let folder = for_xml(there.folder_or(WINDOWS_EXAMPLE));
    let verify = there.verify();
    let repetition = match hours {
        24 => String::new(),
        hours => format!("\n      <Repetition><Interval>PT{hours}H</Interval><Duration>P1D</Duration></Repetition>"),
    };
    let variables = there.named_variables().map(|names| format!("\n     The user needs the variables {names}."));
    let variables = variables.unwrap_or_default();
    format!(
        "\
<?xml version=\"1.0\"?>
<!-- Register it in PowerShell, as the user that owns the workspace:
     Register-ScheduledTask -TaskName 'Tripod verify' -Xml (Get-Content tripod-verify.xml -Raw)
     The task's last result is the exit status: 3 is findings, and findings.txt has them.{variables} -->
<Task version=\"1.2\" xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">
  <RegistrationInfo>
    <Description>Do the service mailboxes still stand on three people?</Description>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>{repetition}
      <StartBoundary>2026-01-01T05:17:00</StartBoundary>
      <Enabled>true</Enabled>
      <ScheduleByDay>
        <DaysInterval>1</DaysInterval>
      </ScheduleByDay>
    </CalendarTrigger>
  </Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RunOnlyIfNetworkAvailable>true</RunOnlyIfNetworkAvailable>
    <ExecutionTimeLimit>PT30M</ExecutionTimeLimit>
  </Settings>
  <Actions>
    <Exec>
      <Command>tripod.exe</Command>
      <Arguments>{verify} --since last -o findings.txt</Arguments>
      <WorkingDirectory>{folder}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"
    )
}

fn for_xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there(folder: Option<&str>, sandbox: bool) -> There {
        There { folder: folder.map(str::to_owned), sandbox, ..There::default() }
    }

    #[test]
    fn every_schedule_runs_the_verifier_as_often_as_it_was_told() {
        let nowhere = there(None, false);
        let [systemd, cron] = [systemd(6, &nowhere), cron(1, &nowhere)];
        let [kubernetes, github_actions] = [kubernetes(24, &nowhere), github_actions(12, &nowhere)];
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
        let inner = There { in_repository: Some("infra/a: b".to_owned()), ..There::default() };
        let flow = github_actions(6, &inner);
        assert!(flow.contains("\n        working-directory: \"infra/a: b\"\n"), "{flow}");
        assert!(flow.contains("\n          path: \"infra/a: b/findings.xml\"\n"), "{flow}");
        let task = windows_task(6, &there(Some(r"C:\R&D <mail>"), false));
        assert!(task.contains(r"<WorkingDirectory>C:\R&amp;D &lt;mail&gt;</WorkingDirectory>"), "{task}");
    }

    #[test]
    fn a_daily_timer_names_one_hour_and_an_hourly_one_every_hour() {
        let nowhere = there(None, false);
        assert!(systemd(24, &nowhere).contains("OnCalendar=*-*-* 05:17:00\n"));
        assert!(systemd(1, &nowhere).contains("OnCalendar=*-*-* *:17:00\n"));
        assert!(windows_task(6, &nowhere).contains("<Interval>PT6H</Interval>"));
        assert!(!windows_task(24, &nowhere).contains("Repetition"));
    }

    #[test]
    fn secrets_are_asked_for_by_the_workflow_and_never_written_into_it() {
        assert!(github_actions(6, &there(None, false)).contains("${{ secrets.TRIPOD_GOOGLE_KEY }}"));
        let names = BTreeSet::from(["OUR_KEY".to_owned()]);
        let ours = There { variables: Some(names), ..There::default() };
        let flow = github_actions(6, &ours);
        assert!(flow.contains("OUR_KEY: ${{ secrets.OUR_KEY }}") && !flow.contains("TRIPOD_GOOGLE_KEY"), "{flow}");
        assert!(systemd(6, &ours).contains("EnvironmentFile=") && kubernetes(6, &ours).contains("OUR_KEY"));
        assert!(windows_task(6, &ours).contains("variables OUR_KEY"));
    }
}
