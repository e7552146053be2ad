//! Whatever comes over the wire: an answer of the receiver's, and work only on what is signed.
//!
//! The first byte says whose receiver it is, and whether the rest is the whole request or the body of one that is signed.
#![no_main]

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use libfuzzer_sys::fuzz_target;
use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tripod_tenant::VirtualClock;
use tripod_tickets::connect::webhook::{LARGEST_BODY, Receiver, Sender, Work, serve, sign};
use tripod_tickets::desk::TicketId;
use tripod_tickets::ticket::TicketStore;

const SECRET: &str = "a secret of this process";
/// The seconds of the receiver's clock.
const NOW: i64 = 1_795_424_400;

struct Nobody;

#[async_trait]
impl Work for Nobody {
    async fn work(&self, _: &TicketId) -> Result<String, String> {
        Ok("done".to_owned())
    }
}

/// One receiver for each sender, on one thread.
struct Stage {
    runtime: Runtime,
    receivers: Vec<SocketAddr>,
    _running: watch::Sender<bool>,
}

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let folder = std::env::temp_dir().join(format!("tripod-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let senders = [
        Sender::GitHub { repository: "it/requests".to_owned().try_into().expect("a repository") },
        Sender::Jira { project: "IT".to_owned().try_into().expect("a project") },
        Sender::ServiceNow,
    ];
    let (running, stopped) = watch::channel(false);
    let receivers = senders.map(|sender| {
        let store = TicketStore::open(&folder.join(sender.desk())).expect("a store");
        let clock = VirtualClock::starting_at(jiff::Timestamp::from_second(NOW).expect("a time"));
        let clock = Arc::new(clock);
        let secret = SecretString::from(SECRET);
        let receiver = Receiver { sender, secret, store: Arc::new(store), clock: clock.clone(), pace: clock };
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("an address");
        runtime.spawn(serve(listener, receiver, Arc::new(Nobody), stopped.clone()));
        address
    });
    Stage { runtime, receivers: receivers.to_vec(), _running: running }
});


/// A request with this body that is signed as its sender signs.
fn signed(sender: usize, body: &[u8]) -> Vec<u8> {
    let secret = SecretString::from(SECRET);
    let headers = match sender {
        0 => format!(
            "X-GitHub-Event: issues\r\nX-GitHub-Delivery: d1\r\nX-Hub-Signature-256: sha256={}\r\n",
            sign(&secret, body)
        ),
        1 => format!("X-Atlassian-Webhook-Identifier: d1\r\nX-Hub-Signature: sha256={}\r\n", sign(&secret, body)),
        _ => {
            let message = [format!("{NOW}.d1.").as_bytes(), body].concat();
            let signature = sign(&secret, &message);
            format!("X-Tripod-Timestamp: {NOW}\r\nX-Tripod-Delivery: d1\r\nX-Tripod-Signature: sha256={signature}\r\n")
        }
    };
    let head = format!("POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    if rest.len() > LARGEST_BODY {
        return;
    }
    let sender = usize::from(first % 3);
    let is_signed = first & 0x80 != 0;
    let request = if is_signed { signed(sender, rest) } else { rest.to_vec() };
    let answer = STAGE.runtime.block_on(async {
        let mut stream = TcpStream::connect(STAGE.receivers[sender]).await.expect("it listens");
        // Whoever answers early closes early; then the rest cannot be written.
        let _ = stream.write_all(&request).await;
        if !is_signed {
            // What does not end would be waited for. Whoever hangs up gets no answer any more, so a whole one does not.
            let _ = stream.shutdown().await;
        }
        let mut answer = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await;
        let _ = read.expect("it answers or closes");
        answer
    });
    let line = answer.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let status: Option<u16> =
        std::str::from_utf8(line).ok().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    match status {
        // A request that is none is closed without an answer.
        None => assert!(answer.is_empty() && !is_signed, "{answer:?}"),
        Some(status) if is_signed => assert!(matches!(status, 200 | 202 | 400 | 401 | 409), "{status}"),
        Some(status) => assert!((400..500).contains(&status), "{status}"),
    }
});
