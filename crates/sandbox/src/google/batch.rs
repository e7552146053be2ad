//! Batches: many calls in one multipart request (facts sheet, Google 3.5).

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Google, Strike, errors, trouble};
use crate::fault::What;
use crate::wire::{Body, Moment, Reply, Request};

/// Answers `POST /batch…`.
pub(super) fn answer(google: &mut Google, request: &Request, moment: &mut Moment, strike: &mut Strike) -> Reply {
    let refuse = |message: &str| errors::canonical(400, "badRequest", message);
    if request.method != http::Method::POST {
        return errors::no_method();
    }
    let Some(boundary) = request.header("content-type").and_then(boundary) else {
        return refuse(
            "Failed to parse batch request, error: the content type has to be multipart/mixed with a boundary.",
        );
    };
    let body = String::from_utf8_lossy(&request.body);
    let Some(parts) = split(&body, &boundary) else {
        return refuse("Failed to parse batch request, error: missing end boundary.");
    };
    let most = if request.host == "gmail.googleapis.com" { 100 } else { 1000 };
    if parts.is_empty() || parts.len() > most {
        return refuse(&format!("The batch has {} calls; it has to have between 1 and {most}.", parts.len()));
    }
    let border = format!("batch_{:016x}", moment.random.u64(..));
    let mut text = String::new();
    for part in parts {
        let (headers, inner) = heading(part);
        let reply = match call(request, inner) {
            Some(inner) => match strike(&inner, moment) {
                None => google.one(&inner, moment),
                // One call of a batch has no connection of its own that could be cut. What is closest is a failure
                // before it was carried out, and one after.
                Some(what) => trouble::reply(what, &inner, moment).unwrap_or_else(|| {
                    if what == What::ReplyLost {
                        google.one(&inner, moment);
                    }
                    trouble::unavailable(&inner)
                }),
            },
            None => refuse("Failed to parse batch request, error: a part is not a request to a path of this API."),
        };
        text.extend(["--", &border, "\r\nContent-Type: application/http\r\n"]);
        if let Some(id) = headers.get("content-id").and_then(|id| id.to_str().ok()) {
            let id = id.strip_prefix('<').unwrap_or(id);
            text.extend(["Content-ID: <response-", id, "\r\n"]);
        }
        text += "\r\n";
        text += &http_text(&reply);
        text += "\r\n";
    }
    text.extend(["--", &border, "--\r\n"]);
    let content_type = format!("multipart/mixed; boundary={border}");
    Reply { status: 200, headers: Vec::new(), body: Body::Text { content_type, text } }
}

fn boundary(kind: &str) -> Option<String> {
    if !kind.to_ascii_lowercase().starts_with("multipart/mixed") {
        return None;
    }
    let place = kind.to_ascii_lowercase().find("boundary=")?;
    let rest = &kind[place + "boundary=".len()..];
    let value = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => rest.split(';').next()?.trim(),
    };
    (!value.is_empty()).then(|| value.to_owned())
}

/// The parts between the boundaries, or nothing where the last boundary is missing.
fn split<'a>(body: &'a str, boundary: &str) -> Option<Vec<&'a str>> {
    let border = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut pieces = body.split(border.as_str());
    pieces.next()?;
    for piece in pieces {
        if piece.starts_with("--") {
            return Some(parts);
        }
        parts.push(piece.trim_start_matches(['\r', '\n']));
    }
    None
}

/// The headers at the top of a text, with folded lines unfolded, and what stands after the empty line.
fn heading(text: &str) -> (HeaderMap, &str) {
    let mut headers = HeaderMap::new();
    let mut last: Option<(HeaderName, String)> = None;
    let mut rest = text;
    let mut put = |entry: Option<(HeaderName, String)>| {
        if let Some((name, value)) = entry
            && let Ok(value) = HeaderValue::from_str(&value)
        {
            headers.insert(name, value);
        }
    };
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let line = line.trim_end_matches('\r');
        rest = after;
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = &mut last {
                value.push(' ');
                value.push_str(line.trim());
            }
            continue;
        }
        put(last.take());
        last =
            line.split_once(':').and_then(|(name, value)| Some((name.trim().parse().ok()?, value.trim().to_owned())));
    }
    put(last);
    (headers, rest)
}

/// The request in a part; nothing where it is none, or is one to another host.
fn call(outer: &Request, text: &str) -> Option<Request> {
    let (line, rest) = text.split_once('\n')?;
    let mut words = line.trim_end_matches('\r').split(' ');
    let (method, target) = (words.next()?.parse().ok()?, words.next()?);
    if !target.starts_with('/') || target.starts_with("/batch") {
        return None;
    }
    let (mut headers, body) = heading(rest);
    let host = headers.get("host").and_then(|host| host.to_str().ok());
    if host.is_some_and(|host| crate::hosts::is_google(host) && host != outer.host) {
        return None;
    }
    if !headers.contains_key("authorization")
        && let Some(own) = outer.headers.get("authorization")
    {
        headers.insert("authorization", own.clone());
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    // What follows the body is the line break before the next boundary.
    let body = body.strip_suffix("\r\n").or_else(|| body.strip_suffix('\n')).unwrap_or(body);
    Some(Request {
        method,
        host: outer.host.clone(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: body.trim_end().as_bytes().to_vec(),
    })
}

fn http_text(reply: &Reply) -> String {
    let reason = http::StatusCode::from_u16(reply.status).ok().and_then(|status| status.canonical_reason());
    let mut text = format!("HTTP/1.1 {} {}\r\n", reply.status, reason.unwrap_or_default());
    for (name, value) in &reply.headers {
        text.extend([name.as_str(), ": ", value.as_str(), "\r\n"]);
    }
    let (kind, body) = match &reply.body {
        Body::Empty => return text + "Content-Length: 0\r\n\r\n",
        Body::Json(value) => ("application/json; charset=UTF-8", value.to_string()),
        Body::Text { content_type, text } => (content_type.as_str(), text.clone()),
    };
    text + &format!("Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folded_header_is_one_header() {
        let (headers, rest) = heading("Content-ID: <a +\r\n team%40x>\r\nX: y\r\n\r\nbody");
        assert_eq!(headers["content-id"], "<a + team%40x>");
        assert_eq!((headers["x"].to_str().unwrap(), rest), ("y", "body"));
    }

    #[test]
    fn a_batch_that_breaks_off_is_not_read() {
        assert_eq!(split("--b\r\nx\r\n--b\r\ny\r\n--b--", "b").unwrap(), ["x\r\n", "y\r\n"]);
        assert_eq!(split("--b\r\nx\r\n", "b"), None);
        assert_eq!(boundary("multipart/mixed; boundary=\"===1==\"; x=y").as_deref(), Some("===1=="));
    }
}
