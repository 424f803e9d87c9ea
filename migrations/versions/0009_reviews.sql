-- Who held which role, and what roles meant, at any moment: kept by the database itself, whoever writes.

CREATE TABLE ops.role_period (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id  bigint NOT NULL REFERENCES ops.person ON DELETE CASCADE,
    role       text NOT NULL,
    origin     text NOT NULL,
    since      timestamptz NOT NULL,
    until      timestamptz
);
CREATE UNIQUE INDEX role_period_open ON ops.role_period (person_id, role, origin) WHERE until IS NULL;
CREATE INDEX role_period_person ON ops.role_period (person_id, since);

-- Switched off, a person holds nothing, whatever stands with them.
CREATE TABLE ops.off_period (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id  bigint NOT NULL REFERENCES ops.person ON DELETE CASCADE,
    since      timestamptz NOT NULL,
    until      timestamptz
);
CREATE UNIQUE INDEX off_period_open ON ops.off_period (person_id) WHERE until IS NULL;

-- A role, or a right of a role on a table, as it stood: the whole row.
CREATE TABLE ops.right_period (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind   text NOT NULL CHECK (kind IN ('role', 'role_table')),
    role   text NOT NULL,
    said   jsonb NOT NULL,
    since  timestamptz NOT NULL,
    until  timestamptz
);
CREATE INDEX right_period_open ON ops.right_period (kind, role) WHERE until IS NULL;
CREATE INDEX right_period_since ON ops.right_period (since);

INSERT INTO ops.role_period (person_id, role, origin, since)
    SELECT person_id, role, origin, granted_at FROM ops.person_role;
INSERT INTO ops.off_period (person_id, since) SELECT id, disabled_at FROM ops.person WHERE disabled_at IS NOT NULL;
INSERT INTO ops.right_period (kind, role, said, since) SELECT 'role', name, to_jsonb(r), created_at FROM ops.role r;
INSERT INTO ops.right_period (kind, role, said, since) SELECT 'role_table', role, to_jsonb(r), now() FROM ops.role_table r;

CREATE FUNCTION ops.keep_role_period() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        UPDATE ops.role_period SET until = clock_timestamp()
        WHERE person_id = old.person_id AND role = old.role AND origin = old.origin AND until IS NULL;
    END IF;
    IF TG_OP IN ('UPDATE', 'INSERT') THEN
        INSERT INTO ops.role_period (person_id, role, origin, since)
        VALUES (new.person_id, new.role, new.origin, clock_timestamp());
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_role_period AFTER INSERT OR UPDATE OR DELETE ON ops.person_role
    FOR EACH ROW EXECUTE FUNCTION ops.keep_role_period();

CREATE FUNCTION ops.keep_off_period() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF new.disabled_at IS NULL THEN
        UPDATE ops.off_period SET until = clock_timestamp() WHERE person_id = new.id AND until IS NULL;
    ELSE
        INSERT INTO ops.off_period (person_id, since) VALUES (new.id, clock_timestamp());
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_off_period AFTER UPDATE ON ops.person
    FOR EACH ROW WHEN ((old.disabled_at IS NULL) <> (new.disabled_at IS NULL)) EXECUTE FUNCTION ops.keep_off_period();
CREATE TRIGGER keep_off_period_new AFTER INSERT ON ops.person
    FOR EACH ROW WHEN (new.disabled_at IS NOT NULL) EXECUTE FUNCTION ops.keep_off_period();

CREATE FUNCTION ops.keep_right_period() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(old) END;
    now jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(new) END;
BEGIN
    IF was IS NOT NULL THEN
        UPDATE ops.right_period SET until = clock_timestamp()
        WHERE kind = TG_TABLE_NAME AND role = coalesce(was->>'role', was->>'name') AND said = was AND until IS NULL;
    END IF;
    IF now IS NOT NULL THEN
        INSERT INTO ops.right_period (kind, role, said, since)
        VALUES (TG_TABLE_NAME, coalesce(now->>'role', now->>'name'), now, clock_timestamp());
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_right_period AFTER INSERT OR UPDATE OR DELETE ON ops.role
    FOR EACH ROW EXECUTE FUNCTION ops.keep_right_period();
CREATE TRIGGER keep_right_period AFTER INSERT OR UPDATE OR DELETE ON ops.role_table
    FOR EACH ROW EXECUTE FUNCTION ops.keep_right_period();

-- An access review: who held what on a date, judged line by line, signed off once.
CREATE TABLE ops.access_review (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    as_of       timestamptz NOT NULL,
    note        text NOT NULL DEFAULT '' CHECK (length(note) <= 2000),
    started_by  bigint NOT NULL REFERENCES ops.person,
    started_at  timestamptz NOT NULL DEFAULT now(),
    signed_by   bigint REFERENCES ops.person,
    signed_at   timestamptz,
    CHECK ((signed_by IS NULL) = (signed_at IS NULL))
);
CREATE TABLE ops.access_review_line (
    review_id   bigint NOT NULL REFERENCES ops.access_review ON DELETE CASCADE,
    person_id   bigint NOT NULL REFERENCES ops.person,
    role        text NOT NULL,
    origin      text NOT NULL,
    since       timestamptz NOT NULL,
    verdict     text CHECK (verdict IN ('keep', 'remove')),
    comment     text NOT NULL DEFAULT '' CHECK (length(comment) <= 2000),
    judged_by   bigint REFERENCES ops.person,
    judged_at   timestamptz,
    PRIMARY KEY (review_id, person_id, role, origin),
    CHECK ((verdict IS NULL) = (judged_by IS NULL)),
    -- Nobody judges whether they keep their own roles (P17).
    CONSTRAINT access_review_line_not_oneself CHECK (judged_by IS DISTINCT FROM person_id)
);
CREATE INDEX access_review_line_open ON ops.access_review_line (review_id) WHERE verdict IS NULL;
