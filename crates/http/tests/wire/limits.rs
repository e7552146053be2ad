//! Every limit of a reply is one.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use tokio::io::AsyncWriteExt;
use tripod_http::limits::{API, CMDLET, CONNECT, CONNECT_ON_LINK, DESK, IDLE, TOKEN, TOKEN_ON_LINK, WEBHOOK};
use tripod_http::{AGENT, Bounds, Client, Connector, NoReply, Why};
use tripod_tenant::{ErrorKind, TenantError};

use crate::servers::{answer, ask, get, head, network, server};

/// A reply of these bytes, which does not say how long it is.
async fn sends(header: &'static str, body: Vec<u8>) -> String {
    let body = Arc::new(body);
    let port = server(move |mut stream| {
        let body = Arc::clone(&body);
        async move {
            head(&mut stream).await;
            let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\n{header}connection: close\r\n\r\n").as_bytes()).await;
            let _ = stream.write_all(&body).await;
        }
    })
    .await;
    format!("http://127.0.0.1:{port}/")
}

fn packed(body: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(body).unwrap();
    packer.finish().unwrap()
}

/// That a read may not have been carried out is certain for what never left only, and it is not tried again.
fn is_too_long(problem: &NoReply, bounds: Bounds) -> bool {
    let TenantError { kind, not_done, .. } = problem.at("read x");
    matches!(problem.why, Why::TooLong(_))
        && problem.to_string().contains(&format!("more than {} MiB", bounds.longest_reply >> 20))
        && (kind, not_done) == (ErrorKind::Invalid, false)
}

#[tokio::test]
async fn a_reply_has_a_longest_length_for_each_kind_of_exchange() {
    for bounds in [TOKEN, TOKEN_ON_LINK, WEBHOOK, DESK, API, CMDLET] {
        let longest = bounds.longest_reply;
        let fits = sends("", vec![b' '; longest]).await;
        assert_eq!(get(network(Vec::new()), &fits, bounds).await.unwrap().body.len(), longest);
        let too_long = sends("", vec![b' '; longest + 1]).await;
        let problem = get(network(Vec::new()), &too_long, bounds).await.unwrap_err();
        assert!(is_too_long(&problem, bounds), "{problem}");
    }
}

#[tokio::test]
async fn a_reply_has_the_same_longest_length_when_it_is_unpacked() {
    let header = "content-encoding: gzip\r\n";
    let fits = sends(header, packed(&vec![b' '; TOKEN.longest_reply])).await;
    assert_eq!(get(network(Vec::new()), &fits, TOKEN).await.unwrap().body.len(), TOKEN.longest_reply);
    let bomb = sends(header, packed(&vec![b' '; TOKEN.longest_reply + 1])).await;
    let problem = get(network(Vec::new()), &bomb, TOKEN).await.unwrap_err();
    assert!(is_too_long(&problem, TOKEN), "{problem}");
    // Two packings in one are unpacked as one.
    let twice = sends(header, [packed(b"one "), packed(b"two")].concat()).await;
    assert_eq!(ask(network(Vec::new()), &twice).await.unwrap().body, "one two");
}

#[tokio::test]
async fn a_reply_that_is_packed_in_another_way_or_cut_is_no_reply() {
    let whole = packed(b"[1, 2, 3]");
    for (header, body) in [
        ("content-encoding: br\r\n", whole.clone()),
        ("content-encoding: gzip, gzip\r\n", whole.clone()),
        ("content-encoding: gzip\r\n", b"[1, 2, 3]".to_vec()),
        ("content-encoding: gzip\r\n", whole[..whole.len() - 9].to_vec()),
    ] {
        let problem = ask(network(Vec::new()), &sends(header, body).await).await.unwrap_err();
        assert_eq!((&problem.why, problem.sent), (&Why::Packed, true), "{header}");
    }
}

