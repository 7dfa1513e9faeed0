//! Start, run, reload, stop.

use std::{path::Path, sync::Arc, time::Duration};

use sd_notify::NotifyState;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{
    Shared, assemble, control, convert, deliver, fetch,
    handle::{self, Round},
    pages, release, service, tick,
    witness::Witness,
};
use crate::{
    clock::{Clock, SystemClock},
    config::{Config, Source},
    store::{
        Lock, OpenError, Store, StoreError, delivery,
        frozen::{self, Frozen},
        lineage::HighWater,
        member, roster,
    },
};

/// Why the daemon could not start, or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Rules or letters.
    #[error(transparent)]
    Assemble(#[from] assemble::AssembleError),
    /// The state folder.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The relay's password.
    #[error("the relay's password cannot be read: {0}")]
    Secret(String),
    /// Signals or the control socket.
    #[error("{what}: {kind}")]
    System {
        /// What was tried.
        what: &'static str,
        /// What the system says.
        kind: std::io::ErrorKind,
    },
    /// The command line could not reach the daemon.
    #[error("{}", control::no_socket(path, *kind))]
    Socket {
        /// Where it was to be.
        path: std::path::PathBuf,
        /// What the system says.
        kind: std::io::ErrorKind,
    },
    /// A loop ended by itself, which is a bug; nothing is lost, and a restart goes on.
    #[error("a loop of the daemon ended by itself; the log says which mail was at hand")]
    LoopEnded,
    /// `--once` took mail in, and nothing else may be done.
    #[error("the database is frozen: {0}. {remedy}", remedy = frozen::REMEDY)]
    Frozen(Frozen),
    /// `--once` could not read a mailbox.
    #[error("mailbox {mailbox}: {source}")]
    Fetch {
        /// Which one.
        mailbox: String,
        /// Why.
        source: fetch::FetchError,
    },
}

/// The open house: lock, database, policy.
pub struct House {
    /// What the loops share.
    pub shared: Arc<Shared>,
}

