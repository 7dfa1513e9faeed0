-- A delivery that is accepted at the first attempt is written three times in all: queued, begun, settled. Its last attempt stands in its own row;
-- `attempt` keeps the earlier ones, and `every_attempt` shows all. No index but those by which a row is found while mail flows.
-- A letter's bytes stand last again: SQLite reads through a long column to those behind it.
CREATE TABLE letter_new (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT NOT NULL,
    class       TEXT NOT NULL CHECK (class = 'public' OR class = 'confidential' OR class = 'embargoed'),
    message_id  TEXT NOT NULL,
    return_base TEXT NOT NULL DEFAULT '',        -- VERP base address; empty: null reverse-path
    cause       INTEGER REFERENCES inbox (id),   -- the mail that made us write it
    about       INTEGER REFERENCES inbox (id),   -- the post or advisory it carries or speaks of
    case_id     INTEGER REFERENCES case_file (id),
    label       TEXT NOT NULL DEFAULT '',        -- what its summary speaks of: advisory:484:2, post:17
    created_at  INTEGER NOT NULL,
    settled_at  INTEGER,
    return_key  TEXT NOT NULL DEFAULT '',        -- its own return key, see step 8
    return_hash BLOB,
    bytes       BLOB NOT NULL
) STRICT;
INSERT INTO letter_new (id, kind, class, message_id, return_base, cause, about, case_id, label, created_at, settled_at, return_key, return_hash, bytes)
    SELECT id, kind, class, message_id, return_base, cause, about, case_id, label, created_at, settled_at, return_key, return_hash, bytes FROM letter;

CREATE TABLE delivery_new (
    id         INTEGER PRIMARY KEY,              -- rows are never deleted, so that no number is given twice
    letter_id  INTEGER NOT NULL REFERENCES letter_new (id),
    recipient  TEXT NOT NULL COLLATE NOCASE,     -- once a letter
    verp       BLOB,                             -- of the secret part of its return path: siblings begin alike and lie together (decide/keys.rs)
    return_path TEXT NOT NULL DEFAULT '',
    priority   INTEGER NOT NULL,                 -- 1 before 5: a person may be waiting for it
    state      TEXT NOT NULL CHECK (state = 'queued' OR state = 'sending' OR state = 'accepted' OR state = 'deferred' OR state = 'failed'
                                    OR state = 'unknown' OR state = 'withheld'),
    attempts   INTEGER NOT NULL DEFAULT 0,
    queued_at  INTEGER NOT NULL,
    next_at    INTEGER NOT NULL,
    tried_at   INTEGER,                          -- when the last attempt began, unless it stands in `attempt`
    settled_at INTEGER,
    reply      TEXT NOT NULL DEFAULT '',         -- code and enhanced status, never the server's words
    resent     INTEGER NOT NULL DEFAULT 0 CHECK (resent = 0 OR resent = 1),
    bounced_at INTEGER,
    bounce     TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO delivery_new (id, letter_id, recipient, verp, return_path, priority, state, attempts, queued_at, next_at, settled_at, reply, resent, bounced_at,
    bounce) SELECT id, letter_id, recipient, verp, return_path, priority, state, attempts, queued_at, next_at, settled_at, reply, resent, bounced_at, bounce
    FROM delivery;

CREATE TABLE attempt_new (
    id          INTEGER PRIMARY KEY,
    delivery_id INTEGER NOT NULL REFERENCES delivery_new (id),
    started_at  INTEGER NOT NULL,
    ended_at    INTEGER,
    outcome     TEXT NOT NULL CHECK (outcome = 'sending' OR outcome = 'accepted' OR outcome = 'deferred' OR outcome = 'failed' OR outcome = 'unknown'),
    reply       TEXT NOT NULL DEFAULT ''
) STRICT;
-- What was on the wire when the program ended has an end that nobody knows.
INSERT INTO attempt_new SELECT id, delivery_id, started_at, COALESCE(ended_at, started_at), IIF(outcome = 'sending', 'unknown', outcome),
    IIF(outcome = 'sending', 'interrupted', reply) FROM attempt;

-- Addresses at which the last letter that was tried was refused for good. Few; found without going through all deliveries.
CREATE TABLE refusing (
    recipient TEXT PRIMARY KEY NOT NULL COLLATE NOCASE,
    since     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO refusing SELECT recipient, MAX(settled_at) FROM delivery WHERE state = 'failed' AND settled_at IS NOT NULL AND reply NOT LIKE 'unknown%'
    AND NOT EXISTS (SELECT 1 FROM delivery AS later WHERE later.recipient = delivery.recipient AND later.state = 'accepted'
                    AND (later.settled_at, later.id) > (delivery.settled_at, delivery.id)) GROUP BY recipient;

DROP TABLE attempt;
DROP TABLE delivery;
DROP TABLE letter;
ALTER TABLE letter_new RENAME TO letter;
ALTER TABLE delivery_new RENAME TO delivery;
ALTER TABLE attempt_new RENAME TO attempt;
CREATE INDEX letter_message_id ON letter (message_id);
CREATE INDEX letter_about ON letter (about);
CREATE INDEX letter_cause ON letter (cause);
CREATE INDEX letter_created ON letter (created_at, kind);
CREATE INDEX letter_open ON letter (id) WHERE settled_at IS NULL;
CREATE UNIQUE INDEX letter_return ON letter (return_hash) WHERE return_hash IS NOT NULL;
CREATE INDEX delivery_letter ON delivery (letter_id);
CREATE INDEX delivery_due ON delivery (priority, next_at) WHERE settled_at IS NULL AND state <> 'sending';
CREATE UNIQUE INDEX delivery_verp ON delivery (verp) WHERE verp IS NOT NULL;
CREATE INDEX attempt_delivery ON attempt (delivery_id);

-- In the order of `place`: clocks are put back.
CREATE VIEW every_attempt (delivery_id, place, started_at, ended_at, outcome, reply) AS
    SELECT delivery_id, id, started_at, ended_at, outcome, reply FROM attempt
    UNION ALL SELECT id, 9223372036854775807, tried_at, settled_at, state, reply FROM delivery WHERE tried_at IS NOT NULL;
