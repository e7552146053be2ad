//! Files that are read have an end.

use std::fs::{File, FileType};
use std::io::{Error, ErrorKind, Read, Result};
use std::path::Path;

/// The longest file that is read, in bytes: a plan for every mailbox of a large organisation.
pub const LARGEST: u64 = 64 << 20;
/// The longest file that holds a key or a token.
pub const LARGEST_SECRET: u64 = 1 << 20;

/// Reads a file of at most [`LARGEST`] bytes.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    read_at_most(path, LARGEST)
}

/// The same as text.
pub fn read_text(path: &Path) -> Result<String> {
    read_text_at_most(path, LARGEST)
}

/// Reads a file of at most so many bytes. A pipe or a device, which may never end, is refused without being opened.
pub fn read_at_most(path: &Path, most: u64) -> Result<Vec<u8>> {
    if let Some(what) = not_a_file(std::fs::metadata(path)?.file_type()) {
        return Err(Error::new(ErrorKind::InvalidInput, format!("it is {what}, not a file")));
    }
    bounded(File::open(path)?, most)
}

/// The same as text.
pub fn read_text_at_most(path: &Path, most: u64) -> Result<String> {
    String::from_utf8(read_at_most(path, most)?).map_err(|_| Error::new(ErrorKind::InvalidData, "it is not UTF-8 text"))
}

/// Reads what has at most so many bytes to its end.
pub fn bounded(from: impl Read, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let most = if most >= 1 << 20 { format!("{} MiB", most >> 20) } else { format!("{most} bytes") };
        return Err(Error::new(ErrorKind::InvalidData, format!("it has more than {most}")));
    }
    Ok(bytes)
}

/// What something is that is no file, in words.
fn not_a_file(kind: FileType) -> Option<&'static str> {
    if kind.is_file() {
        return None;
    }
    if kind.is_dir() {
        return Some("a folder");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return Some("a pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
    }
    Some("a device")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(read_at_most(&path, 5).unwrap(), b"12345");
        assert_eq!(read_at_most(&path, 4).unwrap_err().to_string(), "it has more than 4 bytes");
        assert_eq!(read(&folder.path().join("y")).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(read(folder.path()).unwrap_err().to_string(), "it is a folder, not a file");
    }

    #[cfg(unix)]
    #[test]
    fn what_may_never_end_is_refused_by_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(read(&pipe).unwrap_err().to_string(), "it is a pipe, not a file");
        assert_eq!(read(Path::new("/dev/zero")).unwrap_err().to_string(), "it is a device, not a file");
    }
}
