//! Runs the pages in tests/scenarios/ and compares what the program prints with what stands in them.
//!
//! A page is Markdown: a tutorial for people and a test for the program. What the harness reads:
//!
//! - `<!-- workspace: examples/two-tenants -->`: a copy of that folder is the working directory; without it, an empty one.
//! - A fence ` ```yaml file=mailboxes/new.yaml `: its content is written to that file of the working directory.
//! - A fence ` ```console `: every line that begins with `$ ` is a command for `sh`, followed by what it prints: stdout as
//!   it is, then stderr with `2> ` before each line, then `[exit status N]` if it is not 0.
//! - `[..]` in an expected line stands for any text, where something cannot be the same twice.
//!
//! The environment is empty but for what is set below. `TRIPOD_BLESS=1 cargo test --test scenarios` writes what was
//! printed into the pages; read the difference before you commit it.
//!
//! Every page leaves the sandbox's wire log in target/wire/, for the wire contract.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};
use similar::TextDiff;
use tempfile::TempDir;

/// No command of a scenario needs nearly as long; a hanging one has to end somehow.
const LONGEST: Duration = Duration::from_mins(3);

/// The width that tables and help are laid out for.
const COLUMNS: &str = "100";

/// The desks that the sandbox stands in for.
const DESKS: [&str; 3] = ["api.github.com", "juniper.atlassian.net", "juniper.service-now.com"];

