-- Applications and members are what their events add up to. The events stand in the record, like those of cases; this says which are whose.
CREATE TABLE happening (
    event_id INTEGER PRIMARY KEY NOT NULL REFERENCES event (id),
    room     TEXT NOT NULL CHECK (room IN ('application', 'member')),
    object   INTEGER NOT NULL
) STRICT;
CREATE INDEX happening_object ON happening (room, object);

-- An application on the public list; its number is that of the mail that began it. Repeats what lists ask for, and is written from the events.
CREATE TABLE application_file (
    id           INTEGER PRIMARY KEY NOT NULL REFERENCES inbox (id),
    state        TEXT NOT NULL,
    applicant    TEXT NOT NULL COLLATE NOCASE,
    domain       TEXT NOT NULL COLLATE NOCASE,
    arrived_at   INTEGER NOT NULL,
    since        INTEGER NOT NULL
) STRICT;
CREATE INDEX application_domain ON application_file (domain);

-- The mails of an application, and those that others wrote in its thread.
CREATE TABLE application_mail (
    inbox_id       INTEGER PRIMARY KEY NOT NULL REFERENCES inbox (id),
    application_id INTEGER NOT NULL REFERENCES application_file (id)
) STRICT;
CREATE INDEX application_mails ON application_mail (application_id);

-- A member that is proposed, or whose alias has not answered, is frozen to the lists; this says which it is. Empty: `state` says it all.
ALTER TABLE member ADD COLUMN standing TEXT NOT NULL DEFAULT '' CHECK (standing IN ('', 'proposed', 'unconfirmed'));
ALTER TABLE member ADD COLUMN tls TEXT NOT NULL DEFAULT 'opportunistic' CHECK (tls IN ('opportunistic', 'verify'));

-- The public list of organisations, in its order: names only, no address ever.
CREATE TABLE organisation (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    place  INTEGER NOT NULL,
    name   TEXT NOT NULL UNIQUE CHECK (name NOT LIKE '%@%'),
    listed TEXT NOT NULL DEFAULT ''              -- the policy version that added it; empty: not known
) STRICT;
-- Who came and went since: the change history follows from it.
CREATE TABLE roster_change (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    at           INTEGER NOT NULL,
    verb         TEXT NOT NULL CHECK (verb IN ('added', 'removed')),
    organisation TEXT NOT NULL CHECK (organisation NOT LIKE '%@%')
) STRICT;
-- The history as it was before, newest first by its place.
CREATE TABLE history_line (
    place INTEGER PRIMARY KEY NOT NULL,
    line  TEXT NOT NULL CHECK (line NOT LIKE '%@%')
) STRICT;

CREATE TABLE drill (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    by TEXT NOT NULL
) STRICT;

-- Digests that were given: the row is written with the letter, so that nobody gets one twice.
CREATE TABLE told (
    key TEXT PRIMARY KEY NOT NULL,
    at  INTEGER NOT NULL
) STRICT;

-- Tokens for applications, members and aliases: SQLite cannot widen a CHECK, so that the table is made anew.
CREATE TABLE token_new (
    hash        BLOB PRIMARY KEY NOT NULL CHECK (length(hash) = 32),
    purpose     TEXT NOT NULL CHECK (purpose IN ('moderate', 'withdraw', 'send', 'case', 'discoverer', 'let-out', 'application', 'member', 'alias')),
    person      TEXT NOT NULL DEFAULT '',        -- team member it was made for
    address     TEXT NOT NULL DEFAULT '',        -- poster, discoverer or alias it was made for
    object      INTEGER NOT NULL,                -- held.inbox_id, advisory.id, case_file.id, blocked_letter.id, application_file.id or member.id
    digest      BLOB NOT NULL,
    version     INTEGER NOT NULL,
    made_at     INTEGER NOT NULL,
    spent_at    INTEGER,
    spent_by    INTEGER REFERENCES inbox (id)
) STRICT;
INSERT INTO token_new SELECT hash, purpose, person, address, object, digest, version, made_at, spent_at, spent_by FROM token;
DROP TABLE token;
ALTER TABLE token_new RENAME TO token;
