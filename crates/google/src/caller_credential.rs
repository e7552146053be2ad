//! Who asks Google to sign for a service account that has no key: the credentials that Google's own tools would find,
//! or a file of theirs (facts sheet, Google 6.2 and 6.4).

use std::path::PathBuf;

use secrecy::SecretString;
use serde_json::Value;
use tripod_model::Address;
use tripod_tenant::{Endpoints, TenantError};
use url::{Host, Url};

use crate::credential_file::{CredentialFile, wrong};
use crate::key::{ServiceAccountKey, TOKEN_ADDRESSES};

const WHAT: &str = "the caller's credential";
/// Where Google's Security Token Service is.
const STS_ADDRESSES: [&str; 1] = ["https://sts.googleapis.com/v1/token"];
/// The one address outside this machine that is asked without TLS: the metadata services of Azure and others, which
/// answer nowhere else (RFC 3927, the same link).
const LINK_LOCAL: std::net::Ipv4Addr = std::net::Ipv4Addr::new(169, 254, 169, 254);

/// Who asks Google to sign for a service account. Its `Debug` shows the kind and nothing else.
#[derive(Clone)]
pub struct CallerCredential(pub(crate) Source);

/// The kinds of credential.
#[derive(Clone)]
pub(crate) enum Source {
    /// Whatever Google's own tools would find.
    Ambient(AmbientPlaces),
    Key(ServiceAccountKey),
    /// Somebody who signed in with `gcloud auth application-default login`.
    User {
        client_id: String,
        client_secret: SecretString,
        refresh_token: SecretString,
        token_uri: Option<String>,
    },
    External(External),
    /// A service account that another credential may act as.
    Impersonated {
        source: Box<Source>,
        service_account: Address,
    },
}

/// A workload outside Google's cloud, with a token of somebody whom a pool trusts.
#[derive(Clone)]
pub(crate) struct External {
    pub(crate) audience: String,
    pub(crate) subject_token_type: String,
    token_url: String,
    pub(crate) subject: SubjectToken,
}

/// Where a workload's token comes from.
#[derive(Clone)]
pub(crate) enum SubjectToken {
    File { path: PathBuf, format: Format },
    Url { url: Url, headers: Vec<(String, SecretString)>, format: Format },
}

/// How the token stands in what was read.
#[derive(Clone)]
pub(crate) enum Format {
    Text,
    /// In this field of a JSON object.
    Json(String),
}

/// Where Google's own tools look for application default credentials, in this order (facts sheet, Google 6.4). After
/// these, they ask the metadata server.
#[derive(Clone, Debug, Default)]
pub struct AmbientPlaces {
    /// The file that `GOOGLE_APPLICATION_CREDENTIALS` names.
    pub named: Option<PathBuf>,
    /// The file that `gcloud auth application-default login` writes.
    pub well_known: Option<PathBuf>,
}

impl AmbientPlaces {
    /// The places of this process.
    pub fn of_this_process() -> Self {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let configuration = variable("CLOUDSDK_CONFIG")
            .or_else(|| variable("APPDATA").filter(|_| cfg!(windows)).map(|folder| folder.join("gcloud")))
            .or_else(|| variable("HOME").map(|folder| folder.join(".config").join("gcloud")));
        Self {
            named: variable("GOOGLE_APPLICATION_CREDENTIALS"),
            well_known: configuration.map(|folder| folder.join("application_default_credentials.json")),
        }
    }
}

impl std::fmt::Debug for CallerCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match &self.0 {
            Source::Ambient(_) => "application default credentials",
            Source::Key(_) => "service_account",
            Source::User { .. } => "authorized_user",
            Source::External(_) => "external_account",
            Source::Impersonated { .. } => "impersonated_service_account",
        };
        write!(f, "CallerCredential({kind})")
    }
}

impl CallerCredential {
    /// Whatever Google's own tools would find: a file in one of these places, else the metadata server of the machine.
    /// They are looked for when the first token is needed.
    pub fn ambient(places: AmbientPlaces) -> Self {
        Self(Source::Ambient(places))
    }

    /// Reads a file in the form of application default credentials. The error names the field that is wrong, never its
    /// content; its kind is [`tripod_tenant::ErrorKind::SetUp`].
    pub fn from_json(json: &SecretString) -> Result<Self, TenantError> {
        source(&CredentialFile::read(WHAT, json)?, json).map(Self)
    }

    /// Where it would send its secrets is looked at before it does.
    pub(crate) fn check(&self, endpoints: &Endpoints) -> Result<(), TenantError> {
        self.0.check(endpoints)
    }
}

