//! `desk.yaml`.

use std::path::Path;

use tripod_tickets::connect::settings;

fn problem(text: &str) -> (usize, String) {
    let problem = settings(text.as_bytes(), Path::new(".")).unwrap_err();
    (problem.line, problem.message)
}

#[test]
fn a_mistake_is_told_with_its_place() {
    let cases = [
        ("version: 2\n", 1, "version 2"),
        ("version: 1\n", 1, "exactly one desk"),
        ("version: 1\ngithub:\n  repository: it\n  credential: {path: x}\n", 3, "owner/name"),
        ("version: 1\ngithub:\n  repository: ../x\n  credential: {path: x}\n", 3, "owner/name"),
        ("version: 1\ngithub:\n  repository: a/b\n  url: http://github.example\n  credential: {path: x}\n", 4, "https"),
        ("version: 1\ngithub:\n  repository: a/b\n  token: x\n  credential: {path: x}\n", 4, "token"),
        ("version: 1\nstand-in: http://192.0.2.1/\nfile: {folder: x}\n", 2, "loopback"),
        ("version: 1\nfile: {folder: x}\npeople:\n  ana: nobody\n", 4, ""),
    ];
    for (text, line, words) in cases {
        let (found, message) = problem(text);
        assert_eq!(found, line, "{text}{message}");
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn nothing_of_a_file_that_is_wrong_is_shown() {
    let text = "version: 1\ngithub:\n  repository: a/b\n  credential: {path: [hunter2]}\n";
    assert!(!problem(text).1.contains("hunter2"));
}
