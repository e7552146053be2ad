//! The questions, the answers and the search, without a terminal.

use jiff::Timestamp;
use tripod_google::AmbientPlaces;
use tripod_model::{Address, Kind, Provider};
use tripod_tenant::{Inactive, Person, PersonId};

use super::answers_file::{understand, written};
use super::connection::look_for_caller;
use super::files::{NewTenant, mailbox, scalar};
use super::people::{Directory, folded, stand_together};
use super::questions::{Answers, Facts, Question};
use super::ways::{BROWSER, DEVICE_CODE, KEY, KEYLESS};
use super::words;

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn facts(sandbox: bool) -> Facts {
    Facts { sandbox, quorum: 3, domains: vec!["juniper.example".to_owned()], ..Facts::default() }
}

fn person(name: &str, department: &str) -> Person {
    let local = folded(name).replace(' ', ".");
    Person {
        id: PersonId(local.clone()),
        address: address(&format!("{local}@juniper.example")),
        aliases: Vec::new(),
        name: name.to_owned(),
        activity: tripod_tenant::Activity::Active,
        delegation: tripod_tenant::Observed::Absent,
        leaves: None,
        last_sign_in: None,
        department: Some(department.to_owned()),
        manager: None,
    }
}

fn names(directory: &Directory, query: &str) -> Vec<String> {
    let found = directory.search(query, 5).best;
    found.into_iter().map(|at| directory.entry(at).unwrap().person.name.clone()).collect()
}

/// Answers the questions in the order in which they come, and gives that order.
fn walk(facts: &Facts, reply: impl Fn(Question) -> &'static str) -> (Answers, Vec<Question>) {
    let (mut answers, mut order) = (Answers::default(), Vec::new());
    while let Some(question) = answers.next(facts) {
        order.push(question);
        if question == Question::Delegates {
            answers.picked = ["a", "b", "c"].map(|local| address(&format!("{local}@juniper.example"))).to_vec();
            answers.settle_people(facts).unwrap();
        } else {
            answers.set(question, reply(question), facts).unwrap();
        }
    }
    (answers, order)
}

fn reply(question: Question) -> &'static str {
    match question {
        Question::Provider => "microsoft-365",
        Question::Customer => "C01234567",
        Question::Admin => "admin@juniper.example",
        Question::TenantId | Question::ClientId => "7F0C1a2b-0000-0000-0000-000000000000",
        Question::Domains => "juniper.example, Juniper.org",
        Question::MailboxUnit => "/Service mailboxes",
        Question::ServiceAccountKey | Question::Credential => "keys/tripod.pem",
        Question::ServiceAccount => "tripod-write@project.iam.gserviceaccount.com",
        Question::ReadServiceAccount => "Tripod-read@project.iam.gserviceaccount.com",
        Question::ReadServiceAccountKey | Question::ReadClientId => "",
        Question::Proof => "certificate",
        Question::App | Question::Name => "Figma",
        Question::Purpose => "Owns our Figma account",
        Question::Address => "figma@juniper.example",
        Question::Kind => "shared-mailbox",
        Question::Apply => "true",
        Question::Tenant | Question::ReadCredential | Question::Delegates | Question::Person | Question::Mailbox => {
            unreachable!("{question:?}")
        }
    }
}

#[test]
fn stand_ins_are_connected_to_without_a_question_about_it() {
    let (_, order) = walk(&facts(true), reply);
    let connection: Vec<_> = order.iter().filter(|question| question.is_about_the_connection()).collect();
    assert_eq!(connection, [&Question::Provider]);
    assert_eq!(order.last(), Some(&Question::Apply));
}

#[test]
fn each_provider_is_asked_about_in_its_own_way() {
    let (_, microsoft) = walk(&facts(false), reply);
    let (_, google) = walk(&facts(false), |question| match question {
        Question::Provider => "google-workspace",
        Question::Proof => "service-account-key",
        other => reply(other),
    });
    assert!(microsoft.contains(&Question::TenantId) && !microsoft.contains(&Question::Customer));
    assert!(google.contains(&Question::Customer) && !google.contains(&Question::TenantId));
    // Without a reading identity there is nothing to ask about its credential.
    assert!(!microsoft.contains(&Question::ReadCredential));
}

