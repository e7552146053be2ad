//! Writes files so that none is ever half there, and what is not a plain file stays what it is.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{Error, ErrorKind, Result, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Who may read a new file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Readers {
    /// Whom the umask lets.
    AsUsual,
    /// Its owner.
    Owner,
}

/// How many links lead on at most.
const MOST_LINKS: usize = 40;

/// Writes a file in place of the one that may be there: all of it or nothing. A link leads to what is replaced, a pipe
/// or a device is written to, and a file that is replaced keeps its mode and its owner.
///
/// Where another file cannot take its place (it has several names, is mounted by itself, belongs to somebody else, or
/// nothing may be made in its folder), it is written anew as it stands.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    write(path, bytes, Readers::AsUsual)
}

/// The same; a file that was not there is one that only its owner can read.
pub fn replace_private(path: &Path, bytes: &[u8]) -> Result<()> {
    write(path, bytes, Readers::Owner)
}

/// Writes a new file; one that is there is kept, and the error is [`ErrorKind::AlreadyExists`].
pub fn create(path: &Path, bytes: &[u8]) -> Result<()> {
    fill(new_file(path, Readers::AsUsual)?, bytes)
}

/// The same for a file that only its owner can read.
pub fn create_private(path: &Path, bytes: &[u8]) -> Result<()> {
    fill(new_file(path, Readers::Owner)?, bytes)
}

fn write(path: &Path, bytes: &[u8], readers: Readers) -> Result<()> {
    if is_of_the_system(path) || fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        // What stands behind standard output may be a file that somebody else is writing to as well.
        return OpenOptions::new().append(true).open(path)?.write_all(bytes);
    }
    let target = behind_links(path)?;
    match fs::metadata(&target) {
        Ok(there) if has_to_stay(&there) => in_place(&target, bytes),
        Ok(there) => beside(&target, bytes, readers, Some(&there)).or_else(|error| {
            let may_be_written = !matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded);
            if may_be_written { in_place(&target, bytes) } else { Err(error) }
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => beside(&target, bytes, readers, None),
        Err(error) => Err(error),
    }
}

/// Whether a path is one of the names by which a system hands out what is open, such as `/dev/stdout`.
fn is_of_the_system(path: &Path) -> bool {
    cfg!(unix) && ["/dev", "/proc"].iter().any(|folder| path.starts_with(folder)) && path.exists()
}

/// Where links lead in the end, whether something is there or not.
fn behind_links(path: &Path) -> Result<PathBuf> {
    let mut target = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&target) {
            Ok(next) => target = target.parent().unwrap_or(Path::new("")).join(next),
            Err(_) => return Ok(target),
        }
    }
    Err(Error::new(ErrorKind::InvalidInput, "its links lead round in a circle"))
}

/// Whether a file would lose another of its names if a new one took its place.
fn has_to_stay(there: &Metadata) -> bool {
    #[cfg(unix)]
    return std::os::unix::fs::MetadataExt::nlink(there) > 1;
    #[cfg(not(unix))]
    {
        let _ = there;
        false
    }
}

/// Writes a new file beside the target, and has it take the target's place.
fn beside(target: &Path, bytes: &[u8], readers: Readers, there: Option<&Metadata>) -> Result<()> {
    static WRITTEN: AtomicUsize = AtomicUsize::new(0);
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    // With a dot in front, so that nobody who lists the folder takes it for a file of theirs.
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}.{number}.new", std::process::id()));
    let new = target.with_file_name(name);
    // A run that was killed may have left one of the same name.
    let _ = fs::remove_file(&new);
    let written = new_file(&new, if there.is_some() { Readers::Owner } else { readers })
        .and_then(|file| fill(file, bytes))
        .and_then(|()| there.map_or(Ok(()), |there| take_after(&new, there)))
        .and_then(|()| fs::rename(&new, target));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written
}

