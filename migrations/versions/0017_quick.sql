-- What every page and every save asks first and does last, as functions: PostgreSQL plans a statement anew each time
-- it is sent, and a pooler in transaction mode lets nobody keep a prepared one, but the plans of a function stay.
-- Planning was most of what these statements cost. None of them decides anything, and none runs as its owner.

-- What an actor is made of. What a provider said counts no longer than its roles do (P9). The stamp comes along, so
-- that rights in memory are known to be today's without another round trip.
CREATE VIEW ops.person_now AS
    SELECT p.id, p.name, p.timezone, p.locale, p.sub, p.email,
        CASE WHEN p.email_verified THEN p.email END AS verified,
        CASE WHEN p.rights_until > now() THEN p.groups END AS told_groups, p.scim_groups,
        CASE WHEN p.rights_until > now() THEN p.attributes ELSE jsonb_build_object() END || p.scim_attributes
            AS attributes,
        (SELECT stamp::text FROM ops.rights) AS stamp,
        ARRAY(SELECT DISTINCT r.role FROM ops.held_role r WHERE r.person_id = p.id) AS held
    FROM ops.person p WHERE p.disabled_at IS NULL;

-- The two numbers of the frame, capped: nobody reads more than "99", and a page must not wait for them. What waits
-- comes with its tables: which of these a person may approve follows from the catalog and their rights, in memory.
-- The condition is that of ops/approvals/waiting.py; a test holds the two equal.
CREATE FUNCTION ops.frame_counts(of_person bigint, of_roles text[]) RETURNS TABLE (unread bigint, waiting jsonb)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
#variable_conflict use_column
BEGIN
    unread := (SELECT count(*) FROM (SELECT 1 FROM ops.notice n
        WHERE n.person_id = of_person AND n.read_at IS NULL LIMIT 100) AS n);
    waiting := (SELECT coalesce(jsonb_agg(jsonb_build_array(w.tables, w.many)), '[]') FROM (
        SELECT c.tables, count(*) AS many FROM (
            SELECT (SELECT jsonb_agg(DISTINCT jsonb_build_array(o.schema_name, o.table_name))
                    FROM ops.operation o WHERE o.change_id = c.id) AS tables
            FROM ops.change_set c
            WHERE c.state = 'in_review'
            AND (SELECT s.role FROM ops.stage s
                 WHERE s.change_id = c.id AND s.revision = c.revision AND s.closed_at IS NULL
                 ORDER BY s.position LIMIT 1) = ANY(of_roles)
            AND NOT EXISTS (SELECT FROM ops.change_party y
                            WHERE y.change_id = c.id AND y.person_id = of_person AND y.side = 'maker')
            AND NOT EXISTS (SELECT FROM ops.decision d
                            WHERE d.change_id = c.id AND d.revision = c.revision AND d.person_id = of_person)
            LIMIT 100) AS c GROUP BY c.tables) AS w);
    RETURN NEXT;
END $$;

-- Who a cookie's digest stands for, within the limits of this clock: session, person, roles and the frame's numbers.
CREATE FUNCTION ops.arrival(
    of_session bytea, idle_seconds double precision, touch_seconds double precision, counted boolean)
RETURNS TABLE (
    data jsonb, stale boolean, auth_age double precision, id bigint, name text, timezone text, locale text, sub text,
    email text, verified text, told_groups text[], scim_groups text[], attributes jsonb, stamp text, held text[],
    unread bigint, waiting jsonb)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
#variable_conflict use_column
BEGIN
    SELECT s.data - 'id_token' - 'pending', s.seen_at < now() - make_interval(secs => touch_seconds),
        CAST(extract(epoch FROM now() - s.auth_time) AS double precision),
        p.id, p.name, p.timezone, p.locale, p.sub, p.email, p.verified, p.told_groups, p.scim_groups, p.attributes,
        p.stamp, p.held
    INTO data, stale, auth_age, id, name, timezone, locale, sub, email, verified, told_groups, scim_groups,
        attributes, stamp, held
    FROM ops.session s JOIN ops.person_now p ON p.id = s.person_id
    WHERE s.id = of_session AND s.expires_at > now() AND s.seen_at > now() - make_interval(secs => idle_seconds);
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF counted THEN
        SELECT c.unread, c.waiting INTO unread, waiting FROM ops.frame_counts(id, held) AS c;
    END IF;
    RETURN NEXT;
