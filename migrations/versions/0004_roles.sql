-- A company's own roles, what every role may do with each table, and the stamp that says when either changed.

CREATE TABLE ops.role (
    name         text PRIMARY KEY
                 CONSTRAINT role_name_shape CHECK (name ~ '^[a-z][a-z0-9_.-]{0,62}$')
                 -- These are code (ops/roles/built_in.py); nobody makes another role of their name.
                 CONSTRAINT role_name_reserved
                 CHECK (name NOT IN ('viewer', 'operator', 'manager', 'auditor', 'owner')),
    label        text NOT NULL CONSTRAINT role_label_filled CHECK (label ~ '\S' AND length(label) <= 100),
    description  text NOT NULL DEFAULT '',
    permissions  text[] NOT NULL DEFAULT '{}'
                 CONSTRAINT role_permissions_shape
                 CHECK (array_position(permissions, NULL) IS NULL
                        AND array_to_string(permissions, ',') ~ '^([a-z]+\.[a-z_]+(,(?=.)|$))*$'),
    created_at   timestamptz NOT NULL DEFAULT now()
);

-- '*' stands for any table of the schema, or for any table at all; the most specific row of a role counts.
CREATE TABLE ops.role_table (
    role         text NOT NULL,
    schema_name  text NOT NULL DEFAULT '*' CONSTRAINT role_table_of_the_company CHECK (schema_name <> 'ops'),
    table_name   text NOT NULL DEFAULT '*',
    verbs        text[] NOT NULL DEFAULT '{}'
                 CONSTRAINT role_table_verbs_known
                 CHECK (verbs <@ ARRAY['see', 'create', 'edit', 'delete', 'export', 'act', 'approve']),
    rows         text NOT NULL DEFAULT '' CONSTRAINT role_table_rows_length CHECK (length(rows) <= 4000),
    hidden       text[] NOT NULL DEFAULT '{}'
                 CONSTRAINT role_table_hidden_filled CHECK (array_position(hidden, NULL) IS NULL),
    masked       jsonb NOT NULL DEFAULT '{}'     -- column -> pattern
                 CONSTRAINT role_table_masked_known CHECK (
                     CASE WHEN jsonb_typeof(masked) = 'object' THEN NOT jsonb_path_exists(masked,
                         'strict $.* ? (@.type() != "string" || !(@ like_regex "^(last4|email|hash|full)$"))')
                     ELSE false END),
    readonly     text[] NOT NULL DEFAULT '{}'
                 CONSTRAINT role_table_readonly_filled CHECK (array_position(readonly, NULL) IS NULL),
    PRIMARY KEY (role, schema_name, table_name),
    CONSTRAINT role_table_any_schema CHECK (schema_name <> '*' OR table_name = '*')
);

-- Whoever keeps rights in memory compares this; it is random, so that two states never share a stamp.
CREATE TABLE ops.rights (
    only_one  boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    stamp     uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO ops.rights DEFAULT VALUES;

CREATE FUNCTION ops.stamp_rights() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    UPDATE ops.rights SET stamp = gen_random_uuid();
    RETURN NULL;
END $$;
CREATE TRIGGER stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ops.role
    FOR EACH STATEMENT EXECUTE FUNCTION ops.stamp_rights();
CREATE TRIGGER stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ops.role_table
    FOR EACH STATEMENT EXECUTE FUNCTION ops.stamp_rights();

-- A right names a role that is there. Built-in roles have no row, so no foreign key can say it.
CREATE FUNCTION ops.role_is_there() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF new.role NOT IN ('viewer', 'operator', 'manager', 'auditor', 'owner') THEN
        PERFORM FROM ops.role WHERE name = new.role FOR KEY SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'There is no role "%". Make the role first.', new.role
                USING ERRCODE = 'foreign_key_violation';
        END IF;
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER role_is_there BEFORE INSERT OR UPDATE ON ops.role_table
    FOR EACH ROW EXECUTE FUNCTION ops.role_is_there();

-- A role keeps its name, and goes only when nothing gives or describes it any more: one made later under the
-- same name must not inherit what this one had.
CREATE FUNCTION ops.role_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF new.name <> old.name THEN
            RAISE EXCEPTION 'A role keeps its name; its label can be changed.'
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN new;
    END IF;
    IF EXISTS (SELECT FROM ops.role_table t WHERE t.role = old.name)
        OR EXISTS (SELECT FROM ops.group_role g WHERE g.role = old.name)
        OR EXISTS (SELECT FROM ops.person_role r WHERE r.role = old.name AND r.origin = 'hand') THEN
        RAISE EXCEPTION 'The role "%" is still in use: take away its rights on tables, its groups and its people first.',
            old.name USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN old;
END $$;
CREATE TRIGGER role_stays BEFORE UPDATE OR DELETE ON ops.role
    FOR EACH ROW EXECUTE FUNCTION ops.role_stays();

-- The key of the mask "hash". It stands beside the values it masks, so it is worth no more than they are, and it
-- outlives a change of OPS_SECRET_KEY (docs/decisions/0005).
ALTER TABLE ops.installation ADD COLUMN mask_key bytea NOT NULL
    DEFAULT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
    CHECK (length(mask_key) = 32);
