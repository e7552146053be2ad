//! What speaks against those who were picked, and yet keeps nobody from being a delegate.

use tripod_model::{CheckId, Kind, Policy, Provider};
use tripod_tenant::{Form, MailboxQuery, Observed, Person};

use super::connection;
use super::people::stand_together;
use super::run::Wizard;
use crate::exit::CommandError;
use crate::screen::BAD;
use crate::session::Session;
use crate::workspace::Workspace;

impl Wizard<'_> {
    /// Says it before anything is carried out.
    pub(super) async fn warn(&self, session: &Session, workspace: &Workspace) -> Result<(), CommandError> {
        let Some(directory) = &self.directory else { return Ok(()) };
        let entries = self.answers.picked.iter().filter_map(|address| directory.find(address));
        let people: Vec<&Person> = entries.map(|entry| &entry.person).collect();
        let mut warnings: Vec<String> = stand_together(&people, self.facts.quorum).into_iter().collect();
        let now = session.clock.now();
        warnings.extend(people.iter().filter_map(|person| leaves_soon(person, &workspace.policy, now)));
        if self.answers.provider(&self.facts) == Some(Provider::GoogleWorkspace) {
            warnings.extend(self.open_to_others(session, &people).await?);
        }
        for warning in warnings {
            self.say(&format!("{BAD}warning:{BAD:#} {warning}"));
        }
        Ok(())
    }

    /// At Google, nothing but its delegates tells a service mailbox that somebody made by hand from anybody's account.
    async fn open_to_others(&self, session: &Session, people: &[&Person]) -> Result<Vec<String>, CommandError> {
        let query =
            |person: &&Person| MailboxQuery { address: person.address.clone(), kind: Kind::SharedMailbox, id: None };
        let queries: Vec<MailboxQuery> = people.iter().map(query).collect();
        let mut warnings = Vec::new();
        let mut unread = None;
        for (person, found) in people.iter().zip(connection::mailboxes(session, &self.reached()?, &queries).await?) {
            let delegates = match found {
                Observed::Present(mailbox) if mailbox.form == Form::UnmarkedAccount => mailbox.delegates,
                Observed::Unknown(unknown) => Observed::Unknown(unknown),
                _ => continue,
            };
            match delegates {
                Observed::Present(delegates) if !delegates.is_empty() => warnings.push(format!(
                    "{} has delegates, as a service mailbox has: pick it only if a person works with it",
                    person.address
                )),
                Observed::Unknown(unknown) => unread = Some(unknown.reason),
                _ => {}
            }
        }
        warnings.extend(unread.map(|reason| {
            format!("whether one of these accounts is a service mailbox itself could not be read: {reason}")
        }));
        Ok(warnings)
    }
}

/// A warning if the verifier would speak of the day on which somebody leaves.
fn leaves_soon(person: &Person, policy: &Policy, now: jiff::Timestamp) -> Option<String> {
    let leaves = person.leaves?;
    let ahead = i64::try_from(policy.parameter(CheckId::DelegateLeaving, "leave-days")).ok()?;
    let days = leaves.duration_since(now).as_secs().div_euclid(86_400);
    let day = jiff::tz::TimeZone::UTC.to_datetime(leaves).date();
    (days <= ahead).then(|| format!("{} leaves on {day}: pick somebody who stays, or one more", person.name))
}
