-- The last alarm about a release that is due and does not go out, so that a restart does not ring again at once.
CREATE TABLE release_alarm (
    case_id INTEGER PRIMARY KEY NOT NULL REFERENCES case_file (id),
    at      INTEGER NOT NULL
) STRICT;
