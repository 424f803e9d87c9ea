-- Which open change is about a row, found without reading all that were ever about it; and what waits for a person from
-- whose turn it is alone, what is due soonest first.

-- The rows of changes that are open: those of ops.operation while somebody, or a time, is waited for. It follows from
-- ops.change_set and ops.operation: the triggers below write it, nothing decides by it, and whoever reads it asks the
-- change for its state. Changes of many rows have theirs in ops.change_target.
CREATE TABLE ops.open_row (
    change_id    bigint NOT NULL,
    position     integer NOT NULL,
    schema_name  text NOT NULL,
    table_name   text NOT NULL,
    row_key      jsonb NOT NULL,
    PRIMARY KEY (change_id, position),
    FOREIGN KEY (change_id, position) REFERENCES ops.operation ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX open_row_newest ON ops.open_row (schema_name, table_name, row_key, change_id DESC);

CREATE FUNCTION ops.take_open_row() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO ops.open_row (change_id, position, schema_name, table_name, row_key)
    SELECT new.change_id, new.position, new.schema_name, new.table_name, new.row_key FROM ops.change_set c
    WHERE c.id = new.change_id AND c.state IN ('submitted', 'in_review', 'sent_back', 'approved', 'applying')
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE FUNCTION ops.take_open_rows() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF new.state IN ('submitted', 'in_review', 'sent_back', 'approved', 'applying') THEN
        INSERT INTO ops.open_row (change_id, position, schema_name, table_name, row_key)
        SELECT o.change_id, o.position, o.schema_name, o.table_name, o.row_key FROM ops.operation o
        WHERE o.change_id = new.id AND o.row_key IS NOT NULL
        ON CONFLICT DO NOTHING;
    ELSE
        DELETE FROM ops.open_row w WHERE w.change_id = new.id;
    END IF;
    RETURN NULL;
END $$;
-- What is written at once has its result with it: of such an edit nobody is asked.
CREATE TRIGGER row_opens AFTER INSERT ON ops.operation
    FOR EACH ROW WHEN (new.row_key IS NOT NULL AND new.result IS NULL) EXECUTE FUNCTION ops.take_open_row();
CREATE TRIGGER rows_open_or_end AFTER UPDATE OF state ON ops.change_set
    FOR EACH ROW WHEN ((old.state IN ('submitted', 'in_review', 'sent_back', 'approved', 'applying'))
                       <> (new.state IN ('submitted', 'in_review', 'sent_back', 'approved', 'applying')))
    EXECUTE FUNCTION ops.take_open_rows();
INSERT INTO ops.open_row (change_id, position, schema_name, table_name, row_key)
SELECT o.change_id, o.position, o.schema_name, o.table_name, o.row_key
FROM ops.change_set c JOIN ops.operation o ON o.change_id = c.id
WHERE c.state IN ('submitted', 'in_review', 'sent_back', 'approved', 'applying') AND o.row_key IS NOT NULL;

-- Whose turn it is: by when, and whose it is not, though a role of theirs is asked: makers, and who has had their say on
-- this revision, or for whom somebody had it. So neither a list nor its count looks into other tables.
ALTER TABLE ops.turn
    ADD COLUMN due_at timestamptz NOT NULL DEFAULT 'infinity',
    ADD COLUMN had bigint[] NOT NULL DEFAULT '{}';
CREATE OR REPLACE FUNCTION ops.take_turns(of_change bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    now_asked record;
BEGIN
    DELETE FROM ops.turn t WHERE t.change_id = of_change;
    SELECT s.revision, s.role, s.people, s.due_at, CASE WHEN s.escalated_at IS NOT NULL THEN s.escalate_to END AS beside
    INTO now_asked
    FROM ops.change_set c JOIN ops.stage s ON s.change_id = c.id AND s.revision = c.revision
    WHERE c.id = of_change AND c.state = 'in_review' AND s.closed_at IS NULL
    ORDER BY s.position LIMIT 1;
    IF FOUND THEN
        INSERT INTO ops.turn (change_id, asked, revision, tables, due_at, had)
        SELECT of_change, a.asked, now_asked.revision,
               (SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_array(o.schema_name, o.table_name)), '[]')
                FROM ops.operation o WHERE o.change_id = of_change),
               coalesce(now_asked.due_at, 'infinity'),
               ARRAY(SELECT y.person_id FROM ops.change_party y WHERE y.change_id = of_change AND y.side = 'maker'
                     UNION
                     SELECT h.id FROM ops.decision d CROSS JOIN LATERAL (VALUES (d.person_id), (d.on_behalf_of)) AS h (id)
                     WHERE d.change_id = of_change AND d.revision = now_asked.revision AND h.id IS NOT NULL)
        FROM (SELECT now_asked.role UNION SELECT now_asked.beside
              UNION SELECT '#' || p FROM unnest(now_asked.people) AS p) AS a (asked)
        WHERE a.asked <> ''
        ON CONFLICT DO NOTHING;
    END IF;
