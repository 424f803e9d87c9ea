-- What a provider says of a person beside their roles, and until when its word counts.
ALTER TABLE ops.person
    ADD COLUMN groups       text[],                        -- null: the provider never told them in a usable form
    ADD COLUMN attributes   jsonb NOT NULL DEFAULT '{}',   -- the claims OPS_OIDC_ATTRIBUTES names, as texts
    ADD COLUMN rights_at    timestamptz,                   -- the last time the provider told this person's groups
    ADD COLUMN rights_until timestamptz;                   -- rights_at and OPS_RIGHTS_MAX_AGE; the clock keeps it so
UPDATE ops.person SET rights_at = signed_in_at, rights_until = signed_in_at + interval '7 days'
    WHERE signed_in_at IS NOT NULL;
CREATE INDEX person_rights_until ON ops.person (rights_until);

-- The roles that count now: all of them, but those of a provider only while its word is young (P9).
CREATE VIEW ops.held_role AS
    SELECT r.person_id, r.role, r.origin, r.granted_at
    FROM ops.person_role r JOIN ops.person p ON p.id = r.person_id
    WHERE p.disabled_at IS NULL AND (r.origin <> 'provider' OR p.rights_until > now());

ALTER TABLE ops.session
    ADD COLUMN auth_time timestamptz;                      -- when the person proved who they are; null: not told
CREATE INDEX session_sid ON ops.session (iss, sid) WHERE sid IS NOT NULL;

-- By these the clock asks the provider again. Sealed with a key that is not in the database.
CREATE TABLE ops.refresh (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id      bigint NOT NULL REFERENCES ops.person ON DELETE CASCADE,
    session_id     bytea REFERENCES ops.session ON DELETE SET NULL,
    iss            text NOT NULL,
    offline        boolean NOT NULL,                       -- still good when the session is over
    token          text NOT NULL,
    due_at         timestamptz NOT NULL,
    claim          uuid,                                   -- whose turn it is, so that two clocks never both ask
    claimed_until  timestamptz,
    failures       integer NOT NULL DEFAULT 0,
    created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX refresh_due ON ops.refresh (due_at);
CREATE INDEX refresh_person ON ops.refresh (person_id);
CREATE INDEX refresh_session ON ops.refresh (session_id);

-- Logout tokens that were used: none counts twice, and no sign-in that was under way outlives one (P7).
CREATE TABLE ops.logout_token (
    iss         text NOT NULL,
    jti         text NOT NULL,
    sub         text,
    sid         text,
    issued_at   timestamptz NOT NULL,
    kept_until  timestamptz NOT NULL,
    PRIMARY KEY (iss, jti)
);
CREATE INDEX logout_token_sid ON ops.logout_token (iss, sid);
CREATE INDEX logout_token_sub ON ops.logout_token (iss, sub);
CREATE INDEX logout_token_age ON ops.logout_token (kept_until);

-- For the day the provider is gone; used only where OPS_BREAK_GLASS is on.
CREATE TABLE ops.break_glass (
    person_id   bigint PRIMARY KEY REFERENCES ops.person ON DELETE CASCADE,
    password    text NOT NULL,                             -- Argon2id
    totp        text NOT NULL,                             -- sealed
    step        bigint NOT NULL DEFAULT 0,                 -- the newest time step a code was taken for: none twice
    failures    integer NOT NULL DEFAULT 0,
    closed_until timestamptz,                              -- after too many failures
    created_at  timestamptz NOT NULL DEFAULT now()
);
