//! The release archive: the same input gives the same bytes.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};

use crate::workspace::{Workspace, cargo};

/// The shells that completions are made for, each with the name that the file has by that shell's custom.
const SHELLS: &[(&str, &str)] = &[
    ("bash", "tripod.bash"),
    ("zsh", "_tripod"),
    ("fish", "tripod.fish"),
    ("powershell", "tripod.ps1"),
    ("elvish", "tripod.elv"),
];

/// The time that files have if neither `SOURCE_DATE_EPOCH` nor git knows a better one: 2000-01-01.
const SOME_TIME: u64 = 946_684_800;

/// A file of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    /// The path inside the archive, with forward slashes.
    path: String,
    /// Whether it can be run.
    program: bool,
    bytes: Vec<u8>,
}

/// Builds, packs and sums up; gives the files written.
pub(crate) fn pack(workspace: &Workspace, program: Option<&Path>) -> Result<Vec<PathBuf>> {
    let version =
        workspace.crates.iter().find(|package| package.name == "tripod").context("there is no crate `tripod`")?;
    let name = format!("tripod-{}-{}", version.version, host()?);
    let program = match program {
        Some(program) => program.canonicalize().with_context(|| format!("cannot find {}", program.display()))?,
        None => build(workspace)?,
    };
    let folder = target(workspace).join("dist");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let archive = archive(&name, entries(workspace, &program, &folder)?, time(workspace))?;
    let archive_name = format!("{name}.tar.gz");
    let files =
        [(folder.join(&archive_name), archive.clone()), (folder.join("SHA256SUMS"), sum(&archive_name, &archive))];
    for (path, bytes) in &files {
        fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(files.map(|(path, _)| path).to_vec())
}

fn target(workspace: &Workspace) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.root.join("target"), PathBuf::from)
}

fn build(workspace: &Workspace) -> Result<PathBuf> {
    let status = Command::new(cargo())
        .args(["build", "--release", "--locked", "--package", "tripod"])
        .current_dir(&workspace.root)
        .status()
        .context("could not run cargo build")?;
    ensure!(status.success(), "the release build failed");
    Ok(target(workspace).join("release").join(format!("tripod{}", std::env::consts::EXE_SUFFIX)))
}

/// The platform as the compiler names it, e.g. `x86_64-unknown-linux-gnu`.
fn host() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("could not run rustc")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not say which host it is for")?.to_owned())
}

/// The time of all files in the archive: `SOURCE_DATE_EPOCH`, else the last commit's.
fn time(workspace: &Workspace) -> u64 {
    let said = std::env::var("SOURCE_DATE_EPOCH").ok();
    let committed = || {
        let output =
            Command::new("git").args(["log", "-1", "--format=%ct"]).current_dir(&workspace.root).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    said.or_else(committed).and_then(|time| time.trim().parse().ok()).unwrap_or(SOME_TIME)
}

/// Everything that goes into the archive.
fn entries(workspace: &Workspace, program: &Path, folder: &Path) -> Result<Vec<Entry>> {
    let file = |path: String, program: bool, bytes: Vec<u8>| Entry { path, program, bytes };
    let bytes = fs::read(program).with_context(|| format!("cannot read {}", program.display()))?;
    let mut entries = vec![file(format!("tripod{}", std::env::consts::EXE_SUFFIX), true, bytes)];

    let manuals = folder.join("man");
    if manuals.exists() {
        fs::remove_dir_all(&manuals).with_context(|| format!("cannot empty {}", manuals.display()))?;
    }
    fs::create_dir_all(&manuals).with_context(|| format!("cannot make {}", manuals.display()))?;
    say(program, &["man", "--output", &manuals.to_string_lossy()])?;
    for manual in fs::read_dir(&manuals)? {
        let manual = manual?;
        entries.push(file(format!("man/{}", manual.file_name().to_string_lossy()), false, fs::read(manual.path())?));
    }
    ensure!(entries.len() > 1, "`tripod man` wrote no page");

    for (shell, name) in SHELLS {
        entries.push(file(format!("completions/{name}"), false, say(program, &["completions", shell])?));
    }
    let mut copied = vec![PathBuf::from("README.md"), "LICENSE-MIT".into(), "LICENSE-APACHE".into()];
    for folder in ["examples", "policies"] {
        if workspace.root.join(folder).is_dir() {
            copied.extend(workspace.files(folder)?);
        }
    }
    for path in copied {
        let bytes = fs::read(workspace.root.join(&path)).with_context(|| format!("cannot read {}", path.display()))?;
        entries.push(file(path.to_string_lossy().replace('\\', "/"), false, bytes));
    }
    Ok(entries)
}

/// What the program prints.
fn say(program: &Path, arguments: &[&str]) -> Result<Vec<u8>> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .with_context(|| format!("could not run {} {}", program.display(), arguments.join(" ")))?;
    if !output.status.success() {
        bail!("tripod {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output.stdout)
}

/// A gzipped tar file whose bytes depend on nothing but its entries and the time.
fn archive(name: &str, mut entries: Vec<Entry>, time: u64) -> Result<Vec<u8>> {
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    // Without a file name and a time of its own in the gzip header.
    let gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    let mut tar = tar::Builder::new(gzip);
    for entry in &entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(entry.bytes.len() as u64);
        header.set_mode(if entry.program { 0o755 } else { 0o644 });
        header.set_mtime(time);
        header.set_uid(0);
        header.set_gid(0);
        header.set_username("root")?;
        header.set_groupname("root")?;
        tar.append_data(&mut header, format!("{name}/{}", entry.path), entry.bytes.as_slice())?;
    }
    let mut gzip = tar.into_inner()?;
    gzip.flush()?;
    Ok(gzip.finish()?)
}

/// A line as `sha256sum --check` reads it.
fn sum(name: &str, bytes: &[u8]) -> Vec<u8> {
    format!("{:x}  {name}\n", Sha256::digest(bytes)).into_bytes()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn entry(path: &str, program: bool, text: &str) -> Entry {
        Entry { path: path.to_owned(), program, bytes: text.as_bytes().to_vec() }
    }

    #[test]
    fn the_order_of_finding_does_not_change_the_archive_but_the_content_does() {
        let (a, b) = (entry("a", false, "one"), entry("b/c", true, "two"));
        let archived = archive("x", vec![a.clone(), b.clone()], 7).unwrap();
        assert_eq!(archived, archive("x", vec![b.clone(), a.clone()], 7).unwrap());
        assert_ne!(archived, archive("x", vec![a, entry("b/c", true, "three")], 7).unwrap());
    }

    #[test]
    fn what_goes_in_comes_out_under_one_folder() {
        let bytes =
            archive("tripod-1", vec![entry("tripod", true, "program"), entry("README.md", false, "read")], 7).unwrap();
        let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(bytes.as_slice()));
        let mut found = Vec::new();
        for file in tar.entries().unwrap() {
            let mut file = file.unwrap();
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            let header = file.header();
            let path = file.path().unwrap().to_string_lossy().into_owned();
            found.push((path, header.mode().unwrap(), header.mtime().unwrap(), text));
        }
        assert_eq!(
            found,
            [
                ("tripod-1/README.md".to_owned(), 0o644, 7, "read".to_owned()),
                ("tripod-1/tripod".to_owned(), 0o755, 7, "program".to_owned()),
            ]
        );
    }

    #[test]
    fn the_sum_is_the_one_that_everybody_knows() {
        let line = String::from_utf8(sum("empty", b"")).unwrap();
        assert_eq!(line, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  empty\n");
    }
}
