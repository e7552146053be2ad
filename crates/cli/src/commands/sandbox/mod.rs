//! `tripod sandbox …`: the stand-in tenants.

mod arguments;
mod call;
mod set;

use std::fmt::Write;
use std::path::Path;

use secrecy::ExposeSecret;
use serde_json::json;
use tripod_model::Provider;
use tripod_sandbox::{Access, Fault, Options, Sandbox, SandboxPerson, Standing, TlsFiles, What, World};

use self::arguments::{ClientOf, CredentialsArguments, FaultArguments, FaultKind, SeedArguments, ServeArguments};
use super::Context;
use crate::arguments::Format;
use crate::exit::{CommandError, Exit};
use crate::screen::{BOLD, DIM};
use crate::signals::Signals;
use crate::workspace::records;
use crate::{new_file, sandbox_files};

pub(crate) use self::arguments::SandboxCommand;

pub(crate) async fn run(context: &Context, command: SandboxCommand) -> Result<Exit, CommandError> {
    context.forms("sandbox", &[Format::Text, Format::Json])?;
    let root = &context.common.directory;
    match command {
        SandboxCommand::Serve(arguments) => serve(context, root, arguments).await,
        SandboxCommand::People => people(context, &sandbox_files::open(root)?),
        SandboxCommand::Leave { address } => {
            let person = sandbox_files::open(root)?.leave(&address)?;
            say_standing(context, &person, "can no longer sign in: the account is disabled")
        }
        SandboxCommand::Return { address } => {
            let person = sandbox_files::open(root)?.return_to_work(&address)?;
            say_standing(context, &person, "is back: the account is enabled")
        }
        SandboxCommand::Set(arguments) => {
            let condition = set::condition(&arguments)?;
            sandbox_files::open(root)?.set(&arguments.address, &condition)?;
            context.screen.say(&format!("{} is changed", arguments.address));
            Ok(Exit::Done)
        }
        SandboxCommand::Wait { time } => {
            let mut world = sandbox_files::open(root)?;
            world.advance(time)?;
            context.screen.say(&format!("it is {} in the stand-in tenants now", world.now().strftime("%F %T UTC")));
            Ok(Exit::Done)
        }
        SandboxCommand::Seed(arguments) => seed(context, &arguments),
        SandboxCommand::Credentials(arguments) => credentials(context, root, &arguments),
        SandboxCommand::Fault(arguments) => fault(context, root, &arguments),
        SandboxCommand::Call(arguments) => call::run(context, root, &arguments).await,
        SandboxCommand::Reset => reset(context, root),
    }
}

async fn serve(context: &Context, root: &Path, arguments: ServeArguments) -> Result<Exit, CommandError> {
    if !arguments.listen.ip().is_loopback() {
        let message = format!("{} is not a loopback address", arguments.listen);
        return Err(CommandError::message(Exit::Usage, message)
            .hint("the sandbox's keys are public, so it listens on this machine only, e.g. 127.0.0.1:8443"));
    }
    let state = arguments.state.unwrap_or_else(|| sandbox_files::state_file(root));
    let world = sandbox_files::open_at(root, &state)?;
    let tls = arguments.tls_cert.zip(arguments.tls_key).map(|(certificate, key)| TlsFiles { certificate, key });
    let options =
        Options { listen: arguments.listen, tls, wire_log: arguments.wire_log, real_time: true, ..Options::default() };
    let sandbox = Sandbox::start(world, options).await?;

    let mut signals = Signals::stop()?;
    // The address is data: a script waits for this line and reads it.
    context.screen.data(sandbox.url().as_str())?;
    context.screen.say(&format!("{DIM}serving until Ctrl-C; state in {}{DIM:#}", state.display()));
    signals.next().await;
    sandbox.stop().await?;
    Ok(Exit::Done)
}

fn people(context: &Context, world: &World) -> Result<Exit, CommandError> {
    let people = world.people();
    if context.common.format == Format::Json {
        context.screen.json(&people)?;
        return Ok(Exit::Done);
    }
    let row = |person: &SandboxPerson| {
        let [address, account] = [person.address.as_str(), standing_word(person.standing)];
        let department = person.department.clone().unwrap_or_default();
        [person.tenant.clone(), address.to_owned(), person.name.clone(), department, account.to_owned()]
    };
    let rows: Vec<_> = people.iter().map(row).collect();
    let header = ["tenant", "address", "name", "department", "account"];
    context.screen.data(&tripod_report::columns(header, &rows, context.screen.width()).join("\n"))?;
    Ok(Exit::Done)
}

fn standing_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Active => "active",
        Standing::Disabled => "disabled",
        Standing::Archived => "archived",
        Standing::Guest => "guest",
        Standing::NoMailbox => "no mailbox",
        Standing::Deleted => "deleted",
    }
}

fn say_standing(context: &Context, person: &SandboxPerson, what: &str) -> Result<Exit, CommandError> {
    if context.common.format == Format::Json {
        context.screen.json(person)?;
    } else {
        context.screen.data(&format!("{BOLD}{}{BOLD:#} ({}) {what}", person.name, person.address))?;
    }
    Ok(Exit::Done)
}

