//! The doctor at Google: every scope, API and switch by itself.

mod licences;
mod organisation;
mod scopes;
mod switches;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::join_all;
use http::Method;
use tripod_model::{Kind, WantedMailbox};
use tripod_tenant::{CauseId, Clock, Diagnosing, Diagnosis, Endpoints, ErrorKind, Purpose, TenantError, needing};

use self::scopes::{Need, needed, short};
use crate::call::{Api, Call, Caller, Nothing};
use crate::identity::GoogleIdentity;
use crate::scope::{Access, GMAIL_READ, GROUP_SETTINGS, POLICIES_READ};
use crate::tenant::GoogleTenant;

/// A difference of the clocks that is not worth a word yet; signatures bear it.
const TOLERATED_SECONDS: u64 = 5 * 60;

/// Looks at a Google Workspace customer as one of its service accounts. Changes nothing.
pub struct GoogleDoctor {
    caller: Caller,
}

impl std::fmt::Debug for GoogleDoctor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GoogleDoctor").field("tenant", &self.caller.tenant).finish_non_exhaustive()
    }
}

impl GoogleDoctor {
    /// A doctor for the identity that reads, or for the one that `writes`. It makes no call yet; an error of kind
    /// `SetUp` if the identity cannot be used.
    pub fn new(
        tenant: GoogleTenant,
        identity: impl Into<GoogleIdentity>,
        writes: bool,
        endpoints: Endpoints,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TenantError> {
        let access = if writes { Access::Write } else { Access::Read };
        Ok(Self { caller: Caller::new(tenant, access, identity.into(), endpoints, clock)? })
    }
}

/// What the checks share: who asks, for what, and which scopes were given.
struct Round<'a> {
    caller: &'a Caller,
    asked: &'a [Purpose],
    mailboxes: &'a [WantedMailbox],
    given: BTreeSet<&'static str>,
}

#[async_trait]
impl Diagnosing for GoogleDoctor {
    async fn diagnose(&self, asked: &[Purpose], mailboxes: &[WantedMailbox]) -> Vec<Diagnosis> {
        let caller = &self.caller;
        let needs = needed(caller, asked, mailboxes);
        let Some(first) = needs.first() else { return Vec::new() };

        // Every scope is asked for by itself, as the administrator: delegation is given to a service account, not to
        // a mailbox, and the mailboxes may not be there yet.
        let admin = caller.admin();
        let ask = |need: &Need| {
            let (admin, scope) = (&admin, need.scope);
            async move { caller.may(admin, scope, &format!("get a token for {}", short(scope))).await }
        };
        let answers = join_all(needs.iter().map(ask)).await;
        // No API is asked for a token but the one that signs for a service account without a key.
        let of_signing_in = |error: &TenantError| {
            error.cause.is_some_and(|cause| cause.is_of_signing_in() || cause == CauseId::GoogleApiOff)
        };
        if let Some(error) =
            answers.iter().filter_map(|answer| answer.as_ref().err()).find(|error| of_signing_in(error))
        {
            let mut found = vec![Diagnosis::from_error("signing in", &first.by, error)];
            let rest = |need: &Need| {
                Diagnosis::unknown(format!("scope {}", short(need.scope)), &need.by, "signing in has to work first")
            };
            found.extend(needs.iter().map(rest));
            return found;
        }
        let mut found = vec![Diagnosis::fine("signing in", &first.by)];
        let is_refused = |answer: &Result<(), TenantError>| {
            answer.as_ref().is_err_and(|error| error.cause == Some(CauseId::GoogleScopeNotDelegated))
        };
        if answers.len() > 1 && answers.iter().all(is_refused) {
            let cause = CauseId::GoogleNotDelegated;
            found.push(Diagnosis::missing("domain-wide delegation", &first.by, cause, cause.page().sentence));
            let rest = |need: &Need| {
                let subject = format!("scope {}", short(need.scope));
                Diagnosis::unknown(subject, &need.by, "the service account has to be in the list first")
            };
            found.extend(needs.iter().map(rest));
            return found;
        }
        let mut given = BTreeSet::new();
        for (need, answer) in needs.iter().zip(&answers) {
            let subject = format!("scope {}", short(need.scope));
            match answer {
                Ok(()) => {
                    given.insert(need.scope);
                    // What a service account with a role of its own may do depends on the role, whatever the scope.
                    if !(caller.acts_as_itself && caller.is_service_account) {
                        found.push(Diagnosis::fine(subject, &need.by));
                    }
                }
                Err(_) if is_refused(answer) => {
                    let sentence = format!("domain-wide delegation lacks the scope {}", short(need.scope));
                    let lacks = Diagnosis::missing(subject, &need.by, CauseId::GoogleScopeNotDelegated, sentence);
                    found.push(lacks.remedy(format!(
                        "Admin console › Security › API controls › Domain-wide delegation: add {} to the client id",
                        need.scope
                    )));
                }
                Err(error) => found.push(Diagnosis::from_error(subject, &need.by, error)),
            }
        }
        found.extend(out_of_reach(caller, asked, mailboxes));

        let round = Round { caller, asked, mailboxes, given };
        let (apis, organisation, switches) = futures::join!(apis(&round), round.organisation(), round.switches());
        let ahead = caller.seconds_ahead();
        found.push(if ahead.unsigned_abs() > TOLERATED_SECONDS {
            let minutes = ahead.unsigned_abs().div_ceil(60);
            let way = if ahead > 0 { "behind" } else { "ahead of" };
            let sentence = format!("this machine's clock is {minutes} minutes {way} Google's");
            Diagnosis::missing("clock", &first.by, CauseId::ClockSkew, sentence)
        } else {
            Diagnosis::fine("clock", &first.by)
        });
        found.extend(apis);
        found.extend(organisation);
        found.extend(switches);
        found
    }
}

