//! Who is there and what they sign in with.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tripod_model::{Address, Provider};

use crate::description::Standing;

/// Somebody who works in a stand-in tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct SandboxPerson {
    /// The tenant's name in the description.
    pub tenant: String,
    /// Whose protocol the tenant speaks.
    pub provider: Provider,
    /// The primary address.
    pub address: Address,
    /// The full name.
    pub name: String,
    /// The department, if one is known.
    pub department: Option<String>,
    /// How the account stands now.
    pub standing: Standing,
}

/// What a sandbox identity may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Read only.
    Read,
    /// Read and write.
    Write,
}

/// What a client of the Microsoft side signs in with: the secret or the certificate.
#[derive(Clone, Debug)]
pub struct MicrosoftSandboxCredentials {
    /// The tenant's GUID.
    pub tenant_id: String,
    /// The application's GUID.
    pub client_id: String,
    /// The application's secret.
    pub client_secret: SecretString,
    /// The application's certificate and its private key, as PEM.
    pub certificate_pem: SecretString,
}
