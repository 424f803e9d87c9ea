-- What the application's role gets where it is not the schema's owner: all it works with, and of the trail only
-- INSERT and SELECT (level A, P37). `ops migrate` calls it each time; a later migration that adds to the trail
-- replaces it.
CREATE FUNCTION ops.grant_application(application name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    trail oid[] := ARRAY(
        SELECT part.relid FROM unnest(ARRAY['ops.event', 'ops.event_payload']) AS head (name)
        CROSS JOIN LATERAL pg_partition_tree(head.name::regclass) AS part);
    one record;
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA ops TO %I', application);
    EXECUTE format('REVOKE CREATE ON SCHEMA ops FROM %I, PUBLIC', application);
    FOR one IN
        SELECT c.oid, c.relname, c.relispartition FROM pg_class c
        WHERE c.relnamespace = 'ops'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') ORDER BY c.oid
    LOOP
        EXECUTE format('REVOKE ALL ON ops.%I FROM %I, PUBLIC', one.relname, application);
        IF one.oid = ANY (trail) THEN
            -- Through the parent no right on a partition is needed.
            IF NOT one.relispartition THEN
                EXECUTE format('GRANT SELECT, INSERT ON ops.%I TO %I', one.relname, application);
            END IF;
        ELSIF one.relname = 'alembic_version' THEN
            EXECUTE format('GRANT SELECT ON ops.%I TO %I', one.relname, application);
        ELSE
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ops.%I TO %I', one.relname, application);
        END IF;
    END LOOP;
    EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ops TO %I', application);
    -- For tables made later, by hand or by an older version's migrations; of the trail's partitions
    -- ops.make_trail_partition takes it back at once.
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA ops GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I',
                   application);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA ops GRANT USAGE, SELECT ON SEQUENCES TO %I', application);
END $$;
REVOKE EXECUTE ON FUNCTION ops.grant_application(name) FROM PUBLIC;
