//! Real sockets: requests in, replies out, over plain HTTP or TLS.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tripod_http::limits::{CONNECTIONS_OF_STAND_INS, LARGEST_BODY_OF_STAND_INS, PATIENCE_OF_STAND_INS};
use tripod_http::serve::{Asked, Connections};
use tripod_tenant::{Clock, VirtualClock};

use crate::between::{Between, Delivery};
use crate::error::SandboxError;
use crate::hosts;
use crate::wire::{Reply, Request};
use crate::wire_log::WireLog;
use crate::world::{Outcome, World};

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) world: Mutex<World>,
    pub(crate) clock: Arc<VirtualClock>,
    pub(crate) wire_log: Option<Mutex<WireLog>>,
    pub(crate) between: Option<Arc<dyn Between>>,
    pub(crate) scheme: &'static str,
    pub(crate) local: SocketAddr,
    /// The machine's time when the sandbox's was last moved along with it; nothing where only waiting moves it.
    pub(crate) real: Option<Mutex<std::time::Instant>>,
}

impl Shared {
    /// The world at the present time.
    pub(crate) fn with_world<R>(&self, act: impl FnOnce(&mut World) -> R) -> R {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(real) = &self.real {
            let mut last = real.lock().unwrap_or_else(PoisonError::into_inner);
            let now = std::time::Instant::now();
            let moment = self.clock.now().saturating_add(now.duration_since(*last));
            *last = now;
            self.clock.advance_to(moment.unwrap_or(jiff::Timestamp::MAX));
        }
        world.set_now(self.clock.now());
        let result = act(&mut world);
        // Somebody may have let time pass by hand.
        self.clock.advance_to(world.now());
        result
    }
}

/// The connection is to be closed without a reply.
#[derive(Debug, thiserror::Error)]
#[error("cut by a fault")]
struct Severed;

/// Accepts connections until it is told to stop, then closes them.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = Connections::new(CONNECTIONS_OF_STAND_INS);
    loop {
        tokio::select! {
            _ = stop.changed() => break,
            Some(()) = connections.one_ended(), if !connections.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let (tls, shared) = (tls.clone(), Arc::clone(&shared));
                    // Small replies go out at once; a client that waits for one must not wait for a full packet.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%error, "the socket keeps its delay");
                    }
                    connections.make_room().await;
                    connections.serve(|asked| secured(stream, tls, shared, asked));
                }
                // Too many open files, most likely: the others have to end first.
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
            },
        }
    }
    connections.end().await;
}

async fn secured(stream: TcpStream, tls: Option<TlsAcceptor>, shared: Arc<Shared>, asked: Asked) {
    let Some(tls) = tls else { return connection(stream, shared, asked).await };
    match tokio::time::timeout(PATIENCE_OF_STAND_INS, tls.accept(stream)).await {
        Ok(Ok(stream)) => connection(stream, shared, asked).await,
        Ok(Err(error)) => tracing::debug!(%error, "a client gave up the TLS handshake"),
        Err(_) => tracing::debug!("a client did not finish the TLS handshake"),
    }
}

async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, shared: Arc<Shared>, asked: Asked) {
    let service = service_fn(move |request| {
        let (shared, asked) = (Arc::clone(&shared), asked.clone());
        async move {
            asked.begins();
            let reply = exchange(request, shared).await;
            asked.ends();
            reply
        }
    });
    // An error here is a client that went away or a fault that was asked for.
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE_OF_STAND_INS)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn exchange(request: http::Request<Incoming>, shared: Arc<Shared>) -> Result<http::Response<Sent>, Severed> {
    let (parts, body) = request.into_parts();
    let local = shared.local.to_string();
    let Some(destination) = hosts::destination(shared.scheme, &local, &parts.uri, &parts.headers) else {
        let known: Vec<&str> = hosts::GOOGLE.iter().chain(&hosts::MICROSOFT).copied().collect();
        let message = "this is a sandbox; name a vendor's host in the Host header or as the first segment of the path";
        return Ok(response(Reply::json(404, json!({"error": {"code": 404, "message": message, "hosts": known}}))));
    };
    let body = Limited::new(body, LARGEST_BODY_OF_STAND_INS).collect();
    let Ok(Ok(body)) = tokio::time::timeout(PATIENCE_OF_STAND_INS, body).await else {
        let message = format!("the request's body cannot be read or has more than {LARGEST_BODY_OF_STAND_INS} bytes");
        return Ok(response(Reply::json(413, json!({"error": {"code": 413, "message": message}}))));
    };
    let request = Request {
        method: parts.method,
        host: destination.host.to_owned(),
        path: destination.path,
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: body.to_bytes().to_vec(),
    };
    let handled = shared.with_world(|world| {
        Ok(match world.handle(&request, destination.root)? {
            Outcome::Reply(reply) => {
                log(&shared, &request, &reply);
                let between = shared.between.as_ref();
                Some(between.map_or_else(|| reply.clone().into(), |it| it.hand_on(world, &request, reply.clone())))
            }
            Outcome::Lost(reply) => {
                log(&shared, &request, &reply);
                None
            }
            Outcome::Cut => None,
        })
    });
    match handled {
        Ok(Some(delivery)) => deliver(&shared, delivery),
        Ok(None) => Err(Severed),
        Err::<_, SandboxError>(error) => {
            // Nothing was saved, so nothing may be answered as done.
            tracing::error!(%error, "the sandbox's state could not be saved");
            Ok(response(Reply::json(500, json!({"error": {"code": 500, "message": error.to_string()}}))))
        }
    }
}

/// Hands on what something between has made of a reply, after the time that it takes.
fn deliver(shared: &Shared, delivery: Delivery) -> Result<http::Response<Sent>, Severed> {
    if !delivery.wait.is_zero() {
        shared.clock.advance_to(shared.clock.now().saturating_add(delivery.wait).unwrap_or(jiff::Timestamp::MAX));
    }
    if delivery.cut && delivery.body.is_empty() { Err(Severed) } else { Ok(response(delivery)) }
}

fn log(shared: &Shared, request: &Request, reply: &Reply) {
    let Some(wire_log) = &shared.wire_log else { return };
    if let Err(error) = wire_log.lock().unwrap_or_else(PoisonError::into_inner).append(request, reply) {
        tracing::error!(%error, "the wire log could not be written");
    }
}

fn response(delivery: impl Into<Delivery>) -> http::Response<Sent> {
    let Delivery { status, headers, content_type, body, cut, wait: _ } = delivery.into();
    let mut builder = http::Response::builder().status(status);
    for (name, value) in &headers {
        builder = builder.header(name, value);
    }
    if let Some(kind) = content_type {
        builder = builder.header(http::header::CONTENT_TYPE, kind);
    }
    let body = Full::new(Bytes::from(body));
    builder.body(Sent { body, cut }).unwrap_or_else(|error| {
        tracing::error!(%error, "a handler gave a header that HTTP does not have");
        let mut broken = http::Response::new(Sent { body: Full::new(Bytes::new()), cut: false });
        *broken.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
        broken
    })
}

/// A body that may break off.
struct Sent {
    body: Full<Bytes>,
    cut: bool,
}

impl Body for Sent {
    type Data = Bytes;
    type Error = Severed;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Severed>>> {
        let sent = self.get_mut();
        match Pin::new(&mut sent.body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => Poll::Ready(Some(Ok(frame))),
            Poll::Ready(_) if sent.cut => Poll::Ready(Some(Err(Severed))),
            Poll::Ready(_) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        !self.cut && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        // Without a length the client can tell a body that broke off from one that is complete.
        if self.cut { SizeHint::default() } else { self.body.size_hint() }
    }
}
