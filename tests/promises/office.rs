//! An office: the providers' hosts can be reached through its proxy only, and the proxy opens TLS with certificates of
//! the office's own authority. Behind it are stand-ins, which take themselves for the providers.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use secrecy::ExposeSecret;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tripod_sandbox::{Access, Description, Options, Sandbox, TlsFiles, World, hosts};

use crate::example::two_tenants;

/// Whether the certificates of the office are good.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certificates {
    Good,
    Expired,
}

/// What the proxy does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// It lets everything through.
    Open,
    /// It lets nothing through, with this status.
    Refuses(u16),
}

pub(crate) struct Office {
    pub(crate) folder: TempDir,
    proxy: u16,
    /// The hosts that the proxy was asked for.
    asked: Arc<Mutex<Vec<String>>>,
    sandbox: Option<Sandbox>,
    runtime: Runtime,
}

impl Office {
    /// The workspace of the example, with credentials that the stand-ins behind the proxy accept.
    pub(crate) fn new(certificates: Certificates, gate: Gate) -> Self {
        let runtime = Runtime::new().unwrap();
        let folder = two_tenants();
        let tls = signed(folder.path(), certificates);
        let text = fs::read(folder.path().join("sandbox.yaml")).unwrap();
        let world = World::new(&Description::read("sandbox.yaml", &text).unwrap()).unwrap();
        write_credentials(folder.path(), &world);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (sandbox, proxy) = runtime.block_on(async {
            let sandbox = Sandbox::start(world, Options { tls: Some(tls), ..Options::default() }).await.unwrap();
            let proxy = proxy(sandbox.url().port().unwrap(), gate, Arc::clone(&asked)).await;
            (sandbox, proxy)
        });
        Self { folder, proxy, asked, sandbox: Some(sandbox), runtime }
    }

    /// The program in the office, which does not know its authority.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tripod"));
        command.args(words).args(["--no-input", "-C"]).arg(self.folder.path()).stdin(Stdio::null());
        for variable in ["TRIPOD_WIRE_LOG", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_DIR"] {
            command.env_remove(variable);
        }
        command.env("HTTPS_PROXY", self.proxy_address()).env_remove("SSL_CERT_FILE");
        command
    }

    /// The address of the proxy.
    pub(crate) fn proxy_address(&self) -> String {
        format!("http://127.0.0.1:{}", self.proxy)
    }

    /// The same where the machine trusts the authority.
    pub(crate) fn trusting(&self, words: &[&str]) -> Command {
        let mut command = self.command(words);
        command.env("SSL_CERT_FILE", self.folder.path().join("office.pem"));
        command
    }

    /// The hosts that the proxy was asked for since the last time, each once.
    pub(crate) fn asked(&self) -> Vec<String> {
        let mut asked = std::mem::take(&mut *self.asked.lock().unwrap());
        asked.sort();
        asked.dedup();
        asked
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        if let Some(sandbox) = self.sandbox.take() {
            let _ = self.runtime.block_on(sandbox.stop());
        }
    }
}

/// What a command said, on both streams.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The office's authority in `office.pem`, and a certificate for every host of both providers.
fn signed(folder: &Path, certificates: Certificates) -> TlsFiles {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    fs::write(folder.join("office.pem"), authority.pem()).unwrap();
    let names: Vec<String> = hosts::GOOGLE.iter().chain(&hosts::MICROSOFT).map(|host| (*host).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    if certificates == Certificates::Expired {
        (params.not_before, params.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1));
    }
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let files = TlsFiles { certificate: folder.join("proxy.pem"), key: folder.join("proxy-key.pem") };
    fs::write(&files.certificate, certificate.pem()).unwrap();
    fs::write(&files.key, key.serialize_pem()).unwrap();
    files
}

/// Puts the credentials where tripod.yaml says that they are.
fn write_credentials(folder: &Path, world: &World) {
    let keys = folder.join("keys");
    fs::create_dir_all(&keys).unwrap();
    let google = world.google_key("C0juniper1", Access::Write).unwrap();
    fs::write(keys.join("juniper-service-account.json"), google).unwrap();
    let theirs = world.microsoft_credentials("5d0f6b1e-3c52-4a86-9f1d-7b1c2e8a4d90", Access::Write).unwrap();
    fs::write(keys.join("northwind-app.pem"), theirs.certificate_pem.expose_secret()).unwrap();
    let settings = fs::read_to_string(folder.join("tripod.yaml")).unwrap();
    let settings = settings.replace("9a4c7f20-61be-4d3f-8e75-0c2b9d18f6a3", &theirs.client_id);
    fs::write(folder.join("tripod.yaml"), settings).unwrap();
    #[cfg(unix)]
    for key in fs::read_dir(keys).unwrap() {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(key.unwrap().path(), fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// A proxy that leads to the stand-ins on this port, whatever host it is asked for.
async fn proxy(to: u16, gate: Gate, asked: Arc<Mutex<Vec<String>>>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(pass(stream, to, gate, Arc::clone(&asked)));
        }
    });
    port
}

async fn pass(mut stream: TcpStream, to: u16, gate: Gate, asked: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        head.push(byte);
    }
    let first = String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned();
    asked.lock().unwrap().push(first.split(' ').nth(1).unwrap_or_default().to_owned());
    if let Gate::Refuses(status) = gate {
        let _ = stream.write_all(format!("HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n").as_bytes()).await;
        return;
    }
    let Ok(mut host) = TcpStream::connect(("127.0.0.1", to)).await else { return };
    let _ = stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await;
    let _ = copy_bidirectional(&mut stream, &mut host).await;
}
