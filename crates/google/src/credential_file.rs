//! The JSON files that Google hands out, and where they may lead.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tripod_tenant::{CauseId, Endpoints, ErrorKind, TenantError};
use url::Url;

/// A JSON file with credentials in it. It has no `Debug`, because it holds secrets.
pub(crate) struct CredentialFile {
    value: Value,
    /// What it is in messages, e.g. `the service account key`.
    what: &'static str,
}

impl CredentialFile {
    /// Reads the JSON. The parser's own messages quote what they stumbled over, hence they are not passed on.
    pub(crate) fn read(what: &'static str, json: &SecretString) -> Result<Self, TenantError> {
        let value = serde_json::from_str(json.expose_secret()).map_err(|error| {
            wrong(what, format!("it is not JSON (line {}, column {})", error.line(), error.column()))
        })?;
        Ok(Self { value, what })
    }

    /// An object in it, under the same name in messages; nothing if it is not there or no object.
    pub(crate) fn part(&self, field: &str) -> Option<Self> {
        let value = self.value.get(field).filter(|value| value.is_object())?;
        Some(Self { value: value.clone(), what: self.what })
    }

    /// A text that has to be there.
    pub(crate) fn text(&self, field: &str) -> Result<String, TenantError> {
        match self.value.get(field) {
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(text.clone()),
            Some(_) => Err(self.wrong(format!("its `{field}` is not a text"))),
            None => Err(self.wrong(format!("it has no `{field}`"))),
        }
    }

    /// A text that may be missing.
    pub(crate) fn optional(&self, field: &str) -> Option<String> {
        self.value.get(field).and_then(Value::as_str).map(str::to_owned)
    }

    /// A secret that has to be there.
    pub(crate) fn secret(&self, field: &str) -> Result<SecretString, TenantError> {
        self.text(field).map(SecretString::from)
    }

    /// The value of a field, whatever it is.
    pub(crate) fn value(&self, field: &str) -> Option<&Value> {
        self.value.get(field)
    }

    /// The error that says what is wrong with it.
    pub(crate) fn wrong(&self, message: impl Into<String>) -> TenantError {
        wrong(self.what, message)
    }

    /// An error unless an address in the file is one of Google's, or leads to the stand-in tenants on this machine if
    /// these are asked.
    ///
    /// A file from somewhere else must not be able to have assertions and tokens sent to a host of its choice, and a
    /// stand-in must never be given anything of Google's.
    pub(crate) fn check_address(
        what: &str,
        field: &str,
        address: &str,
        googles: &[&str],
        endpoints: &Endpoints,
    ) -> Result<(), TenantError> {
        if endpoints.is_stand_in() {
            let is_here = Url::parse(address).is_ok_and(|url| Endpoints::stand_in(url).is_ok());
            let message = || format!("its `{field}` does not lead to the stand-in tenants on this machine");
            return if is_here { Ok(()) } else { Err(wrong(what, message())) };
        }
        if googles.contains(&address) { Ok(()) } else { Err(wrong(what, format!("its `{field}` is not Google's"))) }
    }
}

/// An error of kind [`ErrorKind::SetUp`] about a credential.
pub(crate) fn wrong(what: &str, message: impl Into<String>) -> TenantError {
    TenantError::new(ErrorKind::SetUp, format!("use {what}"), message).caused_by(CauseId::CredentialUnusable)
}
