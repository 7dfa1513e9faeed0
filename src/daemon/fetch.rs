//! Brings mail in: from each mailbox after its own cursor, on disk before the server is told anything.
//!
//! Promises: the cursor moves in the transaction that stores the bytes; a person who reads or flags mail in another client changes nothing; a lost
//! connection, a slow server or a changed UIDVALIDITY costs time, never a message. Any error drops the connection; the next one waits a little
//! longer, up to five minutes.

use std::{collections::BTreeSet, path::Path, pin::Pin, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{
    config::{self, ImapSource},
    daemon::{Shared, convert, failpoint},
    decide::{self, Policy, incoming::InboxId},
    entropy::SystemEntropy,
    source::{
        FetchedBody, Keyword, Limits, Mark, More, Recovery, SourceError,
        imap::{Batch, Fetched, ImapAccount, ImapSession, Opened},
        maildir::{MaildirError, MaildirSource, Watch},
    },
    store::{
        StoreError, Tx, apply, frozen,
        inbox::{self, Arrival, Extent, Position},
    },
};

/// Why a look at a mailbox failed. Its text is fit for a log.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The mail server.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The Maildir.
    #[error(transparent)]
    Maildir(#[from] MaildirError),
    /// Our own database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The password.
    #[error("the secret of this mailbox cannot be read: {0}")]
    Secret(String),
    /// The reader thread ended.
    #[error("reading the Maildir was interrupted")]
    Interrupted,
}

/// A message that the server refuses to give this often is passed over (and held by its absence).
const REFUSALS: u32 = 3;

fn unfetchable() -> FetchedBody {
    FetchedBody::HeadersOnly { header: crate::mail::RawMessage::new(Vec::new()), size: 0 }
}

/// One mailbox of a configured source.
#[derive(Clone)]
pub struct Mailbox {
    source: config::Source,
    folder: String,
}

/// Every mailbox of the configuration.
pub fn mailboxes(sources: &[config::Source]) -> Vec<Mailbox> {
    let mut all = Vec::new();
    for source in sources {
        match source {
            config::Source::Imap(imap) => {
                all.extend(imap.folders.iter().map(|folder| Mailbox { source: source.clone(), folder: folder.clone() }));
            }
            config::Source::Maildir(_) => all.push(Mailbox { source: source.clone(), folder: "INBOX".to_owned() }),
        }
    }
    all
}

/// How long a mailbox may go without being read before that is worth a word: two looks and a reconnect.
pub fn patience(sources: &[config::Source]) -> Duration {
    let interval = |source: &config::Source| match source {
        config::Source::Imap(imap) => imap.poll_interval.min(imap.idle_renew),
        config::Source::Maildir(maildir) => maildir.poll_interval,
    };
    sources.iter().map(interval).max().unwrap_or_default() * 2 + Duration::from_secs(60)
}

impl Mailbox {
    /// `source/folder`, for logs.
    pub fn label(&self) -> String {
        format!("{}/{}", self.source.name(), self.folder)
    }

    fn came_for(&self) -> String {
        self.source.address().map(ToString::to_string).unwrap_or_default()
    }
}

/// Reads a mailbox until told to stop.
pub async fn watch(shared: Arc<Shared>, mailbox: Mailbox, stop: CancellationToken) {
    let mut pause = Duration::from_secs(1);
    while !stop.is_cancelled() {
        let result = match &mailbox.source {
            config::Source::Imap(imap) => watch_imap(&shared, &mailbox, imap, &stop, &mut pause).await,
            config::Source::Maildir(maildir) => watch_maildir(&shared, &mailbox, maildir, &stop, &mut pause).await,
        };
        if let Err(error) = result {
            if matches!(&error, FetchError::Source(source) if source.recovery() == Recovery::Person) {
                tracing::error!(mailbox = mailbox.label(), "mailbox {} needs a person", mailbox.label());
            }
            tracing::warn!(
                mailbox = mailbox.label(),
                "mailbox {} cannot be read, trying again in {} s: {error}",
                mailbox.label(),
                pause.as_secs()
            );
            sleep(pause, &stop).await;
            pause = (pause * 2).min(Duration::from_secs(300));
        }
    }
}

/// Takes everything that is there and returns.
pub async fn once(shared: &Arc<Shared>, mailbox: &Mailbox) -> Result<usize, FetchError> {
    match &mailbox.source {
        config::Source::Imap(imap) => {
            let mut session = connect(imap).await?;
            let opened = session.open(&mailbox.folder).await?;
            let taken = take_imap(shared, mailbox, imap, &mut session, &opened).await?;
            session.logout().await;
            Ok(taken)
        }
        config::Source::Maildir(maildir) => {
            let mut known = known_files(shared, mailbox, maildir).await?;
            take_maildir(shared, mailbox, maildir, &mut known).await
        }
    }
}

async fn watch_imap(
    shared: &Arc<Shared>,
    mailbox: &Mailbox,
    imap: &ImapSource,
    stop: &CancellationToken,
    pause: &mut Duration,
) -> Result<(), FetchError> {
    let mut session = connect(imap).await?;
    let opened = session.open(&mailbox.folder).await?;
    tracing::info!(mailbox = mailbox.label(), uid_validity = opened.uid_validity, "mailbox {} is open", mailbox.label());
    loop {
        take_imap(shared, mailbox, imap, &mut session, &opened).await?;
        *pause = Duration::from_secs(1);
        if stop.is_cancelled() {
            session.logout().await;
            return Ok(());
        }
        let (waited, _woke) = session.wait(imap.idle_renew.min(imap.poll_interval), stop).await?;
        session = waited;
    }
}

async fn connect(imap: &ImapSource) -> Result<ImapSession, FetchError> {
    let secret = imap.password.read().map_err(|fault| FetchError::Secret(fault.to_string()))?;
    let account: ImapAccount = convert::imap_account(imap, secret);
    Ok(ImapSession::connect(&account, imap.timeout).await?)
}

/// What time the server of a source thinks it is.
pub(super) async fn server_date(imap: &ImapSource) -> Result<jiff::Timestamp, FetchError> {
    let mut session = connect(imap).await?;
    let date = session.server_date().await?;
    session.logout().await;
    Ok(date)
}

async fn take_imap(
    shared: &Arc<Shared>,
    mailbox: &Mailbox,
    imap: &ImapSource,
    session: &mut ImapSession,
    opened: &Opened,
) -> Result<usize, FetchError> {
    let mark = convert::mark(&imap.mark);
    // What bears our keyword and is not on our disk, another database may have handled.
    let keyword = if let Mark::Keyword(word) = &mark { Some(word.clone()) } else { None };
    let limits = Limits { message_size: imap.size_cap, command_timeout: imap.timeout, keyword, ..Limits::default() };
    let (source, folder) = (imap.name.clone(), mailbox.folder.clone());
    let position = shared.store.writer().write(move |tx| inbox::position(tx, &source, &folder)).await?;
    // A new UIDVALIDITY: all UIDs mean other messages now. Everything is read again; digests find what is known.
    let mut last_uid =
        position.filter(|position| position.uid_validity == opened.uid_validity).map_or(0, |position| position.last_uid);
    if position.is_some_and(|position| position.uid_validity != opened.uid_validity) {
        tracing::warn!(
            mailbox = mailbox.label(),
            "mailbox {} has a new UIDVALIDITY and is read from its beginning",
            mailbox.label()
        );
    }
    let mut taken = 0;
    // While one batch goes to the disk the next is fetched: two of them in memory at most.
    let mut storing: Option<Storing> = None;
    loop {
        let (stored, fetched) = match storing.take() {
            None => (0, session.fetch_after(last_uid, &limits).await),
            Some(storing) => {
                let (stored, fetched) = tokio::join!(storing, session.fetch_after(last_uid, &limits));
                (stored?, fetched)
            }
        };
        taken += stored;
        let batch = match fetched {
            Ok(batch) => batch,
            Err(error @ SourceError::MessageRefused { uid, .. }) => {
                if shared.refused(&mailbox.label(), &uid.to_string()) >= REFUSALS {
                    // One message must not block the rest: its place is taken by an empty header, which is held and told to the team.
                    let arrived = Fetched {
                        uid_validity: opened.uid_validity,
                        uid,
                        arrived: None,
                        keyword: Keyword::Absent,
                        body: unfetchable(),
                    };
                    let stand_in = Batch { messages: vec![arrived], vanished: Vec::new(), more: More::Yes, seen_up_to: uid };
                    store_batch(shared, mailbox, opened.uid_validity, last_uid.max(uid), stand_in).await?;
                }
                return Err(error.into());
            }
            Err(error) => return Err(error.into()),
        };
        failpoint::reach("fetched");
        last_uid = last_uid.max(batch.seen_up_to);
        let more = batch.more;
        let store = store_batch(shared, mailbox, opened.uid_validity, last_uid, batch);
        if more == More::Yes && matches!(mark, Mark::Leave) {
            storing = Some(Box::pin(store));
            shared.polled(&mailbox.label());
            continue;
        }
        taken += store.await?;
        mark_on_server(shared, mailbox, session, opened.uid_validity, &mark).await?;
        shared.polled(&mailbox.label());
        if more == More::No {
            shared.looked_through(&mailbox.label());
            return Ok(taken);
        }
    }
}

type Storing<'a> = Pin<Box<dyn Future<Output = Result<usize, StoreError>> + Send + 'a>>;

async fn store_batch(
    shared: &Arc<Shared>,
    mailbox: &Mailbox,
    uid_validity: u32,
    last_uid: u32,
    batch: Batch,
) -> Result<usize, StoreError> {
    let now = shared.clock.now();
    let look = shared.look(&mailbox.label());
    let (source, folder, came_for) = (mailbox.source.name().to_owned(), mailbox.folder.clone(), mailbox.came_for());
    let arrivals: Vec<Arrival> = batch
        .messages
        .into_iter()
        .map(|message| {
            let (raw, full_size, extent) = body(message.body);
            Arrival {
                source: source.clone(),
                mailbox: folder.clone(),
                uid_validity,
                uid: message.uid,
                unique_name: String::new(),
                came_for: came_for.clone(),
                arrived: message.arrived.unwrap_or(now),
                raw,
                full_size,
                extent,
                mark: if message.keyword == Keyword::Present { inbox::Mark::Ours } else { inbox::Mark::None },
                look,
            }
        })
        .collect();
    let policy = shared.policy();
    let new = shared
        .store
        .writer()
        .write(move |tx| {
            let position = Position { uid_validity, last_uid };
            let ids = take_in(tx, &policy, arrivals, Some((&source, &folder, position)), now)?;
            failpoint::reach("taken-uncommitted");
            Ok(ids)
        })
        .await?;
    if !new.is_empty() {
        failpoint::reach("taken");
        tracing::info!(mailbox = mailbox.label(), count = new.len(), "{} messages taken in", new.len());
        shared.wake_handler();
        shared.wake_deliverer();
    }
    Ok(new.len())
}

/// Stores a batch. Of what is set aside, because another database may have handled it, the team hears in one letter.
pub(super) fn take_in(
    tx: &Tx<'_>,
    policy: &Policy,
    arrivals: Vec<Arrival>,
    cursor: Option<(&str, &str, Position)>,
    now: jiff::Timestamp,
) -> Result<Vec<InboxId>, StoreError> {
    let ids = inbox::take_in(tx, arrivals, cursor, now)?;
    let aside = inbox::set_aside(tx, &ids)?;
    let Some(first) = aside.first().copied() else { return Ok(ids) };
    tracing::warn!(count = aside.len(), "{} messages are set aside: another database may have handled them", aside.len());
    // Even an alarm that cannot be written must not keep the messages from being stored: the log has the error then.
    let told = tx.apart(|tx| {
        let effects = decide::tick::perhaps_handled(&aside, policy, now, &mut SystemEntropy)
            .map_err(|error| StoreError::Judgement(error.to_string()))?;
        apply::effects(tx, Some(first), effects, now)
    });
    match told {
        Err(error) if error.is_the_databases() => return Err(error),
        Err(error) => tracing::error!("the team could not be told of messages that were set aside: {error}"),
        Ok(()) => {}
    }
    Ok(ids)
}

fn body(body: FetchedBody) -> (crate::mail::RawMessage, u64, Extent) {
    match body {
        FetchedBody::Whole(raw) => {
            let size = raw.len() as u64;
            (raw, size, Extent::Whole)
        }
        FetchedBody::HeadersOnly { header, size } => (header, size, Extent::HeaderOnly),
    }
}

/// Tells the server which messages are on our disk. Losing this step is harmless: the cursor is ours. A frozen database tells nothing: what the mailbox says of
/// the one before it must not be written over.
async fn mark_on_server(
    shared: &Arc<Shared>,
    mailbox: &Mailbox,
    session: &mut ImapSession,
    uid_validity: u32,
    mark: &Mark,
) -> Result<(), FetchError> {
    if matches!(mark, Mark::Leave) {
        return Ok(());
    }
    loop {
        let (source, folder) = (mailbox.source.name().to_owned(), mailbox.folder.clone());
        let (s, f) = (source.clone(), folder.clone());
        let uids = shared
            .store
            .writer()
            .write(move |tx| if frozen::is_frozen(tx)? { Ok(Vec::new()) } else { inbox::unmarked(tx, &s, &f, uid_validity) })
            .await?;
        if uids.is_empty() {
            return Ok(());
        }
        session.mark(&uids, mark).await?;
        failpoint::reach("marked");
        shared.store.writer().write(move |tx| inbox::marked(tx, &source, &folder, uid_validity, &uids)).await?;
    }
}

async fn watch_maildir(
    shared: &Arc<Shared>,
    mailbox: &Mailbox,
    maildir: &config::MaildirSource,
    stop: &CancellationToken,
    pause: &mut Duration,
) -> Result<(), FetchError> {
    let mut watch = match Watch::begin(&maildir.path) {
        Ok(watch) => Some(watch),
        Err(error) => {
            tracing::warn!(mailbox = mailbox.label(), "mailbox {} is only looked at from time to time: {error}", mailbox.label());
            None
        }
    };
    let mut known = known_files(shared, mailbox, maildir).await?;
    while !stop.is_cancelled() {
        take_maildir(shared, mailbox, maildir, &mut known).await?;
        *pause = Duration::from_secs(1);
        tokio::select! {
            told = told_of_mail(&mut watch, &maildir.path) => told?,
            // The folder may be another one under the same name since a restore or a mount: the watch goes with the old one, and says nothing.
            () = tokio::time::sleep(maildir.poll_interval) => if watch.is_some() { watch = Some(Watch::begin(&maildir.path)?) },
            () = stop.cancelled() => {}
        }
    }
    Ok(())
}

async fn told_of_mail(watch: &mut Option<Watch>, path: &Path) -> Result<(), MaildirError> {
    match watch {
        Some(watch) => watch.wait(path).await,
        None => std::future::pending().await,
    }
}

/// The files of a Maildir that were taken in, as far as the database knows.
async fn known_files(
    shared: &Arc<Shared>,
    mailbox: &Mailbox,
    maildir: &config::MaildirSource,
) -> Result<BTreeSet<String>, StoreError> {
    let (name, folder) = (maildir.name.clone(), mailbox.folder.clone());
    shared.store.writer().write(move |tx| inbox::known_files(tx, &name, &folder)).await
}

async fn take_maildir(
    shared: &Arc<Shared>,
    mailbox: &Mailbox,
    maildir: &config::MaildirSource,
    known: &mut BTreeSet<String>,
) -> Result<usize, FetchError> {
    let limits = Limits { message_size: maildir.size_cap, ..Limits::default() };
    let mut taken = 0;
    loop {
        let (path, seen, limits) = (maildir.path.clone(), std::mem::take(known), limits.clone());
        let looked = tokio::task::spawn_blocking(move || {
            let batch = MaildirSource::open(path).and_then(|maildir| maildir.fetch_new(&seen, &limits));
            (batch, seen)
        });
        let (batch, seen) = looked.await.map_err(|_| FetchError::Interrupted)?;
        *known = seen;
        let batch = batch?;
        failpoint::reach("fetched");
        let now = shared.clock.now();
        let more = batch.more;
        for unreadable in &batch.unreadable {
            // Who writes it may need another moment.
            let patience = if matches!(unreadable.1, MaildirError::Unfinished(_)) { 3 } else { 1 };
            if shared.refused(&mailbox.label(), &unreadable.0.unique) == patience {
                tracing::error!(
                    mailbox = mailbox.label(),
                    "a file of the Maildir cannot be read; it is looked at again at every poll: {}",
                    unreadable.1
                );
            }
        }
        let mut arrivals = Vec::with_capacity(batch.messages.len());
        let mut taken_now = Vec::with_capacity(batch.messages.len());
        for (entry, content) in batch.messages {
            taken_now.push(entry.unique.clone());
            let (raw, full_size, extent) = body(content);
            arrivals.push(Arrival {
                source: maildir.name.clone(),
                mailbox: mailbox.folder.clone(),
                uid_validity: 0,
                uid: 0,
                unique_name: entry.unique,
                came_for: mailbox.came_for(),
                arrived: entry.arrived.unwrap_or(now),
                raw,
                full_size,
                extent,
                mark: inbox::Mark::None,
                look: shared.look(&mailbox.label()),
            });
        }
        let policy = shared.policy();
        let new = shared
            .store
            .writer()
            .write(move |tx| {
                let ids = take_in(tx, &policy, arrivals, None, now)?;
                failpoint::reach("taken-uncommitted");
                Ok(ids)
            })
            .await?;
        known.extend(taken_now);
        if !new.is_empty() {
            failpoint::reach("taken");
            shared.wake_handler();
            shared.wake_deliverer();
        }
        taken += new.len();
        shared.polled(&mailbox.label());
        if more == More::No {
            shared.looked_through(&mailbox.label());
            return Ok(taken);
        }
    }
}

async fn sleep(time: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = stop.cancelled() => {}
    }
}
