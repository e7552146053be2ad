//! What cargo and the file system say about the workspace.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// Folders that hold nothing of the repository's own, wherever they are.
const NOT_OURS: &[&str] = &["target", ".git", ".tripod", "__pycache__", "proptest-regressions"];

/// The workspace: its root and its crates.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// The folder with the root Cargo.toml.
    pub(crate) root: PathBuf,
    /// The crates of the workspace, by name.
    pub(crate) crates: Vec<Crate>,
}

/// A crate of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crate {
    /// Its name, e.g. `tripod-model`.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// Its folder, relative to the root.
    pub(crate) folder: PathBuf,
    /// What it depends on.
    pub(crate) dependencies: Vec<Dependency>,
}

/// A direct dependency as a Cargo.toml names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dependency {
    /// The crate's real name, whatever it is called here.
    pub(crate) name: String,
    /// Whether only tests and examples use it.
    pub(crate) only_tests: bool,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<MetadataPackage>,
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
struct MetadataPackage {
    name: String,
    version: String,
    manifest_path: PathBuf,
    dependencies: Vec<MetadataDependency>,
}

#[derive(Deserialize)]
struct MetadataDependency {
    name: String,
    kind: Option<String>,
}

/// The cargo that runs us, so that a test and a person use the same one.
pub(crate) fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

impl Workspace {
    /// Asks cargo. Needs neither network nor a lock file.
    pub(crate) fn find() -> Result<Self> {
        let output = Command::new(cargo())
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .context("could not run cargo metadata")?;
        ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim());
        Self::from_metadata(&output.stdout)
    }

    fn from_metadata(json: &[u8]) -> Result<Self> {
        let metadata: Metadata = serde_json::from_slice(json).context("cargo metadata answered in an unknown form")?;
        let root = metadata.workspace_root;
        let mut crates = Vec::new();
        for package in metadata.packages {
            let folder = package.manifest_path.parent().unwrap_or(&root);
            let folder = folder.strip_prefix(&root).unwrap_or(folder).to_path_buf();
            let dependencies = package.dependencies.into_iter().map(|dependency| Dependency {
                only_tests: dependency.kind.as_deref() == Some("dev"),
                name: dependency.name,
            });
            crates.push(Crate {
                name: package.name,
                version: package.version,
                folder,
                dependencies: dependencies.collect(),
            });
        }
        crates.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { root, crates })
    }

    /// All files of the repository below a folder, relative to the root, sorted.
    pub(crate) fn files(&self, below: impl AsRef<Path>) -> Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        let mut folders = vec![self.root.join(below)];
        while let Some(folder) = folders.pop() {
            let entries = fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
            for entry in entries {
                let entry = entry.with_context(|| format!("cannot list {}", folder.display()))?;
                let (path, kind) = (entry.path(), entry.file_type()?);
                if kind.is_dir() {
                    if !NOT_OURS.iter().any(|name| entry.file_name() == *name) {
                        folders.push(path);
                    }
                } else if kind.is_file() {
                    found.push(path.strip_prefix(&self.root).unwrap_or(&path).to_path_buf());
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// The text of a file, named relative to the root.
    pub(crate) fn read(&self, file: impl AsRef<Path>) -> Result<String> {
        let path = self.root.join(file);
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_dependency_goes_by_its_real_name_and_a_dev_dependency_is_told_apart() {
        let json = br#"{"workspace_root": "/w", "packages": [{"name": "a", "version": "1.0.0",
            "manifest_path": "/w/crates/a/Cargo.toml", "dependencies": [
                {"name": "serde-saphyr", "rename": "serde_yaml", "kind": null},
                {"name": "tempfile", "kind": "dev"}]}]}"#;
        let workspace = Workspace::from_metadata(json).unwrap();
        let only = &workspace.crates[0];
        assert_eq!(only.folder, Path::new("crates/a"));
        let dependencies: Vec<_> = only.dependencies.iter().map(|d| (d.name.as_str(), d.only_tests)).collect();
        assert_eq!(dependencies, [("serde-saphyr", false), ("tempfile", true)]);
    }

    #[test]
    fn this_workspace_is_found_with_this_crate_in_it() {
        let workspace = Workspace::find().unwrap();
        assert!(workspace.crates.iter().any(|package| package.name == "xtask"));
        assert!(workspace.files("xtask").unwrap().contains(&PathBuf::from("xtask/src/workspace.rs")));
    }
}