#[test]
fn whoever_signs_in_themselves_is_asked_for_no_key_and_no_certificate() {
    let places = |order: &[Question]| order.iter().filter(|question| question.is_place_of_a_secret()).count();
    let (microsoft, order) =
        walk(&facts(false), |question| if question == Question::Proof { DEVICE_CODE } else { reply(question) });
    assert_eq!((places(&order), order.contains(&Question::ReadClientId)), (0, false));
    let lines = NewTenant::from_answers(&microsoft, Provider::Microsoft365).lines;
    assert_eq!(lines.last().unwrap(), "  device-code: true");

    let (google, order) = walk(&facts(false), |question| match question {
        Question::Provider => "google-workspace",
        Question::Proof => BROWSER,
        Question::Kind => "group-inbox",
        other => reply(other),
    });
    // The OAuth client is the organisation's own; Google does not take it for a secret.
    assert_eq!((places(&order), order.contains(&Question::Credential)), (1, true));
    let lines = NewTenant::from_answers(&google, Provider::GoogleWorkspace).lines;
    assert_eq!(lines.last().unwrap(), "  browser: {client: {path: keys/tripod.pem}}");
}

#[test]
fn a_key_that_is_named_says_how_tripod_signs_in() {
    let mut answers = Answers::default();
    answers.set(Question::Provider, "google-workspace", &facts(false)).unwrap();
    answers.set(Question::ServiceAccountKey, "keys/tripod.json", &facts(false)).unwrap();
    assert!(!answers.questions(&facts(false)).contains(&Question::Proof));
    let why = answers.set(Question::Proof, "certificate", &facts(false)).unwrap_err();
    assert!(why.contains("service-account-key, keyless, browser"), "{why}");
}

#[test]
fn a_service_account_without_a_key_is_asked_for_by_its_address_alone() {
    let (answers, order) = walk(&facts(false), |question| match question {
        Question::Provider => "google-workspace",
        Question::Proof => KEYLESS,
        other => reply(other),
    });
    assert!(order.iter().all(|question| !question.is_place_of_a_secret()), "{order:?}");
    let lines = NewTenant::from_answers(&answers, Provider::GoogleWorkspace).lines;
    let (of_writing, of_reading) = (&lines[lines.len() - 3], &lines[lines.len() - 1]);
    assert_eq!(of_writing, "  keyless: {service-account: tripod-write@project.iam.gserviceaccount.com}");
    assert_eq!(of_reading, "  keyless: {service-account: tripod-read@project.iam.gserviceaccount.com}");

    // The same from a file, and from a file that names the account only.
    let file = written(&answers);
    for text in [file.clone(), file.replace("proof: keyless\n", "")] {
        let again = understand(&text, &facts(false)).unwrap();
        assert_eq!(again.next(&facts(false)), None, "{text}");
        assert_eq!(NewTenant::from_answers(&again, Provider::GoogleWorkspace).lines, lines);
    }
    for wrong in ["admin@juniper.example", "a.b@project.iam.gserviceaccount.com", "tripod"] {
        let why = Answers::default().set(Question::ServiceAccount, wrong, &facts(false)).unwrap_err();
        assert!(why.contains("tripod@project.iam.gserviceaccount.com"), "{why}");
    }
}

