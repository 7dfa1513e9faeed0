-- The record is a chain: each entry's hash covers the entry and the hash before it (src/store/record.rs). Entries older than this step have none.
ALTER TABLE event ADD COLUMN data TEXT NOT NULL DEFAULT '';   -- what a case is folded from, as JSON; empty: nothing but the sentence
ALTER TABLE event ADD COLUMN hash BLOB NOT NULL DEFAULT x'';

-- No statement of ours changes the record; one that does is a bug, and is refused by the database itself.
CREATE TRIGGER event_stays BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the record is only ever appended to'); END;
CREATE TRIGGER event_remains BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'the record is only ever appended to'); END;