impl Round<'_> {
    /// The commands that need something at one of these scopes; nothing if none was given, which has been told then.
    fn needing(&self, scope: &'static str) -> Option<Vec<Purpose>> {
        let need = needed(self.caller, self.asked, self.mailboxes).into_iter().find(|need| need.scope == scope);
        need.filter(|_| self.given.contains(scope)).map(|need| need.by)
    }
}

/// The shared mailboxes that an identity without domain-wide delegation can do nothing for.
fn out_of_reach(caller: &Caller, asked: &[Purpose], mailboxes: &[WantedMailbox]) -> Option<Diagnosis> {
    let has_shared = mailboxes.iter().any(|mailbox| mailbox.kind == Kind::SharedMailbox);
    let by = match caller.access {
        Access::Read => {
            needing(asked, &[Purpose::Plan, Purpose::Apply, Purpose::Verify, Purpose::Impact, Purpose::Access])
        }
        Access::Write => needing(asked, &[Purpose::Apply]),
    };
    (caller.acts_as_itself && has_shared && !by.is_empty()).then(|| {
        let cause = CauseId::GoogleNeedsDelegation;
        Diagnosis::missing("shared mailboxes", &by, cause, cause.page().sentence)
    })
}

/// Whether each API is on. The Directory API is asked more than once, see [`Round::organisation`].
async fn apis(round: &Round<'_>) -> Vec<Diagnosis> {
    let (gmail, settings, policies) = futures::join!(gmail(round), group_settings(round), policies(round));
    [gmail, settings, policies].into_iter().flatten().collect()
}

async fn gmail(round: &Round<'_>) -> Option<Diagnosis> {
    let by = round.needing(GMAIL_READ)?;
    let path = "/gmail/v1/users/me/settings/delegates".to_owned();
    let call = Call::new(Api::Gmail, round.caller.admin(), GMAIL_READ, Method::GET, path, "ask Gmail".to_owned());
    // What the administrator's own mailbox is like does not matter, nor whether there is one.
    Some(api("Gmail API", &by, round.caller.send::<Nothing>(&call).await.map(drop)))
}

async fn group_settings(round: &Round<'_>) -> Option<Diagnosis> {
    let by = round.needing(GROUP_SETTINGS)?;
    let group = round.mailboxes.iter().find(|mailbox| mailbox.kind == Kind::GroupInbox)?;
    let answer = round.caller.group_settings(group.address.as_str()).await;
    Some(api("Groups Settings API", &by, answer.map(drop)))
}

async fn policies(round: &Round<'_>) -> Option<Diagnosis> {
    let by = round.needing(POLICIES_READ)?;
    Some(api("Cloud Identity API", &by, round.caller.delegation_policies().await.map(drop)))
}

/// An API is on if it answered with anything of its own.
fn api(name: &str, by: &[Purpose], answer: Result<(), TenantError>) -> Diagnosis {
    match answer {
        Ok(()) => Diagnosis::fine(name, by),
        Err(error) if error.cause.is_some() || error.is_transient() => Diagnosis::from_error(name, by, &error),
        Err(error) if error.kind == ErrorKind::Missing || error.message.contains("Mail service not enabled") => {
            Diagnosis::fine(name, by)
        }
        Err(error) => Diagnosis::from_error(name, by, &error),
    }
}
