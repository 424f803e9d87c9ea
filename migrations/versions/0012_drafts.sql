-- What people typed and have not sent.

CREATE TABLE ops.draft (
    person_id  bigint NOT NULL REFERENCES ops.person ON DELETE CASCADE,
    address    text NOT NULL CHECK (length(address) <= 2000),
    token      text NOT NULL,                  -- of the form: sent with success, the draft is over
    fields     text NOT NULL CHECK (length(fields) <= 131072),
    saved_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (person_id, address)
);
CREATE INDEX draft_saved ON ops.draft (saved_at);

-- Sent by a session that had expired: nobody's yet. No reference to the session: it goes at the next sign-in.
CREATE TABLE ops.draft_parked (
    session_id  bytea NOT NULL,
    address     text NOT NULL CHECK (length(address) <= 2000),
    person_id   bigint NOT NULL REFERENCES ops.person ON DELETE CASCADE,
    token       text NOT NULL,
    fields      text NOT NULL CHECK (length(fields) <= 131072),
    parked_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (session_id, address)
);
CREATE INDEX draft_parked_at ON ops.draft_parked (parked_at);
