//! What token endpoints say no with, by kind and cause (facts sheet, Google 6.1). The call behind it was certainly not
//! made.

use std::time::Duration;

use tripod_tenant::{CauseId, ErrorKind, TenantError};

use super::Subject;
use super::endpoint::{NotGranted, unavailable};

/// A token endpoint's word on what was wrong.
pub(crate) struct Refusal {
    /// The code, e.g. `invalid_grant`.
    code: String,
    /// The sentence with it, without a full stop, or the code again.
    said: String,
    /// How long the endpoint asks to wait, where it only cannot just now.
    wait: Option<Duration>,
}

impl Refusal {
    pub(crate) fn new(code: &str, description: Option<&str>) -> Self {
        let said = description.filter(|text| !text.trim().is_empty()).unwrap_or(code);
        let said = said.trim().trim_end_matches('.').chars().filter(|c| !c.is_control()).take(300).collect();
        Self { code: code.to_owned(), said, wait: None }
    }

    /// The same with what the reply says it is a kind of, e.g. `invalid_rapt`.
    pub(crate) fn kind(mut self, subtype: Option<&str>) -> Self {
        if let Some(subtype) = subtype.filter(|subtype| !self.said.contains(subtype)) {
            self.said = format!("{}, {subtype}", self.said);
        }
        self
    }

    /// The same with how long to wait.
    pub(crate) fn wait(self, wait: Option<Duration>) -> Self {
        Self { wait, ..self }
    }

    fn is_failure(&self) -> bool {
        matches!(self.code.as_str(), "internal_failure" | "server_error" | "temporarily_unavailable")
    }

    /// Whether the organisation wants its people to prove themselves again after some hours.
    fn is_about_proving_oneself_again(&self) -> bool {
        self.said.contains("rapt")
    }
}

fn failed(operation: &str, refusal: &Refusal) -> TenantError {
    unavailable(operation, format!("the token endpoint failed: {}", refusal.said)).retry_after(refusal.wait)
}

fn set_up(operation: &str, message: String) -> TenantError {
    TenantError::new(ErrorKind::SetUp, operation, message)
}

