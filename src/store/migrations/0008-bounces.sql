-- A letter's own return key: the detail of a return path that several recipients share, and the id of the envelope (RFC 3461 4.4) that a report repeats.
-- It names the letter and no recipient. The hash finds it again; letters from before have none.
ALTER TABLE letter ADD COLUMN return_key TEXT NOT NULL DEFAULT '';
ALTER TABLE letter ADD COLUMN return_hash BLOB;
CREATE UNIQUE INDEX letter_return ON letter (return_hash) WHERE return_hash IS NOT NULL;
