//! Keeps secrets between two runs: in the operating system's keychain where there is one, else in files that nobody
//! but the person who runs Tripod can read.

use std::path::{Path, PathBuf};

use keyring::v1::{Entry, Error};
use secrecy::{ExposeSecret, SecretString};

/// What the keychain lists the entries under.
const SERVICE: &str = "tripod";
/// Names the folder for secrets on a machine whose keychain is not to be used.
pub(crate) const FOLDER_VARIABLE: &str = "TRIPOD_SECRETS";

/// Where secrets are kept.
#[derive(Clone, Debug)]
pub(crate) enum Keychain {
    /// The operating system's: Keychain on macOS, Credential Manager on Windows, the Secret Service elsewhere.
    System,
    /// A folder with a file for each secret.
    Files(PathBuf),
}

impl Keychain {
    /// The operating system's keychain; files where it has none, as on a server, or where `TRIPOD_SECRETS` asks for
    /// them. The error says why there is neither.
    pub(crate) fn of_this_machine() -> Result<Self, String> {
        if let Some(folder) = std::env::var_os(FOLDER_VARIABLE).filter(|folder| !folder.is_empty()) {
            return Ok(Self::Files(folder.into()));
        }
        // The library may start a runtime of its own, which must not happen on a thread that already has one.
        if on_a_thread_of_its_own(|| Entry::store_status().is_ok()).unwrap_or_default() {
            return Ok(Self::System);
        }
        let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let home = || std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
        match data.or_else(|| Some(home()?.join(".local").join("share"))) {
            Some(data) => Ok(Self::Files(data.join("tripod").join("secrets"))),
            None => Err(format!("this machine has no keychain, and no home folder; set {FOLDER_VARIABLE} to a folder")),
        }
    }

    /// Where a secret of this name is or would be, in words.
    pub(crate) fn place(&self, name: &str) -> String {
        match self {
            Self::System => format!("the keychain's entry {SERVICE}/{name}"),
            Self::Files(folder) => {
                let path = file(folder, name);
                path.strip_prefix(".").unwrap_or(&path).display().to_string()
            }
        }
    }

    /// The secret of this name, or nothing if there is none. The error says why nobody knows.
    pub(crate) fn get(&self, name: &str) -> Result<Option<SecretString>, String> {
        match self {
            Self::System => {
                let name = name.to_owned();
                let read = on_a_thread_of_its_own(move || Entry::new(SERVICE, &name)?.get_password())?;
                match read {
                    Ok(secret) => Ok(Some(SecretString::from(secret))),
                    Err(Error::NoEntry) => Ok(None),
                    Err(error) => Err(reason(&error)),
                }
            }
            Self::Files(folder) => read_private(&file(folder, name)),
        }
    }

    /// Keeps a secret under a name, in place of the one that may be there.
    pub(crate) fn put(&self, name: &str, secret: &SecretString) -> Result<(), String> {
        match self {
            Self::System => {
                let (name, secret) = (name.to_owned(), secret.clone());
                on_a_thread_of_its_own(move || Entry::new(SERVICE, &name)?.set_password(secret.expose_secret()))?
                    .map_err(|error| reason(&error))
            }
            Self::Files(folder) => write_private(&file(folder, name), secret),
        }
    }

    /// Takes a secret away. Whether there was one.
    pub(crate) fn remove(&self, name: &str) -> Result<bool, String> {
        match self {
            Self::System => {
                let name = name.to_owned();
                match on_a_thread_of_its_own(move || Entry::new(SERVICE, &name)?.delete_credential())? {
                    Ok(()) => Ok(true),
                    Err(Error::NoEntry) => Ok(false),
                    Err(error) => Err(reason(&error)),
                }
            }
            Self::Files(folder) => match std::fs::remove_file(file(folder, name)) {
                Ok(()) => Ok(true),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
                Err(error) => Err(error.to_string()),
            },
        }
    }
}

fn on_a_thread_of_its_own<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    std::thread::spawn(work).join().map_err(|_| "the keychain failed".to_owned())
}

/// An error of the keychain in words. Those of its errors that carry what was read are never shown whole.
fn reason(error: &Error) -> String {
    match error {
        Error::NoStorageAccess(_) => "the keychain is locked or refuses access".to_owned(),
        Error::PlatformFailure(cause) => format!("the keychain failed: {cause}"),
        Error::BadEncoding(_) => "the entry is not a text".to_owned(),
        Error::Ambiguous(_) => "there is more than one entry of this name".to_owned(),
        Error::TooLong(_, most) => format!("the keychain takes no more than {most} characters"),
        _ => "the keychain does not answer as it should".to_owned(),
    }
}

/// The file of a name. Names hold no `%`, so that no two become one, and the ending keeps `..` from being a folder.
fn file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{}.secret", name.replace('/', "%2F")))
}

fn read_private(path: &Path) -> Result<Option<SecretString>, String> {
    let text = match tripod_files::read_text(path) {
        Ok(text) => SecretString::from(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).map_err(|error| error.to_string())?.permissions().mode();
        if mode & 0o077 != 0 {
            let shown = path.display();
            return Err(format!("others on this machine can read {shown} (mode {:o}); chmod 600 it", mode & 0o777));
        }
    }
    Ok(Some(text))
}

/// Writes a file that is never readable by others, not even for a moment, and never half there.
fn write_private(path: &Path, secret: &SecretString) -> Result<(), String> {
    let folder = path.parent().unwrap_or(Path::new("."));
    tripod_files::private_folder(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    tripod_files::replace_private(path, secret.expose_secret().as_bytes())
        .map_err(|error| format!("cannot write {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_kept_in_a_file_that_only_its_owner_can_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let keychain = Keychain::Files(folder.path().join("new").join("secrets"));
        assert!(keychain.get("C01/write").expect("an answer").is_none());
        for secret in ["first", "second, and longer"] {
            keychain.put("C01/write", &SecretString::from(secret)).expect("kept");
            let kept = keychain.get("C01/write").expect("an answer").expect("a secret");
            assert_eq!(kept.expose_secret(), secret);
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let path = folder.path().join("new").join("secrets").join("C01%2Fwrite.secret");
            let mode = |path: &Path| std::fs::metadata(path).expect("it").permissions().mode() & 0o777;
            assert_eq!((mode(&path), mode(path.parent().expect("a folder"))), (0o600, 0o700));
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("set");
            let error = keychain.get("C01/write").expect_err("others can read it");
            assert!(error.contains("chmod 600") && !error.contains("second"), "{error}");
        }
        assert!(keychain.remove("C01/write").expect("removed"));
        assert!(!keychain.remove("C01/write").expect("an answer"));
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        for name in ["..", "../x", "/etc/passwd", "a/../../b"] {
            assert_eq!(file(Path::new("/secrets"), name).parent(), Some(Path::new("/secrets")), "{name}");
        }
    }
}