END $$;
CREATE TRIGGER turn_is_due AFTER UPDATE OF due_at ON ops.stage
    FOR EACH ROW WHEN (new.closed_at IS NULL AND old.due_at IS DISTINCT FROM new.due_at)
    EXECUTE FUNCTION ops.turn_of_stage();

CREATE FUNCTION ops.turn_was_taken() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    UPDATE ops.turn t SET had = t.had || array_remove(ARRAY[new.person_id, new.on_behalf_of], NULL)
    WHERE t.change_id = new.change_id AND t.revision = new.revision;
    RETURN NULL;
END $$;
CREATE FUNCTION ops.turn_has_maker() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    UPDATE ops.turn t SET had = t.had || new.person_id WHERE t.change_id = new.change_id;
    RETURN NULL;
END $$;
CREATE TRIGGER turn_was_taken AFTER INSERT ON ops.decision
    FOR EACH ROW EXECUTE FUNCTION ops.turn_was_taken();
-- Who proposes it is known before anybody is asked.
CREATE TRIGGER turn_has_maker AFTER INSERT ON ops.change_party
    FOR EACH ROW WHEN (new.side = 'maker' AND new.how <> 'proposer') EXECUTE FUNCTION ops.turn_has_maker();
SELECT ops.take_turns(c.id) FROM ops.change_set c WHERE c.state = 'in_review';
DROP INDEX ops.turn_asked;
CREATE INDEX turn_due ON ops.turn (asked, due_at, change_id DESC);

-- The changes whose turn it is for a person, after a place in their order: what is due soonest first, what is never due
-- last, and the newest first where nothing else tells them apart. Without `visible` whatever tables they are of.
CREATE FUNCTION ops.page_of_waiting(
    of_person bigint, of_roles text[], due_from timestamptz, older_than bigint, visible jsonb, most integer)
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
        SELECT w.change_id FROM (
            SELECT x.change_id, x.due_at FROM unnest(of_roles || ('#' || of_person)) AS a (asked) CROSS JOIN LATERAL (
                SELECT t.change_id, t.due_at FROM ops.turn t
                WHERE t.asked = a.asked AND of_person <> ALL (t.had)
                AND t.due_at >= due_from AND (t.due_at > due_from OR t.change_id < older_than)
                AND (visible IS NULL OR NOT EXISTS (SELECT FROM jsonb_array_elements(t.tables) AS x (pair)
                                                    WHERE ((visible -> (pair ->> 0)) ? (pair ->> 1)) IS NOT TRUE))
                ORDER BY t.due_at, t.change_id DESC LIMIT most) AS x
            UNION
            SELECT t.change_id, t.due_at FROM ops.turn t
            WHERE t.change_id = ANY(lent) AND of_person <> ALL (t.had)
            AND t.due_at >= due_from AND (t.due_at > due_from OR t.change_id < older_than)
            AND (visible IS NULL OR NOT EXISTS (SELECT FROM jsonb_array_elements(t.tables) AS x (pair)
                                                WHERE ((visible -> (pair ->> 0)) ? (pair ->> 1)) IS NOT TRUE))) AS w
        ORDER BY w.due_at, w.change_id DESC LIMIT most);
END $$;

-- The same in the order of their numbers, newest first.
CREATE OR REPLACE FUNCTION ops.page_of_turns(
    of_person bigint, of_roles text[], older_than bigint, visible jsonb, most integer)
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
        SELECT DISTINCT t.change_id FROM ops.turn t
        WHERE (t.asked = ANY(of_roles || ('#' || of_person)) OR t.change_id = ANY(lent))
        AND of_person <> ALL (t.had) AND t.change_id < coalesce(older_than, 9223372036854775807)
        AND (visible IS NULL OR NOT EXISTS (SELECT FROM jsonb_array_elements(t.tables) AS x (pair)
                                            WHERE ((visible -> (pair ->> 0)) ? (pair ->> 1)) IS NOT TRUE))
        ORDER BY t.change_id DESC LIMIT most);
