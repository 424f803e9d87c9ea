-- A lone owner's change of rights takes effect after a day; who mapped a group, and when, is told by the trail.
ALTER TABLE ops.stage ADD COLUMN lapses_at timestamptz;
CREATE INDEX stage_lapses ON ops.stage (lapses_at) WHERE closed_at IS NULL AND lapses_at IS NOT NULL;

-- What passes the door was given by a person's hand.
ALTER TABLE ops.person_role ALTER COLUMN origin SET DEFAULT 'hand';

-- A role that is given or mapped must be there. What a provider or a setting says is resolved by the mapping,
-- which has passed this already.
CREATE FUNCTION ops.given_role_is_there() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF new.role NOT IN ('viewer', 'operator', 'manager', 'auditor', 'owner') THEN
        PERFORM FROM ops.role WHERE name = new.role FOR KEY SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'There is no role "%". Make the role first.', new.role;
        END IF;
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER role_is_there BEFORE INSERT OR UPDATE ON ops.person_role
    FOR EACH ROW WHEN (new.origin = 'hand') EXECUTE FUNCTION ops.given_role_is_there();
CREATE TRIGGER role_is_there BEFORE INSERT OR UPDATE ON ops.group_role
    FOR EACH ROW EXECUTE FUNCTION ops.given_role_is_there();
