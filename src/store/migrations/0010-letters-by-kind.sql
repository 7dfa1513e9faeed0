-- How many letters of a kind there were lately is asked at every mail: by the time alone, each answer went through all letters of a day.
DROP INDEX letter_created;
CREATE INDEX letter_kind ON letter (kind, created_at);
