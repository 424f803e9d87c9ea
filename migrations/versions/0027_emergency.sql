-- Changes applied in an emergency, past those who were asked; and who had a change on the screen before they decided.

-- The one way to applied with an open stage. The stages of `revision` that are open still are those that were asked.
CREATE TABLE ops.emergency_review (
    change_id  bigint PRIMARY KEY REFERENCES ops.change_set ON DELETE CASCADE,
    revision   integer NOT NULL,
    digest     text NOT NULL,                                        -- of what was applied
    reason     text NOT NULL CHECK (length(reason) BETWEEN 1 AND 2000),
    opened_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    opened_by  bigint NOT NULL REFERENCES ops.person,
    remind_at  timestamptz NOT NULL DEFAULT clock_timestamp() + interval '1 day',
    closed_at  timestamptz,
    closed_by  bigint REFERENCES ops.person,
    finding    text CHECK (finding IN ('justified', 'not')),
    comment    text CHECK (length(comment) BETWEEN 1 AND 2000),
    CHECK (closed_by <> opened_by),
    CHECK ((closed_at IS NULL) = (closed_by IS NULL)),
    CHECK ((closed_at IS NULL) = (finding IS NULL)),
    CHECK ((closed_at IS NULL) = (comment IS NULL))
);
CREATE INDEX emergency_review_open ON ops.emergency_review (remind_at) WHERE closed_at IS NULL;
CREATE INDEX emergency_review_time ON ops.emergency_review (opened_at DESC);

-- When somebody who could decide first had this revision on the screen.
CREATE TABLE ops.change_seen (
    change_id  bigint NOT NULL REFERENCES ops.change_set ON DELETE CASCADE,
    revision   integer NOT NULL,
    person_id  bigint NOT NULL REFERENCES ops.person ON DELETE CASCADE,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (change_id, revision, person_id)
);

-- Of earlier decisions nobody knows whether the page had been opened: false.
ALTER TABLE ops.decision ADD COLUMN seen_kept boolean NOT NULL DEFAULT false;
ALTER TABLE ops.decision ALTER COLUMN seen_kept SET DEFAULT true;

-- How approvals go is counted over some days, newest first.
CREATE INDEX decision_time ON ops.decision (decided_at DESC);
CREATE INDEX stage_closed ON ops.stage (closed_at DESC) WHERE closed_at IS NOT NULL;
CREATE INDEX stage_due ON ops.stage (due_at) WHERE closed_at IS NULL AND due_at IS NOT NULL;
