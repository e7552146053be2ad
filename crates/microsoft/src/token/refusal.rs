//! A refused token request in words: one sentence per code that says what to do.

use serde::Deserialize;
use tripod_tenant::{CauseId, ErrorKind, TenantError};

use crate::sending::Answer;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    error: String,
    error_description: String,
    error_codes: Vec<u64>,
    trace_id: Option<String>,
}

/// The error behind an answer that is no token (facts sheet, Microsoft 4).
pub(super) fn error(answer: &Answer, operation: &str) -> TenantError {
    let refusal: Refusal = serde_json::from_slice(&answer.body).unwrap_or_default();
    let id = refusal.trace_id.clone().or_else(|| answer.header("x-ms-request-id").map(str::to_owned));
    let wait = answer.retry_after();
    let error = match answer.status {
        429 => TenantError::new(ErrorKind::Throttled, operation, "too many sign-ins at once").retry_after(wait),
        408 | 500.. => {
            let message = format!("the sign-in service answered {}", answer.status);
            TenantError::new(ErrorKind::Unavailable, operation, message).retry_after(wait)
        }
        status => TenantError {
            cause: code(&refusal).and_then(cause).or_else(|| cause_of_word(&refusal.error)),
            ..TenantError::new(ErrorKind::SetUp, operation, sentence(&refusal, status))
        },
    };
    error.request_id(id)
}

/// The short code of an answer that is no token (RFC 6749, 5.2); empty if it has none.
pub(super) fn short_code(answer: &Answer) -> String {
    serde_json::from_slice::<Refusal>(&answer.body).unwrap_or_default().error
}

fn sentence(refusal: &Refusal, status: u16) -> String {
    match code(refusal) {
        Some(code) => match remedy(code) {
            Some(remedy) => format!("{remedy} (AADSTS{code})"),
            None => format!(
                "the sign-in was refused with AADSTS{code}; look the code up at https://login.microsoftonline.com/error"
            ),
        },
        None if refusal.error.is_empty() => format!("the sign-in service answered {status} without a reason"),
        // Only the short code of RFC 6749 is shown: a description may repeat what was sent.
        None => format!(
            "the sign-in was refused ({})",
            refusal.error.chars().filter(char::is_ascii_graphic).take(60).collect::<String>()
        ),
    }
}

fn code(refusal: &Refusal) -> Option<u64> {
    refusal.error_codes.first().copied().or_else(|| code_in(&refusal.error_description))
}

/// The cause that a short code stands for where there is no number (Microsoft: device code flow, expected errors).
fn cause_of_word(word: &str) -> Option<CauseId> {
    Some(match word {
        "authorization_declined" | "access_denied" => CauseId::MicrosoftCodeDeclined,
        "expired_token" | "bad_verification_code" => CauseId::MicrosoftCodeExpired,
        _ => return None,
    })
}

/// The cause that a code stands for, where it stands for one.
fn cause(code: u64) -> Option<CauseId> {
    Some(match code {
        700_016 => CauseId::MicrosoftAppUnknown,
        7_000_215 => CauseId::MicrosoftSecretWrong,
        7_000_222 => CauseId::MicrosoftSecretExpired,
        700_027 => CauseId::MicrosoftCertificateRefused,
        700_024 => CauseId::ClockSkew,
        70_021 | 700_211..=700_213 => CauseId::MicrosoftFederationRefused,
        65_001 => CauseId::MicrosoftNoConsent,
        90_002 => CauseId::MicrosoftTenantUnknown,
        // Graph is in every tenant, so that the service which is not there is Exchange Online.
        650_052 => CauseId::ExchangeOff,
        50_158 | 53_003 | 530_033 => CauseId::MicrosoftConditionalAccess,
        7_000_218 => CauseId::MicrosoftPublicFlowsOff,
        65_004 => CauseId::MicrosoftCodeDeclined,
        70_018 | 70_019 => CauseId::MicrosoftCodeExpired,
        50_076 | 50_078 | 50_079 | 50_173 | 70_008 | 70_043 | 700_082 | 700_084 => CauseId::MicrosoftSignInExpired,
        50_053 | 50_057 => CauseId::MicrosoftAccountBlocked,
        _ => return None,
    })
}

