-- People and groups as a provider's SCIM client tells them, the tokens it comes with, and who switched a person off.

-- What SCIM says and what a sign-in's token says are told apart (P4).
ALTER TABLE ops.person_role DROP CONSTRAINT person_role_origin_check;
ALTER TABLE ops.person_role ADD CONSTRAINT person_role_origin_check
    CHECK (origin IN ('provider', 'hand', 'setting', 'scim'));

-- "hand": an owner or a command; SCIM never switches such a person on again. Null with a date: by hand, too.
ALTER TABLE ops.person ADD COLUMN disabled_by text CHECK (disabled_by IN ('hand', 'scim'));
UPDATE ops.person SET disabled_by = 'hand' WHERE disabled_at IS NOT NULL;
-- Names of the groups SCIM puts the person in; null: SCIM does not know them.
ALTER TABLE ops.person ADD COLUMN scim_groups text[];
ALTER TABLE ops.person ADD COLUMN scim_attributes jsonb NOT NULL DEFAULT '{}';

CREATE TABLE ops.scim_token (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    label       text NOT NULL UNIQUE CHECK (length(label) BETWEEN 1 AND 100),
    digest      bytea NOT NULL UNIQUE,       -- SHA-256 of the token: a stolen dump opens nothing
    created_at  timestamptz NOT NULL DEFAULT now(),
    used_at     timestamptz                  -- to the minute
);

CREATE TABLE ops.scim_user (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    position     bigint GENERATED ALWAYS AS IDENTITY UNIQUE,   -- the order of pages
    user_name    text NOT NULL,
    user_key     text NOT NULL UNIQUE,       -- user_name folded: RFC 7643, 4.1.1 compares it without case
    external_id  text,
    active       boolean NOT NULL DEFAULT true,
    resource     jsonb NOT NULL,             -- the other attributes, as they are sent
    -- Null until the attribute that OPS_SCIM_SUBJECT names is there.
    person_id    bigint UNIQUE REFERENCES ops.person,
    version      bigint NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL DEFAULT now(),
    modified_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX scim_user_external ON ops.scim_user (external_id);

CREATE TABLE ops.scim_group (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    position      bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    display_name  text NOT NULL,
    display_key   text NOT NULL,
    external_id   text,
    version       bigint NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now(),
    modified_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX scim_group_display ON ops.scim_group (display_key);
CREATE INDEX scim_group_external ON ops.scim_group (external_id);

CREATE TABLE ops.scim_member (
    group_id  uuid NOT NULL REFERENCES ops.scim_group ON DELETE CASCADE,
    user_id   uuid NOT NULL REFERENCES ops.scim_user ON DELETE CASCADE,
    PRIMARY KEY (group_id, user_id)
);
CREATE INDEX scim_member_user ON ops.scim_member (user_id);

-- Default privileges would give the application more than INSERT and SELECT on a new partition of the trail (P37);
-- writing and reading through the parent needs no right on the partition itself.
CREATE OR REPLACE FUNCTION ops.make_trail_partition(parent text, suffix text, bounds text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    part text := parent || '_' || suffix;
    grantee oid;
BEGIN
    IF to_regclass(format('ops.%I', part)) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE ops.%I PARTITION OF ops.%I %s', part, parent, bounds);
    EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON ops.%I FOR EACH STATEMENT '
                   'EXECUTE FUNCTION ops.refuse_to_change_the_trail()', part);
    FOR grantee IN
        SELECT DISTINCT a.grantee FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.oid = to_regclass(format('ops.%I', part)) AND a.grantee NOT IN (0, c.relowner)
    LOOP
        EXECUTE format('REVOKE ALL ON ops.%I FROM %I', part, pg_get_userbyid(grantee));
    END LOOP;
END $$;