impl House {
    /// Takes the lock, opens the database, fills the membership table at the first start, makes the policy.
    pub async fn open(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, RunError> {
        let lock = Lock::take(&config.state)?;
        let policy = assemble::service_policy(config)?;
        let transport = convert::transport(&config.transport).map_err(|fault| RunError::Secret(fault.to_string()))?;
        // Before anything is changed, the schema among it.
        let beside = HighWater::read(&config.state)?;
        let store = Store::open(&config.state, &lock)?;
        let delivery = convert::delivery(&config.delivery);
        let (members, now) = (config.members.clone(), clock.now());
        let frozen = store
            .writer()
            .write(move |tx| {
                let frozen = frozen::at_opening(tx, beside, now)?;
                if member::is_empty(tx)? {
                    for member in &members {
                        member::add(tx, member, "first start", now)?;
                        roster::was_there(tx, &member.organisation)?;
                    }
                }
                delivery::recover(tx, delivery.unknown_resend_after, now)?;
                Ok(frozen)
            })
            .await?;
        match frozen {
            Some(frozen) => say_frozen(&frozen),
            None => drop(store.raise_high_water().await?),
        }
        let kill_switch = config.moderation.kill_switch.clone();
        Ok(Self {
            shared: Arc::new(
                Shared::new(store, clock, transport, policy, delivery, kill_switch)
                    .carried(convert::onward(&config.transport))
                    .releasing(Witness::of(&config.sources), config.publication.clone())
                    .locked(lock),
            ),
        })
    }
}

fn say_frozen(frozen: &Frozen) {
    let since = frozen.since;
    tracing::error!(%since, "FROZEN: {frozen}. Mail is taken in; nothing is decided, sent, released or marked. {}", frozen::REMEDY);
}

/// Handles everything pending, delivers, and returns.
pub async fn once(config: &Config, clock: Arc<dyn Clock>) -> Result<(), RunError> {
    let house = House::open(config, clock).await?;
    pass(&house.shared, &config.sources).await
}

/// One pass over everything: fetch, handle, remind, deliver.
pub async fn pass(shared: &Arc<Shared>, sources: &[Source]) -> Result<(), RunError> {
    let mut unread = Ok(());
    for mailbox in fetch::mailboxes(sources) {
        if let Err(source) = fetch::once(shared, &mailbox).await {
            tracing::warn!(mailbox = mailbox.label(), "mailbox {} cannot be read: {source}", mailbox.label());
            unread = Err(RunError::Fetch { mailbox: mailbox.label(), source });
        }
    }
    while handle::next(shared, || ()).await? == Round::Handled {}
    tick::once(shared).await?;
    release::once(shared).await?;
    deliver::drain(shared).await?;
    pages::follow::once(shared).await?;
    // The rest was done; that a mailbox could not be read is said at the end.
    unread?;
    match shared.store.writer().write(frozen::within).await? {
        Some(frozen) => Err(RunError::Frozen(frozen)),
        None => Ok(()),
    }
}

/// Runs until SIGTERM or SIGINT. SIGHUP reloads rules, letters, team and names, or keeps the old ones and says so.
pub async fn forever(config: Config, reload: impl Fn(&Path) -> Result<Config, String> + Send + 'static) -> Result<(), RunError> {
    // A large database takes its time to be looked through, and copied before an upgrade: systemd is to wait.
    service::tell(&[service::OPENING]);
    let opening = tokio::spawn(async {
        loop {
            tokio::time::sleep(Duration::from_secs(30)).await;
            service::tell(&[service::OPENING]);
        }
    });
    let house = House::open(&config, Arc::new(SystemClock)).await;
    opening.abort();
    let house = house?;
    let shared = &house.shared;
    let system = |what: &'static str| move |error: std::io::Error| RunError::System { what, kind: error.kind() };
    let mut terminate = signal(SignalKind::terminate()).map_err(system("SIGTERM"))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(system("SIGINT"))?;
    let mut hangup = signal(SignalKind::hangup()).map_err(system("SIGHUP"))?;
    let socket = control::bind(&config.control_socket, &config.uids)
        .map_err(|error| RunError::Socket { path: config.control_socket.clone(), kind: error.kind() })?;
    let stop = CancellationToken::new();
    let mailboxes = fetch::mailboxes(&config.sources);
    let mut tasks = tokio::task::JoinSet::new();
    for mailbox in mailboxes.clone() {
        tasks.spawn(fetch::watch(Arc::clone(shared), mailbox, stop.clone()));
    }
    tasks.spawn(handle_loop(Arc::clone(shared), stop.clone()));
    let delivering = deliver::start(Arc::clone(shared), stop.clone()).map_err(system("the deliverer cannot be started"))?;
    // A thread that panicked has ended, too.
    tasks.spawn(async move { delivering.await.unwrap_or_default() });
    tasks.spawn(tick_loop(Arc::clone(shared), stop.clone()));
    tasks.spawn(status_loop(Arc::clone(shared), config.sources.clone(), stop.clone()));
    let allowed = fetch::patience(&config.sources);
    tasks.spawn(release_loop(Arc::clone(shared), stop.clone()));
    tasks.spawn(pages_loop(Arc::clone(shared), stop.clone()));
    tasks.spawn(control::serve(Arc::clone(shared), socket, stop.clone()));
    if let Some(interval) = service::watchdog_interval() {
        tasks.spawn(watchdog_loop(Arc::clone(shared), interval, mailboxes.len(), allowed, stop.clone()));
    }
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "embargod is running");
    let is_frozen = shared.store.writer().write(frozen::is_frozen).await?;
    let status = if is_frozen { "FROZEN, sends nothing: see embargod thaw" } else { "running" };
    service::tell(&[NotifyState::Ready, NotifyState::Status(status)]);
    let mut failed = false;
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hangup.recv() => reload_policy(shared, &config, &reload),
            ended = tasks.join_next() => {
                // A loop that is gone leaves a daemon that looks alive and does nothing: better none, and a restart.
                tracing::error!(panicked = ended.is_some_and(|ended| ended.is_err()), "a loop has ended by itself; stopping");
                failed = true;
                break;
            }
        }
    }
    service::tell(&[NotifyState::Stopping]);
    tracing::info!("stopping: finishing what is on the wire");
    stop.cancel();
    // A delivery on the wire gets its answer; a relay that says nothing for a minute leaves an unknown outcome, which a restart knows.
    let finished = tokio::time::timeout(Duration::from_secs(60), async { while tasks.join_next().await.is_some() {} }).await;
    if finished.is_err() {
        tracing::warn!("some loops did not end in a minute and were stopped");
    }
    // The socket's file goes with the daemon; a stale one is replaced at the next start.
    let _ = std::fs::remove_file(&config.control_socket);
    tracing::info!("stopped");
    if failed { Err(RunError::LoopEnded) } else { Ok(()) }
}