fn main() -> ExitCode {
    let mut trials = self_tests();
    if cfg!(unix) {
        match scenarios() {
            Ok(found) => trials.extend(found),
            Err(error) => trials.push(Trial::test("the_pages_can_be_listed", move || Err(error.into()))),
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// The repository's root, from the crate that this test belongs to.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn scenarios() -> Result<Vec<Trial>, String> {
    let folder = root().join("tests/scenarios");
    let mut pages: Vec<PathBuf> = fs::read_dir(&folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>())
        .map_err(|error| format!("{}: {error}", folder.display()))?;
    pages.retain(|page| page.extension().is_some_and(|end| end == "md"));
    pages.sort();
    let trials = pages.into_iter().map(|page| {
        let name = page.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Trial::test(name.clone(), move || check(&page, &name))
    });
    Ok(trials.collect())
}

fn check(page: &Path, name: &str) -> Result<(), Failed> {
    let expected = fs::read_to_string(page)?;
    let stage = Stage::new(&expected, name)?;
    let actual = stage.play(&expected)?;
    stage.leave_desks_out_of_the_log()?;
    if actual == expected {
        return Ok(());
    }
    if std::env::var_os("TRIPOD_BLESS").is_some_and(|value| value == "1") {
        fs::write(page, actual)?;
        return Ok(());
    }
    let difference = TextDiff::from_lines(&expected, &actual);
    let difference = difference.unified_diff().context_radius(4).header("the page", "the program").to_string();
    Err(format!(
        "{}\n{difference}\nif the program is right: TRIPOD_BLESS=1 cargo test --test scenarios",
        page.display()
    )
    .into())
}

/// Where a scenario plays: folders of its own, and an environment with nothing of the machine's.
struct Stage {
    home: TempDir,
    folder: PathBuf,
    wire_log: PathBuf,
}

impl Stage {
    fn new(page: &str, name: &str) -> Result<Self, Failed> {
        let home = TempDir::with_prefix("tripod-scenario-")?;
        let template = page.lines().find_map(|line| line.strip_prefix("<!-- workspace: ")?.strip_suffix(" -->"));
        let folder = match template {
            Some(template) => {
                let from = root().join(template);
                let folder = home.path().join(from.file_name().unwrap_or_default());
                copy(&from, &folder)?;
                folder
            }
            None => home.path().join("work"),
        };
        fs::create_dir_all(&folder)?;
        let logs = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../wire");
        fs::create_dir_all(&logs)?;
        let wire_log = logs.canonicalize()?.join(format!("{name}.jsonl"));
        if wire_log.exists() {
            fs::remove_file(&wire_log)?;
        }
        Ok(Self { home, folder, wire_log })
    }

    /// Gives the page as it would have to be for what happened.
    fn play(&self, page: &str) -> Result<String, Failed> {
        let mut played: Vec<String> = Vec::new();
        let mut lines = page.lines();
        while let Some(line) = lines.next() {
            played.push(line.to_owned());
            let Some(fence) = line.strip_prefix("```") else { continue };
            let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if fence == "console" {
                for (command, expected) in commands(&body) {
                    played.push(format!("$ {command}"));
                    played.extend(keep_wildcards(&expected, self.run(command)?));
                }
            } else {
                if let Some((_, file)) = fence.split_once(" file=") {
                    let path = self.folder.join(file);
                    fs::create_dir_all(path.parent().unwrap_or(&self.folder))?;
                    fs::write(&path, body.join("\n") + "\n")?;
                }
                played.extend(body.into_iter().map(str::to_owned));
            }
            played.push("```".to_owned());
        }
        Ok(played.join("\n") + "\n")
    }

    /// The wire contract knows the providers; what is said to a desk is held against its own documents.
    fn leave_desks_out_of_the_log(&self) -> io::Result<()> {
        if !self.wire_log.exists() {
            return Ok(());
        }
        let log = fs::read_to_string(&self.wire_log)?;
        let to_desk = |line: &&str| DESKS.iter().any(|host| line.contains(&format!("\"url\":\"https://{host}/")));
        let kept: String = log.split_inclusive('\n').filter(|line| !to_desk(line)).collect();
        if kept.len() < log.len() { fs::write(&self.wire_log, kept) } else { Ok(()) }
    }

    /// Runs one command and gives the lines that belong below it.
    fn run(&self, command: &str) -> Result<Vec<String>, Failed> {
        let program = Path::new(env!("CARGO_BIN_EXE_tripod"));
        let mut path = program.parent().unwrap_or(program).as_os_str().to_owned();
        path.push(":/usr/bin:/bin");
        let child = Command::new("sh")
            .args(["-c", command])
            .current_dir(&self.folder)
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.home.path())
            .env("COLUMNS", COLUMNS)
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .env("TRIPOD_WIRE_LOG", &self.wire_log)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (status, stdout, stderr) = finish(child).map_err(|error| format!("$ {command}: {error}"))?;
        let mut lines: Vec<String> = self.normalise(&stdout).collect();
        lines.extend(self.normalise(&stderr).map(|line| format!("2> {line}").trim_end().to_owned()));
        match status.code() {
            Some(0) => {}
            Some(code) => lines.push(format!("[exit status {code}]")),
            None => lines.push(format!("[{status}]")),
        }
        Ok(lines)
    }

    /// What cannot be the same on two machines becomes the same: the folder's place, ids that a provider gives to
    /// requests in the order in which they happen to arrive, and blanks nobody sees.
    fn normalise<'a>(&'a self, text: &'a str) -> impl Iterator<Item = String> + 'a {
        let home = self.home.path().to_string_lossy().into_owned();
        text.lines().map(move |line| without_request_ids(&line.replace(&home, "~")).trim_end().to_owned())
    }
}

/// `(request 47ae…)` becomes `(request [..])`.
fn without_request_ids(line: &str) -> String {
    let mut parts = line.split("(request ");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str("(request [..]");
        text.push_str(part.find(')').map_or(part, |end| &part[end..]));
    }
    text
}

/// The commands of a block, each with the lines expected below it.
fn commands<'a>(body: &[&'a str]) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in body {
        match (line.strip_prefix("$ "), found.last_mut()) {
            (Some(command), _) => found.push((command, Vec::new())),
            (None, Some((_, expected))) => expected.push(line),
            (None, None) => {}
        }
    }
    found
}

/// An actual line that an expected one with `[..]` fits becomes that one, each expected line being used once.
fn keep_wildcards(expected: &[&str], actual: Vec<String>) -> Vec<String> {
    let mut patterns: Vec<&str> = expected.iter().copied().filter(|line| line.contains("[..]")).collect();
    let fit = |line: String| match patterns.iter().position(|pattern| fits(pattern, &line)) {
        Some(position) => patterns.remove(position).to_owned(),
        None => line,
    };
    actual.into_iter().map(fit).collect()
}

