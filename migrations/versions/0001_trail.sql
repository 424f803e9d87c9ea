-- The trail: events and their salted payloads, in monthly partitions, append-only.

CREATE TABLE ops.event (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    at           timestamptz NOT NULL DEFAULT now(),
    uid          uuid NOT NULL,                -- the event's name inside its own line
    action       text NOT NULL,
    outcome      text NOT NULL DEFAULT 'done' CHECK (outcome IN ('done', 'refused', 'failed')),
    person_id    bigint,
    schema_name  text,
    table_name   text,
    row_key      text,                         -- the address form of the key, for finding only
    change_id    bigint,
    request_id   text,
    line         text NOT NULL,                -- canonical form v1: what is hashed, what is exported
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX event_at ON ops.event (at DESC, id DESC);
CREATE INDEX event_uid ON ops.event (uid);  -- names grow with time (RFC 9562, 5.7): cheap to keep
CREATE INDEX event_row ON ops.event (schema_name, table_name, row_key, id DESC);
CREATE INDEX event_person ON ops.event (person_id, id DESC);
CREATE INDEX event_change ON ops.event (change_id) WHERE change_id IS NOT NULL;

-- Personal values, apart, so that they can be erased without breaking a proof (P41).
CREATE TABLE ops.event_payload (
    uid   uuid NOT NULL,                       -- of the event, written in the same statement
    at    timestamptz NOT NULL DEFAULT now(),
    salt  bytea NOT NULL,
    body  text NOT NULL,                       -- canonical JSON; its salted digest stands in the event
    PRIMARY KEY (uid, at)
) PARTITION BY RANGE (at);

CREATE FUNCTION ops.refuse_to_change_the_trail() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'the trail is append-only: % on %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON ops.event
    FOR EACH ROW EXECUTE FUNCTION ops.refuse_to_change_the_trail();
CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON ops.event
    FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_to_change_the_trail();
CREATE TRIGGER event_payload_append_only BEFORE UPDATE OR DELETE ON ops.event_payload
    FOR EACH ROW EXECUTE FUNCTION ops.refuse_to_change_the_trail();
CREATE TRIGGER event_payload_no_truncate BEFORE TRUNCATE ON ops.event_payload
    FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_to_change_the_trail();

-- Makes one partition and its TRUNCATE guard; a TRUNCATE trigger is not inherited by partitions.
CREATE FUNCTION ops.make_trail_partition(parent text, suffix text, bounds text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    part text := parent || '_' || suffix;
BEGIN
    IF to_regclass(format('ops.%I', part)) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE ops.%I PARTITION OF ops.%I %s', part, parent, bounds);
    EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON ops.%I FOR EACH STATEMENT '
                   'EXECUTE FUNCTION ops.refuse_to_change_the_trail()', part);
END $$;

-- Months from this one on; 24 ahead stand from the first migration.
CREATE FUNCTION ops.make_trail_partitions(months integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog SET timezone = 'UTC' AS $$
DECLARE
    month timestamptz := date_trunc('month', now());
    parent text;
BEGIN
    FOR n IN 0 .. months LOOP
        FOREACH parent IN ARRAY ARRAY['event', 'event_payload'] LOOP
            PERFORM ops.make_trail_partition(
                parent, to_char(month + make_interval(months => n), 'YYYY_MM'),
                format('FOR VALUES FROM (%L) TO (%L)', month + make_interval(months => n),
                       month + make_interval(months => n + 1)));
        END LOOP;
    END LOOP;
END $$;

SELECT ops.make_trail_partition('event', 'default', 'DEFAULT');
SELECT ops.make_trail_partition('event_payload', 'default', 'DEFAULT');
SELECT ops.make_trail_partitions(24);

REVOKE EXECUTE ON FUNCTION ops.make_trail_partition(text, text, text) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION ops.make_trail_partitions(integer) FROM PUBLIC;
