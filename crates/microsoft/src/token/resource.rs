//! What a token is for, and what is asked for with it.

use tripod_tenant::{Purpose, SignInFor};

use crate::diagnose::permissions;

/// What a token is for. One token opens one resource (facts sheet, Microsoft 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    /// Microsoft Graph.
    Graph,
    /// Exchange Online.
    Exchange,
}

/// The delegated permission that lets an administrator run cmdlets. `Exchange.ManageV2` is for another back-end, and
/// refused by this one (facts sheet, Microsoft 1a, auth).
pub(crate) const EXCHANGE_DELEGATED: &str = "Exchange.Manage";

impl Resource {
    /// The resource's name in a token request, without a slash at its end.
    pub(super) fn uri(self) -> &'static str {
        match self {
            Self::Graph => "https://graph.microsoft.com",
            Self::Exchange => "https://outlook.office365.com",
        }
    }

    /// The scope that stands for everything that an app has been given.
    pub(super) fn all_of_an_app(self) -> String {
        format!("{}/.default", self.uri())
    }

    /// The scopes that are asked for on behalf of a person: each by its name, and no more than the side needs.
    pub(super) fn of_a_person(self, purpose: SignInFor) -> String {
        let names: Vec<&str> = match self {
            Self::Graph => {
                let sides = [(false, purpose.reads()), (true, purpose.writes())].into_iter();
                let sides = sides.filter(|(_, is_asked)| *is_asked).map(|(writes, _)| writes);
                let mut names: Vec<_> = sides.flat_map(|writes| permissions::least(writes, &Purpose::ALL)).collect();
                names.sort_unstable();
                names.dedup();
                names
            }
            Self::Exchange => vec![EXCHANGE_DELEGATED],
        };
        let mut scope = String::new();
        for name in names {
            scope.push_str(self.uri());
            scope.push('/');
            scope.push_str(name);
            scope.push(' ');
        }
        // `offline_access` is what gives out a refresh token; the other two tell who it is that signed in.
        scope + "offline_access openid profile"
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Graph => "Microsoft Graph",
            Self::Exchange => "Exchange Online",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_reads_is_not_asked_for_a_permission_to_write() {
        let reading = Resource::Graph.of_a_person(SignInFor::Reading);
        assert!(reading.contains("https://graph.microsoft.com/Directory.Read.All "), "{reading}");
        assert!(!reading.contains("/Application.Read.All "), "the directory's has it in it: {reading}");
        assert!(
            !reading.contains("Write") && !reading.contains("Enable") && !reading.contains(".default"),
            "{reading}"
        );
        let writing = Resource::Graph.of_a_person(SignInFor::Writing);
        assert!(writing.contains("/User.EnableDisableAccount.All ") && !writing.contains("AuditLog"), "{writing}");
        let both = Resource::Graph.of_a_person(SignInFor::Both);
        for scope in reading.split(' ').chain(writing.split(' ')) {
            assert_eq!(both.split(' ').filter(|one| *one == scope).count(), 1, "{scope} in {both}");
        }
        // One request may name the permissions of one resource only.
        assert!(!both.contains("outlook.office365.com"));
    }
}
