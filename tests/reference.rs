//! What the program says of itself, as pages under docs/reference/: this test keeps them in step.
//!
//! `cargo xtask docs` writes them anew.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Every generated page, with the command that prints it.
const PAGES: &[(&str, &[&str])] = &[
    ("docs/reference/cli.md", &["reference", "cli"]),
    ("docs/reference/checks.md", &["reference", "checks"]),
    ("docs/reference/faults.md", &["reference", "faults"]),
    ("docs/reference/schema/workspace.json", &["schema", "workspace"]),
    ("docs/reference/schema/mailboxes.json", &["schema", "mailboxes"]),
    ("docs/reference/schema/policy.json", &["schema", "policy"]),
    ("docs/reference/schema/sandbox.json", &["schema", "sandbox"]),
];

#[test]
fn the_generated_pages_are_what_the_program_prints() {
    let bless = std::env::var_os("TRIPOD_BLESS").is_some_and(|value| value == "1");
    let mut out_of_step = Vec::new();
    for (page, arguments) in PAGES {
        let output = Command::new(env!("CARGO_BIN_EXE_tripod"))
            .args(*arguments)
            .env_clear()
            .env("COLUMNS", "100")
            .output()
            .expect("the program can be run");
        let said = String::from_utf8(output.stderr).expect("the program speaks UTF-8");
        assert!(output.status.success(), "tripod {}: {said}", arguments.join(" "));
        let printed = String::from_utf8(output.stdout).expect("the program speaks UTF-8");
        assert!(!printed.trim().is_empty(), "tripod {} printed nothing", arguments.join(" "));
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(page);
        let written = fs::read_to_string(&path).unwrap_or_default();
        if written == printed {
            continue;
        }
        if bless {
            fs::create_dir_all(path.parent().expect("a page has a folder")).expect("the folder can be made");
            fs::write(&path, printed).expect("the page can be written");
        } else {
            out_of_step.push(*page);
        }
    }
    assert!(out_of_step.is_empty(), "out of step: {}; write them anew with `cargo xtask docs`", out_of_step.join(", "));
}
