//! The writer thread: the only owner of a writing connection.
//!
//! Jobs that wait together are committed together (one fsync), each in its own SAVEPOINT, so that a failing one leaves nothing behind and
//! hurts no other. The answer goes out only after COMMIT: "stored" means on disk.

use std::{
    any::Any,
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::{StoreError, What as _, wall::WallCache};

/// What the jobs of a group hear whose transaction SQLite has given up.
const LOST: &str = "the transaction was rolled back";

/// Jobs that may share one commit.
const GROUP: usize = 256;

/// An open write transaction. Only the writer thread makes one.
pub struct Tx<'c> {
    connection: &'c Connection,
    walls: Rc<RefCell<WallCache>>,
}

impl Tx<'_> {
    /// For the functions of this module.
    pub(super) fn sql(&self) -> &Connection {
        self.connection
    }

    /// Runs `job` so that its failure leaves nothing of it behind and what was done before stays.
    pub fn apart<T>(&self, job: impl FnOnce(&Self) -> Result<T, StoreError>) -> Result<T, StoreError> {
        kept_apart(self.connection, || catch_unwind(AssertUnwindSafe(|| job(self))).unwrap_or(Err(StoreError::Panicked)))
    }

    /// What the writer thread has compiled of the live cases.
    pub(super) fn walls(&self) -> &RefCell<WallCache> {
        &self.walls
    }

    /// A transaction around a connection of a test.
    #[cfg(test)]
    pub(super) fn of(connection: &Connection) -> Tx<'_> {
        Tx { connection, walls: Rc::default() }
    }
}

type Answer = Result<Box<dyn Any + Send>, StoreError>;
type Job = Box<dyn FnOnce(&Tx<'_>) -> Answer + Send>;

/// A handle to the writer thread; the thread ends when the last handle is gone.
#[derive(Clone)]
pub struct Writer {
    jobs: mpsc::Sender<(Job, oneshot::Sender<Answer>)>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Self {
        let (jobs, waiting) = mpsc::channel(1024);
        // A thread that cannot be started shows itself as a closed channel at the first job.
        let started = std::thread::Builder::new().name("store-writer".into()).spawn(move || serve(connection, waiting));
        drop(started);
        Self { jobs }
    }

    /// Runs `job` in a transaction and returns once it is on disk.
    pub async fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.submit(job).await?.await
    }

    /// The same in two steps: what is returned ends once the job is on disk. Jobs run in the order in which they were submitted, and those submitted
    /// while another runs share a commit.
    pub async fn submit<T, F>(&self, job: F) -> Result<impl Future<Output = Result<T, StoreError>> + Send + use<T, F>, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        self.jobs.send((boxed(job), answer)).await.map_err(|_| StoreError::Closed)?;
        Ok(async move { unboxed(answered.await.map_err(|_| StoreError::Closed)?) })
    }

    /// The same for a caller outside the async runtime.
    pub fn write_blocking<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        self.jobs.blocking_send((boxed(job), answer)).map_err(|_| StoreError::Closed)?;
        unboxed(answered.blocking_recv().map_err(|_| StoreError::Closed)?)
    }
}

fn boxed<T: Send + 'static>(job: impl FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static) -> Job {
    Box::new(move |tx| job(tx).map(|value| Box::new(value) as Box<dyn Any + Send>))
}

fn unboxed<T: 'static>(answer: Answer) -> Result<T, StoreError> {
    answer?.downcast::<T>().map(|value| *value).map_err(|_| StoreError::Panicked)
}

fn serve(connection: Connection, mut waiting: mpsc::Receiver<(Job, oneshot::Sender<Answer>)>) {
    let walls = Rc::default();
    while let Some(first) = waiting.blocking_recv() {
        let mut group = vec![first];
        while group.len() < GROUP {
            match waiting.try_recv() {
                Ok(next) => group.push(next),
                Err(_) => break,
            }
        }
        commit_group(&connection, &walls, group);
    }
}

fn commit_group(connection: &Connection, walls: &Rc<RefCell<WallCache>>, group: Vec<(Job, oneshot::Sender<Answer>)>) {
    if let Err(error) = step(connection, "BEGIN IMMEDIATE") {
        let why = error.to_string();
        for (_, answer) in group {
            // A caller that has gone away does not need its answer.
            let _ = answer.send(Err(StoreError::Commit(why.clone())));
        }
        return;
    }
    let alone = group.len() == 1;
    let mut done = Vec::with_capacity(group.len());
    for (job, answer) in group {
        // A full disk or an I/O error makes SQLite roll back the whole transaction by itself: a job that ran after that would be committed
        // alone, although its caller hears of the group's failure.
        let result = if connection.is_autocommit() {
            Err(StoreError::Commit(LOST.to_owned()))
        } else if alone {
            run(connection, walls, job)
        } else {
            in_savepoint(connection, walls, job)
        };
        done.push((result, answer));
    }
    // A job that is alone needs no savepoint, for which SQLite copies each page before it changes: what it did goes with the transaction.
    let failed_alone = alone && done.iter().any(|(result, _)| result.is_err());
    let committed = if failed_alone { Ok(()) } else { step(connection, "COMMIT").map_err(|error| error.to_string()) };
    if (failed_alone || committed.is_err())
        && !connection.is_autocommit()
        && let Err(error) = step(connection, "ROLLBACK")
    {
        tracing::error!("a transaction could not be taken back: {error}");
    }
    for (result, answer) in done {
        let result = match &committed {
            Ok(()) => result,
            Err(why) => Err(StoreError::Commit(why.clone())),
        };
        let _ = answer.send(result);
    }
}

/// A statement that stays compiled.
fn step(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

fn run(connection: &Connection, walls: &Rc<RefCell<WallCache>>, job: Job) -> Answer {
    let tx = Tx { connection, walls: Rc::clone(walls) };
    catch_unwind(AssertUnwindSafe(|| job(&tx))).unwrap_or(Err(StoreError::Panicked))
}

fn in_savepoint(connection: &Connection, walls: &Rc<RefCell<WallCache>>, job: Job) -> Answer {
    kept_apart(connection, || run(connection, walls, job))
}

fn kept_apart<T>(connection: &Connection, job: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    step(connection, "SAVEPOINT job").what("begin a step")?;
    let undo = || step(connection, "ROLLBACK TO job").and_then(|()| step(connection, "RELEASE job")).what("undo a step");
    match job() {
        Ok(value) => match step(connection, "RELEASE job").what("end a step") {
            Ok(()) => Ok(value),
            Err(error) => undo().and(Err(error)),
        },
        // The job's own error says more than that of undoing it; a transaction that is gone altogether fails the commit.
        Err(error) => {
            let _ = undo();
            Err(error)
        }
    }
}
