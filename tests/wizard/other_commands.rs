//! Commands other than the wizard, on a terminal.

use super::example::two_tenants;
use super::terminal::Terminal;

#[test]
fn ctrl_c_before_anything_is_changed_leaves_the_terminal_sane() {
    let folder = two_tenants();
    let mut terminal = Terminal::start(folder.path(), &["apply", "--sandbox"], (24, 80), &[]);
    terminal.wait("Carry out these 49 changes?");
    // Else a key that is pressed right after the question would end the program as it stands, with the cursor hidden.
    assert_ne!(terminal.handles_interrupt(), Some(false));
    terminal.press("\x03");
    assert_eq!(terminal.end(), 130, "{}", terminal.contents());
    assert!(terminal.is_cursor_visible());
}

#[test]
fn what_does_not_fit_the_screen_stands_below_and_no_word_is_broken() {
    let folder = two_tenants();
    let mut terminal = Terminal::start(folder.path(), &["sandbox", "people"], (100, 80), &[]);
    assert_eq!(terminal.end(), 0);
    let screen = terminal.contents();
    assert!(screen.contains("Kofi Adjei        Warehouse\n    account: no mailbox\n"), "{screen}");
}
