//! The program while it runs: its lines, and its signals.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Nothing that is waited for takes nearly as long, even on a machine that is busy.
pub(crate) const LONGEST: Duration = Duration::from_mins(2);

/// A program under way.
pub(crate) struct Program {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
    /// Which of the lines seen were not asked for yet: stdout and stderr come in no order of their own.
    passed_over: Vec<usize>,
}

impl Program {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        read(child.stdout.take().unwrap(), sender.clone());
        read(child.stderr.take().unwrap(), sender);
        Self { child, lines, seen: Vec::new(), passed_over: Vec::new() }
    }

    /// The first line, of stdout or stderr, that has this text in it and was not given before.
    pub(crate) fn line(&mut self, text: &str) -> String {
        if let Some(place) = self.passed_over.iter().position(|line| self.seen[*line].contains(text)) {
            return self.seen[self.passed_over.remove(place)].clone();
        }
        let until = Instant::now() + LONGEST;
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.seen.push(line.clone());
                    if line.contains(text) {
                        return line;
                    }
                    self.passed_over.push(self.seen.len() - 1);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("no line with `{text}`; the program said:\n{}", self.seen.join("\n"))
                }
            }
        }
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Ends it as `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until it has ended; how, and everything that it said.
    pub(crate) fn ended(mut self) -> (ExitStatus, String) {
        let until = Instant::now() + LONGEST;
        // Both pipes are closed when the program has ended.
        while let Ok(line) = self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            self.seen.push(line);
        }
        let status = self.child.try_wait().unwrap();
        let status = status.or_else(|| (Instant::now() < until).then(|| self.child.wait().unwrap()));
        let said = self.seen.join("\n");
        (status.unwrap_or_else(|| panic!("it goes on and on:\n{said}")), said)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // A test that failed leaves nothing behind; one that is over has ended it already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(pipe: impl Read + Send + 'static, lines: Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines() {
            let Ok(line) = line else { return };
            if lines.send(line).is_err() {
                return;
            }
        }
    });
}
