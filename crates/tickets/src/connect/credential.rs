//! Where a secret comes from: a variable of the environment or a file, never the settings themselves.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

/// The longest secret that is read.
const LONGEST: u64 = 16 * 1024;

/// Where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Credential {
    /// The variable of the environment with this name.
    Environment(String),
    /// A file, from the folder of the settings; what is around the secret in spaces and line breaks does not count.
    Path(PathBuf),
}

/// A secret is not to be had. The text names the place, never the content.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// The variable is not set, empty or no text.
    #[error("the environment has no variable {0} with the desk's secret; set it")]
    Environment(String),
    /// The file cannot be read.
    #[error("the desk's secret in {path} cannot be read: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl Credential {
    /// Reads the secret. A relative path begins at `folder`.
    pub fn read(&self, folder: &Path) -> Result<SecretString, CredentialError> {
        match self {
            Self::Environment(name) => match std::env::var(name) {
                Ok(value) if !value.trim().is_empty() => Ok(SecretString::from(value.trim().to_owned())),
                _ => Err(CredentialError::Environment(name.clone())),
            },
            Self::Path(path) => {
                let path = folder.join(path);
                let failed = |reason: String| CredentialError::File { path: path.clone(), reason };
                let text =
                    tripod_files::read_text_at_most(&path, LONGEST).map_err(|error| failed(error.to_string()))?;
                match text.trim() {
                    "" => Err(failed("it is empty".to_owned())),
                    secret => Ok(SecretString::from(secret.to_owned())),
                }
            }
        }
    }
}
