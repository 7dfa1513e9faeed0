//! Waiting for mail in a Maildir: the system tells (inotify), and nobody looks twice a second.
//!
//! Promises: what is delivered after [`Watch::begin`] wakes [`Watch::wait`], also when it is delivered before `wait` is called. Fails with
//! [`MaildirError::Io`], where a file system or a limit (`fs.inotify.max_user_watches`) does not allow it: then somebody must look from time to time.
//! A network file system does not tell of what other machines deliver, so that somebody must look from time to time in any case.

use std::{fs::File, io::ErrorKind, path::Path};

use rustix::{
    fs::inotify::{self, CreateFlags, WatchFlags},
    io::Errno,
};
use tokio::net::unix::pipe::Receiver;

use super::{MaildirError, Step, at};

/// Told of every file that is put into `new` or `cur`.
#[derive(Debug)]
pub struct Watch {
    /// An inotify descriptor is read and waited for like the end of a pipe.
    told: Receiver,
}

impl Watch {
    /// Begins to listen. A Maildir delivery is a rename or a link into `new`; another program may move files to `cur` before we see them. Who writes a file
    /// straight into `new` has it taken in when he closes it.
    ///
    /// # Errors
    /// `Io`.
    pub fn begin(maildir: &Path) -> Result<Self, MaildirError> {
        let failed = |error: Errno| at(Step::List, maildir)(error.into());
        let told = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).map_err(failed)?;
        for folder in ["new", "cur"] {
            inotify::add_watch(&told, maildir.join(folder), WatchFlags::MOVED_TO | WatchFlags::CREATE | WatchFlags::CLOSE_WRITE)
                .map_err(failed)?;
        }
        Ok(Self { told: Receiver::from_file_unchecked(File::from(told)).map_err(at(Step::List, maildir))? })
    }

    /// Returns when something was put there since the last call.
    ///
    /// # Errors
    /// `Io`.
    pub async fn wait(&mut self, maildir: &Path) -> Result<(), MaildirError> {
        // What was put there is found by looking; here the news is only taken away.
        let mut news = [0; 4096];
        let mut heard = false;
        loop {
            match self.told.try_read(&mut news) {
                Ok(_) => heard = true,
                Err(error) if error.kind() == ErrorKind::WouldBlock && heard => return Ok(()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.told.readable().await.map_err(at(Step::List, maildir))?
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(at(Step::List, maildir)(error)),
            }
        }
    }
}
