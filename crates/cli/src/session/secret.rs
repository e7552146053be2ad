//! Where secrets are kept.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use tripod_files::LARGEST_SECRET;
use tripod_model::SecretSource;
use tripod_tenant::{CauseId, ErrorKind, TenantError};

use crate::keychain::Keychain;

/// Reads a secret from where the workspace says that it is. The error names the place, never the content.
pub(super) fn read(root: &Path, source: &SecretSource) -> Result<SecretString, TenantError> {
    let (place, read) = match source {
        SecretSource::Path(path) => {
            let path = root.join(path);
            (
                path.display().to_string(),
                tripod_files::read_text_at_most(&path, LARGEST_SECRET).map_err(|e| e.to_string()),
            )
        }
        SecretSource::Keychain(name) => {
            let read = Keychain::of_this_machine().and_then(|keychain| {
                let none =
                    || format!("there is none in {}; put it there with `tripod auth login`", keychain.place(name));
                Ok(keychain.get(name)?.ok_or_else(none)?.expose_secret().to_owned())
            });
            (format!("the keychain ({name})"), read)
        }
        SecretSource::Env(name) => {
            let read = std::env::var(name).map_err(|e| match e {
                std::env::VarError::NotPresent => "the variable is not set".to_owned(),
                std::env::VarError::NotUnicode(_) => "the variable is not text".to_owned(),
            });
            (format!("${name}"), read)
        }
    };
    let text = read.map_err(|reason| {
        TenantError::new(ErrorKind::SetUp, "connect", format!("the credential in {place} cannot be read: {reason}"))
            .caused_by(CauseId::CredentialAbsent)
    })?;
    Ok(SecretString::from(text))
}
