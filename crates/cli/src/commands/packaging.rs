//! `tripod completions` and `tripod man`: for shells and packagers.

use std::path::Path;

use clap::Command;
use clap_complete::Shell;

use super::Context;
use crate::arguments::Format;
use crate::exit::{CommandError, Exit};

pub(crate) fn completions(context: &Context, mut command: Command, shell: Shell) -> Result<Exit, CommandError> {
    context.forms("completions", &[Format::Text])?;
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command, "tripod", &mut text);
    context.screen.data(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}

pub(crate) fn man(context: &Context, command: Command, output: Option<&Path>) -> Result<Exit, CommandError> {
    context.forms("man", &[Format::Text])?;
    if let Some(folder) = output {
        std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command, folder)).map_err(|error| {
            CommandError::message(Exit::Usage, format!("cannot write to {}: {error}", folder.display()))
        })?;
    } else {
        let mut text = Vec::new();
        clap_mangen::Man::new(command).render(&mut text)?;
        context.screen.data(&String::from_utf8_lossy(&text))?;
    }
    Ok(Exit::Done)
}
