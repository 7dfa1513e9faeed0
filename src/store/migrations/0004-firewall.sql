-- A letter that the embargo firewall stopped: kept whole until two people let it out or one discards it. Never expires.
CREATE TABLE blocked_letter (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT NOT NULL,
    class       TEXT NOT NULL CHECK (class IN ('public', 'confidential', 'embargoed')),
    message_id  TEXT NOT NULL,
    return_base TEXT NOT NULL DEFAULT '',        -- VERP base address; empty: null reverse-path
    reveals     TEXT NOT NULL DEFAULT '',        -- numbers of the cases it says it is about
    held        INTEGER,                         -- the held post it tells its poster of
    recipients  TEXT NOT NULL,                   -- one address a line
    outsider    TEXT NOT NULL DEFAULT '',        -- who outside the team gets it, and as what, as JSON
    cause       INTEGER REFERENCES inbox (id),
    about       INTEGER REFERENCES inbox (id),
    case_id     INTEGER REFERENCES case_file (id),
    label       TEXT NOT NULL DEFAULT '',
    blocked_at  INTEGER NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('waiting', 'let-out', 'discarded')),
    proposed_by TEXT NOT NULL DEFAULT '',        -- the first person's word, good for a day
    proposed_at INTEGER,
    settled_by  TEXT NOT NULL DEFAULT '',
    settled_at  INTEGER,
    bytes       BLOB NOT NULL
) STRICT;
CREATE INDEX blocked_about ON blocked_letter (about);
CREATE INDEX blocked_cause ON blocked_letter (cause);

-- What the scan found in it: case, rule and place, never the words. A number below zero stands for an advisory without a case.
CREATE TABLE blocked_hit (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    blocked_id INTEGER NOT NULL REFERENCES blocked_letter (id),
    case_id    INTEGER NOT NULL,
    rule       TEXT NOT NULL,
    spot       TEXT NOT NULL
) STRICT;
CREATE INDEX blocked_hit_letter ON blocked_hit (blocked_id);

-- A token for it: SQLite cannot widen a CHECK, so that the table is made anew.
CREATE TABLE token_new (
    hash        BLOB PRIMARY KEY NOT NULL CHECK (length(hash) = 32),
    purpose     TEXT NOT NULL CHECK (purpose IN ('moderate', 'withdraw', 'send', 'case', 'discoverer', 'let-out')),
    person      TEXT NOT NULL DEFAULT '',        -- team member it was made for
    address     TEXT NOT NULL DEFAULT '',        -- poster or discoverer it was made for
    object      INTEGER NOT NULL,                -- held.inbox_id, advisory.id, case_file.id or blocked_letter.id, by purpose
    digest      BLOB NOT NULL,
    version     INTEGER NOT NULL,
    made_at     INTEGER NOT NULL,
    spent_at    INTEGER,
    spent_by    INTEGER REFERENCES inbox (id)
) STRICT;
INSERT INTO token_new SELECT hash, purpose, person, address, object, digest, version, made_at, spent_at, spent_by FROM token;
DROP TABLE token;
ALTER TABLE token_new RENAME TO token;
