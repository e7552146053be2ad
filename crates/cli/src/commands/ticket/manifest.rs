//! The change in the manifest that a request asks for. It is written only when it is approved.

use tripod_model::{SourceFile, State, WantedMailbox, read};
use tripod_tickets::edit::{EditError, NewEntry, append};
use tripod_tickets::request::{Key, Request, RequestProblem};

use crate::exit::{CommandError, Exit};
use crate::new_file;
use crate::workspace::Workspace;

/// What a request changes.
pub(super) struct Change {
    /// The mailbox as the manifest then wants it.
    pub wanted: WantedMailbox,
    /// The file as it then is, and the lines that are new; nothing if the manifest says it already.
    pub file: Option<(SourceFile, String)>,
}

/// The change, or why the request cannot be one, in words for the requester.
pub(super) fn propose(
    workspace: &Workspace,
    request: &Request,
) -> Result<Result<Change, Vec<RequestProblem>>, CommandError> {
    if let Some(there) = workspace.mailboxes.iter().find(|mailbox| mailbox.address == request.mailbox) {
        let different = differences(there, request);
        return Ok(if different.is_empty() {
            Ok(Change { wanted: there.clone(), file: None })
        } else {
            let message = format!("{} is there already, with {}", request.mailbox, different.join(" and "));
            let help = Some("ask for another address, or ask IT to change that mailbox".to_owned());
            Err(vec![RequestProblem { field: Some(Key::Mailbox.field().label), message, help }])
        });
    }
    let Some(file) = file_for(workspace, request) else {
        let message = format!("{} is in no domain of ours", request.mailbox);
        return Ok(Err(vec![RequestProblem { field: Some(Key::Mailbox.field().label), message, help: None }]));
    };
    let changed = match append(&file, &NewEntry::from(request), &workspace.settings) {
        Ok(changed) => changed,
        Err(EditError::Entry(problems)) => return Ok(Err(problems.into_iter().map(told).collect())),
        Err(error) => return Err(CommandError::new(Exit::File, error)),
    };
    let mut sources: Vec<SourceFile> =
        workspace.sources.iter().filter(|source| source.name != changed.name).cloned().collect();
    sources.push(changed.clone());
    sources.sort_by(|one, other| one.name.cmp(&other.name));
    let (mailboxes, problems) = read::mailboxes(&sources, &workspace.settings);
    if !problems.is_empty() {
        return Ok(Err(problems.into_iter().map(told).collect()));
    }
    let wanted = mailboxes.into_iter().find(|mailbox| mailbox.address == request.mailbox).ok_or_else(|| {
        CommandError::message(Exit::Unexpected, format!("{} is not in the changed manifest", request.mailbox))
    })?;
    let added = changed.bytes.get(file.bytes.len()..).unwrap_or_default();
    let added = String::from_utf8_lossy(added).trim_start_matches(['\r', '\n']).to_owned();
    Ok(Ok(Change { wanted, file: Some((changed, added)) }))
}

impl Change {
    /// Writes the change into the manifest: all of it or nothing. What somebody wrote into the file since it was read
    /// is not written over.
    pub(super) fn write(&self, workspace: &Workspace) -> Result<(), CommandError> {
        let Some((file, _)) = &self.file else { return Ok(()) };
        let path = workspace.root.join(&file.name);
        let there = match tripod_files::read(&path) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        let read = workspace.sources.iter().find(|source| source.name == file.name).map(|source| &source.bytes);
        if there.as_ref() != read {
            let message = format!("{} was changed while the ticket was worked on, and is kept as it is", file.name);
            return Err(CommandError::message(Exit::Refused, message).hint("run the command again"));
        }
        let text = std::str::from_utf8(&file.bytes)
            .map_err(|_| CommandError::message(Exit::File, format!("{} is not UTF-8", file.name)))?;
        new_file::replace(&path, text)
    }
}

/// What of a mailbox that is there is not as the request has it.
fn differences(there: &WantedMailbox, request: &Request) -> Vec<&'static str> {
    let mut people: Vec<_> = there.delegates.iter().map(|delegate| &delegate.address).collect();
    let mut asked: Vec<_> = request.people.iter().collect();
    people.sort();
    asked.sort();
    let all = [
        (there.kind != request.kind, "another kind"),
        (there.purpose != request.purpose.trim(), "another purpose"),
        (!there.apps.iter().any(|app| app == request.app.trim()), "other apps"),
        (people != asked, "other people"),
        (!matches!(there.state, State::Active), "an end"),
    ];
    all.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect()
}

/// The file that the entry belongs into: where the last mailbox of its tenant stands, or one of the tenant's own.
fn file_for(workspace: &Workspace, request: &Request) -> Option<SourceFile> {
    let tenant = workspace.settings.tenant_of(&request.mailbox)?;
    let last = workspace.mailboxes.iter().rev().find(|mailbox| mailbox.tenant == tenant.name);
    let name = last.map_or_else(
        || {
            let folder = workspace.settings.mailboxes.to_string_lossy();
            format!("{}/{}.yaml", folder.trim_end_matches('/'), tenant.name)
        },
        |mailbox| mailbox.place.file.clone(),
    );
    let there = workspace.sources.iter().find(|source| source.name == name).cloned();
    Some(there.unwrap_or(SourceFile { name, bytes: Vec::new() }))
}

/// A problem of the entry in words for the requester, who knows no file of ours.
fn told(problem: tripod_model::Problem) -> RequestProblem {
    RequestProblem { field: None, message: problem.message, help: problem.help }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_meanwhile_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = folder.path().join("mailboxes/a.yaml");
        std::fs::create_dir(folder.path().join("mailboxes")).unwrap();
        let settings = "version: 1\ntenants:\n  a:\n    provider: microsoft-365\n    \
                        tenant-id: 6f1d3c52-0d0b-4c3e-9a54-2f7c8f3e1a90\n    domains: [a.example]\n    \
                        credentials: {client-id: 9a4c7f20-61be-4d3f-8e75-0c2b9d18f6a3, certificate: {path: a.pem}}\n\
                        mailboxes: mailboxes/\n";
        std::fs::write(folder.path().join("tripod.yaml"), settings).unwrap();
        std::fs::write(&manifest, "# ours\n").unwrap();
        let request: Request = serde_json::from_value(serde_json::json!({
            "mailbox": "travel@a.example", "purpose": "Books travel", "app": "Trips", "kind": "shared-mailbox",
            "people": ["ana@a.example", "bo@a.example", "cy@a.example"], "requester": "ana@a.example",
        }))
        .unwrap();
        // A file with nothing but comments is a problem of its own, and none that matters here.
        let workspace = Workspace::read(folder.path()).unwrap();
        let file = SourceFile { name: "mailboxes/a.yaml".to_owned(), bytes: b"# ours\n".to_vec() };
        let changed = append(&file, &NewEntry::from(&request), &workspace.settings).unwrap();
        let wanted = read::mailboxes(std::slice::from_ref(&changed), &workspace.settings).0.remove(0);
        let change = Change { wanted, file: Some((changed, String::new())) };

        std::fs::write(&manifest, "# theirs\n").unwrap();
        assert_eq!(change.write(&workspace).unwrap_err().kind, Exit::Refused);
        assert_eq!(std::fs::read_to_string(&manifest).unwrap(), "# theirs\n");
        std::fs::write(&manifest, "# ours\n").unwrap();
        change.write(&workspace).unwrap();
        assert!(std::fs::read_to_string(&manifest).unwrap().contains("travel@a.example"));
    }
}
