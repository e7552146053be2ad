//! `tripod`: shared service mailboxes that stand on at least three people.

mod arguments;
mod browser;
mod command_line;
mod commands;
mod exit;
mod first_password;
mod keychain;
mod logging;
mod new_file;
mod progress;
mod sandbox_files;
mod screen;
mod selection;
mod session;
mod signals;
mod terminal;
mod webhook;
mod workspace;

use std::process::ExitCode;

use anstream::ColorChoice;
use clap::Parser;

use crate::arguments::Colour;
use crate::command_line::Arguments;
use crate::exit::Exit;
use crate::screen::Screen;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no errors; everything else is wrong usage, which has a status of its own.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            let _ = error.print();
            return exit.into();
        }
    };
    let screen = Screen::new(match arguments.common.color {
        Colour::Auto => ColorChoice::Auto,
        Colour::Always => ColorChoice::Always,
        Colour::Never => ColorChoice::Never,
    });
    logging::start(arguments.common.verbose);

    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            screen.error(&error.into());
            return Exit::Unexpected.into();
        }
    };
    match runtime.block_on(command_line::run(arguments, screen)) {
        Ok(exit) => exit.into(),
        Err(error) => {
            screen.error(&error);
            error.kind.into()
        }
    }
}
