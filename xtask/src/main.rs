//! Releases and the repository's own checks: `cargo xtask tidy`, `cargo xtask docs`, `cargo xtask dist`.
//!
//! This crate has no network dependencies, so that it builds in seconds; `tidy` sees to it that it stays so.

mod dist;
mod docs;
mod tidy;
mod workspace;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Releases and the repository's own checks.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Holds the repository against its own rules: who may depend on whom, file sizes, whitespace, links, and (unless
    /// told otherwise) whether the generated docs are in step.
    Tidy {
        /// Leave out the comparison of the generated docs, which has to build the program.
        #[arg(long)]
        without_docs: bool,
    },
    /// Writes the generated docs anew: docs/reference/.
    Docs,
    /// Packs the release build with man pages, completions, README, licences and examples into target/dist.
    Dist {
        /// Pack this program instead of building one.
        #[arg(long, value_name = "FILE")]
        program: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            // Nobody is left to tell if even stderr cannot be written to.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    let mut out = io::stdout().lock();
    match &arguments.command {
        Command::Tidy { without_docs } => {
            let problems = tidy::check(&workspace)?;
            for problem in &problems {
                writeln!(out, "{problem}")?;
            }
            let in_step = *without_docs || docs::in_step(&workspace)?;
            if problems.is_empty() && in_step {
                writeln!(out, "tidy")?;
                return Ok(ExitCode::SUCCESS);
            }
            Ok(ExitCode::FAILURE)
        }
        Command::Docs => {
            docs::write(&workspace)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Dist { program } => {
            for file in dist::pack(&workspace, program.as_deref())? {
                writeln!(out, "{}", file.display())?;
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}
