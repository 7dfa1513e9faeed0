//! The world behind the relay: an SMTP server (RFC 5321, PIPELINING) that records every transaction and fails on command.
//!
//! Scripted per recipient. What it took is taken: a message whose 250 was cut off on purpose is among the letters, as it would be
//! at a real server.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread::JoinHandle,
};

use super::ground::{DEADLINE, Port};

/// What goes wrong for a recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// RCPT gets this reply, for example `550 5.1.1 no such user` or `451 4.3.0 later`.
    Rcpt(&'static str),
    /// RCPT gets no reply until [`Relay::release`].
    StallAtRcpt,
    /// The connection is cut after the 354, before the content is read: not taken.
    CutInData,
    /// The final dot gets this reply: not taken.
    Dot(&'static str),
    /// The final dot gets no reply until [`Relay::release`]: then taken.
    StallAtDot,
    /// The connection is cut instead of the 250, and the message is taken: the client cannot know.
    CutBefore250,
    /// The connection is cut instead of the 250, and the message is not taken: the client cannot know.
    LostBefore250,
    /// The connection is cut right after the 250: taken.
    CutAfter250,
}

/// A message that the relay took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// MAIL FROM, without the angle brackets; empty for the null reverse path.
    pub reverse_path: String,
    /// RCPT TO, the accepted ones.
    pub recipients: Vec<String>,
    /// The content as sent, dots unstuffed.
    pub bytes: Vec<u8>,
    /// Which connection (from 0).
    pub connection: usize,
}

/// What the relay is like, for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// It does not offer PIPELINING, and hangs up on who sends ahead of its answer.
    OneAtATime,
    /// It says 421 and closes instead of beginning one more transaction than so many on a connection.
    ClosesAfter(u32),
    /// It offers XVERP.
    MakesReturnPaths,
    /// It offers REQUIRETLS, on a connection without TLS: only the word is looked at.
    RequiresTls,
    /// It takes so many recipients a transaction and says 452 to the others.
    TakesRecipients(usize),
}