fn reload_policy(shared: &Arc<Shared>, config: &Config, reload: &(impl Fn(&Path) -> Result<Config, String> + Send)) {
    service::tell(&[NotifyState::Reloading]);
    let policy = reload(&config.file).and_then(|mut new| {
        if new.publication != config.publication {
            tracing::warn!("[publication] is read at start only; restart for that change");
            new.publication.clone_from(&config.publication);
        }
        if new.sources != config.sources || new.transport != config.transport || new.state != config.state {
            tracing::warn!("mailboxes, relay and state folder are read at start only; restart for those changes");
        }
        let at_start = (&config.control_socket, &config.moderation.kill_switch, &config.delivery, &config.log);
        if at_start != (&new.control_socket, &new.moderation.kill_switch, &new.delivery, &new.log) {
            tracing::warn!("control-socket, kill-switch, [delivery] and [log] are read at start only; restart for those changes");
        }
        assemble::service_policy(&new).map_err(|error| error.to_string())
    });
    match policy {
        Ok(policy) => {
            shared.swap_policy(policy);
            tracing::info!("configuration, rules and letters were read again and are in force");
        }
        Err(error) => tracing::error!("the new configuration is refused, the old one stays in force: {error}"),
    }
    service::tell(&[NotifyState::Ready]);
}

async fn handle_loop(shared: Arc<Shared>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        shared.polled("the handling loop");
        let told = || {
            shared.wake_deliverer();
            shared.wake_releaser();
            shared.wake_pages();
        };
        match handle::next(&shared, told).await {
            Ok(Round::Handled) => continue,
            Ok(Round::Idle) => {}
            Err(error) => tracing::error!("the database cannot be used, waiting: {error}"),
        }
        tokio::select! {
            () = shared.arrived.notified() => {}
            () = tokio::time::sleep(Duration::from_secs(5)) => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn tick_loop(shared: Arc<Shared>, stop: CancellationToken) {
    let mut changes = 0;
    while !stop.is_cancelled() {
        match shared.store.follow_high_water(changes).await {
            Ok(now) => changes = now,
            Err(error) => tracing::error!("the high-water mark of the database could not be written: {error}"),
        }
        if let Err(error) = tick::once(&shared).await {
            tracing::error!("reminders could not be given: {error}");
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(20)) => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn release_loop(shared: Arc<Shared>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let pause = release::once(&shared).await.unwrap_or_else(|error| {
            tracing::error!("releases could not be looked at: {error}");
            release::LONGEST_PAUSE
        });
        tokio::select! {
            () = shared.releases.notified() => {}
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn pages_loop(shared: Arc<Shared>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = pages::follow::once(&shared).await {
            tracing::error!("it could not be looked whether the pages are up to date: {error}");
        }
        let woken = async {
            tokio::time::sleep(pages::follow::PAUSE).await;
            let _ = tokio::time::timeout(pages::follow::EVERY, shared.facts.notified()).await;
        };
        tokio::select! {
            () = woken => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn status_loop(shared: Arc<Shared>, sources: Vec<Source>, stop: CancellationToken) {
    let mailboxes: Vec<String> = fetch::mailboxes(&sources).iter().map(fetch::Mailbox::label).collect();
    let allowed = fetch::patience(&sources);
    let mut told = String::new();
    loop {
        // First after a while: a mailbox is opened in a moment.
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(20)) => {}
            () = stop.cancelled() => return,
        }
        // What it says of a freeze stays.
        match shared.store.writer().write(frozen::is_frozen).await {
            Ok(false) => service::tell_status(&shared, &mailboxes, allowed, &mut told),
            Ok(true) | Err(_) => told.clear(),
        }
    }
}

async fn watchdog_loop(shared: Arc<Shared>, interval: Duration, mailboxes: usize, allowed: Duration, stop: CancellationToken) {
    while !stop.is_cancelled() {
        // The loop that looks at mail counts like a mailbox: it must have gone round lately.
        service::feed_watchdog(&shared, mailboxes + 1, allowed);
        tokio::select! {
            () = tokio::time::sleep(interval) => {}
            () = stop.cancelled() => {}
        }
    }
}