/// Gives a file the mode and the owner of another.
fn take_after(new: &Path, there: &Metadata) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, chown};
        let ours = fs::metadata(new)?;
        let (user, group) = (there.uid(), there.gid());
        if (ours.uid(), ours.gid()) != (user, group) {
            chown(new, Some(user), Some(group))?;
        }
    }
    fs::set_permissions(new, there.permissions())
}

fn new_file(path: &Path, readers: Readers) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if readers == Readers::Owner {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = readers;
    options.open(path)
}

fn in_place(target: &Path, bytes: &[u8]) -> Result<()> {
    fill(OpenOptions::new().write(true).truncate(true).open(target)?, bytes)
}

fn fill(mut file: File, bytes: &[u8]) -> Result<()> {
    file.write_all(bytes).and_then(|()| file.sync_all())
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use std::io::Read as _;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    use std::process::Command;
    use std::thread;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn only(folder: &Path, names: &[&str]) {
        let mut found: Vec<_> =
            fs::read_dir(folder).unwrap().map(|one| one.unwrap().file_name().into_string().unwrap()).collect();
        found.sort();
        assert_eq!(found, names, "nothing else is left behind");
    }

    #[test]
    fn a_file_that_is_replaced_keeps_its_mode_and_a_new_one_may_be_private() {
        let folder = tempfile::tempdir().unwrap();
        let [old, shared, own] = ["old", "shared", "own"].map(|name| folder.path().join(name));
        fs::write(&old, "before").unwrap();
        fs::set_permissions(&old, fs::Permissions::from_mode(0o640)).unwrap();
        let before = fs::metadata(&old).unwrap().ino();
        replace_private(&old, b"after").unwrap();
        assert_eq!((fs::read_to_string(&old).unwrap().as_str(), mode(&old)), ("after", 0o640));
        assert_ne!(fs::metadata(&old).unwrap().ino(), before, "it was replaced whole");
        replace(&shared, b"x").unwrap();
        replace_private(&own, b"x").unwrap();
        assert_eq!(mode(&own), 0o600);
        assert_eq!(create(&own, b"y").unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&own).unwrap(), "x");
        only(folder.path(), &["old", "own", "shared"]);
    }

    #[test]
    fn a_link_leads_to_what_is_replaced_also_where_nothing_is_there_yet() {
        let folder = tempfile::tempdir().unwrap();
        let repository = folder.path().join("repository");
        fs::create_dir(&repository).unwrap();
        fs::write(repository.join("plan.json"), "before").unwrap();
        let [link, second, new, round] = ["link", "second", "new", "round"].map(|name| folder.path().join(name));
        symlink("repository/plan.json", &link).unwrap();
        symlink("link", &second).unwrap();
        symlink(repository.join("other.json"), &new).unwrap();
        symlink("round", &round).unwrap();
        replace(&second, b"after").unwrap();
        replace(&new, b"made").unwrap();
        assert!([&link, &second, &new].iter().all(|path| path.is_symlink()));
        assert_eq!(fs::read_to_string(repository.join("plan.json")).unwrap(), "after");
        assert_eq!(fs::read_to_string(repository.join("other.json")).unwrap(), "made");
        assert!(replace(&round, b"x").is_err());
        only(&repository, &["other.json", "plan.json"]);
    }

    #[test]
    fn a_pipe_is_written_to_and_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reader = {
            let pipe = pipe.clone();
            thread::spawn(move || {
                let mut text = String::new();
                File::open(pipe).unwrap().read_to_string(&mut text).unwrap();
                text
            })
        };
        replace(&pipe, b"through").unwrap();
        assert_eq!(reader.join().unwrap(), "through");
        only(folder.path(), &["pipe"]);
        replace(Path::new("/dev/null"), b"gone").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[test]
    fn a_file_with_two_names_stays_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
        fs::write(&one, "before").unwrap();
        fs::hard_link(&one, &two).unwrap();
        replace(&one, b"after").unwrap();
        assert_eq!(fs::read_to_string(&two).unwrap(), "after");
        assert!(replace(folder.path(), b"x").is_err(), "a folder is no file");
    }
}
