//! Where the story is played: a mail goes into the Maildir, the house makes one pass, and what became of it is read from the disk.
//!
//! The pass is the daemon's own ([`run::pass`], what `embargod run --once` does). What is told afterwards comes from the files in the recipients'
//! folders and from the record that `embargod why` shows, never from the script.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    ground::Ground,
    mails::Mail,
    receiver::{Signature, received},
};
use crate::{
    clock::SystemClock,
    config::{self, Config, ConfigErrors},
    daemon::run::{self, House, RunError},
    mail::{Message, RawMessage},
    source::maildir::{self, MaildirError},
    store::{
        StoreError, read,
        why::{self, Story},
    },
};

/// Why the story could not be told to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// The shipped configuration.
    #[error("{0}")]
    Config(#[from] ConfigErrors),
    /// The house.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The Maildir.
    #[error(transparent)]
    Maildir(#[from] MaildirError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file of the demo.
    #[error("cannot read {} ({kind})", .path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        kind: io::ErrorKind,
    },
    /// The result is not what the story says.
    #[error("NOT AS TOLD: {0}")]
    Untrue(String),
}

/// One file in a recipient's folder.
pub(super) struct Letter {
    /// The recipient: the name of the folder.
    pub(super) recipient: String,
    /// The file.
    pub(super) path: PathBuf,
    /// What is in it.
    pub(super) message: Message,
}

/// What became of one mail.
pub(super) struct Scene {
    /// Its record.
    pub(super) story: Story,
    /// The file it arrived as.
    pub(super) file: PathBuf,
    /// The files that appeared in the recipients' folders.
    pub(super) letters: Vec<Letter>,
}

impl Scene {
    /// The letters to one recipient.
    pub(super) fn to<'s>(&'s self, recipient: &str) -> Vec<&'s Letter> {
        self.letters.iter().filter(|letter| letter.recipient == recipient).collect()
    }

    /// The one letter to a recipient that can be answered.
    pub(super) fn notice_to(&self, recipient: &str) -> Result<Message, Trouble> {
        let found = self
            .to(recipient)
            .into_iter()
            .find(|letter| letter.message.reply_to.iter().any(|to| to.address.split_detail().is_some()));
        found.map(|letter| letter.message.clone()).ok_or_else(|| Trouble::Untrue(format!("{recipient} has a notice to answer")))
    }

    /// Whether the record has an entry of that kind.
    pub(super) fn noted(&self, kind: &str) -> bool {
        self.story.events.iter().any(|event| event.kind == kind)
    }

    /// The letters, by their Subject: to whom each went.
    pub(super) fn by_subject(&self) -> BTreeMap<&str, Vec<&Letter>> {
        let mut found: BTreeMap<&str, Vec<&Letter>> = BTreeMap::new();
        for letter in &self.letters {
            found.entry(&letter.message.subject).or_default().push(letter);
        }
        found
    }
}

/// The open house with its directory.
pub(super) struct Stage {
    /// Where everything is.
    pub(super) ground: Ground,
    /// The configuration read from there.
    pub(super) config: Config,
    /// The role addresses of the members, as folder names.
    pub(super) members: BTreeSet<String>,
    house: House,
    seen: BTreeSet<PathBuf>,
    mails: usize,
}

impl Stage {
    /// Opens the house as the daemon does.
    pub(super) async fn open(ground: Ground) -> Result<Self, Trouble> {
        let config = config::load(&ground.config())?;
        let members = config.members.iter().map(|member| member.address.to_string().to_lowercase()).collect();
        let house = House::open(&config, Arc::new(SystemClock)).await?;
        Ok(Self { ground, config, members, house, seen: BTreeSet::new(), mails: 0 })
    }

    /// The time.
    pub(super) fn now(&self) -> jiff::Timestamp {
        self.house.shared.clock.now()
    }

    /// A mail arrives, and the house makes one pass: fetch, decide, deliver.
    pub(super) async fn arrives(&mut self, name: &str, mail: &Mail, signature: Signature) -> Result<Scene, Trouble> {
        self.mails += 1;
        let unique = format!("{:02}-{name}", self.mails);
        let bytes = received(mail, signature, &self.config.trust, self.mails, self.now());
        maildir::deliver(&self.ground.maildir(), &unique, &bytes)?;
        run::pass(&self.house.shared, &self.config.sources).await?;
        let connection = self.house.shared.store.reader()?;
        let id = read::status(&connection)?.messages;
        if usize::try_from(id) != Ok(self.mails) {
            return Err(Trouble::Untrue(format!("message {} was taken in once", self.mails)));
        }
        let story = why::story(&connection, id)?.ok_or_else(|| Trouble::Untrue(format!("message {id} has a record")))?;
        let letters = self.new_letters()?;
        Ok(Scene { story, file: self.ground.maildir().join("new").join(unique), letters })
    }

    /// Held messages that wait for a person.
    pub(super) fn waiting(&self) -> Result<Vec<read::HeldRow>, Trouble> {
        Ok(read::held(&self.house.shared.store.reader()?, read::Which::Open)?)
    }

    /// All cases.
    pub(super) fn cases(&self) -> Result<Vec<read::CaseRow>, Trouble> {
        Ok(read::cases(&self.house.shared.store.reader()?, read::Which::All)?)
    }

    /// The counts of `embargod status`.
    pub(super) fn status(&self) -> Result<read::Status, Trouble> {
        Ok(read::status(&self.house.shared.store.reader()?)?)
    }

    /// The delivery of the advisory to one member, and the return path it had: what the member's mail server was told in MAIL FROM.
    pub(super) fn advisory_delivery(&self, recipient: &str) -> Result<Option<(read::DeliveryRow, String)>, Trouble> {
        let connection = self.house.shared.store.reader()?;
        let rows = read::outbox(&connection, read::Which::All, None)?;
        let row = rows.into_iter().find(|row| row.label.starts_with("advisory") && row.recipient.eq_ignore_ascii_case(recipient));
        let Some(row) = row else { return Ok(None) };
        Ok(read::return_path(&connection, row.id)?.map(|path| (row, path)))
    }

    /// Every letter that ever went out.
    pub(super) fn all_letters(&self) -> Result<Vec<Letter>, Trouble> {
        self.seen.iter().map(|path| letter(path)).collect()
    }

    fn new_letters(&mut self) -> Result<Vec<Letter>, Trouble> {
        let mut found = Vec::new();
        for folder in entries(&self.ground.out())? {
            for path in entries(&folder)? {
                if self.seen.insert(path.clone()) {
                    found.push(letter(&path)?);
                }
            }
        }
        found.sort_by(|one, other| one.path.file_name().cmp(&other.path.file_name()));
        Ok(found)
    }
}

fn letter(path: &Path) -> Result<Letter, Trouble> {
    let bytes = fs::read(path).map_err(unread(path))?;
    let message =
        Message::parse(&RawMessage::new(bytes)).map_err(|_| Trouble::Untrue(format!("{} is a mail", path.display())))?;
    let recipient = path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Letter { recipient, path: path.to_owned(), message })
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unread(folder))? {
        paths.push(entry.map_err(unread(folder))?.path());
    }
    paths.sort();
    Ok(paths)
}

fn unread(path: &Path) -> impl FnOnce(io::Error) -> Trouble {
    move |error| Trouble::Read { path: path.to_owned(), kind: error.kind() }
}
