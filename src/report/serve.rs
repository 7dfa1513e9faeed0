//! Serves the status page on a unix socket or a loopback address.
//!
//! Promises: listens nowhere else; answers GET and HEAD of four paths and nothing more; asks that the Host field name this machine, so that a name
//! of an attacker's that resolves to 127.0.0.1 (DNS rebinding) gets nothing; allows the browser no script, no frame, no form and no other server;
//! a slow or greedy client gets 10 seconds and one of 16 places. Fails with [`ServeError`] when it cannot listen; a page that cannot be made is
//! answered with 503 and no word about why (the reason goes to the log).

use std::{
    convert::Infallible,
    fmt, fs, io,
    net::SocketAddr,
    os::unix::fs::{FileTypeExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use http_body_util::Full;
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    body::Bytes,
    header::{
        ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, HeaderValue, REFERRER_POLICY, REFRESH,
        X_CONTENT_TYPE_OPTIONS,
    },
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, UnixListener},
    sync::Semaphore,
};
use tokio_util::sync::CancellationToken;

use super::page;

/// Clients at a time.
const CLIENTS: usize = 16;
/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// What the browser may do with the page: show it with its one style sheet and its icon.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Where the page is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A unix socket that its owner may open: `unix:PATH`.
    Unix(PathBuf),
    /// An address of this machine alone: `127.0.0.1:8080`, `[::1]:8080`.
    Loopback(SocketAddr),
}

/// The text is no place to listen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAPlace {
    /// Neither form.
    #[error("write unix:PATH, or a loopback address with its port: 127.0.0.1:8080, [::1]:8080")]
    Form,
    /// An address that others reach.
    #[error("{0} is no loopback address: others could read the page; use 127.0.0.1 or unix:PATH, and ssh -L from afar")]
    Reachable(SocketAddr),
}

impl FromStr for Place {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        match text.strip_prefix("unix:") {
            Some("") => Err(NotAPlace::Form),
            Some(path) => Ok(Place::Unix(PathBuf::from(path))),
            None => {
                let address: SocketAddr = text.parse().map_err(|_| NotAPlace::Form)?;
                if address.ip().is_loopback() { Ok(Place::Loopback(address)) } else { Err(NotAPlace::Reachable(address)) }
            }
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Unix(path) => write!(f, "unix:{}", path.display()),
            Place::Loopback(address) => write!(f, "http://{address}/"),
        }
    }
}

/// Why nobody listens.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The place cannot be taken.
    #[error("cannot listen at {place}: {kind}")]
    Io {
        /// Where.
        place: Place,
        /// What the system says.
        kind: io::ErrorKind,
    },
    /// Another one listens there, or it is no socket.
    #[error("{0} is there already: it is no socket, or another program listens on it")]
    Taken(PathBuf),
}

/// Makes the page; `None` when it cannot be made.
pub type Make = dyn Fn(Pace) -> Option<String> + Send + Sync;

/// Whether the browser asks again by itself. Whoever reads slowly, or has it read aloud, can turn that off (WCAG 2.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Every [`page::REFRESH`] seconds.
    Renewing,
    /// It does not.
    Still,
}

/// A listener at its place.
pub enum Listener {
    /// On a socket.
    Unix(UnixListener, PathBuf),
    /// On an address.
    Tcp(TcpListener),
}

impl Listener {
    /// Takes the place.
    ///
    /// # Errors
    /// [`ServeError`].
    pub async fn bind(place: &Place) -> Result<Self, ServeError> {
        let fault = |error: io::Error| ServeError::Io { place: place.clone(), kind: error.kind() };
        match place {
            Place::Unix(path) => {
                clear(path)?;
                let listener = UnixListener::bind(path).map_err(fault)?;
                fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(fault)?;
                Ok(Listener::Unix(listener, path.clone()))
            }
            Place::Loopback(address) => Ok(Listener::Tcp(TcpListener::bind(address).await.map_err(fault)?)),
        }
    }

    /// Where it listens: with the port that the system chose, when it was asked to.
    pub fn place(&self) -> Option<Place> {
        match self {
            Listener::Unix(_, path) => Some(Place::Unix(path.clone())),
            Listener::Tcp(listener) => listener.local_addr().ok().map(Place::Loopback),
        }
    }
}

