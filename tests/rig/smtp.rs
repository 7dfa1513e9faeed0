//! A minimal SMTP client (RFC 5321): enough to put a message into Postfix and to play a client by hand.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpStream},
};

use super::ground::DEADLINE;

/// The server said no, or nothing any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The command that was refused.
    pub command: String,
    /// The whole reply; empty when the connection ended.
    pub reply: String,
}

/// A connection on which EHLO has been answered.
pub struct Session {
    read: BufReader<TcpStream>,
    write: TcpStream,
}

impl Session {
    /// Connects and greets.
    pub fn open(server: SocketAddr, name: &str) -> Result<Self, Refused> {
        let write = TcpStream::connect(server).unwrap();
        write.set_nodelay(true).unwrap();
        write.set_read_timeout(Some(DEADLINE)).unwrap();
        let mut session = Self { read: BufReader::new(write.try_clone().unwrap()), write };
        session.expect("greeting", "2")?;
        session.command(&format!("EHLO {name}"), "2")?;
        Ok(session)
    }

    /// Sends one message to all recipients in one transaction; the last reply on success. The message's lines end in CRLF.
    pub fn send(&mut self, reverse_path: &str, recipients: &[&str], message: &[u8]) -> Result<String, Refused> {
        assert!(message.ends_with(b"\r\n"), "a message ends with CRLF");
        self.command(&format!("MAIL FROM:<{reverse_path}>"), "2")?;
        for recipient in recipients {
            self.command(&format!("RCPT TO:<{recipient}>"), "2")?;
        }
        self.command("DATA", "3")?;
        let mut stuffed = Vec::with_capacity(message.len() + 16);
        for line in message.split_inclusive(|byte| *byte == b'\n') {
            if line.starts_with(b".") {
                stuffed.push(b'.');
            }
            stuffed.extend_from_slice(line);
        }
        stuffed.extend_from_slice(b".\r\n");
        let _ = self.write.write_all(&stuffed);
        self.expect("the message", "2")
    }

    /// Sends one line and reads the reply, which must begin with `wanted`.
    pub fn command(&mut self, line: &str, wanted: &str) -> Result<String, Refused> {
        // A connection that the server has cut shows in the reply.
        let _ = self.write.write_all(format!("{line}\r\n").as_bytes());
        self.expect(line, wanted)
    }

    fn expect(&mut self, command: &str, wanted: &str) -> Result<String, Refused> {
        let mut reply = String::new();
        loop {
            let mut line = String::new();
            let length = self.read.read_line(&mut line).unwrap_or(0);
            reply.push_str(&line);
            if length == 0 || line.as_bytes().get(3) != Some(&b'-') {
                break;
            }
        }
        let reply = reply.trim_end().to_owned();
        if reply.starts_with(wanted) { Ok(reply) } else { Err(Refused { command: command.to_owned(), reply }) }
    }
}