#[test]
fn whether_google_can_be_asked_to_sign_is_told_without_a_word_of_the_credential() {
    let folder = tempfile::tempdir().unwrap();
    let well_known = folder.path().join("application_default_credentials.json");
    let places = AmbientPlaces { named: None, well_known: Some(well_known.clone()) };
    let why = look_for_caller(&places).unwrap_err();
    assert!(why.contains("gcloud auth application-default login"), "{why}");
    let user = r#"{"type": "authorized_user", "client_id": "1", "client_secret": "s3cret", "refresh_token": "s3cret"}"#;
    std::fs::write(&well_known, user).unwrap();
    assert_eq!(look_for_caller(&places), Ok(well_known.display().to_string()));
    std::fs::write(&well_known, r#"{"type": "authorized_user", "client_secret": "s3cret"}"#).unwrap();
    let why = look_for_caller(&places).unwrap_err();
    assert!(why.contains("client_id") && !why.contains("s3cret"), "{why}");
}

#[test]
fn a_workspace_is_asked_about_only_if_it_has_more_than_one_fitting_tenant() {
    let tenant = |name: &str, provider| (name.to_owned(), provider);
    let mut there = facts(true);
    there.tenants = vec![tenant("juniper", Provider::GoogleWorkspace)];
    assert_eq!(Answers::default().next(&there), Some(Question::App));
    there.tenants.push(tenant("northwind", Provider::Microsoft365));
    assert_eq!(Answers::default().next(&there), Some(Question::Tenant));
    // An answers file that names the provider says enough.
    let mut answers = Answers::default();
    answers.set(Question::Provider, "microsoft-365", &there).unwrap();
    assert_eq!(answers.tenant(&there).unwrap().0, "northwind");
    assert_eq!(answers.next(&there), Some(Question::App));
}

#[test]
fn an_answer_that_cannot_be_is_refused_with_the_form_that_it_should_have() {
    let facts = facts(false);
    let refused = |question, text: &str| Answers::default().set(question, text, &facts).unwrap_err();
    assert!(refused(Question::Kind, "mailbox").contains("shared-mailbox, group-inbox"));
    assert!(refused(Question::Address, "figma@elsewhere.example").contains("juniper.example"));
    assert!(refused(Question::Address, "figma").contains("name@example.com"));
    assert!(refused(Question::Customer, "my_customer").contains("C01234567"));
    assert!(refused(Question::TenantId, "juniper.example").contains("7f0c1a2b"));
    assert!(refused(Question::App, "   ").contains("empty"));
    assert!(refused(Question::Name, &"n".repeat(65)).contains("64"));
    assert!(refused(Question::Domains, "juniper example").contains("not a domain"));
}

#[test]
fn a_secret_pasted_in_place_of_its_path_is_refused_and_not_repeated() {
    for secret in ["-----BEGIN PRIVATE KEY-----MIIE", "{\"type\": \"service_account\"}", &"s3cret".repeat(50)] {
        for question in [Question::ServiceAccountKey, Question::Credential, Question::ReadCredential] {
            let mut answers = Answers::default();
            let why = answers.set(question, secret, &facts(false)).unwrap_err();
            assert!(why.contains("never the secret itself") && !why.contains(secret), "{why}");
            assert!(answers.is_empty());
        }
    }
}

#[test]
fn fewer_people_than_the_quorum_settle_nothing() {
    let mut facts = facts(true);
    facts.quorum = 4;
    let three = ["a", "b", "c"].map(|local| address(&format!("{local}@juniper.example"))).to_vec();
    let mut answers = Answers::default().with_picked(three);
    assert!(answers.settle_people(&facts).unwrap_err().contains("at least 4"));
    assert_eq!(answers.get(Question::Delegates), None);
}

#[test]
fn the_address_offered_is_the_first_that_is_free() {
    let mut facts = facts(true);
    let mut answers = Answers::default();
    answers.set(Question::App, "Café & Crème 24", &facts).unwrap();
    assert_eq!(answers.suggestion(Question::Address, &facts).unwrap(), "cafe-creme-24@juniper.example");
    facts.taken.insert("cafe-creme-24@juniper.example".to_owned());
    assert_eq!(answers.suggestion(Question::Address, &facts).unwrap(), "cafe-creme-24-account@juniper.example");
    answers.set(Question::App, "日本", &facts).unwrap();
    assert_eq!(answers.suggestion(Question::Address, &facts).unwrap(), "service@juniper.example");
}

#[test]
fn answers_written_to_a_file_are_the_same_when_read_back() {
    for sandbox in [true, false] {
        let facts = facts(sandbox);
        let (answers, _) = walk(&facts, reply);
        assert_eq!(understand(&written(&answers), &facts).unwrap(), answers);
    }
}

#[test]
fn an_unknown_key_is_refused_with_the_one_that_was_probably_meant() {
    let facts = facts(true);
    assert!(understand("delegtaes: []", &facts).unwrap_err().message.contains("did you mean `delegates`?"));
    assert!(understand("colour: red", &facts).unwrap_err().message.contains("the keys are: provider"));
    assert!(understand("app: [a, b]", &facts).unwrap_err().message.starts_with("`app`"));
    assert!(
        understand("delegates: [a@juniper.example, A@juniper.example]", &facts).unwrap_err().message.contains("twice")
    );
    assert!(understand("delegates: [a@juniper.example]", &facts).unwrap_err().message.contains("at least 3"));
}

#[test]
fn what_a_file_has_is_taken_as_it_is_written() {
    let facts = facts(true);
    for (written, meant) in [
        ("No", "No"),
        ("yes", "yes"),
        ("true", "true"),
        ("0x10", "0x10"),
        ("007   # as in the films", "007"),
        ("1e3", "1e3"),
        ("-.5", "-.5"),
        (".inf", ".inf"),
        ("'12'", "12"),
        ("\"é 007\"", "é 007"),
        ("&it 1_000", "1_000"),
    ] {
        let answers = understand(&format!("# ä\nname: {written}\nkind: group-inbox\n"), &facts).unwrap();
        assert_eq!(answers.get(Question::Name), Some(meant), "{written}");
    }
    for (written, meant) in [("true", Some("true")), ("'false'", Some("false")), ("yes", None), ("1", None)] {
        let answers = understand(&format!("apply: {written}"), &facts);
        assert_eq!(answers.as_ref().ok().and_then(|answers| answers.get(Question::Apply)), meant, "{written}");
        if let Err(mistake) = answers {
            assert_eq!(mistake.to_string(), "1:1: `apply`: it has to be one of: true, false");
        }
    }
    for nothing in ["", "~", "null", "{a: b}"] {
        assert!(understand(&format!("name: {nothing}"), &facts).unwrap_err().message.contains("quotes"), "{nothing}");
    }
}

#[test]
fn a_mistake_in_a_file_is_told_with_its_place_and_nothing_of_the_file() {
    let key = "credential: \"-----BEGIN PRIVATE KEY-----planted\"";
    for (file, place) in [
        (format!("app: Figma\napp: Miro\n{key}\n"), "2:1: `app` is there twice"),
        (format!("{key}\nname: [planted\n"), "2:7: this cannot be read as YAML"),
        (format!("{key}\nname: 'planted\n"), "this cannot be read as YAML"),
        (format!("name: Figma\n{key}\n"), "2:1: `credential`: name the place"),
        (format!("{key}\nname: *planted\n"), "2:7: `*` stands for"),
        ("xYz8Q~plantedabcdefghijklmnopqrstuvwxyz: x".to_owned(), "1:1: there is no such key"),
        (format!("delegates: [GOCSPX-{}]", "planted".repeat(4)), "1:1: `delegates`: this looks like a secret"),
        (format!("domains: GOCSPX-{}", "planted".repeat(4)), "1:1: `domains`: this looks like a secret"),
        ("planted".to_owned(), "1:1: this is no list of keys"),
        (String::new(), "1:1: this is no list of keys"),
    ] {
        let why = understand(&file, &facts(true)).unwrap_err().to_string();
        assert!(why.contains(place) && !why.contains("planted") && !why.contains('\n'), "{file}: {why}");
    }
}

#[test]
fn a_tenant_is_named_only_where_there_are_some() {
    let mut there = facts(true);
    let why = Answers::default().set(Question::Tenant, "juniper", &there).unwrap_err();
    assert!(why.contains("a folder that has a tripod.yaml"), "{why}");
    there.tenants.push(("juniper".to_owned(), Provider::GoogleWorkspace));
    let why = Answers::default().set(Question::Tenant, "junipr", &there).unwrap_err();
    assert!(why.contains("one of: juniper; did you mean `juniper`?"), "{why}");
}

#[test]
fn whatever_somebody_types_is_the_same_text_in_the_file() {
    let hard = [
        "Figma",
        "yes",
        "12",
        "a: b",
        "# no",
        "\"quoted\"",
        "it's",
        "Ä, [b]",
        "- x",
        "*",
        "a\\b",
        "1e5",
        "null",
        "@x",
        "x:",
    ];
    for text in hard {
        let back: std::collections::BTreeMap<String, String> =
            serde_yaml::from_str(&format!("key: {}\n", scalar(text))).unwrap();
        assert_eq!(back["key"], text);
        let listed: std::collections::BTreeMap<String, Vec<String>> =
            serde_yaml::from_str(&format!("key: [{}]\n", scalar(text))).unwrap();
        assert_eq!(listed["key"], [text]);
    }
}

#[test]
fn what_is_written_is_read_back_without_a_problem() {
    use tripod_model::{SourceFile, read};
    for (provider, way) in [
        ("google-workspace", KEY),
        ("google-workspace", KEYLESS),
        ("google-workspace", BROWSER),
        ("microsoft-365", "certificate"),
        ("microsoft-365", "client-secret"),
        ("microsoft-365", DEVICE_CODE),
    ] {
        let facts = facts(false);
        let (answers, _) = walk(&facts, |question| match question {
            Question::Provider => provider,
            Question::Proof => way,
            other => reply(other),
        });
        let tenant = NewTenant::from_answers(&answers, answers.provider(&facts).unwrap());
        let file = |name: &str, text: String| SourceFile { name: name.to_owned(), bytes: text.into_bytes() };
        let (settings, problems) = read::settings(&file("tripod.yaml", tenant.settings()));
        assert!(problems.is_empty(), "{problems:?}\n{}", tenant.settings());
        let (mailboxes, problems) = read::mailboxes(&[file("m.yaml", mailbox(&answers))], &settings.unwrap());
        assert!(problems.is_empty(), "{problems:?}\n{}", mailbox(&answers));
        assert_eq!(mailboxes[0].delegates.len(), 3);
        assert_eq!(mailboxes[0].apps, ["Figma"]);
    }
}

#[test]
fn a_search_finds_parts_of_names_without_accents_and_departments() {
    let people = vec![
        person("José Álvarez", "Finance"),
        person("Anna Josefsson", "Sales"),
        person("Maria Sanjosé", "Sales"),
        person("Łukasz Nowak", "Support"),
    ];
    let directory = Directory::new(people, Timestamp::UNIX_EPOCH, None);
    // Where a word begins with it comes first.
    assert_eq!(names(&directory, "jose"), ["Anna Josefsson", "José Álvarez", "Maria Sanjosé"]);
    assert_eq!(names(&directory, "jose finance"), ["José Álvarez"]);
    assert_eq!(names(&directory, "LUKASZ"), ["Łukasz Nowak"]);
    assert!(names(&directory, "jose support").is_empty());
}

#[test]
fn the_person_at_the_keyboard_is_offered_first_and_who_is_inactive_last() {
    let mut gone = person("Aaron Able", "Sales");
    gone.activity = Inactive::Suspended.into();
    let mut me = person("Zoë Young", "IT");
    me.aliases.push(address("zy@juniper.example"));
    let people = vec![gone, person("Bo Baker", "Sales"), me];
    let directory = Directory::new(people, Timestamp::UNIX_EPOCH, Some(&address("zy@juniper.example")));
    assert_eq!(names(&directory, ""), ["Zoë Young", "Bo Baker", "Aaron Able"]);
    let at = directory.search("aaron", 5).best[0];
    assert_eq!(directory.entry(at).unwrap().inactive.as_deref(), Some("account suspended"));
    assert_eq!(names(&directory, "aaron"), ["Aaron Able"]);
    // In place of an address that nobody has, one is offered that can be picked.
    assert_eq!(directory.meant(&address("bo.bakr@juniper.example")), Some("bo.baker@juniper.example"));
    assert_eq!(directory.meant(&address("aaron.abel@juniper.example")), None);
}

#[test]
fn among_fifty_thousand_a_search_shows_the_best_few_and_counts_the_rest() {
    let people = (0..50_000).map(|number| person(&format!("Person {number:05} Lake"), "Sales")).collect();
    let directory = Directory::new(people, Timestamp::UNIX_EPOCH, None);
    let found = directory.search("lake", 8);
    assert_eq!((found.total, found.best.len()), (50_000, 8));
    assert_eq!(names(&directory, "lake")[0], "Person 00000 Lake");
    assert_eq!(names(&directory, "31415"), ["Person 31415 Lake"]);
}

#[test]
fn people_who_would_go_together_are_warned_of() {
    let warning = |people: &[Person]| stand_together(&people.iter().collect::<Vec<_>>(), 3);
    let mut people = vec![person("A A", "IT"), person("B B", "IT")];
    assert_eq!(warning(&people), None);
    people.push(person("C C", "IT"));
    assert!(warning(&people).unwrap().contains("in IT"));
    people[2].department = Some("Sales".to_owned());
    assert_eq!(warning(&people), None);
    for one in &mut people {
        one.manager = Some(address("boss@juniper.example"));
    }
    assert!(warning(&people).unwrap().contains("boss@juniper.example"));
    people[0].manager = None;
    assert_eq!(warning(&people), None);
}

#[test]
fn what_a_kind_costs_and_cannot_do_is_cut_off_by_no_terminal_of_80_columns() {
    for provider in [Provider::GoogleWorkspace, Provider::Microsoft365] {
        for kind in [Kind::SharedMailbox, Kind::GroupInbox] {
            let line = words::kind(provider, kind);
            // A list keeps four columns for itself.
            assert!(line.chars().count() <= 76, "{line}");
        }
    }
}