impl Source {
    fn check(&self, endpoints: &Endpoints) -> Result<(), TenantError> {
        match self {
            // What is found there is looked at when it is found.
            Self::Ambient(_) => Ok(()),
            // Google's own tool writes no address, and what it wrote is never for a stand-in.
            Self::User { token_uri, .. } => {
                let address = token_uri.as_deref().unwrap_or(TOKEN_ADDRESSES[0]);
                CredentialFile::check_address(WHAT, "token_uri", address, &TOKEN_ADDRESSES, endpoints)
            }
            Self::Key(key) => key.check(endpoints),
            Self::External(external) => {
                CredentialFile::check_address(WHAT, "token_url", &external.token_url, &STS_ADDRESSES, endpoints)
            }
            Self::Impersonated { source, .. } => source.check(endpoints),
        }
    }
}

fn source(file: &CredentialFile, json: &SecretString) -> Result<Source, TenantError> {
    match file.text("type")?.as_str() {
        "service_account" => ServiceAccountKey::from_json(json).map(Source::Key),
        "authorized_user" => user(file),
        "external_account" => {
            let external = Source::External(external(file)?);
            match file.optional("service_account_impersonation_url") {
                None => Ok(external),
                Some(url) => Ok(impersonated(external, service_account_of(&url)?)),
            }
        }
        "impersonated_service_account" => {
            let source = file.part("source_credentials").ok_or_else(|| file.wrong("it has no `source_credentials`"))?;
            let source = match source.text("type")?.as_str() {
                "authorized_user" => user(&source)?,
                other => return Err(file.wrong(format!("its `source_credentials` of type `{other}` cannot be used"))),
            };
            Ok(impersonated(source, service_account_of(&file.text("service_account_impersonation_url")?)?))
        }
        other => {
            let other: String = other.chars().filter(|c| !c.is_control()).take(40).collect();
            Err(file.wrong(format!(
                "its `type` is `{other}`; it has to be `external_account`, `authorized_user` or `service_account`"
            )))
        }
    }
}

fn user(file: &CredentialFile) -> Result<Source, TenantError> {
    Ok(Source::User {
        client_id: file.text("client_id")?,
        client_secret: file.secret("client_secret")?,
        refresh_token: file.secret("refresh_token")?,
        token_uri: file.optional("token_uri"),
    })
}

fn impersonated(source: Source, service_account: Address) -> Source {
    Source::Impersonated { source: Box::new(source), service_account }
}

fn external(file: &CredentialFile) -> Result<External, TenantError> {
    let from = file.part("credential_source").ok_or_else(|| file.wrong("it has no `credential_source`"))?;
    if from.optional("environment_id").is_some_and(|id| id.starts_with("aws")) {
        return Err(file.wrong(
            "AWS credentials are not supported; use a `credential_source` with a `file` or a `url` that gives an OIDC token",
        ));
    }
    if from.value("executable").is_some() {
        return Err(file.wrong(
            "it would run a program for its token, and Tripod runs none; let the program write the token to a `file`",
        ));
    }
    let format = format(&from)?;
    let subject = match (from.optional("file"), from.optional("url")) {
        (Some(path), _) => SubjectToken::File { path: path.into(), format },
        (None, Some(url)) => SubjectToken::Url { url: token_address(file, &url)?, headers: headers(&from)?, format },
        (None, None) => return Err(file.wrong("its `credential_source` has neither a `file` nor a `url`")),
    };
    Ok(External {
        audience: file.text("audience")?,
        subject_token_type: file.text("subject_token_type")?,
        token_url: file.text("token_url")?,
        subject,
    })
}

/// Where a workload's token may be asked for: anywhere over TLS; without it only on this machine or its link, because
/// the request itself carries a secret.
fn token_address(file: &CredentialFile, url: &str) -> Result<Url, TenantError> {
    let url = Url::parse(url).map_err(|_| file.wrong("the `url` of its `credential_source` is not a URL"))?;
    let is_near = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip == LINK_LOCAL,
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if url.scheme() == "https" || (url.scheme() == "http" && is_near) {
        Ok(url)
    } else {
        Err(file.wrong("the `url` of its `credential_source` has to be https"))
    }
}

fn headers(from: &CredentialFile) -> Result<Vec<(String, SecretString)>, TenantError> {
    let header = |(name, value): (&String, &Value)| match value {
        Value::String(value) => Ok((name.clone(), SecretString::from(value.as_str()))),
        _ => Err(from.wrong(format!("the header `{name}` of its `credential_source` is not a text"))),
    };
    match from.value("headers") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Object(headers)) => headers.iter().map(header).collect(),
        Some(_) => Err(from.wrong("the `headers` of its `credential_source` are not an object")),
    }
}

