//! Apps of other people's, and what the tenant's people have granted to them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use sha2::Digest;

use super::account;
use super::state::{Grant, Tenant, TokenEvent};
use crate::description::AppDescription;

/// An app's client id, made from its name, so that it is the same at every tenant, as it is at Google.
pub(super) fn client_id(name: &str) -> String {
    let digest = sha2::Sha256::digest(format!("app {name}"));
    let (number, text) = digest.split_at(12);
    let text: String = URL_SAFE_NO_PAD.encode(text).to_ascii_lowercase();
    let text: String = text.chars().filter(char::is_ascii_alphanumeric).chain("abcdefgh".chars()).take(24).collect();
    format!("{}-{text}.apps.googleusercontent.com", account::digits(number, 12, 10))
}

/// Connects an app to the accounts of those who have granted it something, as the description has it.
pub(super) fn connect(tenant: &mut Tenant, app: &AppDescription, starts: Timestamp) -> Result<(), String> {
    let before = starts.saturating_sub(SignedDuration::from_hours(24 * 30)).unwrap_or(starts);
    for said in &app.grants {
        let user = tenant.user(said.person.as_str());
        let id = user.map(|user| user.id.clone());
        let id = id.ok_or_else(|| format!("{}, who uses {}, is not one of the people", said.person, app.name))?;
        if said.scopes.is_empty() {
            return Err(format!("the grant of {} to {} has no scopes", said.person, app.name));
        }
        let grant = Grant { client: client_id(&app.name), app: app.name.clone(), scopes: said.scopes.clone() };
        tenant.grants.insert(format!("{id}/{}", grant.client), grant.clone());
        record(tenant, &id, "authorize", grant, said.since.unwrap_or(before));
    }
    Ok(())
}

/// Writes into the audit log what somebody did with a grant.
pub(super) fn record(tenant: &mut Tenant, user: &str, name: &str, grant: Grant, at: Timestamp) {
    let Some(user) = tenant.users.get(user) else { return };
    let event = TokenEvent {
        at,
        name: name.to_owned(),
        user: user.id.clone(),
        address: user.primary.clone(),
        unit: user.unit.clone(),
        grant,
    };
    // The number behind the time keeps apart what happens at once, and is the qualifier that Google gives it.
    let number = tenant.events.len();
    tenant.events.insert(format!("{:020}/{number:010}", at.as_microsecond().max(0)), event);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_has_the_same_client_id_everywhere_and_another_one_has_another() {
        assert_eq!(client_id("Slack"), client_id("Slack"));
        assert_ne!(client_id("Slack"), client_id("Zoom"));
        let id = client_id("Slack");
        let (number, rest) = id.split_once('-').unwrap();
        assert!(number.len() == 12 && number.chars().all(|c| c.is_ascii_digit()), "{id}");
        assert!(rest.ends_with(".apps.googleusercontent.com") && rest.len() == 24 + 27, "{id}");
    }
}
