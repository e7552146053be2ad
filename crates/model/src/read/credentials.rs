//! How Tripod proves who it is: where a secret is kept, never the secret.
//!
//! No message of this module repeats what stands in the file, for it could be the secret itself.

use super::fields::{Echo, Fields};
use super::node::{Node, Value};
use super::report::Report;
use super::scalar;
use crate::tenant::{GoogleCredentials, MicrosoftCredentials, MicrosoftSecret, SecretSource};

/// The longest path or name of a variable; longer texts are more likely keys.
const LONGEST_PATH: usize = 1024;

pub(super) fn google(node: &Node, report: &mut Report) -> Option<GoogleCredentials> {
    let key = "service-account-key";
    let mut fields = Fields::open(node, "this identity", &[key], Echo::Nothing, report)?;
    let service_account_key = fields.need(key).and_then(|node| source(node, key, report));
    fields.close(report);
    Some(GoogleCredentials { service_account_key: service_account_key? })
}

pub(super) fn microsoft(node: &Node, report: &mut Report) -> Option<MicrosoftCredentials> {
    let keys = ["client-id", "certificate", "client-secret"];
    let mut fields = Fields::open(node, "this identity", &keys, Echo::Nothing, report)?;
    let client_id = fields.need("client-id").and_then(|node| scalar::guid(node, "client-id", report));
    let certificate = fields.take("certificate").map(|node| source(node, "certificate", report));
    let client_secret = fields.take("client-secret").map(|node| source(node, "client-secret", report));
    let secret = match (certificate, client_secret) {
        (Some(certificate), None) => certificate.map(MicrosoftSecret::Certificate),
        (None, Some(secret)) => secret.map(MicrosoftSecret::ClientSecret),
        (Some(_), Some(_)) => {
            let at = fields.key_at("client-secret").unwrap_or(fields.at());
            report.say(at, "this identity has both `certificate` and `client-secret`, and needs only one of them");
            None
        }
        (None, None) => {
            if !fields.any_meant(&["certificate", "client-secret"]) {
                report.say(fields.at(), "this identity needs `certificate` or `client-secret`");
            }
            None
        }
    };
    fields.close(report);
    Some(MicrosoftCredentials { client_id: client_id?, secret: secret? })
}

/// Where a secret is kept: `{path: FILE}` or `{env: VARIABLE}`.
fn source(node: &Node, key: &str, report: &mut Report) -> Option<SecretSource> {
    let how = || Some(format!("write `{key}: {{path: FILE}}` or `{key}: {{env: VARIABLE}}`"));
    if matches!(node.value, Value::Text(_) | Value::Number(_)) {
        report.say_with(
            node.at,
            format!("`{key}` has to say where the secret is kept; a secret must not stand in this file"),
            Some(format!(
                "write `{key}: {{path: FILE}}` or `{key}: {{env: VARIABLE}}`; if it was a secret, replace it"
            )),
        );
        return None;
    }
    let fields = Fields::open(node, format!("`{key}`"), &["path", "env"], Echo::Nothing, report)?;
    match (fields.take("path"), fields.take("env")) {
        (Some(path), None) => path_of(path, report).map(|path| SecretSource::Path(path.into())),
        (None, Some(variable)) => variable_of(variable, report).map(SecretSource::Env),
        (Some(_), Some(_)) => {
            report.say_with(fields.at(), format!("`{key}` has both `path` and `env`"), how());
            None
        }
        (None, None) => {
            if !fields.any_meant(&["path", "env"]) {
                report.say_with(fields.at(), format!("`{key}` does not say where the secret is kept"), how());
            }
            None
        }
    }
}

fn path_of<'n>(node: &'n Node, report: &mut Report) -> Option<&'n str> {
    let path = scalar::text(node, "path", report)?;
    let sound = !path.trim().is_empty()
        && path.len() <= LONGEST_PATH
        && !path.contains("-----BEGIN")
        && !path.trim_start().starts_with('{')
        && !path.chars().any(super::is_unprintable);
    if !sound {
        let help = "write the path of a file, relative to this one's folder; if it was a secret, replace it".to_owned();
        report.say_with(node.at, "`path` is not the path of a file", Some(help));
    }
    sound.then_some(path)
}

fn variable_of(node: &Node, report: &mut Report) -> Option<String> {
    let name = scalar::text(node, "env", report)?;
    let sound = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.len() <= LONGEST_PATH
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !sound {
        let help = "write the variable's name in letters, digits and `_`; if it was a secret, replace it".to_owned();
        report.say_with(node.at, "`env` is not the name of an environment variable", Some(help));
    }
    sound.then(|| name.to_owned())
}
