//! The receiver of a desk's webhooks: checked, noted in the store, answered at once, and worked on afterwards.
//!
//! What a message says is used for one thing only: which ticket to look at. Everything else is read from the desk.

mod answer;
mod message;
mod signature;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use secrecy::SecretString;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tripod_http::limits::{CONNECTIONS, PATIENCE};
use tripod_http::serve::{Asked, Connections};
use tripod_tenant::Clock;

use crate::desk::TicketId;
use crate::ticket::{Delivery, StoreError, TicketStore};

pub use message::Sender;
pub use signature::sign;

/// The path that messages are posted to.
pub const PATH: &str = "/webhook";
/// How long work that failed waits until it is tried again, and twice as long each time …
const PAUSE: Duration = Duration::from_mins(1);
/// … up to this.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// What is done with a ticket that a message named.
#[async_trait]
pub trait Work: Send + Sync {
    /// Leads a ticket on as far as it goes. The text is the result that a repeated message is answered with. An error
    /// leaves the message in the queue, and it is tried again.
    async fn work(&self, ticket: &TicketId) -> Result<String, String>;
}

/// What a receiver goes by.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// Whose messages these are.
    pub sender: Sender,
    /// What they are signed with.
    pub secret: SecretString,
    /// Where they are noted.
    pub store: Arc<TicketStore>,
    /// The time that messages are held against.
    pub clock: Arc<dyn Clock>,
    /// What waits go by until work that failed is tried again.
    pub pace: Arc<dyn Clock>,
}

/// Receives messages until `stop` says true, and works on what is in the queue, what an earlier run left included.
/// Messages that are coming in are noted and answered, and work that is under way is finished first.
pub async fn serve(
    listener: TcpListener,
    receiver: Receiver,
    work: Arc<dyn Work>,
    mut stop: watch::Receiver<bool>,
) -> Result<(), StoreError> {
    let receiver = Arc::new(receiver);
    let wake = Arc::new(Notify::new());
    let mut worker = pin!(worker(Arc::clone(&receiver), work, Arc::clone(&wake), stop.clone()));
    let mut connections = Connections::new(CONNECTIONS);
    loop {
        tokio::select! {
            () = stopped(&mut stop) => break,
            // It ends by itself only where nothing can be noted any more; then no message may be accepted.
            ended = &mut worker => return ended,
            Some(()) = connections.one_ended(), if !connections.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.make_room().await;
                    connections.serve(|asked| connection(stream, Arc::clone(&receiver), Arc::clone(&wake), asked));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
        }
    }
    drop(listener);
    let answered = async {
        let all = async { while connections.one_ended().await.is_some() {} };
        // Whoever does not send on is not waited for; what was not answered is sent again.
        let _ = tokio::time::timeout(PATIENCE, all).await;
    };
    tokio::join!(answered, worker).1
}

/// Waits until it is time to stop. A sender that is gone can never say so; then it is time, too.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// One connection. It counts as one that asks something once its message is signed as it should be, so that strangers
/// cannot hold the places of the desk.
async fn connection(stream: TcpStream, receiver: Arc<Receiver>, wake: Arc<Notify>, asked: Asked) {
    let service = service_fn(move |request| {
        let (receiver, wake, asked) = (Arc::clone(&receiver), Arc::clone(&wake), asked.clone());
        async move { Ok::<_, std::convert::Infallible>(answer::answer(request, &receiver, &wake, &asked).await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Works through the queue, one message after the other.
async fn worker(
    receiver: Arc<Receiver>,
    work: Arc<dyn Work>,
    wake: Arc<Notify>,
    mut stop: watch::Receiver<bool>,
) -> Result<(), StoreError> {
    let mut pause = PAUSE;
    loop {
        let mut failed = false;
        for (id, ticket) in receiver.store.unfinished(receiver.sender.desk())? {
            if *stop.borrow() {
                return Ok(());
            }
            match one(&work, &ticket).await {
                Ok(result) => {
                    let delivery = Delivery { desk: receiver.sender.desk(), id: &id, ticket: &ticket };
                    receiver.store.finish(delivery, &result)?;
                }
                Err(reason) => {
                    tracing::warn!(%ticket, reason, "the ticket could not be led on; it is tried again");
                    failed = true;
                }
            }
        }
        if !failed {
            pause = PAUSE;
        }
        tokio::select! {
            () = stopped(&mut stop) => return Ok(()),
            () = wake.notified() => {}
            () = receiver.pace.sleep(pause), if failed => pause = (pause * 2).min(LONGEST_PAUSE),
        }
    }
}

/// Leads one ticket on. What goes wrong in it, however badly, is the matter of this ticket alone.
async fn one(work: &Arc<dyn Work>, ticket: &TicketId) -> Result<String, String> {
    let (work, ticket) = (Arc::clone(work), ticket.clone());
    let done = tokio::spawn(async move { work.work(&ticket).await }).await;
    done.unwrap_or_else(|error| Err(error.to_string()))
}
