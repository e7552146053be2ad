//! Hands the first password of an account to the command that the manifest names, on its standard input.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use tokio::io::AsyncWriteExt;
use tripod_model::{Address, CredentialDelivery};
use tripod_provisioner::FirstPasswords;
use uuid::Uuid;

/// How long the command may take; a vault that asks for something would wait for ever.
const LONGEST: Duration = Duration::from_mins(2);

/// Runs the manifest's command in the workspace's folder.
pub(crate) struct ByCommand {
    /// The workspace's folder.
    pub(crate) root: PathBuf,
}

#[async_trait]
impl FirstPasswords for ByCommand {
    async fn hand_over(&self, mailbox: &Address, delivery: &CredentialDelivery) -> Result<SecretString, String> {
        let (program, arguments) = delivery.deliver.split_first().ok_or("the manifest names no command")?;
        // 244 random bits of the operating system's, in 64 hexadecimal digits.
        let password = SecretString::from(format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()));
        let mut child = tokio::process::Command::new(program)
            .args(arguments)
            .current_dir(&self.root)
            .env("TRIPOD_MAILBOX", mailbox.as_str())
            .stdin(Stdio::piped())
            // What the command prints could repeat the password, so nobody sees it.
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("`{program}` could not be started: {error}"))?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin
                .write_all(password.expose_secret().as_bytes())
                .await
                .map_err(|error| format!("`{program}` did not read it: {error}"))?;
        }
        match tokio::time::timeout(LONGEST, child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(password),
            Ok(Ok(status)) => Err(format!("`{program}` ended with {status}")),
            Ok(Err(error)) => Err(format!("`{program}` could not be waited for: {error}")),
            Err(_) => Err(format!("`{program}` did not end within {} minutes", LONGEST.as_secs() / 60)),
        }
    }
}

#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]
mod tests {
    use super::*;

    async fn hand_over(deliver: &[&str]) -> (tempfile::TempDir, Result<SecretString, String>) {
        let folder = tempfile::tempdir().unwrap();
        let delivery = CredentialDelivery {
            vault: "the vault".to_owned(),
            deliver: deliver.iter().map(|word| (*word).to_owned()).collect(),
        };
        let result =
            ByCommand { root: folder.path().to_owned() }.hand_over(&"login@a.test".parse().unwrap(), &delivery).await;
        (folder, result)
    }

    #[tokio::test]
    async fn the_command_is_given_the_password_once_on_its_standard_input() {
        let (folder, password) = hand_over(&["sh", "-c", "cat >got && printf %s \"$TRIPOD_MAILBOX\" >who"]).await;
        let got = std::fs::read_to_string(folder.path().join("got")).unwrap();
        assert_eq!(got, password.unwrap().expose_secret());
        assert_eq!(got.len(), 64);
        assert_eq!(std::fs::read_to_string(folder.path().join("who")).unwrap(), "login@a.test");
    }

    #[tokio::test]
    async fn a_command_that_fails_hands_nothing_over_and_the_reason_holds_no_password() {
        let (_folder, result) = hand_over(&["sh", "-c", "cat >/dev/null; exit 3"]).await;
        assert_eq!(result.unwrap_err(), "`sh` ended with exit status: 3");
        let (_folder, result) = hand_over(&["no-such-program-here"]).await;
        assert!(result.unwrap_err().starts_with("`no-such-program-here` could not be started"));
    }
}
