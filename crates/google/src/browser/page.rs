//! The page on this machine that the browser comes back to.

use std::time::Duration;

use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::Url;

/// The longest request that is read; a browser's headers seldom have more than two thousand characters.
const LONGEST_REQUEST: usize = 32 << 10;
/// How long a browser may take to send its request, or to take its answer.
const PACE: Duration = Duration::from_secs(20);

/// What the browser brought, and the browser that waits for its page.
pub(super) struct Callback {
    /// The code, or the word for what went wrong.
    pub(super) answer: Result<SecretString, String>,
    pub(super) browser: Browser,
}

/// A browser that waits for its page.
pub(super) struct Browser(TcpStream);

/// Waits until a browser comes back with this state. Others are turned away: browsers ask for icons and open
/// connections that they do not use, and another program may knock.
pub(super) async fn wait(listener: &TcpListener, state: &str) -> Callback {
    let mut visits = JoinSet::new();
    loop {
        tokio::select! {
            Some(visit) = visits.join_next(), if !visits.is_empty() => {
                if let Ok(Some(callback)) = visit {
                    return callback;
                }
            }
            connection = listener.accept() => match connection {
                Ok((stream, _)) => {
                    let state = state.to_owned();
                    visits.spawn(async move { tokio::time::timeout(PACE, visit(stream, &state)).await.ok().flatten() });
                }
                // A connection that broke before it was taken; the next one may be the browser's.
                Err(_) => tokio::task::yield_now().await,
            }
        }
    }
}

async fn visit(mut stream: TcpStream, state: &str) -> Option<Callback> {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read_buf(&mut request).await.ok()?;
        if read == 0 || request.len() > LONGEST_REQUEST {
            return None;
        }
    }
    let request = String::from_utf8_lossy(&request);
    let mut words = request.lines().next()?.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let url = Url::parse("http://127.0.0.1").ok()?.join(target).ok()?;
    if method != "GET" || url.path() != "/" {
        answer(&mut stream, "404 Not Found", "There is nothing here.").await;
        return None;
    }
    let value = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    if value("state").as_deref() != Some(state) {
        answer(&mut stream, "400 Bad Request", "This page belongs to another sign-in. Look at the terminal.").await;
        return None;
    }
    let answer = match (value("code"), value("error")) {
        (Some(code), None) => Ok(SecretString::from(code)),
        (_, Some(error)) => Err(error),
        (None, None) => Err("invalid_request".to_owned()),
    };
    Some(Callback { answer, browser: Browser(stream) })
}

impl Browser {
    /// Shows how it ended. A browser that has gone is no matter.
    pub(super) async fn tell(mut self, signed_in: bool) {
        let text = if signed_in {
            "You are signed in to Tripod. You can close this window."
        } else {
            "You are not signed in to Tripod. The terminal says why."
        };
        answer(&mut self.0, "200 OK", text).await;
    }
}

/// Answers with a page of one sentence. Nothing of the request stands in it, and nothing of the address is sent on.
async fn answer(stream: &mut TcpStream, status: &str, sentence: &str) {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Tripod</title><p>{sentence}</p></html>\n"
    );
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'\r\n\
         X-Content-Type-Options: nosniff\r\n\r\n",
        page.len()
    );
    let write = async {
        let _ = stream.write_all((head + &page).as_bytes()).await;
        let _ = stream.shutdown().await;
    };
    let _ = tokio::time::timeout(PACE, write).await;
}
