//! Which files the wizard writes, and how: all of them together, and none in place of one that is there.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tripod_model::{Provider, SourceFile};

use super::questions::{Answers, Question, provider_word};
use super::ways::{BROWSER, DEVICE_CODE, KEYLESS};
use crate::exit::{CommandError, Exit};
use crate::workspace::private_folder;

/// What the names of files begin with that are written and not in their place yet.
const UNFINISHED: &str = "wizard-file.";

/// The policy that a new workspace begins with, as it is shipped.
const BASELINE: &str = include_str!("../../../../../policies/baseline.yaml");

/// What a new workspace keeps out of version control.
const IGNORED: &str = include_str!("../../../../../examples/two-tenants/.gitignore");

/// What a new `tripod.yaml` says of its tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewTenant {
    /// Its name.
    pub name: String,
    /// Its domains.
    pub domains: Vec<String>,
    /// What is particular to its provider, as lines of YAML below the tenant's name.
    pub lines: Vec<String>,
    /// Who runs its mail.
    pub provider: Provider,
}

/// A file to be written, by its path in the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewFile {
    /// The path, relative to the workspace.
    pub path: PathBuf,
    /// All of it.
    pub text: String,
}

/// A text as YAML reads it back: plain where nothing in it could mean something else, else in quotes.
pub(crate) fn scalar(text: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '_' | '/' | '@' | '-');
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let word = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(&text.to_lowercase().as_str());
    if begins && !text.ends_with(' ') && text.chars().all(harmless) && !word {
        text.to_owned()
    } else {
        serde_json::to_string(text).unwrap_or_else(|_| "\"\"".to_owned())
    }
}

/// Where a secret is, as YAML: `{path: …}` or `{env: …}`.
fn source(place: &str) -> String {
    match place.strip_prefix("env:") {
        Some(name) => format!("{{env: {}}}", scalar(name)),
        None => format!("{{path: {}}}", scalar(place)),
    }
}

/// A service account by its key.
fn with_key(place: &str) -> String {
    format!("service-account-key: {}", source(place))
}

/// A service account for which Google signs.
fn keyless(account: &str) -> String {
    format!("keyless: {{service-account: {}}}", scalar(account))
}

impl NewFile {
    /// The same as a file that was read.
    pub(crate) fn source(&self) -> SourceFile {
        let name = self.path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        SourceFile { name, bytes: self.text.clone().into_bytes() }
    }
}

impl NewTenant {
    /// The tenant that the answers describe.
    pub(crate) fn from_answers(answers: &Answers, provider: Provider) -> Self {
        let text = |question| answers.get(question).unwrap_or_default();
        let domains: Vec<String> = text(Question::Domains).split(", ").map(str::to_owned).collect();
        let name = domains.first().and_then(|domain| domain.split('.').next()).unwrap_or("tenant").to_owned();
        let mut lines = Vec::new();
        match provider {
            Provider::GoogleWorkspace => {
                lines.push(format!("customer: {}", scalar(text(Question::Customer))));
                lines.push(format!("admin: {}", scalar(text(Question::Admin))));
                lines.push(format!("mailbox-unit: {}", scalar(text(Question::MailboxUnit))));
                lines.push("credentials:".to_owned());
                let (writes, reads) = match answers.way() {
                    Some(BROWSER) => (format!("browser: {{client: {}}}", source(text(Question::Credential))), None),
                    Some(KEYLESS) => (
                        keyless(text(Question::ServiceAccount)),
                        answers.filled(Question::ReadServiceAccount).map(keyless),
                    ),
                    _ => (with_key(text(Question::ServiceAccountKey)), None),
                };
                lines.push(format!("  {writes}"));
                if let Some(reads) = reads.or_else(|| answers.filled(Question::ReadServiceAccountKey).map(with_key)) {
                    lines.push("read-credentials:".to_owned());
                    lines.push(format!("  {reads}"));
                }
            }
            Provider::Microsoft365 => {
                let proof = text(Question::Proof);
                lines.push(format!("tenant-id: {}", quoted_id(text(Question::TenantId))));
                lines.push("credentials:".to_owned());
                lines.push(format!("  client-id: {}", quoted_id(text(Question::ClientId))));
                if proof == DEVICE_CODE {
                    lines.push("  device-code: true".to_owned());
                } else {
                    lines.push(format!("  {proof}: {}", source(text(Question::Credential))));
                }
                if let (Some(id), Some(place)) =
                    (answers.filled(Question::ReadClientId), answers.filled(Question::ReadCredential))
                {
                    lines.push("read-credentials:".to_owned());
                    lines.push(format!("  client-id: {}", quoted_id(id)));
                    lines.push(format!("  {proof}: {}", source(place)));
                }
            }
        }
        Self { name, domains, lines, provider }
    }

