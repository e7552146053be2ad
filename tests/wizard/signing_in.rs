//! The administrator signs in themselves, in the middle of the wizard.

use std::fs;

use super::{Case, QUESTIONS, answer, assert_finished, choose, files, folder, tripod};
use crate::browser::Browser;
use crate::terminal::Terminal;

const MICROSOFT: Case = Case { provider: 1, kind: 0 };

#[test]
fn an_administrator_signs_in_with_a_code_before_anything_else_is_asked() {
    let folder = folder();
    let people = MICROSOFT.people();
    let words = ["wizard", "--sandbox", "--provider", "microsoft-365", "--proof", "device-code"];
    let browser = Browser::new();
    let mut terminal = Terminal::start(folder.path(), &words, (40, 120), &browser.environment());
    terminal.wait("open https://microsoft.com/devicelogin and type in");
    terminal.wait("signed in as");
    for question in 1..QUESTIONS.len() {
        answer(&mut terminal, question, MICROSOFT, &people);
    }
    assert_eq!(terminal.end(), 0, "{}", terminal.contents());
    let settings = fs::read_to_string(folder.path().join("tripod.yaml")).unwrap();
    assert!(settings.contains("device-code: true") && !settings.contains("certificate"), "{settings}");
    assert_finished(folder.path());
    assert_eq!(browser.opened(), None, "a stand-in consents by itself");

    // Another run finds the sign-in where it was kept.
    let status = tripod(folder.path(), &["auth", "status", "--sandbox"]);
    assert_eq!(status.status.code(), Some(0), "{}", String::from_utf8_lossy(&status.stdout));
}

#[test]
fn a_service_account_without_a_key_is_asked_for_with_what_it_needs_on_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let mut words = vec!["wizard", "--provider", "google-workspace", "--customer", "C01234567", "--mailbox-unit", "/"];
    words.extend(["--admin", "admin@juniper.example", "--domains", "juniper.example"]);
    let mut terminal = Terminal::start(folder.path(), &words, (40, 120), &[]);
    terminal.wait("How does Tripod sign in?");
    choose(&mut terminal, "a service account without a key", 1);
    terminal.wait("Service Account Token");
    terminal.wait("Address of the service account that writes");
    terminal.type_after("›", "tripod-write@p.iam.gserviceaccount.com");
    terminal.press("\r");
    terminal.wait("run `gcloud auth application-default login`");
    terminal.wait("Address of the one that only reads");
    terminal.press("\x03");
    assert_eq!(terminal.end(), 130, "{}", terminal.contents());
    let kept = String::from_utf8(files(folder.path())[".tripod/wizard.json"].clone()).unwrap();
    assert!(kept.contains("\"proof\": \"keyless\"") && kept.contains("tripod-write@p.iam"), "{kept}");
}

#[test]
fn without_a_key_the_wizard_makes_a_mailbox_and_names_no_place_of_a_secret() {
    let folder = folder();
    let people = Case::GOOGLE.people();
    let mut words = vec!["wizard", "--sandbox", "--no-input", "--provider", "google-workspace", "--proof", "keyless"];
    words.extend(["--app", "Figma", "--name", "Figma", "--purpose", "Owns our Figma account", "--apply"]);
    words.extend(["--address", "figma@juniper.example", "--kind", "shared-mailbox"]);
    words.extend(people[..3].iter().flat_map(|person| ["--delegate", person.address.as_str()]));
    let run = tripod(folder.path(), &words);
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let settings = fs::read_to_string(folder.path().join("tripod.yaml")).unwrap();
    assert!(settings.contains("keyless: {service-account: ") && !settings.contains("path:"), "{settings}");
    assert_finished(folder.path());
}

#[test]
fn a_way_of_the_other_provider_is_refused() {
    let folder = folder();
    let words = ["wizard", "--sandbox", "--no-input", "--provider", "google-workspace", "--proof", "device-code"];
    let refused = tripod(folder.path(), &words);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("service-account-key, keyless, browser"), "{said}");
}

#[test]
fn what_lacks_is_said_right_after_the_connection_with_what_to_do_about_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut world =
        "version: 1\nstarts: 2026-11-23T09:00:00Z\ntenants:\n  northwind:\n    provider: microsoft-365\n    \
                     tenant-id: 5d0f6b1e-3c52-4a86-9f1d-7b1c2e8a4d90\n    domains: [northwind.example]\n    \
                     missing-permissions: [User.EnableDisableAccount.All]\n    people:\n"
            .to_owned();
    let names = ["ann", "ben", "cleo"];
    world.extend(names.map(|name| format!("      - {{address: {name}@northwind.example, name: {name}}}\n")));
    fs::write(folder.path().join("sandbox.yaml"), world).unwrap();
    let mut words = vec!["wizard", "--sandbox", "--no-input", "--provider", "microsoft-365", "--app", "Figma"];
    words.extend(["--name", "Figma", "--purpose", "Owns our Figma account", "--kind", "shared-mailbox"]);
    words.extend(["--address", "figma@northwind.example", "--apply=false"]);
    let people = names.map(|name| format!("{name}@northwind.example"));
    words.extend(people.iter().flat_map(|person| ["--delegate", person]));
    let run = tripod(folder.path(), &words);
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(said.matches("It lacks:").count(), 1, "{said}");
    assert!(said.contains("User.EnableDisableAccount.All") && said.contains("admin consent"), "{said}");
}
