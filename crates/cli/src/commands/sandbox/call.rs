//! `tripod sandbox call`: what people do at a desk's own pages, done at its stand-in.

use std::path::Path;

use serde_json::{Map, Value};
use tripod_http::Client;
use tripod_http::limits::API;
use tripod_sandbox::{desks, hosts};
use url::Url;

use super::arguments::CallArguments;
use crate::arguments::Format;
use crate::commands::Context;
use crate::exit::{CommandError, Exit};
use crate::session::Session;

pub(crate) async fn run(context: &Context, root: &Path, arguments: &CallArguments) -> Result<Exit, CommandError> {
    let wrong = |message: String| CommandError::message(Exit::Usage, message);
    let url = Url::parse(&arguments.url).map_err(|error| wrong(format!("`{}` is no URL: {error}", arguments.url)))?;
    let host = url.host_str().filter(|host| hosts::is_desk(host)).ok_or_else(|| {
        let known = hosts::DESKS.map(|host| format!("https://{host}/"));
        wrong(format!("`{}` is at no desk of the sandbox", arguments.url))
            .hint(format!("its desks are {}", known.join(", ")))
    })?;
    let body = body(root, arguments)?;
    let method =
        arguments.method.parse::<http::Method>().map_err(|_| wrong(format!("`{}` is no method", arguments.method)))?;

    let session = Session::open(root, true).await?;
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let there = format!("{}{}{query}", session.endpoints().root(host), url.path());
    let request = http::Request::builder()
        .method(method)
        .uri(there)
        .header("user-agent", "tripod sandbox call")
        .header("authorization", desks::authorization(host, &arguments.who))
        .header("content-type", "application/json")
        .body(body.map(|body| body.to_string().into_bytes()).unwrap_or_default())
        .map_err(|error| CommandError::new(Exit::Usage, error))?;
    let reply = Client::new(session.endpoints(), API).send(request).await;
    let reply = reply.map_err(|problem| problem.at("ask the stand-in"))?;
    let (status, text) = (reply.status, String::from_utf8_lossy(&reply.body).into_owned());
    session.close().await?;

    if !status.is_success() {
        return Err(CommandError::message(Exit::Refused, format!("{host} answers {status}: {text}")));
    }
    show(context, arguments, &text)
}

/// The body: what the file has, and the fields in it.
fn body(root: &Path, arguments: &CallArguments) -> Result<Option<Value>, CommandError> {
    let read = |path: &Path| {
        tripod_files::read_text(&root.join(path))
            .map_err(|error| CommandError::message(Exit::File, format!("cannot read {}: {error}", path.display())))
    };
    let mut body = arguments.json.as_deref().map(|path| {
        serde_json::from_str::<Value>(&read(path)?)
            .map_err(|error| CommandError::message(Exit::File, format!("{}: {error}", path.display())))
    });
    for field in &arguments.field {
        let (name, text) = field.split_once('=').ok_or_else(|| {
            CommandError::message(Exit::Usage, format!("`{field}` is no field; write it as NAME=TEXT"))
        })?;
        let text = match text.strip_prefix('@') {
            Some(file) => read(Path::new(file))?,
            None => text.to_owned(),
        };
        let object = body.get_or_insert_with(|| Ok(Value::Object(Map::new())));
        if let Ok(Value::Object(object)) = object {
            object.insert(name.to_owned(), Value::from(text));
        }
    }
    body.transpose()
}

fn show(context: &Context, arguments: &CallArguments, text: &str) -> Result<Exit, CommandError> {
    if text.is_empty() {
        return Ok(Exit::Done);
    }
    let reply: Value = serde_json::from_str(text)?;
    if arguments.print.is_empty() {
        context.screen.json(&reply)?;
        return Ok(Exit::Done);
    }
    for place in &arguments.print {
        let found = reply.pointer(place).ok_or_else(|| {
            CommandError::message(Exit::Usage, format!("the reply has nothing at `{place}`"))
                .hint("without `--print` all of it is shown")
        })?;
        match found.as_str().filter(|_| context.common.format == Format::Text) {
            Some(text) => context.screen.data(text)?,
            None => context.screen.json(found)?,
        }
    }
    Ok(Exit::Done)
}
