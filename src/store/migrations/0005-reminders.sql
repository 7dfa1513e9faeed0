-- Reminders of cases that were given. What is due is computed from the record of a case (src/cases/reminders.rs); this says what went out.
-- The row is written with the letter: whoever finds it knows that the letter is queued, and nobody gets it twice.
CREATE TABLE reminded (
    case_id  INTEGER NOT NULL REFERENCES case_file (id),
    key      TEXT NOT NULL,                      -- the same for the same reminder, for ever; unique in the case
    kind     TEXT NOT NULL,
    whom     TEXT NOT NULL,                      -- names of the team, separated by a comma
    due_at   INTEGER NOT NULL,
    given_at INTEGER NOT NULL,
    PRIMARY KEY (case_id, key)
) STRICT;
