//! Every limit of what comes over the wire. Each has a test in `tests/limits.rs`.

use std::time::Duration;

/// How long a connection may take to come about: the name, the socket, the proxy and TLS.
pub const CONNECT: Duration = Duration::from_secs(10);
/// How long a service on the machine's own link may take for it; it answers at once, or is not there.
pub const CONNECT_ON_LINK: Duration = Duration::from_secs(3);
/// How long an unused connection is kept; less than servers keep theirs, so that none is written to while it closes.
pub const IDLE: Duration = Duration::from_secs(30);
/// The longest list of headers of a reply over HTTP/2, in bytes. Over HTTP/1 hyper reads 400 KiB at most.
pub const LONGEST_HEAD: u32 = 64 << 10;
/// The longest head of a proxy's answer to CONNECT, in bytes.
pub const LONGEST_PROXY_HEAD: usize = 8 << 10;

/// The most pages of one list.
pub const MOST_PAGES: usize = 10_000;
/// The most pages of one list of a desk.
pub const MOST_PAGES_OF_DESK: usize = 1_000;
/// The most entries of one list: more than any organisation has people.
pub const MOST_ENTRIES: usize = 2_000_000;

/// The limits of one kind of exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// How long the connection may take to come about.
    pub connect: Duration,
    /// How long the whole exchange may take, from the first byte sent to the last one read.
    pub exchange: Duration,
    /// How many bytes of a reply are read, before and again after they are unpacked.
    pub longest_reply: usize,
}

/// A call to an API of a provider. A full page of 500 accounts is about 1 MB, a batch of 20 lists some more.
pub const API: Bounds = Bounds { connect: CONNECT, exchange: Duration::from_mins(1), longest_reply: 64 << 20 };
/// A call to Microsoft. Cmdlets end after 15 minutes at the latest (facts sheet, Microsoft 1a), but the ones that Tripod
/// uses answer within seconds, and a lost one is read back.
pub const CMDLET: Bounds = Bounds { exchange: Duration::from_mins(2), ..API };
/// A request for a token, which has some thousand characters.
pub const TOKEN: Bounds = Bounds { connect: CONNECT, exchange: Duration::from_mins(1), longest_reply: 1 << 20 };
/// A request for a token to a service on the machine's own link.
pub const TOKEN_ON_LINK: Bounds =
    Bounds { connect: CONNECT_ON_LINK, exchange: Duration::from_secs(30), longest_reply: 1 << 20 };
/// A call to a desk; the longest reply has a hundred issues of the largest size.
pub const DESK: Bounds = Bounds { connect: CONNECT, exchange: Duration::from_secs(30), longest_reply: 32 << 20 };
/// A message to a webhook, of whose answer only the status is of interest.
pub const WEBHOOK: Bounds = Bounds { connect: CONNECT, exchange: Duration::from_secs(30), longest_reply: 1 << 20 };

/// How many connections a server of ours has at once. One more closes the one that has waited longest without a
/// request; where all of them have one, it waits.
pub const CONNECTIONS: usize = 64;
/// The same of the stand-ins, whose clients are on this machine.
pub const CONNECTIONS_OF_STAND_INS: usize = 512;
/// How long a client may take to send the head of a request, and again its body.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// How long a client of the stand-ins may keep a connection without a request; longer than [`IDLE`].
pub const PATIENCE_OF_STAND_INS: Duration = Duration::from_mins(1);
/// The largest body of a message that a desk sends.
pub const LARGEST_MESSAGE: usize = 1 << 20;
/// The largest body that the stand-ins take: more than a batch of a thousand calls.
pub const LARGEST_BODY_OF_STAND_INS: usize = 16 << 20;
