-- Around approvals: who decides for whom while they are away, and what people are told, where and when.

-- For these days `to_person` may sit where `from_person` may. Nothing else is delegated: what is to be decided they
-- must be able to see themselves, and `from_person` must still be one of those who are asked.
CREATE TABLE ops.delegation (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    from_person  bigint NOT NULL REFERENCES ops.person ON DELETE CASCADE,
    to_person    bigint NOT NULL REFERENCES ops.person ON DELETE CASCADE,
    starts_at    timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    reason       text NOT NULL CHECK (length(reason) BETWEEN 1 AND 2000),
    form_token   text,                                               -- of the form that made it: made once
    created_at   timestamptz NOT NULL DEFAULT now(),
    ended_at     timestamptz,                                        -- taken back before its time
    ended_by     bigint REFERENCES ops.person ON DELETE SET NULL,
    CHECK (from_person <> to_person),
    CHECK (ends_at > starts_at),
    UNIQUE (from_person, form_token)
);
CREATE INDEX delegation_to ON ops.delegation (to_person, ends_at) WHERE ended_at IS NULL;
CREATE INDEX delegation_from ON ops.delegation (from_person, ends_at DESC);

-- Those that count at this moment; whoever asks who may sit for whom reads this. Who is switched off lends nothing.
CREATE VIEW ops.delegation_now AS
    SELECT d.id, d.from_person, d.to_person, f.name AS from_name, d.starts_at, d.ends_at
    FROM ops.delegation d
    JOIN ops.person f ON f.id = d.from_person AND f.disabled_at IS NULL
    JOIN ops.person o ON o.id = d.to_person AND o.disabled_at IS NULL
    WHERE d.ended_at IS NULL AND d.starts_at <= now() AND d.ends_at > now();

-- A decision for somebody fills their seat: they stand on the deciders' side too, so a maker's seat is nobody's, and
-- neither of the two fills another seat of the revision (P27, P32).
ALTER TABLE ops.decision
    ADD COLUMN on_behalf_of bigint,
    ADD CHECK (on_behalf_of <> person_id),
    ADD FOREIGN KEY (change_id, on_behalf_of, side) REFERENCES ops.change_party (change_id, person_id, side);
CREATE UNIQUE INDEX decision_seat ON ops.decision (change_id, revision, (coalesce(on_behalf_of, person_id)));

-- Notices: what they are about, and how they travel ------------------------------------------------------

ALTER TABLE ops.notice
    ADD COLUMN kind       text NOT NULL DEFAULT 'other',
    ADD COLUMN change_id  bigint REFERENCES ops.change_set ON DELETE CASCADE,
    ADD COLUMN route      text NOT NULL DEFAULT 'app' CHECK (route IN ('app', 'mail', 'digest')),
    ADD COLUMN digest_id  bigint,                                    -- the daily mail it went with
    ADD COLUMN mailed_at  timestamptz;
CREATE INDEX notice_page ON ops.notice (person_id, id DESC);
CREATE INDEX notice_change ON ops.notice (change_id) WHERE change_id IS NOT NULL AND read_at IS NULL;
CREATE INDEX notice_digest ON ops.notice (person_id) WHERE route = 'digest' AND digest_id IS NULL;
CREATE INDEX notice_age ON ops.notice (created_at);

-- What somebody chose for a kind of notice; without a row the kind's own usual way.
CREATE TABLE ops.notice_choice (
    person_id  bigint NOT NULL REFERENCES ops.person ON DELETE CASCADE,
    kind       text NOT NULL,
    route      text NOT NULL CHECK (route IN ('app', 'mail', 'digest', 'none')),
    PRIMARY KEY (person_id, kind)
);

-- The hour of their own day at which somebody gets the daily mail.
CREATE TABLE ops.notice_hour (
    person_id  bigint PRIMARY KEY REFERENCES ops.person ON DELETE CASCADE,
    hour       integer NOT NULL CHECK (hour BETWEEN 0 AND 23)
);

-- One daily mail: once for a person's day, whatever happens to the clock.
CREATE TABLE ops.digest (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id  bigint NOT NULL REFERENCES ops.person ON DELETE CASCADE,
    day        date NOT NULL,
    made_at    timestamptz NOT NULL DEFAULT now(),
    mailed_at  timestamptz,
    UNIQUE (person_id, day)
);
