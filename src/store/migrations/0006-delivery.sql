-- Deliveries and attempts are written more often than all else together. SQLite makes a temporary table for every IN list of a CHECK and of a partial
-- index, each time a row is written: ten for each copy that goes out. The same rules without lists, and no index that is used at a start only.
CREATE TABLE delivery_new (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    letter_id  INTEGER NOT NULL REFERENCES letter (id),
    recipient  TEXT NOT NULL COLLATE NOCASE,
    verp       BLOB,                             -- SHA-256 of the secret part of its return path
    return_path TEXT NOT NULL DEFAULT '',
    priority   INTEGER NOT NULL,                 -- 1 before 5: a person may be waiting for it
    state      TEXT NOT NULL CHECK (state = 'queued' OR state = 'sending' OR state = 'accepted' OR state = 'deferred' OR state = 'failed'
                                    OR state = 'unknown' OR state = 'withheld'),
    attempts   INTEGER NOT NULL DEFAULT 0,
    queued_at  INTEGER NOT NULL,
    next_at    INTEGER NOT NULL,
    settled_at INTEGER,
    reply      TEXT NOT NULL DEFAULT '',         -- code and enhanced status, never the server's words
    resent     INTEGER NOT NULL DEFAULT 0 CHECK (resent = 0 OR resent = 1),
    bounced_at INTEGER,
    bounce     TEXT NOT NULL DEFAULT '',
    UNIQUE (letter_id, recipient)
) STRICT;
INSERT INTO delivery_new SELECT id, letter_id, recipient, verp, return_path, priority, state, attempts, queued_at, next_at, settled_at, reply, resent,
    bounced_at, bounce FROM delivery;

CREATE TABLE attempt_new (
    id          INTEGER PRIMARY KEY,
    delivery_id INTEGER NOT NULL REFERENCES delivery_new (id),
    started_at  INTEGER NOT NULL,
    ended_at    INTEGER,
    outcome     TEXT NOT NULL DEFAULT 'sending' CHECK (outcome = 'sending' OR outcome = 'accepted' OR outcome = 'deferred' OR outcome = 'failed'
                                                       OR outcome = 'unknown'),
    reply       TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO attempt_new SELECT id, delivery_id, started_at, ended_at, outcome, reply FROM attempt;

DROP TABLE attempt;
DROP TABLE delivery;
ALTER TABLE delivery_new RENAME TO delivery;
ALTER TABLE attempt_new RENAME TO attempt;
CREATE INDEX delivery_due ON delivery (priority, next_at) WHERE settled_at IS NULL AND state <> 'sending';
CREATE INDEX delivery_recipient ON delivery (recipient);
CREATE INDEX delivery_open ON delivery (letter_id) WHERE settled_at IS NULL;
CREATE UNIQUE INDEX delivery_verp ON delivery (verp) WHERE verp IS NOT NULL;
CREATE INDEX attempt_delivery ON attempt (delivery_id);
