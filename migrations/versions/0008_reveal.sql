-- Which masked cell is shown in full to whom, in which session, until when: never what stands in it. The trail
-- keeps who revealed what and why; a row here is only the permission for some minutes, and goes with the session.
CREATE TABLE ops.reveal (
    person_id    bigint NOT NULL REFERENCES ops.person ON DELETE CASCADE,
    session_id   bytea NOT NULL REFERENCES ops.session ON DELETE CASCADE,
    schema_name  text NOT NULL,
    table_name   text NOT NULL,
    row_key      text NOT NULL,
    column_name  text NOT NULL,
    reason       text NOT NULL CONSTRAINT reveal_reason_filled CHECK (reason ~ '\S' AND length(reason) <= 500),
    revealed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    until        timestamptz NOT NULL,
    PRIMARY KEY (session_id, schema_name, table_name, row_key, column_name)
);
CREATE INDEX reveal_person ON ops.reveal (person_id);
CREATE INDEX reveal_until ON ops.reveal (until);
