-- Whose turn it is, found without looking through everything that is open; and pages of changes, however many there are.

-- Who is asked in the stage whose turn it is, of each change that is in review: a role, or '#' and a person's number.
-- It follows from ops.change_set and ops.stage: the triggers below write it, nothing decides by it, and every list asks
-- the change itself again.
CREATE TABLE ops.turn (
    change_id  bigint NOT NULL REFERENCES ops.change_set ON DELETE CASCADE,
    asked      text NOT NULL,
    revision   integer NOT NULL,
    tables     jsonb NOT NULL,                 -- of the change: [schema, name], each once
    PRIMARY KEY (change_id, asked)
);
CREATE INDEX turn_asked ON ops.turn (asked, change_id DESC);

CREATE FUNCTION ops.take_turns(of_change bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    now_asked record;
BEGIN
    DELETE FROM ops.turn t WHERE t.change_id = of_change;
    SELECT s.revision, s.role, s.people, CASE WHEN s.escalated_at IS NOT NULL THEN s.escalate_to END AS beside
    INTO now_asked
    FROM ops.change_set c JOIN ops.stage s ON s.change_id = c.id AND s.revision = c.revision
    WHERE c.id = of_change AND c.state = 'in_review' AND s.closed_at IS NULL
    ORDER BY s.position LIMIT 1;
    IF FOUND THEN
        INSERT INTO ops.turn (change_id, asked, revision, tables)
        SELECT of_change, a.asked, now_asked.revision,
               (SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_array(o.schema_name, o.table_name)), '[]')
                FROM ops.operation o WHERE o.change_id = of_change)
        FROM (SELECT now_asked.role UNION SELECT now_asked.beside
              UNION SELECT '#' || p FROM unnest(now_asked.people) AS p) AS a (asked)
        WHERE a.asked <> ''
        ON CONFLICT DO NOTHING;
    END IF;
END $$;

CREATE FUNCTION ops.turn_of_stage() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM ops.take_turns(new.change_id);
    RETURN NULL;
END $$;
CREATE FUNCTION ops.turn_of_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM ops.take_turns(new.id);
    RETURN NULL;
END $$;
CREATE TRIGGER turn_begins AFTER INSERT ON ops.stage
    FOR EACH ROW WHEN (new.closed_at IS NULL) EXECUTE FUNCTION ops.turn_of_stage();
CREATE TRIGGER turn_passes AFTER UPDATE OF closed_at, escalated_at ON ops.stage
    FOR EACH ROW WHEN ((old.closed_at IS NULL) <> (new.closed_at IS NULL)
                       OR (old.escalated_at IS NULL) <> (new.escalated_at IS NULL))
    EXECUTE FUNCTION ops.turn_of_stage();
CREATE TRIGGER turn_ends AFTER UPDATE OF state, revision ON ops.change_set
    FOR EACH ROW WHEN ((old.state = 'in_review' OR new.state = 'in_review')
                       AND (old.state <> new.state OR old.revision <> new.revision))
    EXECUTE FUNCTION ops.turn_of_change();
SELECT ops.take_turns(c.id) FROM ops.change_set c WHERE c.state = 'in_review';

-- Of the changes in which it is the turn of somebody who lent their seat: neither maker nor with their say had, and
-- never rights or rules.
CREATE FUNCTION ops.lent_turns(of_person bigint) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
    RETURN QUERY
    SELECT t.change_id
    FROM (SELECT n.from_person AS lender, '#' || n.from_person AS asked FROM ops.delegation_now n
          WHERE n.to_person = of_person
          UNION
          SELECT n.from_person, h.role FROM ops.delegation_now n JOIN ops.held_role h ON h.person_id = n.from_person
          WHERE n.to_person = of_person) AS l
    JOIN ops.turn t ON t.asked = l.asked
    WHERE NOT EXISTS (SELECT FROM ops.operation h WHERE h.change_id = t.change_id AND h.schema_name = 'ops')
    AND NOT EXISTS (SELECT FROM ops.change_party m
                    WHERE m.change_id = t.change_id AND m.person_id = l.lender AND m.side = 'maker')
    AND NOT EXISTS (SELECT FROM ops.decision d WHERE d.change_id = t.change_id AND d.revision = t.revision
                    AND l.lender IN (d.person_id, d.on_behalf_of));
