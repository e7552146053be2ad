//! Where a workspace keeps its stand-in tenants: what they start from, and how they stand now.

use std::path::{Path, PathBuf};

use tripod_sandbox::{Description, SandboxError, World};

use crate::exit::{CommandError, Exit};
use crate::workspace::private_folder;

/// The name of the file that says who works in the stand-in tenants at the start.
const NAME: &str = "sandbox.yaml";

/// The file that says who works in the stand-in tenants at the start.
pub(crate) fn description_file(root: &Path) -> PathBuf {
    root.join(NAME)
}

/// The file that holds how they stand now.
pub(crate) fn state_file(root: &Path) -> PathBuf {
    private_folder(root).join("sandbox.db")
}

/// Whether a workspace has stand-in tenants.
pub(crate) fn are_there(root: &Path) -> bool {
    description_file(root).exists() || state_file(root).exists()
}

/// The stand-in tenants of a workspace as they stand now.
pub(crate) fn open(root: &Path) -> Result<World, CommandError> {
    open_at(root, &state_file(root))
}

/// The same with the state in another file.
pub(crate) fn open_at(root: &Path, state: &Path) -> Result<World, CommandError> {
    let file = description_file(root);
    // Once they have begun, they go on without the file.
    let bytes = if state.exists() && !file.exists() { None } else { Some(read(&file)?) };
    if let Some(folder) = state.parent()
        && let Err(error) = crate::new_file::private_folder(folder)
    {
        // Where nothing can be written, the stand-ins are as they are at the start, and forgotten at the end.
        return if state.exists() || folder.exists() { Err(error) } else { as_described(root) };
    }
    Ok(World::open_described(state, NAME, bytes.as_deref())?)
}

/// Makes sure that no other process works on the state.
pub(crate) fn lock(state: &Path) -> Result<(), CommandError> {
    match World::open(state, None) {
        Err(held @ SandboxError::Held(_)) => Err(held.into()),
        // Whatever else is wrong with it goes with it.
        _ => Ok(()),
    }
}

/// The stand-in tenants as they are at the start. What clients sign in with is the same at every time, and can be
/// asked for while another process serves them.
pub(crate) fn as_described(root: &Path) -> Result<World, CommandError> {
    Ok(World::new(&read_description(root)?)?)
}

fn read_description(root: &Path) -> Result<Description, CommandError> {
    let bytes = read(&description_file(root))?;
    Description::read(NAME, &bytes).map_err(|error| CommandError::new(Exit::File, error))
}

fn read(file: &Path) -> Result<Vec<u8>, CommandError> {
    tripod_files::read(file).map_err(|error| {
        let new = CommandError::message(Exit::File, format!("cannot read {}: {error}", file.display()));
        if error.kind() == std::io::ErrorKind::NotFound {
            new.hint("`tripod sandbox seed 40 -o sandbox.yaml` makes one, with its people")
        } else {
            new
        }
    })
}
