-- The first schema. Comments say what a row is; the table of states stands in src/store/mod.rs.

-- Facts about this database: who made it, whether a person must confirm before anything is sent.
CREATE TABLE fact (
    name  TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT;

-- How far each mailbox was read. A new UIDVALIDITY starts again at 0; content digests find what is known.
CREATE TABLE cursor (
    source       TEXT NOT NULL,
    mailbox      TEXT NOT NULL,
    uid_validity INTEGER NOT NULL,
    last_uid     INTEGER NOT NULL,
    PRIMARY KEY (source, mailbox)
) STRICT;

-- The bytes of a message, once, whatever mailboxes it came through.
CREATE TABLE raw (
    digest BLOB PRIMARY KEY NOT NULL CHECK (length(digest) = 32),
    bytes  BLOB NOT NULL
) STRICT;

-- One arrival of a message.
CREATE TABLE inbox (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    source       TEXT NOT NULL,
    mailbox      TEXT NOT NULL,
    uid_validity INTEGER NOT NULL,
    uid          INTEGER NOT NULL,
    unique_name  TEXT NOT NULL DEFAULT '',       -- Maildir: the file's unique name
    came_for     TEXT NOT NULL DEFAULT '',       -- the address this mailbox is configured for
    digest       BLOB NOT NULL REFERENCES raw (digest),
    full_size    INTEGER NOT NULL,               -- over the cap only the header is in raw
    complete     INTEGER NOT NULL CHECK (complete IN (0, 1)),
    arrived_at   INTEGER NOT NULL,               -- milliseconds since 1970, as the server says
    taken_at     INTEGER NOT NULL,
    decided_at   INTEGER,
    message_id   TEXT NOT NULL DEFAULT '',
    identity     BLOB,                           -- digest without what each delivery adds, set when decided
    place        TEXT NOT NULL DEFAULT '',       -- the main address this copy was delivered for
    state        TEXT NOT NULL CHECK (state IN ('taken', 'decided', 'held', 'ruled', 'quarantined')),
    class        TEXT NOT NULL DEFAULT '',
    rule         TEXT NOT NULL DEFAULT '',
    tries        INTEGER NOT NULL DEFAULT 0,     -- how often it was taken up
    fault        TEXT NOT NULL DEFAULT '',       -- quarantined: why, never a byte of the mail
    marked       INTEGER NOT NULL DEFAULT 0 CHECK (marked IN (0, 1)),
    UNIQUE (source, mailbox, uid_validity, uid, unique_name)
) STRICT;
CREATE INDEX inbox_taken ON inbox (id) WHERE state = 'taken';
CREATE INDEX inbox_quarantined ON inbox (id) WHERE state = 'quarantined';
CREATE INDEX inbox_digest ON inbox (digest);
CREATE INDEX inbox_identity ON inbox (identity) WHERE identity IS NOT NULL;
CREATE INDEX inbox_message_id ON inbox (message_id);
CREATE INDEX inbox_unmarked ON inbox (source, mailbox, uid_validity, uid) WHERE marked = 0;

-- Why a message was classed or judged as it was: rule, field and the text that matched.
CREATE TABLE reason (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    inbox_id INTEGER NOT NULL REFERENCES inbox (id),
    stage    TEXT NOT NULL CHECK (stage IN ('class', 'verdict', 'gate')),
    rule     TEXT NOT NULL,
    field    TEXT NOT NULL,
    text     TEXT NOT NULL
) STRICT;
CREATE INDEX reason_inbox ON reason (inbox_id);

-- A message that waits for a person, and what became of it. Never expires.
CREATE TABLE held (
    inbox_id     INTEGER PRIMARY KEY NOT NULL REFERENCES inbox (id),
    place        TEXT NOT NULL CHECK (place IN ('discuss', 'primary', 'other')),
    suggests     TEXT NOT NULL CHECK (suggests IN ('approve', 'reject', 'hold', 'discard', 'reroute')),
    reason_class TEXT NOT NULL DEFAULT '',
    urgent       INTEGER NOT NULL CHECK (urgent IN (0, 1)),
    poster       TEXT NOT NULL DEFAULT '',       -- the proven address; empty: nobody may be answered
    state        TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'rejected', 'discarded', 'rerouted', 'withdrawn')),
    version      INTEGER NOT NULL DEFAULT 1,
    held_at      INTEGER NOT NULL,
    ruled_at     INTEGER,
    ruled_by     TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX held_waiting ON held (state) WHERE state = 'waiting';