/// Takes away a socket on which nobody listens any more.
fn clear(path: &Path) -> Result<(), ServeError> {
    let Ok(known) = fs::symlink_metadata(path) else { return Ok(()) };
    let is_left_over = known.file_type().is_socket()
        && std::os::unix::net::UnixStream::connect(path).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
    if is_left_over && fs::remove_file(path).is_ok() { Ok(()) } else { Err(ServeError::Taken(path.to_owned())) }
}

/// Serves until told to stop; then the socket is taken away.
pub async fn serve(listener: Listener, make: Arc<Make>, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(CLIENTS));
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            () = one(&listener, &make, &places) => {}
        }
    }
    if let Listener::Unix(_, path) = &listener {
        // It may be gone already.
        let _ = fs::remove_file(path);
    }
}

async fn one(listener: &Listener, make: &Arc<Make>, places: &Arc<Semaphore>) {
    // A crowd waits outside.
    let Ok(place) = Arc::clone(places).acquire_owned().await else { return };
    let accepted = match listener {
        Listener::Unix(listener, _) => {
            listener.accept().await.map(|(stream, _)| tokio::spawn(converse(stream, Arc::clone(make), place)))
        }
        Listener::Tcp(listener) => {
            listener.accept().await.map(|(stream, _)| tokio::spawn(converse(stream, Arc::clone(make), place)))
        }
    };
    if accepted.is_err() {
        tracing::warn!("a reader of the status page could not be accepted");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    make: Arc<Make>,
    _place: tokio::sync::OwnedSemaphorePermit,
) {
    let service = service_fn(move |request: Request<hyper::body::Incoming>| {
        let make = Arc::clone(&make);
        async move {
            let (parts, _) = request.into_parts();
            let answer =
                tokio::task::spawn_blocking(move || answer(&parts.method, parts.uri.path(), &parts.headers, make.as_ref()));
            Ok::<_, Infallible>(answer.await.unwrap_or_else(|_| failed()))
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .keep_alive(false)
        .max_buf_size(16 * 1024)
        .serve_connection(TokioIo::new(stream), service);
    match tokio::time::timeout(PATIENCE, connection).await {
        Ok(Ok(())) => {}
        Ok(Err(_)) => tracing::debug!("a reader of the status page went away"),
        Err(_) => tracing::debug!("a reader of the status page was too slow"),
    }
}

/// The whole of what it says.
pub fn answer(method: &Method, path: &str, headers: &HeaderMap, make: &Make) -> Response<Full<Bytes>> {
    if !names_this_machine(headers) {
        return plain(StatusCode::MISDIRECTED_REQUEST, "this page is served for localhost alone\n");
    }
    if method != Method::GET && method != Method::HEAD {
        let mut refused = plain(StatusCode::METHOD_NOT_ALLOWED, "this page only reads: GET or HEAD\n");
        refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return refused;
    }
    let pace = match path {
        "/" => Some(Pace::Renewing),
        "/still" => Some(Pace::Still),
        _ => None,
    };
    if let Some(pace) = pace {
        let Some(html) = make(pace) else { return failed() };
        let mut page = whole(StatusCode::OK, "text/html; charset=utf-8", html);
        if pace == Pace::Renewing {
            page.headers_mut().insert(REFRESH, HeaderValue::from(page::REFRESH));
        }
        return page;
    }
    match path {
        "/status.css" => whole(StatusCode::OK, "text/css; charset=utf-8", page::STYLE),
        "/icon.svg" => whole(StatusCode::OK, "image/svg+xml", page::ICON),
        _ => plain(StatusCode::NOT_FOUND, "there is one page here: /\n"),
    }
}

/// RFC 9112 3.2: one Host field, and it names this machine. The port may be another one: that of an ssh tunnel.
fn names_this_machine(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let Ok(host) = host.to_str() else { return false };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map(|(address, after)| (address, after.strip_prefix(':'), after.is_empty())),
        None => match host.split_once(':') {
            Some((name, port)) => Some((name, Some(port), false)),
            None => Some((host, None, true)),
        },
    };
    let Some((name, port, is_bare)) = name else { return false };
    let is_port = port.map_or(is_bare, |port| port.parse::<u16>().is_ok());
    is_port && (name.eq_ignore_ascii_case("localhost") || name == "127.0.0.1" || (name == "::1" && host.starts_with('[')))
}

fn failed() -> Response<Full<Bytes>> {
    plain(StatusCode::SERVICE_UNAVAILABLE, "the state cannot be read just now; the log of this program says why\n")
}

fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    whole(status, "text/plain; charset=utf-8", text)
}

fn whole(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let headers = [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
