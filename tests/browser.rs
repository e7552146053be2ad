//! Somebody at a browser, who signs in at the stand-in of Google.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

/// Opens a page as a browser does, and goes where it is sent; gives the page on which that ends.
fn browse(address: &str) -> String {
    let mut address = address.to_owned();
    loop {
        let (host, path) = address.strip_prefix("http://").unwrap().split_once('/').unwrap_or((&address[7..], ""));
        let mut connection = TcpStream::connect(host).unwrap();
        write!(connection, "GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").unwrap();
        let mut reply = String::new();
        connection.read_to_string(&mut reply).unwrap();
        let to = reply.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("location").then(|| value.trim().to_owned())
        });
        match to {
            Some(to) => address = to,
            None => return reply,
        }
    }
}

/// Has the administrator sign in in the browser, as `tripod auth login` asks. What the page said in the end, and how the
/// command ended.
pub(crate) fn sign_in(mut login: Command) -> (String, Option<i32>, String) {
    let mut child = login.stderr(Stdio::piped()).spawn().unwrap();
    let mut reader = BufReader::new(child.stderr.take().unwrap());
    let mut heard = String::new();
    let address = loop {
        let mut line = String::new();
        assert_ne!(reader.read_line(&mut line).unwrap(), 0, "it ended without an address: {heard}");
        heard += &line;
        if let Some(address) = line.trim().strip_prefix("http://") {
            break format!("http://{address}");
        }
    };
    let page = browse(&address);
    reader.read_to_string(&mut heard).unwrap();
    (page, child.wait().unwrap().code(), heard)
}