-- The handling record of one report.
CREATE TABLE case_file (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    discoverer TEXT NOT NULL,
    token      TEXT NOT NULL UNIQUE,
    state      TEXT NOT NULL CHECK (state IN ('open', 'claimed', 'closed')),
    claimed_by TEXT NOT NULL DEFAULT '',
    version    INTEGER NOT NULL DEFAULT 1,
    opened_at  INTEGER NOT NULL,
    closed_at  INTEGER,
    reason     TEXT NOT NULL DEFAULT ''
) STRICT;

-- Which mails belong to which case, and how that is known.
CREATE TABLE case_mail (
    case_id  INTEGER NOT NULL REFERENCES case_file (id),
    inbox_id INTEGER NOT NULL REFERENCES inbox (id),
    how      TEXT NOT NULL CHECK (how IN ('report', 'reply', 'suggested')),
    PRIMARY KEY (case_id, inbox_id)
) STRICT;
CREATE INDEX case_mail_inbox ON case_mail (inbox_id);

-- A revision of an advisory the team gave us for the predisclosure list.
CREATE TABLE advisory (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    number       INTEGER,                        -- NULL: its Subject names none
    revision     INTEGER NOT NULL,
    inbox_id     INTEGER REFERENCES inbox (id),
    digest       BLOB NOT NULL,
    submitted_by TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'cancelled')),
    until        INTEGER,
    version      INTEGER NOT NULL DEFAULT 1,
    created_at   INTEGER NOT NULL,
    sent_at      INTEGER,
    sent_by      TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX advisory_number ON advisory (number);

-- Advisories whose embargo is over, by their date or by a person's word: no longer live.
CREATE TABLE advisory_ended (
    number   INTEGER PRIMARY KEY NOT NULL,
    ended_at INTEGER NOT NULL,
    said_by  TEXT NOT NULL
) STRICT;

-- Message-IDs under which members know a live advisory or an approved post about it.
CREATE TABLE advisory_thread (
    message_id TEXT PRIMARY KEY NOT NULL,
    number     INTEGER NOT NULL
) STRICT;

-- An application for membership that arrived (OBLIGATIONS P71-P80): the record; decisions are people's.
CREATE TABLE application (
    inbox_id   INTEGER PRIMARY KEY NOT NULL REFERENCES inbox (id),
    via        TEXT NOT NULL CHECK (via IN ('list', 'security')),
    complete   INTEGER NOT NULL CHECK (complete IN (0, 1)),
    missing    TEXT NOT NULL,
    arrived_at INTEGER NOT NULL
) STRICT;

-- The one membership table: both private lists have exactly its active rows as recipients.
CREATE TABLE member (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    organisation TEXT NOT NULL,
    address      TEXT NOT NULL UNIQUE COLLATE NOCASE,
    state        TEXT NOT NULL CHECK (state IN ('active', 'frozen', 'removed')),
    added_at     INTEGER NOT NULL,
    changed_at   INTEGER NOT NULL
) STRICT;
CREATE TABLE poster (
    member_id INTEGER NOT NULL REFERENCES member (id),
    address   TEXT NOT NULL COLLATE NOCASE,
    PRIMARY KEY (member_id, address)
) STRICT;

-- A capability given to one person for one object. Only its SHA-256 is kept here.
CREATE TABLE token (
    hash        BLOB PRIMARY KEY NOT NULL CHECK (length(hash) = 32),
    purpose     TEXT NOT NULL CHECK (purpose IN ('moderate', 'withdraw', 'send', 'case', 'discoverer')),
    person      TEXT NOT NULL DEFAULT '',        -- team member it was made for
    address     TEXT NOT NULL DEFAULT '',        -- poster or discoverer it was made for
    object      INTEGER NOT NULL,                -- held.inbox_id, advisory.id or case_file.id, by purpose
    digest      BLOB NOT NULL,
    version     INTEGER NOT NULL,
    made_at     INTEGER NOT NULL,
    spent_at    INTEGER,
    spent_by    INTEGER REFERENCES inbox (id)
) STRICT;

