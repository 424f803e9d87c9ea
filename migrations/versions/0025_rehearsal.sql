-- Rehearsals: what a change that waits would do, found by a worker that runs it and rolls it back.

-- One each time it was looked at, the last one is shown. `findings` holds counts and sentences, never values of rows.
CREATE TABLE ops.rehearsal (
    change_id  bigint NOT NULL REFERENCES ops.change_set ON DELETE CASCADE,
    round      integer NOT NULL CHECK (round > 0),
    revision   integer NOT NULL,
    digest     text NOT NULL,                                     -- of what was run
    asked_at   timestamptz NOT NULL DEFAULT now(),
    asked_by   bigint REFERENCES ops.person ON DELETE SET NULL,   -- NULL: the platform, after it was submitted
    found_at   timestamptz,
    outcome    text CHECK (outcome IN ('applies', 'partly', 'stops', 'conflicts', 'asks', 'refused', 'busy', 'slow',
                                       'over', 'given_up')),
    findings   jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (change_id, round),
    CHECK ((found_at IS NULL) = (outcome IS NULL))
);
