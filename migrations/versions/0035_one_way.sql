-- One way to hold a change and one to move it on: whoever decides, applies, retries or uses an emergency reads and writes
-- what that needs in one round trip each.

-- What nothing calls any more: whose turn it is stands in ops.turn, and who arrives is ops.who_arrives.
DROP FUNCTION ops.arrival(bytea, double precision, double precision, boolean);
DROP FUNCTION ops.sits_for_another(bigint, integer, integer, bigint, bigint[]);

-- All that is read of a change: for whoever looks at it, and for whoever holds it.
CREATE FUNCTION ops.matter_of(
    of_change bigint, OUT change jsonb, OUT operations jsonb, OUT stages jsonb, OUT decisions jsonb, OUT makers bigint[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
    change := (
        SELECT to_jsonb(c) || jsonb_build_object(
            'proposer', p.name, 'editor', (SELECT e.name FROM ops.person e WHERE e.id = c.editor_id),
            'ahead', coalesce(c.apply_at > clock_timestamp(), false),
            'late', coalesce(c.expires_at <= clock_timestamp(), false))
        FROM ops.change_set c JOIN ops.person p ON p.id = c.proposer_id WHERE c.id = of_change);
    operations := (
        SELECT jsonb_agg(to_jsonb(o) || jsonb_build_object(
            'bulk', EXISTS (SELECT FROM ops.change_bulk b WHERE b.change_id = o.change_id),
            'act', (SELECT to_jsonb(a) FROM ops.change_action a WHERE a.change_id = o.change_id)) ORDER BY o.position)
        FROM ops.operation o WHERE o.change_id = of_change);
    stages := (SELECT jsonb_agg(to_jsonb(s) ORDER BY s.position) FROM ops.stage s
               WHERE s.change_id = of_change AND s.revision = CAST(change ->> 'revision' AS integer));
    decisions := (
        SELECT jsonb_agg(to_jsonb(d) || jsonb_build_object('person', p.name, 'for_name', f.name)
                         ORDER BY d.decided_at, d.person_id)
        FROM ops.decision d JOIN ops.person p ON p.id = d.person_id LEFT JOIN ops.person f ON f.id = d.on_behalf_of
        WHERE d.change_id = of_change);
    makers := ARRAY(SELECT y.person_id FROM ops.change_party y WHERE y.change_id = of_change AND y.side = 'maker');
END $$;

-- The rules that count now, as ops/approvals/rules.py reads them.
CREATE FUNCTION ops.rules_now() RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
    RETURN (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'name', r.name, 'tables', r.tables, 'kinds', r.kinds, 'columns', r.columns, 'condition', r.condition,
            'min_rows', r.min_rows, 'sources', r.sources, 'proposer_roles', r.proposer_roles, 'stages', r.stages,
            'expires_hours', r.expires_hours) ORDER BY r.id), '[]')
        FROM ops.approval_rule r WHERE r.enabled);
END $$;

-- A change set locked, and all that is read of it then. Who holds it may be `known`, as in ops.take_form; whoever waited
-- here longer than a second is read again (P16). With a token the form is claimed first: `sent` it was before, and led
-- to this change, which then is left alone. Where it may be applied (`lands`), the rules, today's rights of those whose
-- change it is, and the shapes of its tables come along, all of them as they are under the lock.
DROP FUNCTION ops.hold_change(bigint, bigint, boolean);
CREATE FUNCTION ops.hold_change(
    of_change bigint, of_person bigint, known boolean, of_token text, lands boolean,
    OUT change jsonb, OUT operations jsonb, OUT stages jsonb, OUT decisions jsonb, OUT makers bigint[], OUT person jsonb,
    OUT looked boolean, OUT sent boolean, OUT rules jsonb, OUT people jsonb, OUT shapes jsonb)
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
#variable_conflict use_column
BEGIN
    sent := false;
    IF of_token IS NOT NULL THEN
        INSERT INTO ops.form_token (person_id, token) VALUES (of_person, of_token)
            ON CONFLICT (person_id, token) DO NOTHING;
        IF NOT FOUND THEN
            sent := EXISTS (SELECT FROM ops.form_token f
                            WHERE f.person_id = of_person AND f.token = of_token AND f.change_id = of_change);
            IF sent THEN
                RETURN;
            END IF;
        END IF;
    END IF;
    PERFORM FROM ops.change_set c WHERE c.id = of_change FOR UPDATE;
    looked := NOT known OR clock_timestamp() > transaction_timestamp() + interval '1 second';
    IF looked THEN
        person := (SELECT to_jsonb(p) FROM ops.person_now p WHERE p.id = of_person);
    END IF;
    SELECT m.change, m.operations, m.stages, m.decisions, m.makers
    INTO hold_change.change, hold_change.operations, hold_change.stages, hold_change.decisions, hold_change.makers
    FROM ops.matter_of(of_change) AS m;
    IF lands THEN
        rules := ops.rules_now();
        people := (SELECT jsonb_agg(to_jsonb(p)) FROM ops.person_now p WHERE p.id IN (
            CAST(coalesce(hold_change.change ->> 'heir_id', hold_change.change ->> 'proposer_id') AS bigint),
            CAST(hold_change.change ->> 'editor_id' AS bigint)));
        shapes := (
            SELECT jsonb_agg(to_jsonb(x)) FROM (
                SELECT array_agg(d.schema) AS schemas, array_agg(d.name) AS names FROM (
                    SELECT DISTINCT e.o ->> 'schema_name' AS schema, e.o ->> 'table_name' AS name
                    FROM jsonb_array_elements(hold_change.operations) AS e (o)) AS d) AS t
            CROSS JOIN LATERAL ops.table_shapes(t.schemas, t.names) AS x);
    END IF;