#[tokio::test]
async fn a_library_that_reads_without_a_limit_is_held_to_one() {
    let client = tripod_http::single_use::<Full<Bytes>>(Connector::new(network(Vec::new()), true), TOKEN);
    let url = sends("", vec![b' '; 4 * TOKEN.longest_reply]).await;
    let reply = client.get(url.parse().unwrap()).await.unwrap();
    let error = reply.into_body().collect().await.unwrap_err();
    let problem = NoReply::behind("x", &error);
    assert!(is_too_long(&problem, TOKEN), "{problem}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_waited_for_so_long() {
    for bounds in [API, CMDLET, TOKEN, TOKEN_ON_LINK, DESK, WEBHOOK] {
        let port = server(|mut stream| async move {
            head(&mut stream).await;
            // From here on only time passes, and it passes at once.
            tokio::time::pause();
            std::future::pending::<()>().await;
        })
        .await;
        let began = tokio::time::Instant::now();
        let problem = get(network(Vec::new()), &format!("http://127.0.0.1:{port}/"), bounds).await.unwrap_err();
        assert_eq!((&problem.why, problem.sent), (&Why::TimedOut(bounds.exchange), true));
        assert!(began.elapsed() >= bounds.exchange);
        tokio::time::resume();
    }
}

#[tokio::test]
async fn a_connection_that_does_not_come_about_is_waited_for_so_long_and_nothing_was_sent() {
    for (bounds, limit) in [(API, CONNECT), (TOKEN_ON_LINK, CONNECT_ON_LINK)] {
        let port = server(|stream| async move {
            // The client's first word of TLS has come, and is not answered.
            stream.readable().await.unwrap();
            tokio::time::pause();
            std::future::pending::<()>().await;
        })
        .await;
        let problem = get(network(Vec::new()), &format!("https://127.0.0.1:{port}/"), bounds).await.unwrap_err();
        assert!(!problem.sent && problem.to_string().contains(&format!("within {} s", limit.as_secs())), "{problem}");
        assert_eq!(problem.at("x").kind, ErrorKind::Unavailable);
        tokio::time::resume();
    }
}

#[tokio::test]
async fn an_unused_connection_is_kept_for_a_while_and_not_longer() {
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    let port = server(move |mut stream| {
        counted.fetch_add(1, Ordering::Relaxed);
        async move {
            loop {
                let Ok(Ok(())) = tokio::time::timeout(10 * IDLE, stream.readable()).await else { return };
                if stream.peek(&mut [0]).await.is_ok_and(|some| some == 0) {
                    return;
                }
                head(&mut stream).await;
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
            }
        }
    })
    .await;
    let client = Client::at(network(Vec::new()), true, API);
    let request = || http::Request::get(format!("http://127.0.0.1:{port}/")).body(Vec::new()).unwrap();
    for _ in 0..2 {
        client.send(request()).await.unwrap();
    }
    assert_eq!(connections.load(Ordering::Relaxed), 1);
    tokio::time::pause();
    tokio::time::advance(2 * IDLE).await;
    tokio::time::resume();
    client.send(request()).await.unwrap();
    assert_eq!(connections.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_program_says_who_it_is() {
    let port = server(|mut stream| async move {
        let head = head(&mut stream).await.to_ascii_lowercase();
        let says_who = head.contains(&format!("user-agent: {AGENT}"));
        let status = if says_who { "302 Found" } else { "500 Unnamed" };
        let reply = format!("HTTP/1.1 {status}\r\nlocation: http://evil.example/\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(reply.as_bytes()).await.unwrap();
    })
    .await;
    let reply = ask(network(Vec::new()), &format!("http://127.0.0.1:{port}/")).await.unwrap();
    assert_eq!(reply.status, 302);
}

#[tokio::test]
async fn plain_http_is_spoken_only_where_it_is_allowed() {
    let port = server(answer).await;
    let request = || http::Request::get(format!("http://127.0.0.1:{port}/")).body(Vec::new()).unwrap();
    let problem = Client::at(network(Vec::new()), false, API).send(request()).await.unwrap_err();
    assert!(!problem.sent && problem.to_string().contains("https"), "{problem}");
    assert_eq!(Client::at(network(Vec::new()), true, API).send(request()).await.unwrap().body, "ok");
}

#[tokio::test]
async fn a_host_that_refuses_connections_is_told_by_its_name() {
    let port = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let problem = ask(network(Vec::new()), &format!("http://127.0.0.1:{port}/")).await.unwrap_err();
    assert_eq!(problem.to_string(), "no connection to 127.0.0.1: it refuses connections");
    assert!(problem.at("x").not_done);
}

#[test]
fn an_unused_connection_ends_before_the_stand_ins_end_it() {
    assert!(IDLE < tripod_http::limits::PATIENCE_OF_STAND_INS);
    assert!(IDLE > Duration::ZERO);
}
