//! The control socket: one JSON request a line, one JSON response a line.
//!
//! Who asks is the user id the kernel names (`SO_PEERCRED`), mapped to a team member by the configuration. Nothing that is written into the socket is
//! believed about identity. The socket is 0600; where the configuration maps user ids to team members it is 0666, because those people run as other
//! users than the daemon and a file mode would keep them out: then the kernel's word alone decides, and strangers are refused.

use std::{collections::BTreeMap, fs, io, os::unix::fs::PermissionsExt as _, path::Path, sync::Arc, time::Duration};

use jiff::SignedDuration;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{UnixListener, UnixStream, unix::OwnedWriteHalf},
    sync::Semaphore,
};
use tokio_util::sync::CancellationToken;

use super::{
    Shared,
    act::{self, Actor, Read, Request, Response},
};
use crate::disclosure::PersonName;

/// Clients at a time.
const CLIENTS: usize = 16;

/// How long a client may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request of the team or the operator is not longer than this: an advisory of 11 MiB with its attachments, in base64.
const LONGEST: u64 = 16 * 1024 * 1024;

/// A stranger's; he is told that he is nobody here.
const STRANGERS: u64 = 64 * 1024;

/// Binds the socket, open to others only if some of them are known; an old one left by a crash is replaced. One at which somebody listens is a daemon's with
/// another state folder: it would be told nothing any more, and its people's commands would come to us.
pub fn bind(path: &Path, uids: &BTreeMap<u32, PersonName>) -> io::Result<UnixListener> {
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        return Err(io::ErrorKind::AddrInUse.into());
    }
    match fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let listener = UnixListener::bind(path)?;
    let mode = if uids.is_empty() { 0o600 } else { 0o666 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    Ok(listener)
}

/// Why there is no socket, and what to do.
pub fn no_socket(path: &Path, kind: io::ErrorKind) -> String {
    let path = path.display();
    match kind {
        io::ErrorKind::AddrInUse => format!(
            "another embargod listens at {path}: give this one a `control-socket` of its own (and a state folder), or stop the other"
        ),
        kind => format!(
            "the control socket {path} cannot be made: {kind}; correct `control-socket`, or make its folder for the user that runs embargod"
        ),
    }
}

/// Serves requests until told to stop.
pub async fn serve(shared: Arc<Shared>, listener: UnixListener, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(CLIENTS));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        let Ok((stream, _)) = accepted else {
            tracing::warn!("a client of the control socket could not be accepted");
            tokio::time::sleep(Duration::from_secs(1)).await;
            continue;
        };
        // A crowd at the socket must not take the descriptors that mail needs.
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let _place = place;
            match tokio::time::timeout(PATIENCE, converse(&shared, stream)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!("a client of the control socket went away: {}", error.kind()),
                Err(_) => tracing::debug!("a client of the control socket said nothing"),
            }
        });
    }
}

async fn converse(shared: &Arc<Shared>, stream: UnixStream) -> io::Result<()> {
    let uid = stream.peer_cred()?.uid();
    let own = rustix::process::geteuid().as_raw();
    let (reading, mut writing) = stream.into_split();
    let longest = if matches!(Actor::of_uid(uid, own, &shared.policy()), Actor::Stranger(_)) { STRANGERS } else { LONGEST };
    let mut lines = BufReader::new(reading.take(longest)).lines();
    while let Some(line) = lines.next_line().await? {
        let policy = shared.policy();
        let actor = Actor::of_uid(uid, own, &policy);
        let response = match serde_json::from_str::<Request>(&line) {
            // Monitoring asks each minute, also while the database is busy: no loop is woken for it.
            Ok(Request::Mailboxes) if !matches!(actor, Actor::Stranger(_)) => {
                answer(&mut writing, &Response::read(mailboxes(shared))).await?;
                continue;
            }
            Ok(request) => act::act(&shared.store, policy, shared.clock.as_ref(), actor, request).await,
            Err(_) => Response::refused("the request was not understood: is the command from the same version as the daemon?"),
        };
        shared.wake_handler();
        shared.wake_deliverer();
        shared.wake_releaser();
        answer(&mut writing, &response).await?;
    }
    Ok(())
}

async fn answer(writing: &mut OwnedWriteHalf, response: &Response) -> io::Result<()> {
    let mut answer = serde_json::to_vec(response)?;
    answer.push(b'\n');
    writing.write_all(&answer).await
}

/// When each was read last.
fn mailboxes(shared: &Shared) -> Vec<Read> {
    let now = shared.clock.now();
    let at = |age: Duration| SignedDuration::try_from(age).ok().and_then(|age| now.checked_sub(age).ok());
    shared.poll_ages().into_iter().filter_map(|(mailbox, age)| Some(Read { mailbox, at: at(age)? })).collect()
}

/// Asks a running daemon. `None` when nobody listens.
pub async fn ask(path: &Path, request: &Request) -> io::Result<Option<Response>> {
    let stream = match UnixStream::connect(path).await {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => return Ok(None),
        Err(error) => return Err(error),
    };
    let (reading, mut writing) = stream.into_split();
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    writing.write_all(&line).await?;
    writing.shutdown().await?;
    let mut answer = String::new();
    BufReader::new(reading).take(LONGEST).read_line(&mut answer).await?;
    Ok(Some(serde_json::from_str(&answer)?))
}
