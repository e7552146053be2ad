//! Searching the directory as one types, and what can be said of those who were picked.

use std::cmp::Reverse;

use jiff::Timestamp;
use tripod_model::{Address, suggest};
use tripod_tenant::{Activity, Inactive, Person};

/// Somebody of the directory, made ready for being searched.
pub(crate) struct Entry {
    /// What the directory says.
    pub person: Person,
    /// Why they cannot be picked, if they cannot.
    pub inactive: Option<String>,
    /// Name, address, aliases and department, folded.
    text: String,
}

/// Everybody in the directory.
pub(crate) struct Directory {
    entries: Vec<Entry>,
    /// Where the person stands who runs the wizard, if they are in it.
    me: Option<usize>,
}

/// What a search found.
pub(crate) struct Found {
    /// How many fit.
    pub total: usize,
    /// The best of them, as positions in the directory.
    pub best: Vec<usize>,
}

impl Directory {
    /// A directory as it was read. `me` is the address of the person at the keyboard, who is offered first.
    pub(crate) fn new(people: Vec<Person>, now: Timestamp, me: Option<&Address>) -> Self {
        let mut entries: Vec<Entry> = people
            .into_iter()
            .map(|person| {
                let mut text = folded(&person.name);
                let aliases = person.aliases.iter().map(Address::as_str);
                for part in [person.address.as_str()].into_iter().chain(aliases).chain(person.department.as_deref()) {
                    text.push(' ');
                    text.push_str(&folded(part));
                }
                let inactive = match person.activity_at(now) {
                    Activity::Active => None,
                    Activity::Inactive(why) => Some(why.to_string()),
                    Activity::Unknown(unknown) => Some(format!("not known: {}", unknown.reason)),
                };
                Entry { person, inactive, text }
            })
            .collect();
        entries.sort_by(|a, b| (&a.person.name, &a.person.address).cmp(&(&b.person.name, &b.person.address)));
        let me = me.and_then(|me| entries.iter().position(|entry| is(&entry.person, me)));
        Self { entries, me }
    }

    /// How many people there are, without what is no person.
    pub(crate) fn len(&self) -> usize {
        let is_somebody =
            |entry: &&Entry| !matches!(entry.person.activity, Activity::Inactive(Inactive::NotAPerson(_)));
        self.entries.iter().filter(is_somebody).count()
    }

    /// Somebody by position.
    pub(crate) fn entry(&self, position: usize) -> Option<&Entry> {
        self.entries.get(position)
    }

    /// Whether this is the person at the keyboard.
    pub(crate) fn is_me(&self, position: usize) -> bool {
        self.me == Some(position)
    }

    /// The address that was probably meant by one that nobody has, of those who can be picked.
    pub(crate) fn meant(&self, address: &Address) -> Option<&str> {
        if self.find(address).is_some() {
            return None;
        }
        let able = self.entries.iter().filter(|entry| entry.inactive.is_none());
        suggest::closest(address.as_str(), able.map(|entry| entry.person.address.as_str()))
    }

    /// Somebody by address or alias.
    pub(crate) fn find(&self, address: &Address) -> Option<&Entry> {
        self.entries.iter().find(|entry| is(&entry.person, address))
    }

    /// Those who have every word of the query somewhere in name, address or department: the person at the keyboard
    /// first, then those where words begin with the query's, the active before the others, by name.
    pub(crate) fn search(&self, query: &str, limit: usize) -> Found {
        let query = folded(query);
        let words: Vec<&str> = query.split_whitespace().collect();
        let mut fitting: Vec<usize> = (0..self.entries.len())
            .filter(|at| words.iter().all(|word| self.entries[*at].text.contains(word)))
            .collect();
        let total = fitting.len();
        let rank = |at: &usize| {
            let entry = &self.entries[*at];
            let begun = words.iter().filter(|word| begins_a_word(&entry.text, word)).count();
            (self.me != Some(*at), Reverse(begun), entry.inactive.is_some(), *at)
        };
        if fitting.len() > limit && limit > 0 {
            // The rest is never shown, hence need not be in order.
            fitting.select_nth_unstable_by_key(limit - 1, rank);
        }
        fitting.truncate(limit);
        fitting.sort_by_key(rank);
        Found { total, best: fitting }
    }
}

fn is(person: &Person, address: &Address) -> bool {
    person.address == *address || person.aliases.contains(address)
}

fn begins_a_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| !text[..at].chars().next_back().is_some_and(char::is_alphanumeric))
}

/// The text in lower case and without accents, so that `jose` finds José.
pub(crate) fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => folded.push('a'),
            'ç' | 'ć' | 'č' | 'ĉ' | 'ċ' => folded.push('c'),
            'ď' | 'đ' | 'ð' => folded.push('d'),
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => folded.push('e'),
            'ğ' | 'ģ' | 'ĝ' => folded.push('g'),
            'ì' | 'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => folded.push('i'),
            'ķ' => folded.push('k'),
            'ł' | 'ľ' | 'ļ' | 'ĺ' => folded.push('l'),
            'ñ' | 'ń' | 'ň' | 'ņ' => folded.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => folded.push('o'),
            'ŕ' | 'ř' => folded.push('r'),
            'ś' | 'š' | 'ş' | 'ș' => folded.push('s'),
            'ť' | 'ţ' | 'ț' => folded.push('t'),
            'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' | 'ų' => folded.push('u'),
            'ý' | 'ÿ' => folded.push('y'),
            'ź' | 'ž' | 'ż' => folded.push('z'),
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            // What a lower-case İ leaves behind, and other combining accents.
            '\u{300}'..='\u{36f}' => {}
            other => folded.push(other),
        }
    }
    folded
}

/// A warning when everybody would be gone together: all in one department, or all under one manager.
pub(crate) fn stand_together(people: &[&Person], quorum: usize) -> Option<String> {
    if people.len() < quorum {
        return None;
    }
    let shared = |of: &dyn Fn(&Person) -> Option<String>| {
        let first = of(people.first()?)?;
        people.iter().all(|person| of(person).as_ref() == Some(&first)).then_some(first)
    };
    if let Some(department) = shared(&|person| person.department.clone()) {
        return Some(format!("all of them are in {department}: one change there could take them all; add an outsider"));
    }
    let manager = shared(&|person| person.manager.as_ref().map(ToString::to_string))?;
    Some(format!("all of them answer to {manager}: one change there could take them all; add an outsider"))
}

/// Who sits at the keyboard, as far as the machine knows: what git commits as, else `$EMAIL`.
pub(crate) fn at_the_keyboard() -> Option<Address> {
    let git = std::process::Command::new("git")
        .args(["config", "user.email"])
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .output();
    let git = git.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    let known = [git, std::env::var("EMAIL").ok()];
    known.into_iter().flatten().find_map(|text| text.trim().parse().ok())
}
