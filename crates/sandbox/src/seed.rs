//! Believable organisations of any size, for trying and for measuring.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tripod_model::{Address, Kind, Provider};

use crate::description::{
    Description, GroupDescription, MailboxDescription, PersonDescription, Standing, TenantDescription, UnitDescription,
};
use crate::exchange_description::ExchangeDescription;
use crate::google_description::GoogleDescription;
use crate::group_state::GroupState;

/// Where a Google customer keeps its service mailboxes.
const UNIT: &str = "/Service mailboxes";

const GIVEN: [&str; 48] = [
    "Ada", "Amara", "Anders", "Aisha", "Bruno", "Camille", "Chen", "Dalia", "Diego", "Elif", "Emil", "Esther", "Farid",
    "Fiona", "Goran", "Hana", "Henrik", "Ines", "Ivan", "Jana", "Jonas", "Kaito", "Karin", "Laila", "Leon", "Lucia",
    "Maja", "Mateo", "Mei", "Milan", "Nadia", "Nils", "Noor", "Olga", "Omar", "Paula", "Priya", "Rafael", "Rosa",
    "Samir", "Sofia", "Sven", "Tara", "Tomas", "Uma", "Vera", "Yusuf", "Zoe",
];
const FAMILY: [&str; 48] = [
    "Abbott",
    "Andersen",
    "Banerjee",
    "Becker",
    "Bianchi",
    "Carvalho",
    "Castillo",
    "Chowdhury",
    "Clarke",
    "Costa",
    "Dubois",
    "Eriksson",
    "Farouk",
    "Fischer",
    "Fujita",
    "Garcia",
    "Greene",
    "Haddad",
    "Hansen",
    "Hoffmann",
    "Ivanova",
    "Jansen",
    "Kaya",
    "Keller",
    "Kowalski",
    "Larsen",
    "Laurent",
    "Lindqvist",
    "Lopez",
    "Marino",
    "Meyer",
    "Mwangi",
    "Nakamura",
    "Novak",
    "Okafor",
    "Olsen",
    "Patel",
    "Pereira",
    "Petrov",
    "Rahman",
    "Rossi",
    "Schmidt",
    "Silva",
    "Suzuki",
    "Tanaka",
    "Vogel",
    "Weber",
    "Yilmaz",
];
const DEPARTMENTS: [&str; 8] =
    ["Engineering", "Finance", "Operations", "Sales", "Support", "People", "Marketing", "Security"];
const SERVICES: [(&str, &str); 6] = [
    ("backups", "Backups"),
    ("billing", "Billing"),
    ("monitoring", "Monitoring"),
    ("domains", "Domains"),
    ("payroll", "Payroll"),
    ("status", "Status page"),
];

/// An organisation of `people` people, half of them in a Google and half in a Microsoft tenant.
#[must_use]
pub fn seed(people: usize, seed: u64) -> Description {
    seed_at(people, seed, &[Provider::GoogleWorkspace, Provider::Microsoft365])
}

/// An organisation of `people` people, spread over a tenant at each of the providers. The same seed gives the same
/// organisation. A few of the people are suspended or about to leave, as in every organisation, and there are service
/// mailboxes that somebody made by hand.
#[must_use]
pub fn seed_at(people: usize, seed: u64, providers: &[Provider]) -> Description {
    let mut random = fastrand::Rng::with_seed(seed);
    let starts = Timestamp::from_second(1_795_420_800).unwrap_or(Timestamp::UNIX_EPOCH);
    let mut tenants = BTreeMap::new();
    for (place, provider) in providers.iter().enumerate() {
        let share = people / providers.len() + usize::from(place < people % providers.len());
        let (name, tenant) = tenant(*provider, share.max(1), starts, &mut random);
        tenants.insert(name.to_owned(), tenant);
    }
    Description { version: 1, starts, seed, lag_seconds: 5, clock_skew_seconds: 0, tenants, faults: Vec::new() }
}

