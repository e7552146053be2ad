//! Unusual terminals, unusual sizes, and what people type by mistake.

use std::fs;

use super::flags::told;
use super::terminal::Terminal;
use tripod_model::Provider;
use tripod_sandbox::seed_at;

use super::{Active, Case, QUESTIONS, Seeded, answer, assert_finished, files, folder, start};

#[test]
fn no_colour_is_used_where_none_is_wanted() {
    let folder = folder();
    let people = Case::GOOGLE.people();
    let mut terminal = start(folder.path(), (24, 80), &[("NO_COLOR", "1")]);
    for question in 0..QUESTIONS.len() {
        match question {
            // Without colours, other marks stand around a question.
            1 => {
                terminal.wait(QUESTIONS[1]);
                terminal.type_after("mailbox for? ", "Figma");
                terminal.press("\r");
            }
            _ => answer(&mut terminal, question, Case::GOOGLE, &people),
        }
    }
    assert_eq!(terminal.end(), 0, "{}", terminal.contents());
    assert_eq!(terminal.colours(), Vec::<String>::new());
    assert_finished(folder.path());
}

#[test]
fn a_terminal_that_cannot_move_its_cursor_gets_lines_only() {
    let folder = folder();
    let people = Case::GOOGLE.people();
    let mut terminal = start(folder.path(), (24, 80), &[("TERM", "dumb")]);
    terminal.wait("Number [1]: ");
    terminal.press("\r");
    terminal.wait("is the mailbox for? ");
    terminal.type_after("is the mailbox for? ", "Figma");
    terminal.press("\r");
    for offered in ["[Figma]: ", "[Owns our Figma account]: ", "[figma@juniper.example]: "] {
        terminal.wait(offered);
        terminal.press("\r");
    }
    terminal.wait("made of?");
    terminal.wait_for("the number of a kind", |screen| screen.matches("Number [1]: ").count() == 2);
    terminal.press("\r");
    for (place, person) in people[..3].iter().enumerate() {
        let open = |screen: &str| screen.contains(&format!("{place} picked")) && screen.trim_end().ends_with("number:");
        if place < 3 {
            terminal.wait_for("the search", open);
        }
        terminal.type_after("Name or number: ", person.address.split('@').next().unwrap());
        terminal.press("\r");
        terminal.wait(&format!("1  {}", person.name));
        terminal.wait_for("the search again", open);
        terminal.type_after("Name or number: ", "1");
        terminal.press("\r");
    }
    terminal.wait("empty when done: ");
    terminal.press("\r");
    terminal.wait("Go ahead?");
    terminal.wait("Number [1]: ");
    terminal.press("\r");
    assert_eq!(terminal.end(), 0, "{}", terminal.contents());
    assert!(!terminal.bytes().contains(&0x1b), "{}", String::from_utf8_lossy(terminal.bytes()));
    assert_finished(folder.path());
}

#[test]
fn a_request_to_end_leaves_the_terminal_as_it_was() {
    for question in [0, 1, 5, 6, 7] {
        let folder = folder();
        let mut terminal = start(folder.path(), (24, 80), &[]);
        for before in 0..question {
            answer(&mut terminal, before, Case::GOOGLE, &Case::GOOGLE.people());
        }
        terminal.wait(QUESTIONS[question]);
        terminal.signal("-TERM");
        assert_eq!(terminal.end(), 130, "at {}: {}", QUESTIONS[question], terminal.contents());
        assert!(terminal.is_cursor_visible() && terminal.echoes(), "at {}", QUESTIONS[question]);
    }
}

#[test]
fn a_file_where_a_folder_has_to_be_is_named_before_anything_is_written() {
    for name in ["mailboxes", "policies"] {
        let folder = folder();
        fs::write(folder.path().join(name), "x").unwrap();
        let run = told(folder.path(), "");
        let said = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(65), "{said}");
        assert!(said.contains(&format!("{name} has to be a folder")), "{said}");
        assert_eq!(files(folder.path()).into_keys().collect::<Vec<_>>(), [name]);
    }
}

