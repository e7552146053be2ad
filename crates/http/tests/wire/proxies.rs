//! Ways through a proxy, and proxies that open none.

use std::sync::{Arc, Mutex};

use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;
use tripod_http::limits::LONGEST_PROXY_HEAD;
use tripod_tenant::{CauseId, ErrorKind};

use crate::servers::{Authority, ask, head, secure, server, through};

/// The host that only the proxy knows the way to.
const HOST: &str = "graph.microsoft.test";

/// A server for the host, whose authority it gives.
async fn host() -> (u16, Vec<CertificateDer<'static>>) {
    let office = Authority::new();
    (secure(office.tls(HOST, |_| ())).await, vec![office.certificate()])
}

/// A proxy that leads everything to one port, and what it was asked.
async fn proxy(to: u16) -> (u16, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let port = server(move |mut stream| {
        let seen = Arc::clone(&seen);
        async move {
            let head = head(&mut stream).await;
            seen.lock().unwrap().push(head);
            let mut host = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
            stream.write_all(b"HTTP/1.1 200 Connection established\r\nvia: test\r\n\r\n").await.unwrap();
            let _ = copy_bidirectional(&mut stream, &mut host).await;
        }
    })
    .await;
    (port, asked)
}

#[tokio::test]
async fn a_host_is_reached_through_the_proxy_with_the_name_and_password_of_its_address() {
    let (to, authorities) = host().await;
    let (port, asked) = proxy(to).await;
    let network = through(&format!("http://ana:s3cr%20t@127.0.0.1:{port}"), authorities);
    assert_eq!(ask(network, &format!("https://{HOST}/v1.0")).await.unwrap().body, "ok");
    let asked = asked.lock().unwrap().concat();
    assert!(asked.starts_with(&format!("CONNECT {HOST}:443 HTTP/1.1\r\n")), "{asked}");
    assert!(asked.contains("Proxy-Authorization: Basic YW5hOnMzY3IgdA==\r\n"), "{asked}");
}

#[tokio::test]
async fn a_host_is_reached_through_socks() {
    let (to, authorities) = host().await;
    let port = server(move |mut stream| async move {
        let mut greeting = [0; 3];
        stream.read_exact(&mut greeting).await.unwrap();
        stream.write_all(&[5, 0]).await.unwrap();
        let mut request = vec![0; 7 + HOST.len()];
        stream.read_exact(&mut request).await.unwrap();
        assert_eq!(&request[5..5 + HOST.len()], HOST.as_bytes());
        stream.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0]).await.unwrap();
        let mut host = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
        let _ = copy_bidirectional(&mut stream, &mut host).await;
    })
    .await;
    let network = through(&format!("socks5h://127.0.0.1:{port}"), authorities);
    assert_eq!(ask(network, &format!("https://{HOST}/v1.0")).await.unwrap().body, "ok");
}

#[tokio::test]
async fn a_proxy_that_refuses_is_told_by_its_address_and_only_one_that_cannot_just_now_is_asked_again() {
    for (status, kind, cause) in [
        (407, ErrorKind::SetUp, Some(CauseId::ProxyRefuses)),
        (403, ErrorKind::SetUp, Some(CauseId::ProxyRefuses)),
        (502, ErrorKind::Unavailable, None),
    ] {
        let port = server(move |mut stream| async move {
            head(&mut stream).await;
            stream.write_all(format!("HTTP/1.1 {status} No\r\n\r\n").as_bytes()).await.unwrap();
        })
        .await;
        let network = through(&format!("http://ana:s3cret@127.0.0.1:{port}"), Vec::new());
        let problem = ask(network, &format!("https://{HOST}/")).await.unwrap_err();
        let error = problem.at("read x");
        assert_eq!((error.kind, error.cause, error.not_done), (kind, cause, true), "{status}");
        let told = error.to_string();
        assert!(told.contains(&format!("127.0.0.1:{port}")) && told.contains(&status.to_string()), "{told}");
        assert!(!told.contains("s3cret"), "{told}");
    }
}

#[tokio::test]
async fn a_proxy_that_answers_without_end_or_not_at_all_is_given_up() {
    let endless = server(|mut stream| async move {
        head(&mut stream).await;
        let header = [b"x: ".as_slice(), &[b'y'; 1000], b"\r\n"].concat();
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
        for _ in 0..=LONGEST_PROXY_HEAD / 1000 {
            let _ = stream.write_all(&header).await;
        }
        std::future::pending::<()>().await;
    })
    .await;
    let closed = server(|_| async {}).await;
    for port in [endless, closed] {
        let network = through(&format!("http://127.0.0.1:{port}"), Vec::new());
        let problem = ask(network, &format!("https://{HOST}/")).await.unwrap_err();
        assert!(!problem.sent && problem.to_string().contains("breaks off"), "{problem}");
    }
}

#[tokio::test]
async fn a_variable_that_is_no_proxy_is_told_by_its_name() {
    let problem = ask(through("socks4://127.0.0.1:1", Vec::new()), &format!("https://{HOST}/")).await.unwrap_err();
    let error = problem.at("read x");
    assert_eq!((error.kind, error.cause), (ErrorKind::SetUp, Some(CauseId::NetworkSetting)));
    assert!(error.message.contains("$HTTPS_PROXY"), "{error}");
}