END $$;

-- One seat taken, one's own or that of `for_person`. The party first: a maker stands there on the other side already,
-- and the foreign key then refuses (P27). With `closes` the stage is closed, and the turn of the next begins.
DROP FUNCTION ops.take_seat(bigint, integer, integer, bigint, bigint, text, text, text, text, boolean);
CREATE FUNCTION ops.take_seat(of_change bigint, seat jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    moment timestamptz;
    of_revision CONSTANT integer := seat ->> 'revision';
    of_position CONSTANT integer := seat ->> 'position';
    of_person CONSTANT bigint := seat ->> 'person_id';
    for_person CONSTANT bigint := seat ->> 'on_behalf_of';
BEGIN
    INSERT INTO ops.change_party (change_id, person_id, side, how)
    SELECT of_change, p.id, 'decider', p.how FROM (VALUES (of_person, 'approver'), (for_person, 'delegator')) AS p (id, how)
    WHERE p.id IS NOT NULL ON CONFLICT (change_id, person_id) DO NOTHING;
    INSERT INTO ops.decision (change_id, revision, person_id, position, verdict, comment, digest, on_behalf_of)
    VALUES (of_change, of_revision, of_person, of_position, seat ->> 'verdict', seat ->> 'comment', seat ->> 'digest',
            for_person);
    IF CAST(seat ->> 'closes' AS boolean) THEN
        UPDATE ops.stage SET closed_at = clock_timestamp()
        WHERE change_id = of_change AND revision = of_revision AND position = of_position AND closed_at IS NULL
        RETURNING closed_at INTO moment;
        UPDATE ops.stage s SET opened_at = moment, due_at = moment + make_interval(hours => s.due_hours),
            remind_at = moment + make_interval(hours => s.remind_hours),
            escalate_at = moment + make_interval(hours => s.escalate_hours)
        WHERE moment IS NOT NULL AND s.change_id = of_change AND s.revision = of_revision AND s.opened_at IS NULL
          AND s.position = (SELECT min(n.position) FROM ops.stage n WHERE n.change_id = of_change
                            AND n.revision = of_revision AND n.closed_at IS NULL AND n.position <> of_position);
    END IF;
END $$;

-- A change moved on: the form that did it linked, a seat taken, the state it came to with what its operations left and
-- whom it asks further, the events, word in the outbox; and what became of it. Each of them where there is one.
DROP FUNCTION ops.tell_of_change(bigint, text, json, bigint, text);
CREATE FUNCTION ops.move_change(
    of_change bigint, of_token text, seat jsonb, came jsonb, told text, entries json, of_person bigint, of_request text,
    OUT state text, OUT failure text, OUT row_key jsonb, OUT stages jsonb)
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
#variable_conflict use_column
BEGIN
    IF of_token IS NOT NULL THEN
        UPDATE ops.form_token SET change_id = of_change WHERE person_id = of_person AND token = of_token;
    END IF;
    IF seat IS NOT NULL THEN
        PERFORM ops.take_seat(of_change, seat);
    END IF;
    IF came IS NOT NULL THEN
        PERFORM ops.come_to(of_change, came ->> 'state', came ->> 'failure', CAST(came ->> 'final' AS boolean),
                            nullif(came -> 'results', 'null'));
        IF came ? 'stages' THEN
            PERFORM ops.place_stages(of_change, CAST(came ->> 'revision' AS integer), came -> 'stages',
                                     CAST(came ->> 'first' AS integer), CAST(came ->> 'hours' AS integer));
        END IF;
    END IF;
    PERFORM ops.write_events(entries, of_person, of_request, NULL);
    IF told IS NOT NULL THEN
        INSERT INTO ops.outbox (kind, body) VALUES (told, jsonb_build_object('change_id', CAST(of_change AS text)));
    END IF;
    SELECT x.state, x.failure, x.row_key, x.stages
    INTO move_change.state, move_change.failure, move_change.row_key, move_change.stages
    FROM ops.outcome_of(of_change) AS x;
END $$;