END $$;

-- The same as before, by whose turn it is: which of these they may approve follows from the catalog and their rights,
-- in memory. The condition is that of ops/approvals/waiting.py; a test holds the two equal.
CREATE OR REPLACE FUNCTION ops.waiting_for(of_person bigint, of_roles text[]) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
    lent bigint[] := '{}';
BEGIN
    IF EXISTS (SELECT FROM ops.delegation d WHERE d.to_person = of_person AND d.ended_at IS NULL AND d.ends_at > now())
    THEN
        lent := ARRAY(SELECT ops.lent_turns(of_person));
    END IF;
    RETURN (SELECT coalesce(jsonb_agg(jsonb_build_array(w.tables, w.many)), '[]') FROM (
        SELECT f.tables, count(*) AS many FROM (
            SELECT t.tables FROM (
                SELECT DISTINCT ON (m.change_id) m.change_id, m.revision, m.tables FROM ops.turn m
                WHERE m.asked = ANY(of_roles || ('#' || of_person)) OR m.change_id = ANY(lent)
                ORDER BY m.change_id DESC) AS t
            -- Who has no part in the change, as almost everybody, is known by one look.
            WHERE NOT EXISTS (
                SELECT FROM ops.change_party y WHERE y.change_id = t.change_id AND y.person_id = of_person
                AND (y.side = 'maker' OR EXISTS (
                    SELECT FROM ops.decision d WHERE d.change_id = t.change_id AND d.revision = t.revision
                    AND of_person IN (d.person_id, d.on_behalf_of))))
            LIMIT 100) AS f GROUP BY f.tables) AS w);
END $$;

-- Pages ----------------------------------------------------------------------------------------------------------

-- `visible` holds the tables that are there for the person, {schema: [name]}: a change of which any table is not is not
-- there either. Newest first, from a place on.

