//! For tests of other rooms: another program that has the database open, and does to it what the daemon does not do.

use std::path::Path;

use rusqlite::Connection;

use crate::store::open::FILE_NAME;

/// A connection beside the writer's.
pub(crate) struct Beside(Connection);

impl Beside {
    /// To the database in `state`.
    pub(crate) fn open(state: &Path) -> Self {
        let connection = Connection::open(state.join(FILE_NAME)).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
        Self(connection)
    }

    /// Changes something.
    pub(crate) fn run(&self, sql: &str) {
        self.0.execute_batch(sql).unwrap();
    }

    /// The one value of an answer, as text.
    pub(crate) fn text(&self, sql: &str) -> String {
        self.0.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}