#[test]
fn a_secret_that_is_pasted_where_its_place_is_asked_for_is_kept_nowhere() {
    const SECRET: &str = "{\"k\":\"planted-7Qx\"}";
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::start(folder.path(), &["wizard"], (40, 120), &[]);
    answer(&mut terminal, 0, Case::GOOGLE, &[]);
    terminal.wait("To let Tripod in, once:");
    terminal.wait("Customer id");
    terminal.type_after("›", "C01234567");
    terminal.press("\r");
    terminal.wait("Address of the administrator");
    terminal.type_after("›", "admin@juniper.example");
    terminal.press("\r");
    for offered in ["(juniper.example)", "(/Service mailboxes)"] {
        terminal.wait(offered);
        terminal.press("\r");
    }
    terminal.wait("How does Tripod sign in?");
    terminal.press("\r");
    // The path that is offered has no file yet: what lacks is said at once.
    terminal.wait("(keys/tripod-write.json)");
    terminal.press("\r");
    terminal.wait("there is no such file");
    terminal.wait_for("the question again", |screen| screen.trim_end().ends_with('›'));
    terminal.type_after("› ", SECRET);
    terminal.press("\r");
    terminal.wait("never the secret itself");
    assert!(!terminal.contents().contains("planted"), "{}", terminal.contents());
    // A key of several lines is refused at its first, and none of the others is taken for an answer.
    let lines = ["-----BEGIN PRIVATE KEY-----", &"planted7Qx".repeat(6), "planted==", "-----END PRIVATE KEY-----"];
    terminal.wait_for("the question again", |screen| screen.trim_end().ends_with('›'));
    terminal.press_now(&(lines.join("\r") + "\r"));
    terminal.wait_for("that it is refused", |screen| screen.matches("never the secret itself").count() == 2);
    // A file is there now, but it is no key.
    fs::write(folder.path().join("some.json"), "{}").unwrap();
    terminal.wait_for("the question again", |screen| screen.trim_end().ends_with('›'));
    terminal.type_after("› ", "some.json");
    terminal.press("\r");
    terminal.wait("it has no `type`");
    terminal.wait_for("the question again", |screen| screen.trim_end().ends_with('›'));
    terminal.press("\x03");
    assert_eq!(terminal.end(), 130);
    let screen = terminal.contents();
    assert!(!screen.contains("planted") && screen.matches("never the secret itself").count() == 2, "{screen}");
    let kept = files(folder.path());
    assert_eq!(kept.keys().collect::<Vec<_>>(), [".tripod/wizard.json", "some.json"]);
    let kept = String::from_utf8(kept[".tripod/wizard.json"].clone()).unwrap();
    assert!(kept.contains("C01234567") && !kept.contains("planted") && !kept.contains("some.json"), "{kept}");
}

#[test]
fn ctrl_c_while_the_tenant_is_changed_leaves_the_terminal_sane() {
    let folder = folder();
    let people = Case::GOOGLE.people();
    let mut first = start(folder.path(), (24, 80), &[]);
    for question in 0..QUESTIONS.len() {
        answer(&mut first, question, Case::GOOGLE, &people);
    }
    first.press_now("\x03");
    let status = first.end();
    assert!(first.is_cursor_visible());
    if status != 0 {
        assert_eq!(status, 130, "{}", first.contents());
        let mut second = start(folder.path(), (24, 80), &[]);
        second.wait("Go on from there");
        second.press("\r");
        answer(&mut second, 7, Case::GOOGLE, &people);
        assert_eq!(second.end(), 0, "{}", second.contents());
    }
    assert_finished(folder.path());
}

#[test]
fn what_is_typed_faster_than_it_is_read_is_neither_lost_nor_shown_twice() {
    let folder = folder();
    let people = Case::GOOGLE.people();
    let mut terminal = start(folder.path(), (24, 80), &[]);
    answer(&mut terminal, 0, Case::GOOGLE, &people);
    // At once, across three questions, and before the first of them is there to be read.
    for key in "Fogg\x7f\x7f\x7figma\r\rOwns a board\r".chars() {
        terminal.press(key.encode_utf8(&mut [0; 4]));
    }
    terminal.wait("figma@juniper.example");
    let screen = terminal.contents();
    assert!(screen.lines().any(|line| line.trim_end().ends_with("· Figma")), "{screen}");
    assert!(screen.lines().any(|line| line.trim_end().ends_with("· Owns a board")), "{screen}");
    assert_eq!(screen.matches("Owns a board").count(), 1, "{screen}");

    // Enter pressed too often does not answer what decides.
    for question in 4..6 {
        answer(&mut terminal, question, Case::GOOGLE, &people);
    }
    for person in &people[..3] {
        terminal.press(person.address.split('@').next().unwrap());
        terminal.press("\r");
    }
    terminal.wait("Done: these 3");
    terminal.press("\r\r\r");
    terminal.wait(QUESTIONS[7]);
    terminal.wait("Stop; the answers are kept");
    assert!(!files(folder.path()).contains_key("tripod.yaml"));
    terminal.press("\x03");
    assert_eq!(terminal.end(), 130, "{}", terminal.contents());
    assert!(!files(folder.path()).contains_key("tripod.yaml"));
}

#[test]
fn among_fifty_thousand_people_a_search_answers_at_once_on_the_screen() {
    let mut description = seed_at(50_000, 1, &[Provider::GoogleWorkspace]);
    description.tenants.extend(seed_at(6, 1, &[Provider::Microsoft365]).tenants);
    let many = Seeded::new(description);
    let folder = many.folder();
    let departments = Case::GOOGLE.departments(&many.people).into_values();
    let people: Vec<Active> = departments.filter_map(|people| people.into_iter().next()).collect();
    let mut terminal = start(folder.path(), (24, 80), &[]);
    for question in 0..6 {
        answer(&mut terminal, question, Case::GOOGLE, &people);
    }
    terminal.wait("more; type more of the name");
    let screen = terminal.contents();
    // All that there is to see fits below the questions before it: nothing has scrolled away.
    assert!(screen.contains("Who looks after") && screen.lines().count() <= 24, "{screen}");
    let given = people[0].name.split(' ').next().unwrap();
    terminal.type_after("Search: ", given);
    terminal.wait_for("only fitting people", |screen| {
        let rows = screen.lines().skip_while(|line| !line.contains("Who looks after")).skip(1);
        rows.filter(|line| line.contains('@')).all(|line| line.contains(given))
    });
    for _ in given.chars() {
        terminal.press("\x7f");
    }
    terminal.wait("Enter picks");
    answer(&mut terminal, 6, Case::GOOGLE, &people);
    terminal.wait(QUESTIONS[7]);
    terminal.press("\x03");
    assert_eq!(terminal.end(), 130);
}
