//! Reads the workspace's files from disk; what they mean is the model's business.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tripod_model::{Place, Policy, Problem, Settings, SourceFile, WantedMailbox, read};

use crate::exit::{CommandError, Exit};
use crate::screen::{BAD, BOLD, Screen, TYPED};

/// The files of a workspace as they were read, with everything that is wrong in them.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    /// The folder that holds `tripod.yaml`.
    pub root: PathBuf,
    /// What `tripod.yaml` says, as far as it could be understood.
    pub settings: Settings,
    /// The mailboxes, as far as they could be understood.
    pub mailboxes: Vec<WantedMailbox>,
    /// The policies taken together.
    pub policy: Policy,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// How many files were read.
    pub files: usize,
    /// The mailbox files as they were read, for patches.
    pub sources: Vec<SourceFile>,
}

impl Workspace {
    /// Reads a workspace. Problems in its files are kept in it; only a folder that is no workspace is an error.
    pub(crate) fn read(root: &Path) -> Result<Self, CommandError> {
        Self::read_with(root, &[])
    }

    /// Reads a workspace as it will be once these files are written.
    pub(crate) fn read_with(root: &Path, new: &[SourceFile]) -> Result<Self, CommandError> {
        let (settings, mut problems) = read_settings(root, new)?;
        let mut files = 1;
        let is_understood = settings.is_some();
        let settings = settings.unwrap_or_default();

        // Where `tripod.yaml` says nothing, it does not say either in which folder the mailboxes are.
        let sources =
            if is_understood { mailbox_files(root, &settings.mailboxes, new, &mut problems)? } else { Vec::new() };
        files += sources.len();
        let (mailboxes, more) = read::mailboxes(&sources, &settings);
        problems.extend(more);

        let mut policies = Vec::new();
        for (path, place) in &settings.policies {
            let source = match source(root, path, new) {
                Ok(source) => source,
                Err(error) => {
                    problems.push(Problem {
                        place: place.clone(),
                        message: format!("cannot read the policy `{}`: {error}", path.display()),
                        help: Some("its path is relative to tripod.yaml".to_owned()),
                    });
                    continue;
                }
            };
            files += 1;
            let (policy, more) = read::policy(&source);
            policies.extend(policy);
            problems.extend(more);
        }
        let policy = Policy::strictest(policies);
        problems.extend(tripod_verifier::check_rules(&policy));
        problems.sort();
        problems.dedup();
        Ok(Self { root: root.to_owned(), settings, mailboxes, policy, problems, files, sources })
    }

    /// The workspace if nothing is wrong in it; else every problem, as an error.
    pub(crate) fn sound(self, screen: Screen) -> Result<Self, CommandError> {
        if self.problems.is_empty() { Ok(self) } else { Err(report(screen, &self.problems)) }
    }
}

/// The folder for what Tripod keeps beside the files of a workspace.
pub(crate) fn private_folder(root: &Path) -> PathBuf {
    root.join(".tripod")
}

/// The folder for what is kept of what was done and found. What happened to stand-ins is kept apart: trying must leave
/// nothing in the record of the real tenants.
pub(crate) fn records(root: &Path, sandbox: bool) -> PathBuf {
    let folder = private_folder(root);
    if sandbox { folder.join("sandbox") } else { folder }
}

/// Says every problem on stderr, and gives the error that the command ends with.
pub(crate) fn report(screen: Screen, problems: &[Problem]) -> CommandError {
    for Problem { place, message, help } in problems {
        screen.say(&format!("{BOLD}{place}:{BOLD:#} {BAD}{message}{BAD:#}"));
        if let Some(help) = help {
            screen.say(&format!("  {TYPED}help:{TYPED:#} {help}"));
        }
    }
    let message = match problems.len() {
        1 => "1 problem in the files; nothing was changed".to_owned(),
        n => format!("{n} problems in the files; nothing was changed"),
    };
    CommandError::message(Exit::File, message)
}

fn read_settings(root: &Path, new: &[SourceFile]) -> Result<(Option<Settings>, Vec<Problem>), CommandError> {
    let main = source(root, Path::new("tripod.yaml"), new).map_err(|error| {
        let file = root.join("tripod.yaml");
        if error.kind() == std::io::ErrorKind::NotFound {
            CommandError::message(Exit::File, format!("there is no {}", file.display()))
                .hint("name the workspace's folder with `-C DIR`")
                .hint("`tripod wizard` makes a new workspace with you")
                .hint("`tripod demo` shows the whole story without a file")
        } else {
            CommandError::message(Exit::File, format!("cannot read {}: {error}", file.display()))
        }
    })?;
    Ok(read::settings(&main))
}

/// The YAML files of the mailbox folder, in the order of their names.
fn mailbox_files(
    root: &Path,
    folder: &Path,
    new: &[SourceFile],
    problems: &mut Vec<Problem>,
) -> Result<Vec<SourceFile>, CommandError> {
    let new_names = new.iter().map(|file| PathBuf::from(&file.name)).filter(|path| path.parent() == Some(folder));
    let mut names: BTreeSet<PathBuf> = new_names.collect();
    let entries = match std::fs::read_dir(root.join(folder)) {
        Ok(entries) => Some(entries),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !names.is_empty() => None,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let place = Place { file: "tripod.yaml".to_owned(), line: 1, column: 1 };
            let message = format!("the folder of the mailbox files, `{}`, is not there", folder.display());
            let help = Some("make it, or name another one with `mailboxes:`".to_owned());
            problems.push(Problem { place, message, help });
            return Ok(Vec::new());
        }
        Err(error) => {
            let message = format!("cannot read {}: {error}", root.join(folder).display());
            return Err(CommandError::message(Exit::File, message));
        }
    };
    for entry in entries.into_iter().flatten() {
        let entry = entry?;
        let path = entry.path();
        let is_yaml = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("yaml") || e.eq_ignore_ascii_case("yml"));
        // A link that leads nowhere, or a pipe, is a file that cannot be read, not one that is not there. Those with a dot in front
        // are an editor's or a copier's own.
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        let is_meant = path.is_file() || (!is_hidden && !path.is_dir());
        if let (true, true, Some(name)) = (is_yaml, is_meant, path.file_name()) {
            names.insert(folder.join(name));
        }
    }
    let read = |path: &PathBuf| {
        source(root, path, new).map_err(|error| {
            CommandError::message(Exit::File, format!("cannot read {}: {error}", root.join(path).display()))
        })
    };
    names.iter().map(read).collect()
}

/// A file by its path in the workspace: one of the new ones, else as it is on the disk.
fn source(root: &Path, path: &Path, new: &[SourceFile]) -> std::io::Result<SourceFile> {
    let name = path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    if let Some(new) = new.iter().find(|file| file.name == name) {
        return Ok(new.clone());
    }
    Ok(SourceFile { name, bytes: tripod_files::read(&root.join(path))? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_is_taken_for_mailboxes_where_nothing_says_in_which_folder_they_are() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tripod.yaml"), "").unwrap();
        std::fs::write(folder.path().join("sandbox.yaml"), "version: 1\n").unwrap();
        let workspace = Workspace::read(folder.path()).unwrap();
        let said: Vec<_> = workspace.problems.iter().map(ToString::to_string).collect();
        assert_eq!((said.as_slice(), workspace.files), (&["tripod.yaml:1:1: the file is empty".to_owned()][..], 1));
    }
}