-- A letter of ours: the bytes and what they may reveal. The bytes stand last: SQLite reads through a long column to those behind it.
CREATE TABLE letter (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT NOT NULL,
    class       TEXT NOT NULL CHECK (class IN ('public', 'confidential', 'embargoed')),
    message_id  TEXT NOT NULL,
    return_base TEXT NOT NULL DEFAULT '',        -- VERP base address; empty: null reverse-path
    cause       INTEGER REFERENCES inbox (id),   -- the mail that made us write it
    about       INTEGER REFERENCES inbox (id),   -- the post or advisory it carries or speaks of
    case_id     INTEGER REFERENCES case_file (id),
    label       TEXT NOT NULL DEFAULT '',        -- what its summary speaks of: advisory:484:2, post:17
    created_at  INTEGER NOT NULL,
    settled_at  INTEGER,
    bytes       BLOB NOT NULL
) STRICT;
CREATE INDEX letter_message_id ON letter (message_id);
CREATE INDEX letter_about ON letter (about);
CREATE INDEX letter_cause ON letter (cause);
CREATE INDEX letter_created ON letter (created_at, kind);
CREATE INDEX letter_open ON letter (id) WHERE settled_at IS NULL;

-- One recipient of one letter.
CREATE TABLE delivery (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    letter_id  INTEGER NOT NULL REFERENCES letter (id),
    recipient  TEXT NOT NULL COLLATE NOCASE,
    verp       BLOB,                             -- SHA-256 of the secret part of its return path
    return_path TEXT NOT NULL DEFAULT '',
    priority   INTEGER NOT NULL,                 -- 1 before 5: a person may be waiting for it
    state      TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'accepted', 'deferred', 'failed', 'unknown', 'withheld')),
    attempts   INTEGER NOT NULL DEFAULT 0,
    queued_at  INTEGER NOT NULL,
    next_at    INTEGER NOT NULL,
    settled_at INTEGER,
    reply      TEXT NOT NULL DEFAULT '',         -- code and enhanced status, never the server's words
    resent     INTEGER NOT NULL DEFAULT 0 CHECK (resent IN (0, 1)),
    bounced_at INTEGER,
    bounce     TEXT NOT NULL DEFAULT '',
    UNIQUE (letter_id, recipient)
) STRICT;
CREATE INDEX delivery_due ON delivery (priority, next_at) WHERE state IN ('queued', 'deferred', 'unknown');
CREATE INDEX delivery_sending ON delivery (state) WHERE state = 'sending';
CREATE INDEX delivery_recipient ON delivery (recipient);
CREATE INDEX delivery_open ON delivery (letter_id) WHERE settled_at IS NULL;
CREATE UNIQUE INDEX delivery_verp ON delivery (verp) WHERE verp IS NOT NULL;

-- One attempt at a delivery: written before the network is touched, completed after.
CREATE TABLE attempt (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    delivery_id INTEGER NOT NULL REFERENCES delivery (id),
    started_at  INTEGER NOT NULL,
    ended_at    INTEGER,
    outcome     TEXT NOT NULL DEFAULT 'sending' CHECK (outcome IN ('sending', 'accepted', 'deferred', 'failed', 'unknown')),
    reply       TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX attempt_delivery ON attempt (delivery_id);

-- Something that must happen at a time unless it is settled before.
CREATE TABLE reminder (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    kind    TEXT NOT NULL CHECK (kind IN ('unclaimed', 'held')),
    object  INTEGER NOT NULL,
    due_at  INTEGER NOT NULL,
    done_at INTEGER,
    UNIQUE (kind, object)
) STRICT;
CREATE INDEX reminder_due ON reminder (due_at) WHERE done_at IS NULL;

-- What happened, in order. Only ever appended to.
CREATE TABLE event (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    at       INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    inbox_id INTEGER REFERENCES inbox (id),      -- the message it is about
    cause    INTEGER REFERENCES inbox (id),      -- the message that brought it about
    case_id  INTEGER REFERENCES case_file (id),
    actor    TEXT NOT NULL DEFAULT '',
    text     TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX event_inbox ON event (inbox_id);
CREATE INDEX event_cause ON event (cause);
CREATE INDEX event_case ON event (case_id);
