-- Changes of many rows: one head, and the rows it is about, frozen.

CREATE TABLE ops.change_bulk (
    change_id       bigint PRIMARY KEY REFERENCES ops.change_set ON DELETE CASCADE,
    mode            text NOT NULL CHECK (mode IN ('whole', 'chunks')),
    selection       jsonb NOT NULL DEFAULT '{}', -- how the rows were chosen: {"list": …}, {"rows": …}, {"import": …}
    columns         text[] NOT NULL,             -- every column that any row of it touches; of a delete, those shown
    after           jsonb,                       -- the same new values for every row; null: each target has its own
    total           integer NOT NULL DEFAULT 0 CHECK (total BETWEEN 0 AND 1000000),
    targets_digest  text,                        -- over all targets, once they are frozen
    wish            text NOT NULL DEFAULT 'run' CHECK (wish IN ('run', 'pause', 'stop')),
    round           integer NOT NULL DEFAULT 0,  -- work of kind bulk has the subject CHANGE:ROUND
    done            integer NOT NULL DEFAULT 0,  -- the last position of this round that has its result
    applied         integer NOT NULL DEFAULT 0,
    same            integer NOT NULL DEFAULT 0,
    moved           integer NOT NULL DEFAULT 0,
    gone            integer NOT NULL DEFAULT 0,
    unseen          integer NOT NULL DEFAULT 0,
    failed          integer NOT NULL DEFAULT 0,
    held            integer NOT NULL DEFAULT 0,
    stopped         integer NOT NULL DEFAULT 0,
    undo_of         bigint REFERENCES ops.change_set,
    started_at      timestamptz,
    finished_at     timestamptz
);
CREATE INDEX change_bulk_undo ON ops.change_bulk (undo_of) WHERE undo_of IS NOT NULL;

-- No foreign key: a million checks one by one would cost more than the rows.
CREATE TABLE ops.change_target (
    change_id  bigint NOT NULL,
    position   integer NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('create', 'update', 'delete')),
    row_key    jsonb,                -- the key's parts as text; null for a row not yet made
    base       jsonb,                -- what stood there when it was frozen, of the touched columns, folded
    after      jsonb,                -- what this row shall be; null: the head's
    state      text NOT NULL DEFAULT 'waiting' CHECK (state IN
               ('waiting', 'applied', 'same', 'moved', 'gone', 'unseen', 'failed', 'held', 'stopped')),
    problem    text,                 -- a sentence for people
    result     jsonb,                -- what was written, where that is not what was asked for; its key, of a new row
    PRIMARY KEY (change_id, position)
);
CREATE UNIQUE INDEX change_target_row ON ops.change_target (change_id, row_key) WHERE row_key IS NOT NULL;
CREATE INDEX change_target_state ON ops.change_target (change_id, state, position)
    WHERE state NOT IN ('waiting', 'applied');

-- What was asked for stays as it was once somebody may have read it; a result may be written.
CREATE FUNCTION ops.change_target_frozen() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF EXISTS (SELECT FROM ops.change_set c WHERE c.id IN (OLD.change_id, NEW.change_id) AND c.state <> 'draft') THEN
        RAISE EXCEPTION 'a row of change % is frozen', OLD.change_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER frozen BEFORE UPDATE OF change_id, position, kind, row_key, base, after ON ops.change_target
    FOR EACH ROW EXECUTE FUNCTION ops.change_target_frozen();