    /// A stand-in tenant. Its credentials are named as a real one's would be; the sandbox needs none.
    pub(crate) fn stand_in(name: &str, tenant: &tripod_sandbox::TenantDescription, proof: Option<&str>) -> Self {
        let mut lines = Vec::new();
        match tenant.provider {
            Provider::GoogleWorkspace => {
                let domain = tenant.domains.first().map_or("", String::as_str);
                let admin = tenant.admin.as_ref().map_or_else(|| format!("admin@{domain}"), ToString::to_string);
                let unit = "/Service mailboxes";
                let unit = if tenant.units.contains_key(unit) { unit } else { "/" };
                lines.push(format!("customer: {}", scalar(tenant.customer.as_deref().unwrap_or_default())));
                lines.push(format!("admin: {}", scalar(&admin)));
                lines.push(format!("mailbox-unit: {}", scalar(unit)));
                if proof == Some(BROWSER) {
                    lines.push("# Where the OAuth client is. The sandbox has its own.".to_owned());
                    lines.push("credentials:".to_owned());
                    lines.push(format!("  browser: {{client: {}}}", source(&format!("keys/{name}-oauth-client.json"))));
                } else if proof == Some(KEYLESS) {
                    lines.push("# The service account that Google signs for. The sandbox has its own.".to_owned());
                    lines.push("credentials:".to_owned());
                    lines.push(format!("  {}", keyless("tripod@project.iam.gserviceaccount.com")));
                } else {
                    lines.push("# Where the key is, never the key itself. The sandbox needs none.".to_owned());
                    lines.push("credentials:".to_owned());
                    lines.push(format!("  {}", with_key(&format!("keys/{name}-service-account.json"))));
                }
            }
            Provider::Microsoft365 => {
                lines.push(format!("tenant-id: {}", quoted_id(tenant.tenant_id.as_deref().unwrap_or_default())));
                if proof != Some(DEVICE_CODE) {
                    lines.push(
                        "# Where the certificate is, never the certificate itself. The sandbox needs none.".to_owned(),
                    );
                }
                lines.push("credentials:".to_owned());
                lines.push("  client-id: \"00000000-0000-4000-8000-000000000000\"".to_owned());
                lines.push(match proof {
                    Some(DEVICE_CODE) => "  device-code: true".to_owned(),
                    _ => format!("  certificate: {}", source(&format!("keys/{name}-app.pem"))),
                });
            }
        }
        Self { name: name.to_owned(), domains: tenant.domains.clone(), lines, provider: tenant.provider }
    }

    /// The `tripod.yaml` with this tenant.
    pub(crate) fn settings(&self) -> String {
        let domains: Vec<String> = self.domains.iter().map(|domain| scalar(domain)).collect();
        let mut text = format!(
            "# The workspace: which tenants there are and how to reach them.\nversion: 1\n\ntenants:\n  {}:\n    \
             provider: {}\n    domains: [{}]\n",
            scalar(&self.name),
            provider_word(self.provider),
            domains.join(", ")
        );
        for line in &self.lines {
            let _ = writeln!(text, "    {line}");
        }
        text.push_str("\npolicies: [policies/baseline.yaml]\nmailboxes: mailboxes/\n");
        text
    }
}

/// An id in quotes: one of digits only, with an `e` among them, would be read as a number.
fn quoted_id(id: &str) -> String {
    format!("\"{id}\"")
}

/// The entry of the mailbox, as a file of its own.
pub(crate) fn mailbox(answers: &Answers) -> String {
    let text = |question| scalar(answers.get(question).unwrap_or_default());
    let mut lines = vec![
        format!("- address: {}", text(Question::Address)),
        format!("  name: {}", text(Question::Name)),
        format!("  purpose: {}", text(Question::Purpose)),
        format!("  kind: {}", text(Question::Kind)),
        format!("  apps: [{}]", text(Question::App)),
        "  delegates:".to_owned(),
    ];
    lines.extend(answers.picked.iter().map(|person| format!("    - {}", scalar(person.as_str()))));
    lines.join("\n") + "\n"
}

