//! Foreign text as exactly one argument of a command, for each tool that reads the commands of a runbook.

pub mod gam;
pub mod powershell;
pub mod shell;