fn format(from: &CredentialFile) -> Result<Format, TenantError> {
    let Some(format) = from.part("format") else { return Ok(Format::Text) };
    match format.optional("type").as_deref() {
        None | Some("text") => Ok(Format::Text),
        Some("json") => format.text("subject_token_field_name").map(Format::Json),
        Some(_) => Err(from.wrong("the `format` of its `credential_source` is neither `text` nor `json`")),
    }
}

/// The service account in a URL like
/// `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/x@y.iam.gserviceaccount.com:generateAccessToken`.
/// Nothing else of the URL is used, so that it cannot lead elsewhere.
fn service_account_of(url: &str) -> Result<Address, TenantError> {
    let account = url.rsplit_once("/serviceAccounts/").and_then(|(_, rest)| rest.strip_suffix(":generateAccessToken"));
    account.and_then(|account| account.parse().ok()).ok_or_else(|| {
        wrong(
            WHAT,
            "its `service_account_impersonation_url` does not end with a service account and `:generateAccessToken`",
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(json: &Value) -> Result<CallerCredential, TenantError> {
        CallerCredential::from_json(&SecretString::from(json.to_string()))
    }

    fn external(source: &Value) -> Value {
        json!({
            "type": "external_account",
            "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/git",
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": STS_ADDRESSES[0],
            "credential_source": source,
        })
    }

    #[test]
    fn the_file_that_a_github_action_writes_is_understood() {
        let file = external(&json!({
            "url": "https://pipelines.actions.example/token?audience=x",
            "headers": { "Authorization": "Bearer s3cret" },
            "format": { "type": "json", "subject_token_field_name": "value" },
        }));
        let read = read(&file).unwrap();
        let Source::External(External { subject: SubjectToken::Url { headers, format, .. }, .. }) = &read.0 else {
            panic!("{read:?}")
        };
        assert_eq!(headers[0].0, "Authorization");
        assert!(matches!(format, Format::Json(field) if field == "value"));
        assert!(read.check(&Endpoints::providers()).is_ok());
        assert_eq!(format!("{read:?}"), "CallerCredential(external_account)");
    }

    #[test]
    fn what_cannot_be_used_is_refused_in_a_sentence_that_says_what_to_do() {
        let table = [
            (external(&json!({ "environment_id": "aws1", "url": "http://169.254.169.254/x" })), "AWS"),
            (external(&json!({ "executable": { "command": "print-token" } })), "let the program write"),
            (external(&json!({})), "neither a `file` nor a `url`"),
            (external(&json!({ "url": "http://tokens.example/x" })), "https"),
            (external(&json!({ "file": "/t", "format": { "type": "xml" } })), "`format`"),
            (external(&json!({ "url": "https://x.example", "headers": { "Authorization": 7 } })), "Authorization"),
            (json!({ "type": "gdch_service_account" }), "`gdch_service_account`"),
            (json!({ "type": "authorized_user", "client_id": "x", "client_secret": "s3cret" }), "`refresh_token`"),
        ];
        for (file, part) in table {
            let error = read(&file).unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn a_workloads_token_goes_to_google_or_to_a_stand_in_on_this_machine_and_nowhere_else() {
        let stand_in = Endpoints::stand_in(Url::parse("http://127.0.0.1:4000").unwrap()).unwrap();
        let mut file = external(&json!({ "file": "/t" }));
        for (address, at_google, at_stand_in) in [
            (STS_ADDRESSES[0], true, false),
            ("http://127.0.0.1:4000/sts.googleapis.com/v1/token", false, true),
            ("https://sts.googleapis.com.evil.test/v1/token", false, false),
            ("http://sts.googleapis.com/v1/token", false, false),
        ] {
            file["token_url"] = json!(address);
            let read = read(&file).unwrap();
            assert_eq!(read.check(&Endpoints::providers()).is_ok(), at_google, "{address}");
            assert_eq!(read.check(&stand_in).is_ok(), at_stand_in, "{address}");
        }
    }

    #[test]
    fn of_the_address_for_acting_as_a_service_account_only_the_account_counts() {
        let mut file = external(&json!({ "file": "/t" }));
        let path = "v1/projects/-/serviceAccounts/ci@p.iam.gserviceaccount.com:generateAccessToken";
        file["service_account_impersonation_url"] = json!(format!("https://evil.test/{path}"));
        let read_file = read(&file).unwrap();
        let Source::Impersonated { service_account, .. } = &read_file.0 else { panic!("{read_file:?}") };
        assert_eq!(service_account.as_str(), "ci@p.iam.gserviceaccount.com");
        for url in ["https://evil.test", "https://x/serviceAccounts/../y:generateAccessToken"] {
            file["service_account_impersonation_url"] = json!(url);
            assert!(read(&file).is_err(), "{url}");
        }
    }
}