-- The changes whose turn it is for a person; without `visible` whatever tables they are of.
CREATE FUNCTION ops.page_of_turns(of_person bigint, of_roles text[], older_than bigint, visible jsonb, most integer)
RETURNS bigint[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
    lent bigint[] := '{}';
BEGIN
    IF EXISTS (SELECT FROM ops.delegation d WHERE d.to_person = of_person AND d.ended_at IS NULL AND d.ends_at > now())
    THEN
        lent := ARRAY(SELECT ops.lent_turns(of_person));
    END IF;
    RETURN ARRAY(
        SELECT t.change_id FROM (
            SELECT DISTINCT ON (m.change_id) m.change_id, m.revision, m.tables FROM ops.turn m
            WHERE (m.asked = ANY(of_roles || ('#' || of_person)) OR m.change_id = ANY(lent))
            AND m.change_id < coalesce(older_than, 9223372036854775807)
            ORDER BY m.change_id DESC) AS t
        WHERE NOT EXISTS (
            SELECT FROM ops.change_party y WHERE y.change_id = t.change_id AND y.person_id = of_person
            AND (y.side = 'maker' OR EXISTS (
                SELECT FROM ops.decision d WHERE d.change_id = t.change_id AND d.revision = t.revision
                AND of_person IN (d.person_id, d.on_behalf_of))))
        AND (visible IS NULL OR NOT EXISTS (SELECT FROM jsonb_array_elements(t.tables) AS x (pair)
                                            WHERE ((visible -> (pair ->> 0)) ? (pair ->> 1)) IS NOT TRUE))
        ORDER BY t.change_id DESC LIMIT most);
END $$;

-- The changes of everybody, or those that a person asked for or inherited; without `of_states` in all of them. It looks
-- at 400 and no further, so that whoever sees little waits no longer than others: `last` is the place to go on from.
CREATE FUNCTION ops.page_of_changes(of_person bigint, of_states text[], older_than bigint, visible jsonb, most integer,
                                    OUT those bigint[], OUT last bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
    place bigint := coalesce(older_than, 9223372036854775807);
    newest bigint[];
BEGIN
    -- One of the four: so that the newest of each are read from an index that has them in order.
    IF of_person IS NULL AND of_states IS NULL THEN
        newest := ARRAY(SELECT c.id FROM ops.change_set c WHERE c.id < place ORDER BY c.id DESC LIMIT 400);
    ELSIF of_person IS NULL THEN
        newest := ARRAY(
            SELECT x.id FROM unnest(of_states) AS s (state) CROSS JOIN LATERAL (
                SELECT c.id FROM ops.change_set c WHERE c.state = s.state AND c.id < place
                ORDER BY c.id DESC LIMIT 400) AS x
            ORDER BY x.id DESC LIMIT 400);
    ELSIF of_states IS NULL THEN
        newest := ARRAY(
            (SELECT c.id FROM ops.change_set c WHERE c.proposer_id = of_person AND c.id < place
             ORDER BY c.id DESC LIMIT 400)
            UNION
            (SELECT c.id FROM ops.change_set c WHERE c.heir_id = of_person AND c.id < place
             ORDER BY c.id DESC LIMIT 400)
            ORDER BY id DESC LIMIT 400);
    ELSE
        newest := ARRAY(
            SELECT x.id FROM unnest(of_states) AS s (state) CROSS JOIN LATERAL (
                (SELECT c.id FROM ops.change_set c
                 WHERE c.proposer_id = of_person AND c.state = s.state AND c.id < place
                 ORDER BY c.id DESC LIMIT 400)
                UNION
                (SELECT c.id FROM ops.change_set c WHERE c.heir_id = of_person AND c.state = s.state AND c.id < place
                 ORDER BY c.id DESC LIMIT 400)) AS x
            ORDER BY x.id DESC LIMIT 400);
    END IF;
    those := ARRAY(
        SELECT n.id FROM unnest(newest) WITH ORDINALITY AS n (id, place)
        WHERE NOT EXISTS (SELECT FROM ops.operation o WHERE o.change_id = n.id
                          AND ((visible -> o.schema_name) ? o.table_name) IS NOT TRUE)
        ORDER BY n.place LIMIT most);
    last := newest[400];
END $$;
CREATE INDEX change_set_theirs ON ops.change_set (proposer_id, state, id DESC);

-- Of these changes those that are there, newest first.
CREATE FUNCTION ops.those_there(of_changes bigint[], visible jsonb) RETURNS bigint[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
    RETURN ARRAY(
        SELECT DISTINCT n.id FROM unnest(of_changes) AS n (id)
        WHERE NOT EXISTS (SELECT FROM ops.operation o WHERE o.change_id = n.id
                          AND ((visible -> o.schema_name) ? o.table_name) IS NOT TRUE)
        ORDER BY n.id DESC);
END $$;

-- The lines of a list, in the order of the numbers. `turn`: the role whose turn it is, or the names of its people.
CREATE FUNCTION ops.change_lines(of_changes bigint[])
RETURNS TABLE (
    id bigint, title text, state text, source text, proposer text, proposer_id bigint, schema_name text,
    table_name text, kind text, row_key jsonb, operations bigint, turn text, due_at timestamptz,
    created_at timestamptz, finished_at timestamptz, apply_at timestamptz)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT c.id, c.title, c.state, c.source, p.name, c.proposer_id, f.schema_name, f.table_name, f.kind, f.row_key,
           coalesce((SELECT CAST(b.total AS bigint) FROM ops.change_bulk b WHERE b.change_id = c.id), f.many),
           coalesce(nullif(s.role, ''), (
               SELECT string_agg(w.name, ', ' ORDER BY w.name) FROM ops.person w WHERE w.id = ANY(s.people))),
           s.due_at, c.created_at, c.finished_at,
           CASE WHEN c.state IN ('submitted', 'in_review', 'sent_back', 'approved', 'applying') THEN c.apply_at END
    FROM unnest(of_changes) WITH ORDINALITY AS n (id, place)
    JOIN ops.change_set c ON c.id = n.id
    JOIN ops.person p ON p.id = c.proposer_id
    CROSS JOIN LATERAL (
        SELECT o.schema_name, o.table_name, o.kind, o.row_key, count(*) OVER () AS many
        FROM ops.operation o WHERE o.change_id = c.id ORDER BY o.position LIMIT 1) AS f
    LEFT JOIN LATERAL (
        SELECT g.role, g.people, g.due_at FROM ops.stage g
        WHERE c.state = 'in_review' AND g.change_id = c.id AND g.revision = c.revision AND g.closed_at IS NULL
        ORDER BY g.position LIMIT 1) AS s ON true
    ORDER BY n.place;
END $$;

-- What a proposal and a decision write and read, each in one round trip whose plans stay ---------------------------

-- The stages of a revision, the first of them at `of_first`: its turn begins at once, unless another's is. `hours`: after
-- so many it waits no more; what waits for a time of its own waits that long beyond it.
CREATE FUNCTION ops.place_stages(of_change bigint, of_revision integer, stages jsonb, of_first integer, of_hours integer)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    begins timestamptz;
BEGIN
    IF NOT EXISTS (SELECT FROM ops.stage e
                   WHERE e.change_id = of_change AND e.revision = of_revision AND e.closed_at IS NULL) THEN
        begins := clock_timestamp();
    END IF;
    INSERT INTO ops.stage (change_id, revision, position, role, needed, why, people, due_hours, remind_hours,
        escalate_hours, escalate_to, opened_at, due_at, remind_at, escalate_at)
    SELECT of_change, of_revision, s.position, s.role, s.needed, ARRAY(SELECT jsonb_array_elements_text(s.why)),
           ARRAY(SELECT CAST(jsonb_array_elements_text(s.people) AS bigint)), s.due, s.remind, s.escalate,
           s.escalate_to, f.at, f.at + make_interval(hours => s.due), f.at + make_interval(hours => s.remind),
           f.at + make_interval(hours => s.escalate)
    FROM jsonb_to_recordset(stages) AS s (
        position int, role text, needed int, why jsonb, people jsonb, due int, remind int, escalate int,
        escalate_to text)
    CROSS JOIN LATERAL (SELECT CASE WHEN s.position = of_first THEN begins END AS at) AS f;
    IF of_hours IS NOT NULL THEN
        UPDATE ops.change_set SET expires_at = least(expires_at, greatest(clock_timestamp(), apply_at)
            + make_interval(hours => of_hours)) WHERE id = of_change;
    END IF;
END $$;

-- A change that is to wait, with its stages.
CREATE FUNCTION ops.write_proposal(
    of_title text, of_reason text, of_source text, of_state text, of_digest text, of_person bigint, of_token text,
    operations jsonb, told text, entries json, of_request text, stages jsonb, of_hours integer) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    made bigint := ops.write_change(of_title, of_reason, of_source, of_state, of_digest, of_person, of_token,
                                    operations, told, entries, of_request);
BEGIN
    PERFORM ops.place_stages(made, 1, stages, 1, of_hours);
    RETURN made;
END $$;

-- A change set locked for a decision, and all that is read of it then. Who decides may be `known`, as in ops.take_form;
-- whoever waited here longer than a second is read again (P16).
CREATE FUNCTION ops.hold_change(
    of_change bigint, of_person bigint, known boolean, OUT change jsonb, OUT operations jsonb, OUT stages jsonb,
    OUT decisions jsonb, OUT makers bigint[], OUT person jsonb, OUT looked boolean)
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM FROM ops.change_set c WHERE c.id = of_change FOR UPDATE;
    looked := NOT known OR clock_timestamp() > transaction_timestamp() + interval '1 second';
    IF looked THEN
        person := (SELECT to_jsonb(p) FROM ops.person_now p WHERE p.id = of_person);
    END IF;
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

-- One seat taken, one's own or that of `for_person`; the form that said so is linked. The party first: a maker stands
-- there on the other side already, and the foreign key then refuses (P27). With `closes` the stage is closed, and the
-- turn of the next begins.
CREATE FUNCTION ops.take_seat(
    of_change bigint, of_revision integer, of_position integer, of_person bigint, for_person bigint, of_verdict text,
    of_comment text, of_digest text, of_token text, closes boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    moment timestamptz;
BEGIN
    IF of_token IS NOT NULL THEN
        UPDATE ops.form_token SET change_id = of_change WHERE person_id = of_person AND token = of_token;
    END IF;
    INSERT INTO ops.change_party (change_id, person_id, side, how)
    SELECT of_change, p.id, 'decider', p.how FROM (VALUES (of_person, 'approver'), (for_person, 'delegator')) AS p (id, how)
    WHERE p.id IS NOT NULL ON CONFLICT (change_id, person_id) DO NOTHING;
    INSERT INTO ops.decision (change_id, revision, person_id, position, verdict, comment, digest, on_behalf_of)
    VALUES (of_change, of_revision, of_person, of_position, of_verdict, of_comment, of_digest, for_person);
    IF closes THEN
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

-- A state that a change came to, with what its operations left once they are applied.
CREATE FUNCTION ops.come_to(of_change bigint, of_state text, of_failure text, final boolean, results jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    UPDATE ops.change_set SET state = of_state, failure = of_failure,
        finished_at = CASE WHEN final THEN clock_timestamp() END WHERE id = of_change;
    IF results IS NOT NULL THEN
        UPDATE ops.operation o SET row_key = x.row_key, result = x.result
        FROM jsonb_to_recordset(results) AS x (position int, row_key jsonb, result jsonb)
        WHERE o.change_id = of_change AND o.position = x.position;
    END IF;
END $$;

-- What became of a change so far.
CREATE FUNCTION ops.outcome_of(of_change bigint, OUT state text, OUT failure text, OUT row_key jsonb, OUT stages jsonb)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
#variable_conflict use_column
DECLARE
    latest integer;
BEGIN
    SELECT c.state, c.failure, c.revision INTO outcome_of.state, outcome_of.failure, latest
    FROM ops.change_set c WHERE c.id = of_change;
    outcome_of.row_key := (SELECT o.row_key FROM ops.operation o WHERE o.change_id = of_change ORDER BY o.position LIMIT 1);
    outcome_of.stages := (SELECT jsonb_agg(to_jsonb(s) ORDER BY s.position) FROM ops.stage s
                          WHERE s.change_id = of_change AND s.revision = latest);
END $$;

-- The events of a decision, word of it in the outbox, and what became of the change.
CREATE FUNCTION ops.tell_of_change(of_change bigint, told text, entries json, of_person bigint, of_request text,
                                   OUT state text, OUT failure text, OUT row_key jsonb, OUT stages jsonb)
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
#variable_conflict use_column
BEGIN
    PERFORM ops.write_events(entries, of_person, of_request, NULL);
    INSERT INTO ops.outbox (kind, body) VALUES (told, jsonb_build_object('change_id', CAST(of_change AS text)));
    SELECT x.state, x.failure, x.row_key, x.stages
    INTO tell_of_change.state, tell_of_change.failure, tell_of_change.row_key, tell_of_change.stages
    FROM ops.outcome_of(of_change) AS x;
END $$;

-- The shape of tables as ops.catalog reads it (`queries.SHAPES`; a test holds the two equal), whose plan stays.
CREATE FUNCTION ops.table_shapes(schemas text[], names text[])
RETURNS TABLE (schema text, name text, columns jsonb, keys_ jsonb)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT CAST(n.nspname AS text), CAST(c.relname AS text),
       (SELECT jsonb_agg(jsonb_build_array(a.attname, tn.nspname, t.typname, a.atttypmod, a.attnotnull,
                                           a.attgenerated) ORDER BY a.attnum)
        FROM pg_attribute a
        JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace tn ON tn.oid = t.typnamespace
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
       (SELECT jsonb_agg(u.names ORDER BY u.indisprimary DESC, jsonb_array_length(u.names), u.relname)
        FROM (SELECT i.indisprimary, ic.relname,
                     (SELECT jsonb_agg(a.attname ORDER BY k.position)
                      FROM generate_series(1, i.indnkeyatts) AS k(position)
                      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[k.position - 1]
                                         AND a.attnotnull) AS names, i.indnkeyatts
              FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
              WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
                AND (i.indisprimary OR i.indimmediate)) u
        WHERE jsonb_array_length(u.names) = u.indnkeyatts)
    FROM unnest(schemas, names) AS w (schema, name)
    JOIN pg_namespace n ON n.nspname = CAST(w.schema AS name)
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = CAST(w.name AS name)
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f');
END $$;
