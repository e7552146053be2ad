//! Copies of the example workspace, for tests that change it.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

/// A copy of the two tenants of the examples, nothing applied yet.
pub(crate) fn two_tenants() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/two-tenants"), folder.path());
    folder
}

/// Copies a folder with all that is in it, but for what Tripod itself keeps there.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            if entry.file_name() != ".tripod" {
                copy(&entry.path(), &target);
            }
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
