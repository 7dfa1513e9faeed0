//! A minimal IMAP client over TLS (RFC 9051), blocking: what a person's mail program does to a mailbox.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::Arc,
};

use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::ring};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject as _};

use super::ground::DEADLINE;

/// One connection.
pub struct Imap {
    stream: BufReader<StreamOwned<ClientConnection, TcpStream>>,
    commands: u32,
}

impl Imap {
    /// Connects, trusting only the CA in `ca`, and reads the greeting.
    pub fn connect(server: SocketAddr, ca: &Path) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let tls = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
        let tcp = TcpStream::connect(server)?;
        tcp.set_read_timeout(Some(DEADLINE))?;
        let mut imap = Self { stream: BufReader::new(StreamOwned::new(tls, tcp)), commands: 0 };
        let greeting = imap.line()?;
        assert!(greeting.starts_with("* OK"), "{greeting}");
        Ok(imap)
    }

    /// Sends a command; its untagged lines when it is answered OK (a literal stands in its line), else the tagged answer.
    pub fn command(&mut self, command: &str) -> Result<Vec<String>, String> {
        self.commands += 1;
        let tag = format!("p{} ", self.commands);
        let text = format!("{tag}{command}\r\n");
        self.stream.get_mut().write_all(text.as_bytes()).map_err(|error| error.to_string())?;
        let mut lines = Vec::new();
        loop {
            let line = self.line().map_err(|error| error.to_string())?;
            match line.strip_prefix(&tag) {
                Some(answer) if answer.starts_with("OK") => return Ok(lines),
                Some(answer) => return Err(answer.to_owned()),
                None => lines.push(line),
            }
        }
    }

    /// One line with the literals in it.
    fn line(&mut self) -> io::Result<String> {
        let mut whole = Vec::new();
        loop {
            if self.stream.read_until(b'\n', &mut whole)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let text = String::from_utf8_lossy(&whole).into_owned();
            let Some((_, length)) = text.trim_end().strip_suffix('}').and_then(|text| text.rsplit_once('{')) else {
                return Ok(text.trim_end().to_owned());
            };
            let Ok(length) = length.parse::<u64>() else { return Ok(text.trim_end().to_owned()) };
            self.stream.by_ref().take(length).read_to_end(&mut whole)?;
        }
    }
}
