//! The generated docs.
//!
//! What there is to generate stands in one place only, the test `reference` of the program (tests/reference.rs): it
//! has the program at hand, compares, and rewrites when it is told to. `tidy` and `docs` run that test.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::workspace::{Workspace, cargo};

/// Whether what stands in docs/reference is what the program says of itself. The differences are shown by the test.
pub(crate) fn in_step(workspace: &Workspace) -> Result<bool> {
    Ok(reference_test(workspace).status().context("could not run cargo test")?.success())
}

/// Writes docs/reference anew.
pub(crate) fn write(workspace: &Workspace) -> Result<()> {
    let status = reference_test(workspace).env("TRIPOD_BLESS", "1").status().context("could not run cargo test")?;
    ensure!(status.success(), "the generated docs could not be written");
    Ok(())
}

fn reference_test(workspace: &Workspace) -> Command {
    let mut command = Command::new(cargo());
    command.args(["test", "--quiet", "--package", "tripod", "--test", "reference"]).current_dir(&workspace.root);
    command
}