fn seed(context: &Context, arguments: &SeedArguments) -> Result<Exit, CommandError> {
    let description = tripod_sandbox::seed(arguments.people as usize, arguments.seed);
    let text = if context.common.format == Format::Json {
        serde_json::to_string_pretty(&description)?
    } else {
        description.to_yaml()?
    };
    match &arguments.output {
        Some(path) => new_file::create(path, &text)?,
        None => context.screen.data(&text)?,
    }
    Ok(Exit::Done)
}

fn credentials(context: &Context, root: &Path, arguments: &CredentialsArguments) -> Result<Exit, CommandError> {
    let world = sandbox_files::as_described(root)?;
    let access = if arguments.read_only { Access::Read } else { Access::Write };
    let (provider, which) = match arguments.provider {
        ClientOf::Google => (Provider::GoogleWorkspace, "Google"),
        ClientOf::Microsoft => (Provider::Microsoft365, "Microsoft"),
    };
    let none = || CommandError::message(Exit::File, format!("the sandbox has no {which} tenant"));
    let (_, tenant) = world.tenants().find(|(_, tenant)| tenant.provider == provider).ok_or_else(none)?;
    // Printing them is what the command is for; they open nothing but a sandbox.
    let text = match arguments.provider {
        ClientOf::Google => {
            let customer = tenant.customer.clone().ok_or_else(none)?;
            world.google_key(&customer, access).ok_or_else(none)?
        }
        ClientOf::Microsoft => {
            let id = tenant.tenant_id.clone().ok_or_else(none)?;
            let theirs = world.microsoft_credentials(&id, access).ok_or_else(none)?;
            serde_json::to_string_pretty(&json!({
                "tenant-id": theirs.tenant_id,
                "client-id": theirs.client_id,
                "client-secret": theirs.client_secret.expose_secret(),
                "certificate": theirs.certificate_pem.expose_secret(),
            }))?
        }
    };
    context.screen.data(&text)?;
    Ok(Exit::Done)
}

fn fault(context: &Context, root: &Path, arguments: &FaultArguments) -> Result<Exit, CommandError> {
    let mut world = sandbox_files::open(root)?;
    if arguments.clear {
        world.clear_faults()?;
        context.screen.say("no fault is in force any more");
        return Ok(Exit::Done);
    }
    let Some(what) = arguments.what else {
        return list_faults(context, &world.faults());
    };
    let hosts = match &arguments.tenant {
        None => vec![None],
        Some(name) => {
            let provider = world.tenants().find(|(known, _)| known == name).map(|(_, tenant)| tenant.provider);
            let provider = provider.ok_or_else(|| {
                let known: Vec<_> = world.tenants().map(|(name, _)| name.to_owned()).collect();
                CommandError::message(Exit::Usage, format!("the sandbox has no tenant `{name}`"))
                    .hint(format!("it has: {}", known.join(", ")))
            })?;
            tripod_sandbox::hosts_of(provider).iter().map(|host| Some((*host).to_owned())).collect()
        }
    };
    for host in hosts {
        world.add_fault(Fault {
            host,
            method: arguments.method.clone(),
            matching: arguments.matching.clone(),
            what: match what {
                FaultKind::Throttled => What::Throttled,
                FaultKind::Unavailable => What::Unavailable,
                FaultKind::Cut => What::Cut,
                FaultKind::ReplyLost => What::ReplyLost,
                FaultKind::NotFound => What::NotFound,
                FaultKind::Refused => What::Refused,
                FaultKind::WebPage => What::WebPage,
            },
            after: arguments.after,
            times: arguments.times,
            percent: 100,
        })?;
    }
    list_faults(context, &world.faults())
}

fn list_faults(context: &Context, faults: &[Fault]) -> Result<Exit, CommandError> {
    if context.common.format == Format::Json {
        context.screen.json(&faults)?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    for fault in faults {
        let what = match fault.what {
            What::Throttled => "throttled",
            What::Unavailable => "unavailable",
            What::Cut => "cut",
            What::ReplyLost => "reply-lost",
            What::NotFound => "not-found",
            What::Refused => "refused",
            What::WebPage => "web-page",
        };
        let method = fault.method.as_deref().unwrap_or("every method");
        let host = fault.host.as_deref().unwrap_or("every host");
        let _ = write!(text, "{what}: {method} at {host}");
        if let Some(matching) = &fault.matching {
            let _ = write!(text, " with `{matching}`");
        }
        if let Some(times) = fault.times {
            let _ = write!(text, ", {times} times");
        }
        if fault.after > 0 {
            let _ = write!(text, ", after {} that pass", fault.after);
        }
        text.push('\n');
    }
    context.screen.data(if text.is_empty() { "no fault is in force" } else { &text })?;
    Ok(Exit::Done)
}

fn reset(context: &Context, root: &Path) -> Result<Exit, CommandError> {
    let state = sandbox_files::state_file(root);
    if state.exists() {
        sandbox_files::lock(&state)?;
    }
    for ending in ["", "-wal", "-shm"] {
        let mut file = state.clone().into_os_string();
        file.push(ending);
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    // The record of what was done to them would speak of things that are no longer there.
    match std::fs::remove_dir_all(records(root, true)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    drop(sandbox_files::open(root)?);
    context.screen.say("the stand-in tenants are as sandbox.yaml says again");
    Ok(Exit::Done)
}