/// Every file that is to be written for these answers, `tripod.yaml` last: before it is there, nothing counts.
pub(crate) fn compose(
    root: &Path,
    answers: &Answers,
    tenant: Option<&NewTenant>,
    folder: &Path,
) -> Result<Vec<NewFile>, CommandError> {
    can_be_a_folder(&root.join(folder))?;
    let text = mailbox(answers);
    let local = answers.address().map(|address| address.local_part().to_owned()).unwrap_or_default();
    let local: String =
        local.chars().map(|c| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '-' }).collect();
    // A name that is taken by another text is left alone; the same text is what an earlier run wrote.
    let names = std::iter::once(format!("{local}.yaml")).chain((2..).map(|number| format!("{local}-{number}.yaml")));
    let usable = |name: &String| {
        let path = root.join(folder).join(name);
        // A link that leads nowhere is there as well.
        std::fs::symlink_metadata(&path).is_err()
            || tripod_files::read(&path).is_ok_and(|there| there == text.as_bytes())
    };
    let name = { names }.find(usable).unwrap_or_default();
    let mut files = vec![NewFile { path: folder.join(name), text }];
    if let Some(tenant) = tenant {
        let policy = PathBuf::from("policies/baseline.yaml");
        can_be_a_folder(&root.join("policies"))?;
        if !root.join(&policy).exists() {
            files.push(NewFile { path: policy, text: BASELINE.to_owned() });
        }
        let ignored = PathBuf::from(".gitignore");
        if std::fs::symlink_metadata(root.join(&ignored)).is_err() {
            files.push(NewFile { path: ignored, text: IGNORED.to_owned() });
        }
        files.push(NewFile { path: PathBuf::from("tripod.yaml"), text: tenant.settings() });
    }
    Ok(files)
}

/// Whether files can be put into this folder, which may still have to be made.
fn can_be_a_folder(path: &Path) -> Result<(), CommandError> {
    let cannot = |what: &str| {
        CommandError::message(Exit::File, format!("{} {what}", path.display()))
            .hint("move it away, or run the wizard in another folder; nothing was written")
    };
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(cannot(&format!("cannot be looked at: {error}"))),
        Ok(_) if path.is_dir() => {
            std::fs::read_dir(path).map(drop).map_err(|error| cannot(&format!("cannot be read: {error}")))
        }
        Ok(_) => Err(cannot("has to be a folder, and is something else")),
    }
}

/// Whether the mailbox's file is there already, as an earlier run wrote it.
pub(crate) fn is_written(root: &Path, files: &[NewFile]) -> bool {
    files
        .first()
        .is_some_and(|file| tripod_files::read(&root.join(&file.path)).is_ok_and(|there| there == file.text.as_bytes()))
}

/// Writes the files: each is complete before the first of them appears under its name, and none takes the place of
/// one that is there. One that is there with the same text is left as it is.
pub(crate) fn write(root: &Path, files: &[NewFile]) -> Result<(), CommandError> {
    let cannot = |path: &Path, error: &std::io::Error| {
        CommandError::message(Exit::Usage, format!("cannot write {}: {error}", path.display()))
    };
    let beside = private_folder(root);
    std::fs::create_dir_all(&beside).map_err(|error| cannot(&beside, &error))?;
    let mut ready = Vec::new();
    for file in files {
        let path = root.join(&file.path);
        if tripod_files::read(&path).is_ok_and(|there| there == file.text.as_bytes()) {
            continue;
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))?;
        }
        let mut whole = tempfile::Builder::new();
        #[cfg(unix)]
        whole.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
        let mut whole = whole.prefix(UNFINISHED).tempfile_in(&beside).map_err(|error| cannot(&path, &error))?;
        whole.write_all(file.text.as_bytes()).map_err(|error| cannot(&path, &error))?;
        whole.as_file().sync_all().map_err(|error| cannot(&path, &error))?;
        ready.push((whole, path));
    }
    for (whole, path) in ready {
        whole.persist_noclobber(&path).map_err(|error| match error.error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                CommandError::message(Exit::Usage, format!("{} is there already and is kept as it is", path.display()))
            }
            _ => cannot(&path, &error.error),
        })?;
    }
    Ok(())
}

/// Removes what runs left that were killed while they wrote. For whoever holds the workspace's lock: nobody else is
/// writing then.
pub(crate) fn remove_unfinished(root: &Path) {
    let entries = std::fs::read_dir(private_folder(root)).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(UNFINISHED)) {
        // One that stays does no harm.
        let _ = std::fs::remove_file(entry.path());
    }
}