END $$;

-- The same counted by their tables, a hundred at most: every page of whoever decides asks for it.
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
            SELECT DISTINCT ON (n.change_id) n.tables FROM (
                SELECT x.change_id, x.tables
                FROM unnest(of_roles || ('#' || of_person)) AS a (asked) CROSS JOIN LATERAL (
                    SELECT t.change_id, t.tables FROM ops.turn t
                    WHERE t.asked = a.asked AND of_person <> ALL (t.had) ORDER BY t.due_at LIMIT 100) AS x
                UNION ALL
                SELECT t.change_id, t.tables FROM ops.turn t
                WHERE t.change_id = ANY(lent) AND of_person <> ALL (t.had)) AS n
            ORDER BY n.change_id LIMIT 100) AS f GROUP BY f.tables) AS w);
END $$;

-- The lines of a list, in the order of the numbers, as ops.change_lines has them. `row_key`: the parts, where it is of one
-- row. `touched`: where it is `judged` and of one row, the columns that a decision on it is about.
CREATE FUNCTION ops.lines_of_changes(of_changes bigint[], judged boolean)
RETURNS TABLE (
    id bigint, title text, state text, source text, proposer text, proposer_id bigint, schema_name text,
    table_name text, kind text, row_key text[], operations bigint, turn text, due_at timestamptz,
    created_at timestamptz, finished_at timestamptz, apply_at timestamptz, touched text[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT c.id, c.title, c.state, c.source, p.name, c.proposer_id, f.schema_name, f.table_name, f.kind,
           CASE WHEN f.row_key IS NOT NULL AND f.many = 1 THEN ARRAY(SELECT jsonb_array_elements_text(f.row_key)) END,
           coalesce(b.total, f.many),
           coalesce(nullif(s.role, ''), (
               SELECT string_agg(w.name, ', ' ORDER BY w.name) FROM ops.person w WHERE w.id = ANY(s.people))),
           s.due_at, c.created_at, c.finished_at,
           CASE WHEN c.state IN ('submitted', 'in_review', 'sent_back', 'approved', 'applying') THEN c.apply_at END,
           CASE WHEN judged AND f.many = 1 AND b.total IS NULL THEN ARRAY(SELECT jsonb_object_keys(
               CASE f.kind WHEN 'delete' THEN coalesce(f.base, '{}')
                           ELSE coalesce(f.after, '{}') || coalesce(f.links, '{}') END)) END
    FROM unnest(of_changes) WITH ORDINALITY AS n (id, place)
    JOIN ops.change_set c ON c.id = n.id
    JOIN ops.person p ON p.id = c.proposer_id
    CROSS JOIN LATERAL (
        SELECT o.schema_name, o.table_name, o.kind, o.row_key, o.base, o.after, o.links, count(*) OVER () AS many
        FROM ops.operation o WHERE o.change_id = c.id ORDER BY o.position LIMIT 1) AS f
    LEFT JOIN LATERAL (
        SELECT CAST(g.total AS bigint) AS total FROM ops.change_bulk g WHERE g.change_id = c.id LIMIT 1) AS b ON true
    LEFT JOIN LATERAL (
        SELECT g.role, g.people, g.due_at FROM ops.stage g
        WHERE c.state = 'in_review' AND g.change_id = c.id AND g.revision = c.revision AND g.closed_at IS NULL
        ORDER BY g.position LIMIT 1) AS s ON true
    ORDER BY n.place;
END $$;

-- The newest events of a row, from a place on, whose plan over all months stays.
CREATE FUNCTION ops.events_of_row(of_schema text, of_table text, of_key text, older_than bigint, most integer)
RETURNS TABLE (
    id bigint, uid text, at timestamptz, action text, outcome text, person_id bigint, schema_name text,
    table_name text, row_key text, change_id bigint, request_id text, source text, body text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT e.id, CAST(e.uid AS text), e.at, e.action, e.outcome, e.person_id, e.schema_name, e.table_name, e.row_key,
           e.change_id, e.request_id, CAST(e.line AS json) ->> 'source', p.body
    FROM ops.event e LEFT JOIN ops.event_payload p ON p.uid = e.uid AND p.at = e.at
    -- Who only looked at a sensitive row is for those who read the trail.
    WHERE e.schema_name = of_schema AND e.table_name = of_table AND e.row_key = of_key AND e.action <> 'row.viewed'
    AND e.id < coalesce(older_than, 9223372036854775807)
    ORDER BY e.id DESC LIMIT most;
END $$;
