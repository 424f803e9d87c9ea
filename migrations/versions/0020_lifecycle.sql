-- A change set's whole life: revised by somebody, applied at a time, ended by time, undone by another.

ALTER TABLE ops.change_set
    ADD COLUMN apply_at   timestamptz,                    -- not before this moment; null: as soon as everybody agreed
    ADD COLUMN editor_id  bigint REFERENCES ops.person,   -- who made the revision as it stands, where not the proposer
    ADD COLUMN undo_of    bigint REFERENCES ops.change_set;
CREATE INDEX change_set_undo ON ops.change_set (undo_of) WHERE undo_of IS NOT NULL;
CREATE INDEX change_set_expires ON ops.change_set (expires_at)
    WHERE expires_at IS NOT NULL AND state IN ('in_review', 'sent_back', 'approved');
CREATE INDEX change_set_apply_at ON ops.change_set (apply_at) WHERE apply_at IS NOT NULL AND state = 'approved';

-- What a change set was before it was revised. The operations as they stood, so that whoever decides anew can see what
-- became other.
CREATE TABLE ops.revision (
    change_id   bigint NOT NULL REFERENCES ops.change_set ON DELETE CASCADE,
    revision    integer NOT NULL,
    digest      text NOT NULL,
    state       text NOT NULL,               -- the state it was revised in
    failure     text,
    reason      text NOT NULL,
    person_id   bigint NOT NULL REFERENCES ops.person,  -- who made this revision
    revised_by  bigint NOT NULL REFERENCES ops.person,  -- who made the next one
    operations  jsonb NOT NULL,
    made_at     timestamptz,
    revised_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (change_id, revision)
);