/// Whether the text is the pattern with something in the place of each `[..]`.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split("[..]");
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

/// Waits for a command, but not for ever, while both its outputs are read.
fn finish(mut child: Child) -> io::Result<(ExitStatus, String, String)> {
    let (stdout, stderr) = (read(child.stdout.take()), read(child.stderr.take()));
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if started.elapsed() > LONGEST {
            child.kill()?;
            return Err(io::Error::other(format!("not done after {} seconds", LONGEST.as_secs())));
        }
        thread::sleep(Duration::from_millis(5));
    };
    Ok((status, text(stdout)?, text(stderr)?))
}

fn read(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<io::Result<Vec<u8>>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.map_or(Ok(0), |mut pipe| pipe.read_to_end(&mut bytes))?;
        Ok(bytes)
    })
}

fn text(reader: JoinHandle<io::Result<Vec<u8>>>) -> io::Result<String> {
    let bytes = reader.join().map_err(|_| io::Error::other("the output could not be read"))??;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Copies a folder without the state that somebody's own trials left in it.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            if entry.file_name() != ".tripod" {
                copy(&entry.path(), &target)?;
            }
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// The harness is held to its own promises first: a test that cannot fail is no test.
fn self_tests() -> Vec<Trial> {
    fn played(page: &str) -> Result<String, Failed> {
        Stage::new(page, "harness")?.play(page)
    }
    fn same(left: &str, right: &str) -> Result<(), Failed> {
        if left == right { Ok(()) } else { Err(format!("{left:?} is not {right:?}").into()) }
    }
    let mut trials = vec![Trial::test("harness::a_wildcard_stands_for_any_text_and_for_nothing_else", || {
        let cases = [
            ("took [..] s", "took 12 s", true),
            ("took [..] s", "took 12 ms", false),
            ("[..]", "", true),
            ("a[..]b[..]c", "axbxc", true),
            ("a[..]b[..]c", "axc", false),
            ("plain", "plainer", false),
        ];
        match cases.iter().find(|(pattern, text, expected)| fits(pattern, text) != *expected) {
            Some((pattern, text, _)) => Err(format!("{pattern:?} and {text:?}").into()),
            None => Ok(()),
        }
    })];
    trials.push(Trial::test("harness::request_ids_are_taken_out_and_nothing_else", || {
        same(&without_request_ids("503 (request 12-ab) (x) (request c)"), "503 (request [..]) (x) (request [..])")?;
        same(&without_request_ids("a plain (line)"), "a plain (line)")
    }));
    if cfg!(unix) {
        trials.push(Trial::test("harness::output_stderr_and_exit_status_are_written_below_the_command", || {
            let page = "Text.\n\n```console\n$ echo out; echo err >&2; exit 3\nold\n$ true\n```\n\nMore.\n";
            let expected = "Text.\n\n```console\n$ echo out; echo err >&2; exit 3\nout\n2> err\n[exit status 3]\n$ true\n```\n\nMore.\n";
            same(&played(page)?, expected)
        }));
        trials.push(Trial::test("harness::a_page_that_is_right_stays_as_it_is", || {
            let page = "```yaml file=a/b.yaml\nkey: value\n```\n\n```console\n$ cat a/b.yaml; echo 17 s\nkey: value\n[..] s\n```\n";
            same(&played(page)?, page)
        }));
        trials.push(Trial::test("harness::nothing_of_the_machine_reaches_a_command", || {
            let page = "```console\n$ pwd; env | cut -d= -f1 | sort | tr '\\n' ' '\n```\n";
            let names = "COLUMNS HOME LANG PATH PWD TRIPOD_WIRE_LOG TZ";
            let played = played(page)?;
            let last = played.lines().rev().nth(1).unwrap_or_default().replace(" OLDPWD", "").replace(" SHLVL _", "");
            same(&last, names)
        }));
    }
    trials
}
