//! A relay that follows a script, on a loopback port. One line of a script is one step:
//!
//! `S: text` says a line in one write (each character below 256 is one octet, `␤` is a line end within), `C: text` expects exactly this line, `BODY` reads a message to its final
//! dot, `READ n` reads n octets, `STALL` says nothing until the client is gone, `CUT` closes at once. At the end of the script the
//! client must have closed, with nothing more said.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpListener,
    task::JoinHandle,
};

/// The scripted relay: where it listens, and the messages it took, dots still stuffed.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    bodies: JoinHandle<Vec<Vec<u8>>>,
}

impl Server {
    pub(super) async fn follow(script: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let script = script.to_owned();
        let bodies = tokio::spawn(async move {
            let (socket, _) = listener.accept().await.unwrap();
            socket.set_nodelay(true).unwrap();
            play(&script, socket).await
        });
        Self { address, bodies }
    }

    /// Waits for the end of the script and gives the messages; panics when the client left the script.
    pub(super) async fn end(self) -> Vec<Vec<u8>> {
        self.bodies.await.unwrap()
    }
}

/// Plays the server's part on any stream.
pub(super) async fn play(script: &str, stream: impl AsyncRead + AsyncWrite + Unpin) -> Vec<Vec<u8>> {
    let mut stream = BufReader::new(stream);
    let mut bodies = Vec::new();
    for step in script.lines().map(str::trim_start).filter(|line| !line.is_empty()) {
        if let Some(text) = step.strip_prefix("S: ") {
            let text = text.replace('␤', "\r\n");
            let mut line: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
            line.extend_from_slice(b"\r\n");
            stream.write_all(&line).await.unwrap();
        } else if let Some(expected) = step.strip_prefix("C: ") {
            let mut line = String::new();
            stream.read_line(&mut line).await.unwrap();
            assert_eq!(line, format!("{expected}\r\n"), "the client left the script");
        } else if let Some(count) = step.strip_prefix("READ ") {
            let mut octets = vec![0; count.parse().unwrap()];
            stream.read_exact(&mut octets).await.unwrap();
        } else {
            match step {
                "BODY" => bodies.push(read_body(&mut stream).await),
                "STALL" => assert_eq!(rest(&mut stream).await, "", "the client spoke out of turn"),
                "CUT" => return bodies,
                other => panic!("no such step: {other}"),
            }
        }
    }
    assert_eq!(rest(&mut stream).await, "", "the client said more than the script has");
    bodies
}

async fn rest(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut rest = Vec::new();
    // A reset instead of an orderly end is an end too.
    let _ended = stream.read_to_end(&mut rest).await;
    String::from_utf8_lossy(&rest).into_owned()
}

async fn read_body(stream: &mut (impl AsyncBufReadExt + Unpin)) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let start = body.len();
        assert_ne!(stream.read_until(b'\n', &mut body).await.unwrap(), 0, "the client closed inside a message");
        if body[start..] == *b".\r\n" && (start == 0 || body[..start].ends_with(b"\r\n")) {
            body.truncate(start);
            return body;
        }
    }
}