END $$;

-- Claims a form's token and reads the rules and what the person may today. A second form with the same token waits
-- here until the first has committed or rolled back: then it finds the first result, or is the first itself.
CREATE FUNCTION ops.take_form(of_person bigint, of_token text)
RETURNS TABLE (
    new boolean, change_id bigint, rules jsonb, id bigint, name text, timezone text, locale text, sub text,
    verified text, told_groups text[], scim_groups text[], attributes jsonb, stamp text, held text[])
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO ops.form_token (person_id, token) VALUES (of_person, of_token)
        ON CONFLICT (person_id, token) DO NOTHING;
    new := FOUND;
    IF NOT new THEN
        SELECT f.change_id INTO change_id FROM ops.form_token f WHERE f.person_id = of_person AND f.token = of_token;
    END IF;
    rules := (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'name', r.name, 'schema', r.schema_name, 'table', r.table_name, 'kinds', r.kinds, 'columns', r.columns,
            'condition', r.condition, 'role', r.role, 'needed', r.needed) ORDER BY r.id), '[]')
        FROM ops.approval_rule r WHERE r.enabled);
    SELECT p.id, p.name, p.timezone, p.locale, p.sub, p.verified, p.told_groups, p.scim_groups, p.attributes,
        p.stamp, p.held
    INTO id, name, timezone, locale, sub, verified, told_groups, scim_groups, attributes, stamp, held
    FROM ops.person_now p WHERE p.id = of_person;
    RETURN NEXT;
END $$;

-- Writes events with their payloads, in the order of `entries`, about the change they name, else about `of_change`.
-- The time is this machine's and is read once: it stands in the line and beside it, and after it the change, whose
-- number may be as new as the entry. No text between needs an escape.
CREATE FUNCTION ops.write_events(entries json, of_person bigint, of_request text, of_change bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    moment timestamptz := clock_timestamp();
    said text := to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
    g record;
BEGIN
    FOR g IN
        SELECT * FROM json_to_recordset(entries) AS x (
            position int, uid uuid, action text, outcome text, schema_name text, table_name text, row_key text,
            about bigint, head text, tail text, salt text, body text) ORDER BY x.position
    LOOP
        INSERT INTO ops.event_payload (uid, at, salt, body) VALUES (g.uid, moment, decode(g.salt, 'hex'), g.body);
        INSERT INTO ops.event (at, uid, action, outcome, person_id, schema_name, table_name, row_key, change_id,
                               request_id, line)
        VALUES (moment, g.uid, g.action, g.outcome, of_person, g.schema_name, g.table_name, g.row_key,
                coalesce(g.about, of_change), of_request,
                g.head || said || '","change":' || coalesce('"' || coalesce(g.about, of_change) || '"', 'null')
                || g.tail);
    END LOOP;
END $$;

-- Writes a change set with its operations, maker and events, links the form's token, leaves word in the outbox.
CREATE FUNCTION ops.write_change(
    of_title text, of_reason text, of_source text, of_state text, of_digest text, of_person bigint, of_token text,
    operations jsonb, told text, entries json, of_request text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    made bigint;
BEGIN
    INSERT INTO ops.change_set (title, reason, source, state, digest, proposer_id, submitted_at, finished_at)
    VALUES (of_title, of_reason, of_source, of_state, of_digest, of_person, clock_timestamp(),
            CASE WHEN of_state = 'applied' THEN clock_timestamp() END)
    RETURNING id INTO made;
    INSERT INTO ops.operation (change_id, position, kind, schema_name, table_name, table_digest, row_key, base,
                               after, links, result)
    SELECT made, x.position, x.kind, x.schema_name, x.table_name, x.table_digest, x.row_key, x.base, x.after, x.links,
           x.result
    FROM jsonb_to_recordset(operations) AS x (
        position int, kind text, schema_name text, table_name text, table_digest text, row_key jsonb, base jsonb,
        after jsonb, links jsonb, result jsonb);
    INSERT INTO ops.change_party (change_id, person_id, side, how) VALUES (made, of_person, 'maker', 'proposer');
    UPDATE ops.form_token SET change_id = made WHERE person_id = of_person AND token = of_token;
    INSERT INTO ops.outbox (kind, body) VALUES (told, jsonb_build_object('change_id', CAST(made AS text)));
    PERFORM ops.write_events(entries, of_person, of_request, made);
    RETURN made;
END $$;
