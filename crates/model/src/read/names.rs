//! Names and addresses that a tenant's provider refuses for a mailbox, so that nobody learns it from a half-made one.
//!
//! Google: «Name and password guidelines» and «Create and manage groups» of the Workspace help. Microsoft: the
//! `userPrincipalName` of Graph's user, and the aliases that only an administrator may give to a Microsoft 365 group.

use super::node::Spot;
use super::report::{Report, listed};
use crate::address::Address;
use crate::mailbox::Kind;
use crate::tenant::Provider;

/// Google takes no longer first or last name of an account; Tripod gives the whole name as one of them.
const LONGEST_GOOGLE_NAME: usize = 60;
/// Neither provider has these in the address of an account or a group.
const REFUSED: [char; 2] = ['+', '&'];
/// The addresses that Google keeps for itself. A group can have them.
const KEPT_BY_GOOGLE: [&str; 2] = ["abuse", "postmaster"];
/// The aliases of groups that only a global administrator may give, in the words of Microsoft's list.
const PRIVILEGED: [&str; 11] = [
    "abuse",
    "admin",
    "administrator",
    "hostmaster",
    "majordomo",
    "postmaster",
    "root",
    "secure",
    "security",
    "ssl-admin",
    "webmaster",
];

/// Reports an address that the provider refuses for a mailbox of this kind.
pub(super) fn address(address: &Address, at: Spot, provider: Provider, kind: Kind, report: &mut Report) {
    let local = address.local_part();
    if let Some(character) = local.chars().find(|character| REFUSED.contains(character)) {
        let message = format!("`{address}` has `{character}` in it, which {provider} refuses in a mailbox's address");
        report.say_with(at, message, Some("use letters, digits, `-`, `_`, `'` and single dots".to_owned()));
    }
    match (provider, kind) {
        (Provider::GoogleWorkspace, Kind::SharedMailbox) if KEPT_BY_GOOGLE.contains(&local) => {
            let help = "choose another address; a `group-inbox` can have this one".to_owned();
            report.say_with(at, format!("Google Workspace keeps `{local}` for itself in every domain"), Some(help));
        }
        (Provider::Microsoft365, Kind::GroupInbox) if PRIVILEGED.contains(&local) => {
            let message = format!("Microsoft 365 lets only a global administrator give a group the alias `{local}`");
            let help = format!("choose another address; {} cannot be used for a `group-inbox`", listed(&PRIVILEGED));
            report.say_with(at, message, Some(help));
        }
        _ => {}
    }
}

/// Reports a name that the provider refuses for a mailbox of this kind.
pub(super) fn name(name: &str, at: Spot, provider: Provider, kind: Kind, report: &mut Report) {
    let length = name.chars().count();
    if (provider, kind) == (Provider::GoogleWorkspace, Kind::SharedMailbox) && length > LONGEST_GOOGLE_NAME {
        let message = format!(
            "`name` has {length} characters, and Google Workspace takes no more than {LONGEST_GOOGLE_NAME} for an account"
        );
        report.say_with(at, message, Some("what it is for can stand in `purpose`".to_owned()));
    }
}
