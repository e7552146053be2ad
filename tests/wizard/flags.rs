//! Answers as flags.

use std::fs;
use std::path::Path;
use std::process::Output;

use super::{Case, assert_finished, files, folder, tripod};

/// The flags of a mailbox with these delegates.
fn words<'a>(delegates: &[&'a str]) -> Vec<&'a str> {
    let mut words = vec!["wizard", "--no-input", "--app", "Figma", "--name", "Figma", "--apply"];
    words.extend(["--purpose", "Owns our Figma account", "--address", "figma@juniper.example"]);
    words.extend(["--provider", "google-workspace", "--kind", "shared-mailbox"]);
    words.extend(delegates.iter().flat_map(|person| ["--delegate", person]));
    words
}

/// A run that is told everything by flags, and by a file where one is named.
pub(crate) fn told(folder: &Path, file: &str) -> Output {
    let people = Case::GOOGLE.people();
    let delegates: Vec<&str> = people[..3].iter().map(|person| person.address.as_str()).collect();
    let mut words = words(&delegates);
    words.push("--sandbox");
    if !file.is_empty() {
        words.extend(["--answers", file]);
    }
    tripod(folder, &words)
}

#[test]
fn flags_answer_every_question_and_go_before_the_file() {
    let plain = folder();
    let run = told(plain.path(), "");
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));

    // A file that says otherwise on every point, and the answers that the wizard printed.
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("answers.yaml");
    fs::write(&file, "provider: microsoft-365\napp: Miro\nname: Miro\nkind: group-inbox\napply: false\n").unwrap();
    let both = folder();
    let run = told(both.path(), &file.to_string_lossy());
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    assert_eq!(files(both.path()), files(plain.path()));

    let printed = String::from_utf8(run.stdout).unwrap();
    assert!(!printed.contains("else the manifest has pending"), "{printed}");
    let (_, printed) = printed.split_once("in answers.yaml:\n").unwrap();
    let (printed, _) = printed.split_once("\n\n").unwrap();
    fs::write(&file, printed.replace("\n  ", "\n").trim_start()).unwrap();
    let again = folder();
    let run = tripod(again.path(), &["wizard", "--sandbox", "--no-input", "--answers", &file.to_string_lossy()]);
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    assert_eq!(files(again.path()), files(plain.path()));
}

#[test]
fn a_flag_that_cannot_be_is_refused_with_what_was_probably_meant() {
    let folder = folder();
    let refused = |words: &[&str]| {
        let run = tripod(folder.path(), &[&["wizard", "--sandbox", "--no-input"], words].concat());
        assert_eq!(run.status.code(), Some(64));
        String::from_utf8(run.stderr).unwrap()
    };
    assert!(refused(&["--kind", "shared-mailbx"]).contains("`--kind`: it has to be one of"));
    assert!(refused(&["--kind", "shared-mailbx"]).contains("did you mean `shared-mailbox`?"));
    assert!(refused(&["--purpos", "x"]).contains("--purpose"));
    assert!(refused(&["--delegate", "a@juniper.example", "--delegate", "A@juniper.example"]).contains("twice"));
    assert!(refused(&["--mailbox", "figma@juniper.example"]).contains("--adopt"));
    let lacking = refused(&["--app", "Figma"]);
    assert!(lacking.contains("provider, name, purpose, address, kind, delegates, apply"), "{lacking}");
    // What looks like a secret is not repeated.
    let secret = refused(&["--credential", "-----BEGIN PRIVATE KEY-----planted-7Qx"]);
    assert!(secret.contains("never the secret itself") && !secret.contains("planted"), "{secret}");
}

#[test]
fn what_a_run_left_that_was_killed_while_it_wrote_is_removed_by_the_next() {
    let folder = folder();
    fs::write(folder.path().join(".tripod/wizard-file.a1B2c3"), "- address: figma@jun").unwrap();
    let run = told(folder.path(), "");
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    assert_finished(folder.path());
}

#[test]
fn what_makes_no_sound_file_is_told_by_its_key_and_not_by_a_file_that_is_not_there() {
    let people = Case::GOOGLE.people();
    let [a, b, c] = [0, 1, 2].map(|at| people[at].address.as_str());
    let mistyped = c.replacen('.', "", 1);
    let folder = folder();
    let before = files(folder.path());
    let refused = |words: &[&str]| {
        let run = tripod(folder.path(), words);
        assert_eq!(run.status.code(), Some(65));
        let said = String::from_utf8(run.stderr).unwrap();
        assert!(!said.contains(".yaml"), "{said}");
        assert_eq!(files(folder.path()), before);
        said
    };
    let sandbox = |delegates: &[&str]| refused(&[words(delegates), vec!["--sandbox"]].concat());
    let own = sandbox(&["figma@juniper.example", a, b]);
    assert!(own.contains("`delegates`: the mailbox `figma@juniper.example` cannot be its own delegate"), "{own}");
    let foreign = sandbox(&["x@elsewhere.example", a, b]);
    assert!(foreign.contains("`delegates`: the domain of `x@elsewhere.example` belongs to no tenant"), "{foreign}");
    assert!(foreign.contains("the domains are: juniper.example"), "{foreign}");
    let close = sandbox(&[a, b, &mistyped]);
    assert!(close.contains(&format!("nobody has this address; did you mean `{c}`?")), "{close}");
    let mut real = words(&[a, b, c]);
    real.extend(["--customer", "C01234567", "--admin", "admin@elsewhere.example", "--domains", "juniper.example"]);
    real.extend(["--mailbox-unit", "/", "--service-account-key", "a.json", "--read-service-account-key", ""]);
    let admin = refused(&real);
    assert!(admin.contains("`admin`: the administrator `admin@elsewhere.example`"), "{admin}");
}

#[test]
fn files_that_are_in_the_folder_already_are_checked_before_anything_is_written_or_changed() {
    let people = Case::GOOGLE.people();
    let delegates = [0, 1, 2].map(|at| people[at].address.as_str());
    let folder = folder();
    fs::create_dir(folder.path().join("mailboxes")).unwrap();
    let old = folder.path().join("mailboxes/old.yaml");
    let entry = |address: &str| {
        format!(
            "- {{address: {address}, name: Old, purpose: Old, kind: group-inbox, delegates: [{}]}}\n",
            delegates.join(", ")
        )
    };
    fs::write(&old, entry("old@elsewhere.example")).unwrap();
    let before = files(folder.path());
    let words = [words(&delegates), vec!["--sandbox"]].concat();
    let run = tripod(folder.path(), &words);
    let said = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(65), "{said}");
    assert!(said.contains("mailboxes/old.yaml:1:13: the domain of `old@elsewhere.example`"), "{said}");
    assert_eq!(files(folder.path()), before);

    // A file that is right is left as it is, and so is its mailbox.
    fs::write(&old, entry("old@juniper.example")).unwrap();
    let run = tripod(folder.path(), &words);
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(said.contains("`apply` carries out whatever else the manifest has pending"), "{said}");
    assert_eq!(tripod(folder.path(), &["check"]).status.code(), Some(0));
    let pending = tripod(folder.path(), &["plan", "--sandbox"]);
    let pending = String::from_utf8_lossy(&pending.stdout);
    assert!(pending.contains("old@juniper.example") && !pending.contains("figma@"), "{pending}");
}