fn tenant(
    provider: Provider,
    people: usize,
    starts: Timestamp,
    random: &mut fastrand::Rng,
) -> (&'static str, TenantDescription) {
    let (name, domain) = match provider {
        Provider::GoogleWorkspace => ("juniper", "juniper.example"),
        Provider::Microsoft365 => ("northwind", "northwind.example"),
    };
    let google = provider == Provider::GoogleWorkspace;
    let people = staff(people, domain, google, starts, random);
    let active: Vec<Address> =
        people.iter().filter(|one| one.standing == Standing::Active).map(|one| one.address.clone()).collect();
    let mut pick = |count: usize| {
        let mut chosen = active.clone();
        if chosen.len() > 200 {
            // Shuffling fifty thousand for a handful would be a waste.
            chosen = (0..200).map(|_| active[random.usize(..active.len())].clone()).collect();
        }
        chosen.sort();
        chosen.dedup();
        random.shuffle(&mut chosen);
        chosen.truncate(count);
        chosen
    };
    let groups = DEPARTMENTS
        .iter()
        .filter_map(|department| {
            let address = address(&format!("team-{}", department.to_ascii_lowercase()), domain)?;
            let owners = pick(1);
            let all = people.iter().filter(|one| one.department.as_deref() == Some(*department)).take(200);
            let members = all.map(|one| one.address.clone()).filter(|one| !owners.contains(one)).collect();
            Some(GroupDescription {
                address,
                name: format!("Team {department}"),
                owners,
                members,
                google: GoogleDescription::default(),
            })
        })
        .collect();
    let mailboxes = SERVICES
        .iter()
        .enumerate()
        .filter_map(|(place, (local, name))| {
            let kind = if place % 3 == 2 { Kind::GroupInbox } else { Kind::SharedMailbox };
            let delegates = pick(1 + place % 4);
            let (address, name) = (address(local, domain)?, (*name).to_owned());
            let unit = (google && kind == Kind::SharedMailbox).then(|| UNIT.to_owned());
            Some(MailboxDescription {
                address,
                name,
                kind,
                delegates,
                unit,
                recovery: None,
                google: GoogleDescription::default(),
                group: GroupState::default(),
                exchange: ExchangeDescription::default(),
            })
        })
        .collect();
    let units = BTreeMap::from([
        ("/".to_owned(), UnitDescription { mail_delegation: true }),
        ("/Staff".to_owned(), UnitDescription { mail_delegation: true }),
        (UNIT.to_owned(), UnitDescription { mail_delegation: true }),
    ]);
    let description = TenantDescription {
        provider,
        customer: google.then(|| "C01234567".to_owned()),
        tenant_id: (!google).then(|| "6f1d3c52-0d0b-4c3e-9a54-2f7c8f3e1a90".to_owned()),
        domains: vec![domain.to_owned()],
        unverified_domains: Vec::new(),
        domains_without_mail: Vec::new(),
        admin: google.then(|| active.first().cloned()).flatten(),
        units: if google { units } else { BTreeMap::new() },
        seats: None,
        people,
        groups,
        mailboxes,
        apps: Vec::new(),
        google_sign_in: crate::sign_in::GoogleSignInDescription::default(),
        missing_permissions: Vec::new(),
        reading_permissions: Vec::new(),
        apis_off: Vec::new(),
        entra_id_p1: true,
        exchange_role_group: None,
        sign_in: crate::description::SignInDescription::default(),
    };
    (name, description)
}

fn address(local: &str, domain: &str) -> Option<Address> {
    format!("{local}@{domain}").parse().ok()
}

fn staff(
    count: usize,
    domain: &str,
    google: bool,
    starts: Timestamp,
    random: &mut fastrand::Rng,
) -> Vec<PersonDescription> {
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let mut people: Vec<PersonDescription> = Vec::with_capacity(count);
    while people.len() < count {
        let place = people.len();
        let (given, family) = (GIVEN[random.usize(..GIVEN.len())], FAMILY[random.usize(..FAMILY.len())]);
        let local = format!("{}.{}", given.to_ascii_lowercase(), family.to_ascii_lowercase());
        let times = taken.entry(local.clone()).or_default();
        *times += 1;
        let local = if *times == 1 { local } else { format!("{local}{times}") };
        let Some(address) = address(&local, domain) else { continue };
        let department = DEPARTMENTS[random.usize(..DEPARTMENTS.len())];
        // The first ones are the management, so that everybody has somebody to ask.
        let standing = match random.u32(0..100) {
            _ if place < 8 => Standing::Active,
            0..4 => Standing::Disabled,
            4 => Standing::Guest,
            5 => Standing::NoMailbox,
            _ => Standing::Active,
        };
        let leaves = !google && standing == Standing::Active && random.u32(0..50) == 0;
        let day = i64::from(random.u32(5..60));
        people.push(PersonDescription {
            exchange: ExchangeDescription::default(),
            address,
            name: format!("{given} {family}"),
            aliases: Vec::new(),
            department: Some(department.to_owned()),
            manager: (place >= 8).then(|| people[random.usize(..8)].address.clone()),
            unit: google.then(|| "/Staff".to_owned()),
            standing,
            leaves: leaves.then(|| starts.saturating_add(SignedDuration::from_hours(24 * day)).unwrap_or(starts)),
            second_factor: true,
            last_sign_in: None,
            recovery: None,
            agent: false,
        });
    }
    people
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn an_organisation_has_everybody_once_and_the_same_seed_gives_the_same() {
        let description = seed(5_001, 7);
        let people: Vec<&PersonDescription> = description.tenants.values().flat_map(|tenant| &tenant.people).collect();
        let addresses: BTreeSet<&Address> = people.iter().map(|one| &one.address).collect();
        assert_eq!((people.len(), addresses.len()), (5_001, 5_001));
        assert_eq!(description, seed(5_001, 7));
        assert_ne!(description, seed(5_001, 8));
    }
}