/// What to do about a code. The codes are those of the facts sheet (Microsoft 4), and from Microsoft's published list
/// 90002 (no such tenant), 650052 (service not subscribed to), 700024 and 700025 (assertion out of its time, public
/// client), 7000218 (not one), 65004, 70018 and 70019 (device codes), 700211 and 700212 (federation), and those that
/// end or forbid a person's sign-in.
fn remedy(code: u64) -> Option<&'static str> {
    Some(match code {
        700_016 => {
            "the app registration is not known in this tenant; check client-id and tenant-id, and that an administrator consented"
        }
        7_000_215 => "the client secret is wrong; use the secret's value, not its id",
        7_000_222 => "the client secret has expired; make a new one at the app registration",
        700_027 => {
            "the certificate's signature was not accepted; upload this certificate to the app registration, or use the one that is there"
        }
        900_382 | 900_432 => {
            "the tenant is in another Microsoft cloud (US Government or China); Tripod serves the worldwide cloud only, and cannot work there"
        }
        700_024 => "the signed assertion is out of its time; set this machine's clock",
        700_025 => "the app registration is a public client; switch that off, or use one that is not",
        70_021 | 700_211 => {
            "no federated credential of the app registration matches; add one for this issuer, subject and audience"
        }
        700_212 => "the federated credential of the app registration is for another audience; mend it",
        700_213 => {
            "the federated credential of the app registration is for another subject; mend it, or run where it says"
        }
        65_001 => "nobody consented to the app's permissions; let an administrator grant admin consent",
        70_011 => "the resource asked for is not valid for this app; add its permissions to the app registration",
        90_002 => "there is no such tenant; check tenant-id",
        650_052 => "the organisation has not subscribed to this service; get a plan with Exchange Online",
        50_076 | 50_078 | 50_079 => "a second factor is asked for anew; sign in again with `tripod auth login`",
        50_158 | 53_003 | 530_033 => {
            "a Conditional Access policy is in the way; let an administrator except this app, or sign in another way"
        }
        7_000_218 => {
            "the app registration does not let people sign in with a code; allow public client flows there, or use an \
             app registration of its own for it"
        }
        65_004 => "the sign-in was declined; run the command again, and approve what the app asks for",
        70_018 | 70_019 => "the code is not good any more; run the command again for a new one",
        50_173 => "the sign-in ended because the password was changed; sign in again with `tripod auth login`",
        70_008 | 70_043 | 700_082 | 700_084 => "the refresh token has expired; sign in again with `tripod auth login`",
        50_053 | 50_057 => {
            "the account of the person who signed in is disabled or locked; let somebody else sign in with `tripod auth login`"
        }
        _ => return None,
    })
}

fn code_in(description: &str) -> Option<u64> {
    let (_, rest) = description.split_once("AADSTS")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, headers: http::HeaderMap::new(), body: body.as_bytes().to_vec() }
    }

    #[test]
    fn each_code_says_what_to_do() {
        for (code, part) in
            [(7_000_215, "secret is wrong"), (7_000_222, "has expired"), (700_016, "client-id"), (65_001, "consent")]
        {
            let body = format!(
                r#"{{"error":"invalid_client","error_description":"AADSTS{code}: x","error_codes":[{code}],"trace_id":"t1"}}"#
            );
            let error = error(&answer(401, &body), "sign in");
            assert_eq!(error.kind, ErrorKind::SetUp);
            assert!(error.message.contains(part), "{}", error.message);
            assert_eq!(error.request_id.as_deref(), Some("t1"));
        }
    }

    #[test]
    fn the_code_is_also_found_in_the_description() {
        let body = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret: hunter2"}"#;
        let error = error(&answer(400, body), "sign in");
        assert!(error.message.contains("AADSTS7000215") && !error.to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn a_busy_sign_in_service_is_not_a_wrong_credential() {
        assert_eq!(error(&answer(429, ""), "sign in").kind, ErrorKind::Throttled);
        assert_eq!(error(&answer(503, "<html>"), "sign in").kind, ErrorKind::Unavailable);
    }
}
