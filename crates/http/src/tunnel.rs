//! A way through a proxy by CONNECT (RFC 9110, 9.3.6).

use http::HeaderValue;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::client::AGENT;
use crate::limits::LONGEST_PROXY_HEAD;
use crate::stream::Pipe;

/// Why a proxy opens no way.
pub(crate) enum NoWay {
    /// It answered with another status than 2xx.
    Refused(u16),
    /// It answered with no HTTP, or broke off.
    Broken,
}

/// Asks a proxy for a way to a host, on a connection to it.
pub(crate) async fn open(
    mut pipe: Box<dyn Pipe>,
    authority: &str,
    authorization: Option<&HeaderValue>,
) -> Result<Box<dyn Pipe>, NoWay> {
    let mut request =
        format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: {AGENT}\r\n").into_bytes();
    if let Some(authorization) = authorization {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(authorization.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    pipe.write_all(&request).await.map_err(|_| NoWay::Broken)?;
    pipe.flush().await.map_err(|_| NoWay::Broken)?;
    // Byte by byte, because what follows the head is the host's.
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == LONGEST_PROXY_HEAD {
            return Err(NoWay::Broken);
        }
        head.push(pipe.read_u8().await.map_err(|_| NoWay::Broken)?);
    }
    match status(&head) {
        Some(200..300) => Ok(pipe),
        Some(status) => Err(NoWay::Refused(status)),
        None => Err(NoWay::Broken),
    }
}

/// The status of an answer's first line.
fn status(head: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(head.split(|byte| *byte == b'\r').next()?).ok()?;
    line.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()
}
