//! A pseudo-terminal with a program in it.

use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// So long a test waits for something to appear before it fails. Nothing depends on it otherwise.
const PATIENCE: Duration = Duration::from_mins(2);

/// A program under way, and what its terminal shows.
pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    parser: vt100::Parser,
    bytes: Vec<u8>,
    master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Starts `tripod` in a folder, on a terminal of so many rows and columns.
    pub(crate) fn start(folder: &Path, words: &[&str], (rows, cols): (u16, u16), environment: &[(&str, &str)]) -> Self {
        let pair = native_pty_system().openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_tripod"));
        command.args(words);
        command.cwd(folder);
        command.env_clear();
        let home = folder.to_string_lossy().into_owned();
        // Whose machine this is must not show: git is asked who sits there.
        let above = folder.parent().unwrap_or(folder).to_string_lossy().into_owned();
        let basics = [
            ("PATH", "/usr/bin:/bin"),
            ("HOME", home.as_str()),
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CEILING_DIRECTORIES", above.as_str()),
        ];
        for (name, value) in basics.iter().chain(environment) {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // Linux ends a pseudo-terminal with an error, others with nothing more to read.
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            keyboard: pair.master.take_writer().unwrap(),
            output,
            parser: vt100::Parser::new(rows, cols, 0),
            bytes: Vec::new(),
            master: pair.master,
        }
    }

    /// What stands on the screen.
    pub(crate) fn contents(&self) -> String {
        self.parser.screen().contents()
    }

    /// Everything that the program wrote.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Every sequence that changes how characters look.
    pub(crate) fn colours(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.bytes);
        let sequences = text
            .split("\x1b[")
            .skip(1)
            .filter_map(|rest| rest.find(|c: char| c.is_alphabetic()).map(|end| &rest[..=end]));
        sequences.filter(|sequence| sequence.ends_with('m')).map(str::to_owned).collect()
    }

    /// Whether the cursor can be seen.
    pub(crate) fn is_cursor_visible(&self) -> bool {
        !self.parser.screen().hide_cursor()
    }

    /// Waits until a text is on the screen.
    pub(crate) fn wait(&mut self, text: &str) {
        self.wait_for(text, |screen| screen.contains(text));
    }

    /// Waits until the screen is as it should be.
    pub(crate) fn wait_for(&mut self, what: &str, is_so: impl Fn(&str) -> bool) {
        let until = Instant::now() + PATIENCE;
        let mut was_so = is_so(&self.contents());
        while !was_so {
            match self.output.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(bytes) => was_so = self.take_and_look(&bytes, &is_so),
                Err(RecvTimeoutError::Timeout) => panic!("no «{what}» on the screen:\n{}", self.contents()),
                Err(RecvTimeoutError::Disconnected) => panic!("it ended without «{what}»:\n{}", self.contents()),
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.take_and_look(bytes, |_| false);
    }

    /// Takes what came, and says whether the screen was as it should be after any of it. What comes at once, on a busy
    /// machine, may hold what is waited for and what is drawn over it.
    fn take_and_look(&mut self, bytes: &[u8], is_so: impl Fn(&str) -> bool) -> bool {
        self.bytes.extend_from_slice(bytes);
        let mut was_so = false;
        // A line is drawn over after a carriage return, and scrolls away after a line feed.
        for piece in bytes.split_inclusive(|byte| matches!(byte, b'\r' | b'\n')) {
            self.parser.process(piece);
            was_so = was_so || is_so(&self.contents());
        }
        was_so
    }

    /// Presses keys once the program has taken the terminal for its questions.
    pub(crate) fn press(&mut self, keys: &str) {
        let until = Instant::now() + PATIENCE;
        while self.echoes() {
            match self.output.recv_timeout(Duration::from_millis(1)) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Timeout) => {
                    assert!(Instant::now() < until, "it reads no keys:\n{}", self.contents());
                }
                Err(RecvTimeoutError::Disconnected) => panic!("it ended before a key:\n{}", self.contents()),
            }
        }
        self.press_now(keys);
    }

    /// Waits until something is so that does not show on the screen.
    pub(crate) fn wait_until(&mut self, what: &str, is_so: impl Fn() -> bool) {
        let until = Instant::now() + PATIENCE;
        while !is_so() {
            if let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(1)) {
                self.take(&bytes);
            }
            assert!(Instant::now() < until, "no «{what}»:\n{}", self.contents());
        }
    }

    /// Whether the terminal shows by itself what is typed.
    pub(crate) fn echoes(&self) -> bool {
        /// `ECHO` among the local modes, the same on Linux, macOS and the BSDs.
        const ECHO: u64 = 0x8;
        self.master.get_termios().is_some_and(|modes| u64::from(modes.local_flags.bits()) & ECHO != 0)
    }

    /// Whether the program has a handler of its own for Ctrl-C; nothing where the system does not tell.
    pub(crate) fn handles_interrupt(&self) -> Option<bool> {
        /// `SIGINT`, the second of the signals, in the masks of `/proc/ID/status`.
        const INTERRUPT: u64 = 1 << 1;
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.process_id()?)).ok()?;
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"))?;
        Some(u64::from_str_radix(caught.trim(), 16).unwrap() & INTERRUPT != 0)
    }

    /// Presses keys, whatever the program is doing.
    pub(crate) fn press_now(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Types a text letter by letter, each once the one before it stands behind the mark.
    pub(crate) fn type_after(&mut self, mark: &str, text: &str) {
        self.wait(mark.trim_end());
        let mut typed = String::new();
        for letter in text.chars() {
            typed.push(letter);
            self.press(letter.encode_utf8(&mut [0; 4]));
            self.wait_for(&format!("{mark}{typed}"), |screen| {
                screen.lines().any(|line| line.contains(mark) && line.trim_end().ends_with(typed.as_str()))
            });
        }
    }

    /// Waits for the program to end, and gives its exit status.
    pub(crate) fn end(&mut self) -> u32 {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.output.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Timeout) => panic!("it does not end:\n{}", self.contents()),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.child.wait().unwrap().exit_code()
    }

    /// Sends the program a signal.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.process_id().unwrap().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    /// Ends the program as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.signal("-9");
        self.child.wait().unwrap();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A test that failed leaves no program behind.
        let _ = self.child.kill();
    }
}
