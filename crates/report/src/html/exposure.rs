//! How much hangs on each person.

use std::collections::{BTreeMap, BTreeSet};

use tripod_verifier::Verification;

use crate::words::harmless;

/// A person who carries mailboxes.
pub(crate) struct Exposed {
    /// The name before the @, as everywhere in the reports; the whole address only where two share it.
    pub(crate) name: String,
    /// How many mailboxes they carry.
    pub(crate) carries: usize,
    /// The mailboxes that fall under the quorum when they leave, because they stand on exactly the quorum now.
    pub(crate) exactly: Vec<String>,
    /// The mailboxes that they carry and that stand on too few already, or of which that is not known.
    pub(crate) under: Vec<(String, &'static str)>,
}

/// Everybody who carries a mailbox; first those whose leaving would do most harm.
pub(crate) fn exposure(verification: &Verification) -> Vec<Exposed> {
    let mut people: BTreeMap<String, (&str, Exposed)> = BTreeMap::new();
    for mailbox in &verification.mailboxes {
        for delegate in mailbox.delegates.iter().filter(|delegate| delegate.counts()) {
            let empty = || Exposed { name: String::new(), carries: 0, exactly: Vec::new(), under: Vec::new() };
            let (_, person) = people.entry(delegate.who.to_lowercase()).or_insert_with(|| (&delegate.who, empty()));
            person.carries += 1;
            let address = harmless(mailbox.address.as_str());
            if mailbox.active == verification.quorum {
                person.exactly.push(address);
            } else if mailbox.active < verification.quorum {
                let may_stand = mailbox.active + mailbox.uncertain >= verification.quorum;
                let remark = if may_stand { "perhaps too few already" } else { "too few already" };
                person.under.push((address, remark));
            }
        }
    }
    let short = |who: &str| harmless(who.split('@').next().unwrap_or_default());
    let (mut once, mut shared) = (BTreeSet::new(), BTreeSet::new());
    for (who, _) in people.values() {
        if !once.insert(short(who).to_lowercase()) {
            shared.insert(short(who).to_lowercase());
        }
    }
    let mut exposed: Vec<Exposed> = people
        .into_values()
        .map(|(who, person)| {
            let name = short(who);
            let name = if shared.contains(&name.to_lowercase()) { harmless(who) } else { name };
            Exposed { name, ..person }
        })
        .collect();
    exposed.sort_by(|a, b| {
        let harm = |person: &Exposed| (person.exactly.len() + person.under.len(), person.carries);
        harm(b).cmp(&harm(a)).then_with(|| a.name.cmp(&b.name))
    });
    exposed
}
