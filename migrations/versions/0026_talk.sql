-- Baskets, what is said about a change, and the files that hang on it.

-- What somebody collects and has not sent in: theirs alone, one each. Nothing here is a change yet; the door makes one
-- of it (docs/decisions/0015-a-basket-is-no-change.md). Bases are what the forms showed.
CREATE TABLE ops.basket (
    person_id   bigint PRIMARY KEY REFERENCES ops.person ON DELETE CASCADE,
    reason      text NOT NULL DEFAULT '',
    changed_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX basket_age ON ops.basket (changed_at);
CREATE TABLE ops.basket_row (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id     bigint NOT NULL REFERENCES ops.basket ON DELETE CASCADE,
    version       integer NOT NULL DEFAULT 1,  -- another one whenever the row is added again
    form_token    text NOT NULL,               -- of the form it came by, and its place there: sent twice, added once
    place         integer NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('create', 'update', 'delete')),
    schema_name   text NOT NULL,
    table_name    text NOT NULL,
    table_digest  text NOT NULL,
    row_key       text,                        -- in address form; NULL: a row that is not made yet
    base          jsonb NOT NULL,
    after         jsonb NOT NULL,
    links         jsonb NOT NULL DEFAULT '{}', -- values of rows made before it: column -> {"row": id, "column": …}
    added_at      timestamptz NOT NULL DEFAULT now(),
    CHECK ((row_key IS NULL) = (kind = 'create'))
);
CREATE UNIQUE INDEX basket_row_new ON ops.basket_row (person_id, form_token, place) WHERE row_key IS NULL;
CREATE UNIQUE INDEX basket_row_once ON ops.basket_row (person_id, schema_name, table_name, row_key)
    WHERE row_key IS NOT NULL;

-- The number beside the basket; a function, so that its plan is kept.
CREATE FUNCTION ops.basket_size(of_person bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
    RETURN (SELECT count(*) FROM ops.basket_row b WHERE b.person_id = of_person);
END $$;

-- What is said about a change. It is never altered; it goes with its change alone.
CREATE TABLE ops.change_comment (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    change_id  bigint NOT NULL REFERENCES ops.change_set ON DELETE CASCADE,
    person_id  bigint NOT NULL REFERENCES ops.person,
    revision   integer NOT NULL,
    text       text NOT NULL CHECK (length(text) BETWEEN 1 AND 4000),
    mentions   bigint[] NOT NULL DEFAULT '{}',
    token      text NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (change_id, person_id, token)
);
CREATE INDEX change_comment_of ON ops.change_comment (change_id, id);

CREATE FUNCTION ops.said_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    -- The foreign key that takes a comment along with its change is a trigger itself.
    IF TG_OP = 'DELETE' AND pg_trigger_depth() > 1 THEN
        RETURN old;
    END IF;
    RAISE EXCEPTION 'what was said about a change stays as it was said';
END $$;
CREATE TRIGGER said_stays BEFORE UPDATE OR DELETE ON ops.change_comment
    FOR EACH ROW EXECUTE FUNCTION ops.said_stays();

-- Files on a change. `file` is the name in the spool, NULL once it is gone; name and digest stay.
CREATE TABLE ops.change_file (
    id          uuid PRIMARY KEY,
    change_id   bigint NOT NULL REFERENCES ops.change_set ON DELETE CASCADE,
    person_id   bigint NOT NULL REFERENCES ops.person,
    revision    integer NOT NULL,
    name        text NOT NULL,
    bytes       bigint NOT NULL,
    sha256      text NOT NULL,
    file        text,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    removed_at  timestamptz,
    removed_by  bigint REFERENCES ops.person  -- NULL beside removed_at: its time was over
);
CREATE INDEX change_file_of ON ops.change_file (change_id, at);
CREATE INDEX change_file_kept ON ops.change_file (file) WHERE file IS NOT NULL;
