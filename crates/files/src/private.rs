//! What Tripod keeps for itself: nobody but its owner reads it, whatever the umask says.

use std::fs;
use std::io::Result;
use std::path::Path;

/// Makes a folder, and those above it, where there is none yet. One that others can read is closed to them, if it is
/// ours to close.
pub fn folder(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    // What lies above belongs to it as far as the folder that Tripod keeps everything in.
    let is_kept = path.ancestors().any(|one| one.ends_with(".tripod"));
    for one in path.ancestors().take(if is_kept { usize::MAX } else { 1 }) {
        close(one, 0o700);
        if one.ends_with(".tripod") {
            break;
        }
    }
    Ok(())
}

/// Makes an empty file where there is none yet, for a library that fills it. One that others can read is closed to
/// them, if it is ours to close.
pub fn file(path: &Path) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?;
    close(path, 0o600);
    Ok(())
}

/// Takes from others what they may do with a file or folder.
#[cfg(unix)]
fn close(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    let is_open = fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0);
    if is_open {
        // Another's folder stays as its owner wants it.
        let _ = fs::set_permissions(path, fs::Permissions::from_mode(mode));
    }
}

#[cfg(not(unix))]
fn close(_: &Path, _: u32) {}