#[derive(Default)]
struct State {
    letters: Vec<Letter>,
    attempts: Vec<String>,
    asked_for_tls: Vec<String>,
    faults: Vec<(String, Fault, u32)>,
    stalled: usize,
    released: bool,
    closed: bool,
    manners: Vec<Manner>,
    streams: Vec<TcpStream>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// The receiver.
pub struct Relay {
    port: Port,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// For [`Relay::on`]: every time.
pub const ALWAYS: u32 = u32::MAX;

impl Relay {
    /// Starts listening.
    pub fn start() -> Self {
        let mut relay = Self { port: Port::claim(), shared: Arc::default(), threads: Vec::new() };
        relay.open();
        relay
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// Listens (again).
    pub fn open(&mut self) {
        let listener = TcpListener::bind(self.port.address()).unwrap();
        self.state().closed = false;
        let shared = Arc::clone(&self.shared);
        self.threads.push(std::thread::spawn(move || accept(&listener, &shared)));
    }

    /// Goes away: connections are refused, open ones are cut. What was recorded stays.
    pub fn close(&mut self) {
        {
            let mut state = self.state();
            state.closed = true;
            for stream in state.streams.drain(..) {
                // One that the client already closed has nothing to shut down.
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
        self.shared.changed.notify_all();
        // Wakes the listener, which then sees that it is closed.
        let _ = TcpStream::connect(self.port.address());
        for thread in self.threads.drain(..) {
            thread.join().unwrap();
        }
    }

    /// From now on, `times` times, this goes wrong for the recipient (`*` is everybody).
    pub fn on(&self, recipient: &str, fault: Fault, times: u32) {
        self.state().faults.push((recipient.to_ascii_lowercase(), fault, times));
    }

    /// From now on the relay is like that.
    pub fn is(&self, manner: Manner) {
        self.state().manners.push(manner);
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        self.state().faults.clear();
        self.release();
    }

    /// Lets the stalled connections go on.
    pub fn release(&self) {
        self.state().released = true;
        self.shared.changed.notify_all();
    }

    /// Waits until a connection is stalled.
    pub fn wait_stalled(&self) {
        drop(self.wait("a stalled connection", |state| state.stalled > 0));
    }

    /// Waits until at least `count` letters are there (collected ones no longer count); all of them, in order of arrival.
    pub fn wait_letters(&self, count: usize) -> Vec<Letter> {
        self.wait(&format!("{count} letters"), |state| state.letters.len() >= count).letters.clone()
    }

    /// Waits until there is a letter for the recipient; takes all of his away, so that [`Relay::rest`] shows what nobody looked at.
    pub fn collect(&self, recipient: &str) -> Vec<Letter> {
        let is_his = |letter: &Letter| letter.recipients.iter().any(|to| to.eq_ignore_ascii_case(recipient));
        drop(self.wait(&format!("a letter to {recipient}"), |state| state.letters.iter().any(is_his)));
        self.take(recipient)
    }

    /// Takes the recipient's letters away, if there are any.
    pub fn take(&self, recipient: &str) -> Vec<Letter> {
        let is_his = |letter: &Letter| letter.recipients.iter().any(|to| to.eq_ignore_ascii_case(recipient));
        let mut state = self.state();
        let (his, others) = std::mem::take(&mut state.letters).into_iter().partition(is_his);
        state.letters = others;
        his
    }

    /// The letters that were not collected.
    pub fn rest(&self) -> Vec<Letter> {
        self.state().letters.clone()
    }

    /// How often RCPT was tried for the recipient.
    pub fn attempts(&self, recipient: &str) -> usize {
        self.state().attempts.iter().filter(|tried| tried.eq_ignore_ascii_case(recipient)).count()
    }

    /// The recipients of transactions that asked for REQUIRETLS.
    pub fn asked_for_tls(&self) -> Vec<String> {
        self.state().asked_for_tls.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap()
    }

    fn wait(&self, what: &str, mut reached: impl FnMut(&State) -> bool) -> MutexGuard<'_, State> {
        let (state, timeout) = self.shared.changed.wait_timeout_while(self.state(), DEADLINE, |state| !reached(state)).unwrap();
        assert!(!timeout.timed_out(), "waited in vain for {what}; {} letters are there", state.letters.len());
        state
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.close();
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut sessions = Vec::new();
    for (connection, stream) in listener.incoming().enumerate() {
        let stream = stream.unwrap();
        {
            let mut state = shared.state.lock().unwrap();
            if state.closed {
                break;
            }
            state.streams.push(stream.try_clone().unwrap());
        }
        let shared = Arc::clone(shared);
        sessions.push(std::thread::spawn(move || Session { shared, stream, connection }.serve()));
    }
    for session in sessions {
        session.join().unwrap();
    }
}

struct Session {
    shared: Arc<Shared>,
    stream: TcpStream,
    connection: usize,
}

#[derive(Default)]
struct Transaction {
    reverse_path: String,
    recipients: Vec<String>,
    asks_for_tls: bool,
    after_data: Option<Fault>,
}

impl Session {
    fn serve(self) {
        // A client that leaves ends the session; what it had handed over is recorded.
        let _ = self.converse();
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    fn converse(&self) -> std::io::Result<()> {
        self.stream.set_nodelay(true)?;
        let mut read = BufReader::new(self.stream.try_clone()?);
        let mut transaction = Transaction::default();
        let manners = self.shared.state.lock().unwrap().manners.clone();
        let one_at_a_time = manners.contains(&Manner::OneAtATime);
        let most = manners.iter().find_map(|manner| if let Manner::ClosesAfter(most) = manner { Some(*most) } else { None });
        let mut begun = 0;
        self.say("220 world.test ESMTP")?;
        loop {
            let mut line = String::new();
            if read.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if one_at_a_time && !read.buffer().is_empty() {
                return Ok(());
            }
            let line = line.trim_end();
            let upper = line.to_ascii_uppercase();
            if upper.starts_with("EHLO") || upper.starts_with("HELO") {
                let pipelining = if one_at_a_time { "" } else { "250-PIPELINING\r\n" };
                let verp = if manners.contains(&Manner::MakesReturnPaths) { "250-XVERP\r\n" } else { "" };
                let tls = if manners.contains(&Manner::RequiresTls) { "250-REQUIRETLS\r\n" } else { "" };
                self.say(&format!(
                    "250-world.test\r\n{pipelining}{verp}{tls}250-SIZE 104857600\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES"
                ))?;
            } else if upper.starts_with("MAIL FROM:") {
                begun += 1;
                if most.is_some_and(|most| begun > most) {
                    return self.say("421 4.7.0 enough messages on this connection");
                }
                transaction = Transaction {
                    reverse_path: path(line),
                    asks_for_tls: upper.ends_with(" REQUIRETLS"),
                    ..Transaction::default()
                };
                self.say("250 2.1.0 ok")?;
            } else if upper.starts_with("RCPT TO:") {
                self.rcpt(path(line), &mut transaction)?;
            } else if upper == "DATA" && transaction.recipients.is_empty() {
                self.say("554 5.5.1 no valid recipients")?;
            } else if upper == "DATA" {
                if !self.content(&mut read, std::mem::take(&mut transaction))? {
                    return Ok(());
                }
            } else if upper == "RSET" || upper == "NOOP" {
                transaction = Transaction::default();
                self.say("250 2.0.0 ok")?;
            } else if upper == "QUIT" {
                return self.say("221 2.0.0 bye");
            } else {
                self.say("502 5.5.2 unknown command")?;
            }
        }
    }

    fn rcpt(&self, recipient: String, transaction: &mut Transaction) -> std::io::Result<()> {
        let crowded = self
            .shared
            .state
            .lock()
            .unwrap()
            .manners
            .iter()
            .any(|manner| matches!(manner, Manner::TakesRecipients(most) if transaction.recipients.len() >= *most));
        if crowded {
            return self.say("452 4.5.3 too many recipients");
        }
        let fault = self.fault(&recipient);
        match fault {
            Some(Fault::Rcpt(reply)) => return self.say(reply),
            Some(Fault::StallAtRcpt) => self.stall()?,
            other => transaction.after_data = transaction.after_data.take().or(other),
        }
        transaction.recipients.push(recipient);
        self.say("250 2.1.5 ok")
    }

    /// Reads the content; whether the connection goes on.
    fn content(&self, read: &mut BufReader<TcpStream>, transaction: Transaction) -> std::io::Result<bool> {
        self.say("354 go ahead")?;
        if transaction.after_data == Some(Fault::CutInData) {
            return Ok(false);
        }
        let mut bytes = Vec::new();
        loop {
            let mut line = Vec::new();
            if read.read_until(b'\n', &mut line)? == 0 {
                return Ok(false);
            }
            if line == b".\r\n" {
                break;
            }
            bytes.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
        let Transaction { reverse_path, recipients, asks_for_tls, after_data } = transaction;
        if asks_for_tls {
            self.shared.state.lock().unwrap().asked_for_tls.extend(recipients.clone());
        }
        let letter = Letter { reverse_path, recipients, bytes, connection: self.connection };
        match after_data {
            Some(Fault::Dot(reply)) => self.say(reply).map(|()| true),
            Some(Fault::LostBefore250) => Ok(false),
            Some(Fault::CutBefore250) => {
                self.take(letter);
                Ok(false)
            }
            Some(Fault::CutAfter250) => {
                self.take(letter);
                self.say("250 2.0.0 taken").map(|()| false)
            }
            Some(Fault::StallAtDot) => {
                self.stall()?;
                self.take(letter);
                self.say("250 2.0.0 taken").map(|()| true)
            }
            _ => {
                self.take(letter);
                self.say("250 2.0.0 taken").map(|()| true)
            }
        }
    }

    fn say(&self, reply: &str) -> std::io::Result<()> {
        (&self.stream).write_all(format!("{reply}\r\n").as_bytes())
    }

    fn take(&self, letter: Letter) {
        self.shared.state.lock().unwrap().letters.push(letter);
        self.shared.changed.notify_all();
    }

    fn stall(&self) -> std::io::Result<()> {
        let mut state = self.shared.state.lock().unwrap();
        state.released = false;
        state.stalled += 1;
        self.shared.changed.notify_all();
        let mut state = self.shared.changed.wait_while(state, |state| !state.released && !state.closed).unwrap();
        state.stalled -= 1;
        if state.closed { Err(std::io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }

    /// Notes the attempt and takes one use of the first fault scripted for the recipient.
    fn fault(&self, recipient: &str) -> Option<Fault> {
        let mut state = self.shared.state.lock().unwrap();
        state.attempts.push(recipient.to_owned());
        let recipient = recipient.to_ascii_lowercase();
        let (_, fault, times) = state.faults.iter_mut().find(|(to, _, times)| *times > 0 && (*to == recipient || to == "*"))?;
        if *times != ALWAYS {
            *times -= 1;
        }
        Some(fault.clone())
    }
}

/// `MAIL FROM:<a@b> SIZE=1` is `a@b`.
fn path(line: &str) -> String {
    line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(path, _)| path.to_owned()).unwrap_or_default()
}