/// What signed an assertion, by how an administrator finds it.
#[derive(Clone, Copy)]
pub(super) enum Signer<'a> {
    /// The key of the client with this id.
    Key(&'a str),
    /// Google, for the service account with this address.
    Google(&'a str),
}

/// The refusal of an assertion.
pub(super) fn of_assertion(
    refusal: &Refusal,
    signer: Signer<'_>,
    subject: &Subject,
    scope: &str,
    operation: &str,
) -> TenantError {
    let said = refusal.said.as_str();
    let (Signer::Key(client) | Signer::Google(client)) = signer;
    match refusal.code.as_str() {
        _ if refusal.is_failure() => failed(operation, refusal),
        "unauthorized_client" if subject.delegated().is_some() => {
            set_up(operation, format!("domain-wide delegation of client {client} lacks one of: {scope} ({said})"))
                .lacking(scope)
                .caused_by(CauseId::GoogleScopeNotDelegated)
        }
        "access_denied" => set_up(operation, format!("Google's policy refuses client {client} a token: {said}"))
            .caused_by(CauseId::GooglePolicyRefuses),
        "invalid_grant" | "invalid_request" if is_about_the_subject(said) => match subject {
            Subject::Mailbox(address) => {
                TenantError::new(ErrorKind::Missing, operation, format!("mailbox {address} is missing ({said})"))
            }
            // Never «missing»: it is the administrator that is not there, not what was asked for.
            Subject::Admin(address) => {
                set_up(operation, format!("the administrator {address} cannot be acted for ({said})"))
                    .caused_by(CauseId::GoogleAdminUnknown)
            }
            Subject::Itself => set_up(operation, format!("Google does not know the service account {client} ({said})"))
                .caused_by(CauseId::GoogleServiceAccountUnknown),
        },
        "invalid_grant" if is_about_the_time(said) => set_up(
            operation,
            format!("this machine's clock differs from Google's, so that what it signs is refused: {said}"),
        )
        .caused_by(CauseId::ClockSkew),
        "invalid_grant" => {
            let whom = subject.delegated().map(|address| format!(" for {address}")).unwrap_or_default();
            match signer {
                Signer::Key(_) => {
                    set_up(operation, format!("Google does not accept the key of client {client}{whom}: {said}"))
                        .caused_by(CauseId::GoogleKeyRefused)
                }
                Signer::Google(_) => {
                    set_up(operation, format!("Google does not accept the service account {client}{whom}: {said}"))
                        .caused_by(CauseId::GoogleServiceAccountUnknown)
                }
            }
        }
        _ => set_up(operation, format!("the token endpoint refused client {client}: {said}")),
    }
}

/// Whether what was refused is the person or the mailbox that is acted for. A malformed one is refused as an invalid
/// request.
fn is_about_the_subject(said: &str) -> bool {
    ["Invalid email or User ID", "Not a valid email", "The account has been deleted", "Invalid impersonation"]
        .iter()
        .any(|text| said.contains(text))
}

/// Whether the assertion's times were refused, which only a clock that goes wrong can bring about (facts sheet, Google
/// 6.1: «Check your iat and exp values in the JWT claim»).
fn is_about_the_time(said: &str) -> bool {
    said.contains("reasonable timeframe") || (said.contains("iat") && said.contains("exp"))
}

/// The refusal of the refresh token of whoever signed in to Tripod.
pub(super) fn of_refresh(refusal: &Refusal, operation: &str) -> TenantError {
    let said = refusal.said.as_str();
    match refusal.code.as_str() {
        _ if refusal.is_failure() => failed(operation, refusal),
        "invalid_grant" if refusal.is_about_proving_oneself_again() => {
            set_up(operation, format!("the organisation wants a fresh sign-in ({said}); run `tripod auth login` again"))
                .caused_by(CauseId::GoogleSignInEnded)
        }
        "invalid_grant" => {
            set_up(operation, format!("the sign-in has expired or was revoked ({said}); run `tripod auth login` again"))
                .caused_by(CauseId::GoogleSignInEnded)
        }
        _ => of_code(refusal, operation),
    }
}

/// The refusal of the app itself, or of whoever signs in, by Google's policies.
pub(crate) fn of_code(refusal: &Refusal, operation: &str) -> TenantError {
    let said = refusal.said.as_str();
    match refusal.code.as_str() {
        _ if refusal.is_failure() => failed(operation, refusal),
        "invalid_client" | "unauthorized_client" | "deleted_client" => {
            set_up(operation, format!("Google does not accept the OAuth client: {said}"))
                .caused_by(CauseId::GoogleClientRefused)
        }
        "access_denied" => set_up(operation, "the sign-in was declined in the browser".to_owned())
            .caused_by(CauseId::GoogleSignInDeclined),
        "admin_policy_enforced" | "org_internal" | "disallowed_useragent" => {
            set_up(operation, format!("Google's policy refuses the OAuth client: {said}"))
                .caused_by(CauseId::GooglePolicyRefuses)
        }
        _ => set_up(operation, format!("Google refused the sign-in: {said}")),
    }
}

/// The refusal of the refresh token that `gcloud auth application-default login` left behind.
pub(super) fn of_user(refusal: &Refusal, operation: &str) -> TenantError {
    if refusal.is_failure() {
        return failed(operation, refusal);
    }
    let message = format!(
        "the application default credentials have expired or were revoked ({}); run `gcloud auth application-default \
         login` again",
        refusal.said
    );
    set_up(operation, message).caused_by(CauseId::GoogleCallerRefused)
}

/// The refusal of the machine's own identity by its metadata server.
pub(super) fn of_metadata(refusal: &Refusal, operation: &str) -> TenantError {
    if refusal.is_failure() {
        return failed(operation, refusal);
    }
    set_up(operation, "the metadata server gives no token".to_owned()).caused_by(CauseId::GoogleNoCaller)
}

/// The refusal of a workload's token by the Security Token Service.
pub(super) fn of_exchange(refusal: &Refusal, operation: &str) -> TenantError {
    let said = refusal.said.as_str();
    match refusal.code.as_str() {
        _ if refusal.is_failure() => failed(operation, refusal),
        "invalid_grant" | "unauthorized_client" | "invalid_target" | "invalid_request" => {
            set_up(operation, format!("the workload identity pool does not accept this workload's token: {said}"))
                .caused_by(CauseId::GoogleFederationRefused)
        }
        _ => set_up(operation, format!("Google's Security Token Service refused: {said}"))
            .caused_by(CauseId::GoogleFederationRefused),
    }
}

impl NotGranted {
    /// The error, with refusals told by whoever knows what was asked.
    pub(super) fn told(self, refused: impl FnOnce(&Refusal) -> TenantError) -> TenantError {
        match self {
            Self::Refused(refusal) => refused(&refusal),
            Self::Failed(error) => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: &str, description: &str) -> Refusal {
        Refusal::new(code, Some(description))
    }

    fn mailbox() -> Subject {
        Subject::Mailbox("backups@example.com".parse().unwrap())
    }

    fn admin() -> Subject {
        Subject::Admin("admin@example.com".parse().unwrap())
    }

    #[test]
    fn every_refusal_of_an_assertion_in_the_facts_sheet_has_its_kind_and_its_cause() {
        use CauseId::{
            ClockSkew, GoogleAdminUnknown, GoogleKeyRefused, GooglePolicyRefuses, GoogleScopeNotDelegated,
            GoogleServiceAccountUnknown,
        };
        use ErrorKind::{Missing, SetUp, Unavailable};
        let (key, googles) = (Signer::Key("123"), Signer::Google("tripod@p.iam.gserviceaccount.com"));
        let unauthorized = "Client is unauthorized to retrieve access tokens using this method, or client not \
                            authorized for any of the scopes requested.";
        let window = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check \
                      your iat and exp values in the JWT claim.";
        let table = [
            ("unauthorized_client", unauthorized, key, admin(), SetUp, Some(GoogleScopeNotDelegated)),
            (
                "unauthorized_client",
                "Unauthorized client or scope in request.",
                googles,
                mailbox(),
                SetUp,
                Some(GoogleScopeNotDelegated),
            ),
            ("invalid_grant", "Invalid email or User ID", key, mailbox(), Missing, None),
            ("invalid_grant", "Invalid email or User ID", googles, admin(), SetUp, Some(GoogleAdminUnknown)),
            ("invalid_grant", "Not a valid email.", key, mailbox(), Missing, None),
            ("invalid_grant", "The account has been deleted", key, mailbox(), Missing, None),
            ("invalid_request", "Invalid impersonation \"sub\" field", key, admin(), SetUp, Some(GoogleAdminUnknown)),
            (
                "invalid_request",
                "Invalid impersonation prn email address",
                key,
                admin(),
                SetUp,
                Some(GoogleAdminUnknown),
            ),
            ("invalid_grant", window, key, admin(), SetUp, Some(ClockSkew)),
            ("invalid_grant", window, googles, Subject::Itself, SetUp, Some(ClockSkew)),
            (
                "invalid_grant",
                "Invalid JWT: No valid verifier found for issuer",
                key,
                admin(),
                SetUp,
                Some(GoogleKeyRefused),
            ),
            ("invalid_grant", "Invalid JWT Signature.", key, Subject::Itself, SetUp, Some(GoogleKeyRefused)),
            (
                "invalid_grant",
                "Invalid grant: account not found",
                googles,
                admin(),
                SetUp,
                Some(GoogleServiceAccountUnknown),
            ),
            ("access_denied", "Requested client not authorized.", key, admin(), SetUp, Some(GooglePolicyRefuses)),
            ("access_denied", "Account restricted", googles, mailbox(), SetUp, Some(GooglePolicyRefuses)),
            ("internal_failure", "Backend Error", key, admin(), Unavailable, None),
            ("something_new", "of which nobody knows", key, admin(), SetUp, None),
        ];
        for (code, description, signer, subject, kind, cause) in table {
            let error = of_assertion(&refusal(code, description), signer, &subject, "scope", "read x");
            assert_eq!((error.kind, error.cause), (kind, cause), "{code} {description}: {error}");
            assert!(error.not_done, "{error}");
        }
    }

    #[test]
    fn without_delegation_nobody_is_told_to_delegate() {
        let refusal = refusal("unauthorized_client", "Unauthorized client or scope in request.");
        let error = of_assertion(&refusal, Signer::Key("123"), &Subject::Itself, "scope", "read x");
        assert_eq!((error.kind, error.cause, error.permission), (ErrorKind::SetUp, None, None));
    }

    #[test]
    fn a_sign_in_that_has_ended_says_why_as_far_as_google_does() {
        let ended = |description, kind: Option<&str>| {
            let error = of_refresh(&refusal("invalid_grant", description).kind(kind), "read x");
            assert_eq!((error.kind, error.cause), (ErrorKind::SetUp, Some(CauseId::GoogleSignInEnded)));
            assert!(error.to_string().contains("run `tripod auth login` again"), "{error}");
            error.message
        };
        assert!(ended("Token has been expired or revoked.", None).contains("has expired or was revoked"));
        assert!(ended("reauth related error (invalid_rapt)", None).contains("wants a fresh sign-in"));
        assert!(ended("reauth related error", Some("rapt_required")).contains("rapt_required"));
    }

    #[test]
    fn a_client_that_is_not_accepted_and_a_sign_in_that_is_declined_have_causes_of_their_own() {
        for (code, cause) in [
            ("invalid_client", Some(CauseId::GoogleClientRefused)),
            ("unauthorized_client", Some(CauseId::GoogleClientRefused)),
            ("access_denied", Some(CauseId::GoogleSignInDeclined)),
            ("admin_policy_enforced", Some(CauseId::GooglePolicyRefuses)),
            ("org_internal", Some(CauseId::GooglePolicyRefuses)),
            ("invalid_scope", None),
        ] {
            let error = of_code(&refusal(code, "said"), "sign in");
            assert_eq!((error.kind, error.cause), (ErrorKind::SetUp, cause), "{code}");
        }
    }

    #[test]
    fn what_is_quoted_of_a_reply_is_short_and_has_no_control_characters() {
        let long = format!("a\n\u{1b}[31m{}", "b".repeat(5000));
        let error = of_code(&refusal("invalid_scope", &long), "sign in");
        assert!(error.message.len() < 400 && !error.message.chars().any(char::is_control), "{error}");
    }
}
