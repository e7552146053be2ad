//! Whose certificates are believed, and how one that is not is told.

use rcgen::date_time_ymd;
use tripod_http::Why;
use tripod_tenant::{CauseId, ErrorKind};

use crate::servers::{Authority, ask, network, secure};

#[tokio::test]
async fn a_certificate_of_an_authority_that_is_not_trusted_is_told_as_such_and_one_of_a_trusted_one_works() {
    let office = Authority::new();
    let url = format!("https://127.0.0.1:{}/", secure(office.tls("127.0.0.1", |_| ())).await);
    let problem = ask(network(Vec::new()), &url).await.unwrap_err();
    assert_eq!((&problem.why, problem.sent), (&Why::Untrusted, false));
    let error = problem.at("read x");
    assert_eq!((error.kind, error.cause), (ErrorKind::SetUp, Some(CauseId::CertificateUntrusted)));
    assert!(!error.is_transient(), "it is not tried again");
    assert_eq!(
        error.to_string(),
        "cannot read x: the certificate of 127.0.0.1 was signed by an authority that this machine does not trust"
    );
    let reply = ask(network(vec![office.certificate()]), &url).await.unwrap();
    assert_eq!(reply.body, "ok");
}

#[tokio::test]
async fn a_certificate_that_has_expired_or_is_another_hosts_is_told_as_that() {
    let office = Authority::new();
    let old = office.tls("127.0.0.1", |params| {
        (params.not_before, params.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1));
    });
    let early = office.tls("127.0.0.1", |params| params.not_before = date_time_ymd(3001, 1, 1));
    let other = office.tls("elsewhere.test", |_| ());
    for (tls, part) in [(old, "has expired"), (early, "is not good yet"), (other, "is another host's")] {
        let url = format!("https://127.0.0.1:{}/", secure(tls).await);
        let problem = ask(network(vec![office.certificate()]), &url).await.unwrap_err();
        assert!(problem.to_string().contains(part), "{problem}");
        let error = problem.at("read x");
        assert_eq!((error.kind, error.cause), (ErrorKind::SetUp, Some(CauseId::CertificateInvalid)), "{part}");
    }
}
