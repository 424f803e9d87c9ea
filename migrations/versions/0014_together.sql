-- Rows that are made together and refer to each other, and who has which record open.

-- column -> {"position", "column"}: the value that operation of the same change gives its new row there.
ALTER TABLE ops.operation ADD COLUMN links jsonb;

-- Lost in a crash it is right again half a minute later: nobody waits for the disk.
CREATE UNLOGGED TABLE ops.presence (
    schema_name  text NOT NULL,
    table_name   text NOT NULL,
    row_key      text NOT NULL CHECK (length(row_key) <= 2000),
    person_id    bigint NOT NULL REFERENCES ops.person ON DELETE CASCADE,
    editing      boolean NOT NULL,
    seen_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (schema_name, table_name, row_key, person_id)
);
CREATE INDEX presence_seen ON ops.presence (seen_at);
