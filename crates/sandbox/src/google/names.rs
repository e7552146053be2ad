//! Which names and addresses Google takes for accounts and groups (Admin Help, «Name guidelines for users and groups»).

use serde_json::{Map, Value};

use super::build::text;
use super::errors;
use super::user_write::address;
use crate::wire::Reply;

/// The longest part of a person's name.
const LONGEST_PART: usize = 60;
/// The longest name of a group.
const LONGEST_GROUP: usize = 73;
/// Addresses that every domain has already, and that lead to Google as well.
const RESERVED: [&str; 2] = ["abuse", "postmaster"];

/// The address of an account or an alias in a body, in lower case, unless Google refuses it as one.
pub(super) fn username(fields: &Map<String, Value>, field: &str) -> Result<Option<String>, Reply> {
    let word = if field == "primaryEmail" { "primary_user_email" } else { "alias_email" };
    let address = address(fields, field, word)?;
    match address {
        Some(address) if !is_username(&address) => Err(errors::invalid(word)),
        other => Ok(other),
    }
}

fn is_username(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default();
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '\'' | '.');
    let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    local.chars().all(allowed) && !dots && local.len() <= 64 && !RESERVED.contains(&local)
}

/// Refuses parts of a person's name that are too long or look like markup.
pub(super) fn parts(name: &Map<String, Value>) -> Result<(), Reply> {
    // Where nobody gives a display name, it is made of both parts, so that it may be as long as both.
    for (part, longest) in
        [("givenName", LONGEST_PART), ("familyName", LONGEST_PART), ("displayName", 2 * LONGEST_PART + 1)]
    {
        let refused = |said: &str| said.chars().count() > longest || said.contains(['<', '>']);
        if text(name, part).is_some_and(refused) {
            return Err(errors::invalid(&format!("name.{part}")));
        }
    }
    Ok(())
}

/// Whether a group can be called so.
pub(super) fn is_group_name(name: &str) -> bool {
    name.chars().count() <= LONGEST_GROUP && !name.contains(['=', '<', '>'])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_account_is_called_as_googles_guidelines_have_it() {
        for good in ["backups", "team.backups", "o'neil", "_backups-", "abuse-reports"] {
            assert!(is_username(&format!("{good}@x.test")), "{good}");
        }
        for bad in ["backups+saas", "r&d", "abuse", "postmaster", ".backups", "a..b"] {
            assert!(!is_username(&format!("{bad}@x.test")), "{bad}");
        }
    }

    #[test]
    fn a_part_of_a_name_has_sixty_characters_at_most() {
        let named = |given: &str| parts(json!({"givenName": given}).as_object().unwrap()).is_ok();
        assert!(named(&"ü".repeat(60)) && !named(&"ü".repeat(61)) && !named("<b>"));
    }
}
