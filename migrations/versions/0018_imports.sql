-- Files people bring: the upload and what was chosen for it, its rows as they were judged, choices remembered.

CREATE TABLE ops.import_run (
    id            uuid PRIMARY KEY,
    person_id     bigint NOT NULL REFERENCES ops.person,
    schema_name   text NOT NULL,
    table_name    text NOT NULL,
    file          text,                        -- its name in the spool; null once it is deleted
    name          text NOT NULL CHECK (length(name) <= 200), -- what the person's machine calls it
    kind          text NOT NULL CHECK (kind IN ('csv', 'xlsx')),
    bytes         bigint NOT NULL,
    sha256        text NOT NULL,
    plan          jsonb NOT NULL,              -- how it is read, what goes where, how rows are found
    state         text NOT NULL DEFAULT 'uploaded'
                  CHECK (state IN ('uploaded', 'waiting', 'running', 'checked', 'proposed', 'failed', 'cancelled')),
    round         integer NOT NULL DEFAULT 0,  -- of the dry run; work of kind import has the subject RUN:ROUND
    table_digest  text,                        -- the table's shape, and
    rights        text,                        -- a digest of the person's rights on it, when the rows were judged
    fence         bigint NOT NULL DEFAULT 0,
    progress      text,                        -- what the worker is at: rows, twins
    read          bigint NOT NULL DEFAULT 0,   -- rows of the file taken so far, header and empty rows included
    read_bytes    bigint NOT NULL DEFAULT 0,
    position      integer NOT NULL DEFAULT 0,  -- the last staged row
    new           integer NOT NULL DEFAULT 0,
    changed       integer NOT NULL DEFAULT 0,
    same          integer NOT NULL DEFAULT 0,
    bad           integer NOT NULL DEFAULT 0,
    change_id     bigint REFERENCES ops.change_set,
    error         text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    checked_at    timestamptz,
    finished_at   timestamptz
);
CREATE INDEX import_run_person ON ops.import_run (person_id, created_at DESC, id);
CREATE INDEX import_run_change ON ops.import_run (change_id) WHERE change_id IS NOT NULL;

-- No foreign key: a million checks one by one would cost more than the rows. `round` tells a dry run from an
-- earlier one whose rows still wait to be swept away.
CREATE TABLE ops.import_row (
    run_id     uuid NOT NULL,
    round      integer NOT NULL,
    position   integer NOT NULL,
    line       integer NOT NULL,               -- where it begins in the file
    state      text NOT NULL CHECK (state IN ('new', 'changed', 'same', 'bad')),
    cells      json NOT NULL,                  -- as they stand in the file
    row_key    jsonb,                          -- of the row it was found to be, parts as text
    base       jsonb,                          -- what stood there, of the columns that change, folded
    after      jsonb,                          -- what they shall be
    twins      text[],                         -- what must be the only one of its kind in the file
    problems   json,                           -- [[column or null, sentence], …]
    PRIMARY KEY (run_id, round, position)
);
CREATE INDEX import_row_state ON ops.import_row (run_id, round, state, position);

CREATE TABLE ops.import_mapping (
    person_id    bigint NOT NULL REFERENCES ops.person ON DELETE CASCADE,
    schema_name  text NOT NULL,
    table_name   text NOT NULL,
    header       text NOT NULL,                -- a digest of the file's header
    plan         jsonb NOT NULL,
    used_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (person_id, schema_name, table_name, header)
);

-- Whether PostgreSQL takes a text as a value of a type: null, or the SQLSTATE of its refusal. Versions before 16 have
-- no pg_input_is_valid; an exception caught here costs no transaction.
CREATE FUNCTION ops.refusal_of(value text, type text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    -- `to_regtype` knows types alone: nothing else can be named here.
    EXECUTE format('SELECT CAST($1 AS %s)', format_type(to_regtype(type), NULL)) USING value;
    RETURN NULL;
EXCEPTION WHEN data_exception OR integrity_constraint_violation OR program_limit_exceeded
            OR insufficient_resources OR syntax_error_or_access_rule_violation OR feature_not_supported THEN
    RETURN SQLSTATE;
END $$;
