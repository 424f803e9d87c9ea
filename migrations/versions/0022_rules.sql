-- Rules of several tables with ordered stages, of roles or named people; stages that know when they are due, whom they
-- go on to, and who may sit in them. Every rule that stood keeps its meaning: its role and number become one stage.

-- A place is `schema.table`, `schema.*`, `*.table` or `*`; `%`, `.` and `*` within a name are percent-encoded.
CREATE FUNCTION ops.rule_place(of_schema text, of_table text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
    SELECT CASE WHEN of_schema = '*' AND of_table = '*' THEN '*' ELSE
        CASE of_schema WHEN '*' THEN '*' ELSE
            replace(replace(replace(of_schema, '%', '%25'), '.', '%2E'), '*', '%2A') END || '.' ||
        CASE of_table WHEN '*' THEN '*' ELSE
            replace(replace(replace(of_table, '%', '%25'), '.', '%2E'), '*', '%2A') END END
$$;

ALTER TABLE ops.approval_rule
    ADD COLUMN tables         text[] NOT NULL DEFAULT '{*}' CHECK (tables <> '{}'),
    ADD COLUMN min_rows       integer NOT NULL DEFAULT 1 CHECK (min_rows > 0),     -- rows of the whole change
    ADD COLUMN sources        text[] NOT NULL DEFAULT '{}',                        -- empty: whichever way
    ADD COLUMN proposer_roles text[] NOT NULL DEFAULT '{}',                        -- any of these; empty: whoever asks
    ADD COLUMN stages         jsonb NOT NULL DEFAULT '[{"role": "manager", "needed": 1}]'
                              CHECK (jsonb_typeof(stages) = 'array' AND stages <> '[]'),
    ADD COLUMN expires_hours  integer CHECK (expires_hours > 0);
UPDATE ops.approval_rule SET
    tables = ARRAY[ops.rule_place(schema_name, table_name)],
    stages = jsonb_build_array(jsonb_build_object('role', role, 'needed', needed));
ALTER TABLE ops.approval_rule DROP COLUMN schema_name, DROP COLUMN table_name, DROP COLUMN role, DROP COLUMN needed;
DROP FUNCTION ops.rule_place(text, text);

-- `role` is empty where people are named. The moments are counted from when its turn began.
ALTER TABLE ops.stage
    ADD COLUMN people         bigint[] NOT NULL DEFAULT '{}',
    ADD COLUMN due_hours      integer CHECK (due_hours > 0),
    ADD COLUMN remind_hours   integer CHECK (remind_hours > 0),
    ADD COLUMN escalate_hours integer CHECK (escalate_hours > 0),
    ADD COLUMN escalate_to    text,                                  -- a role that may decide as well, then
    ADD COLUMN opened_at      timestamptz,                           -- its turn began
    ADD COLUMN due_at         timestamptz,
    ADD COLUMN remind_at      timestamptz,                           -- the next reminder
    ADD COLUMN escalate_at    timestamptz,
    ADD COLUMN escalated_at   timestamptz,
    ADD CONSTRAINT stage_asks_somebody CHECK (role <> '' OR people <> '{}');
CREATE INDEX stage_remind ON ops.stage (remind_at) WHERE closed_at IS NULL AND remind_at IS NOT NULL;
CREATE INDEX stage_escalate ON ops.stage (escalate_at)
    WHERE closed_at IS NULL AND escalated_at IS NULL AND escalate_at IS NOT NULL;
UPDATE ops.stage s SET opened_at = coalesce(
        (SELECT max(e.closed_at) FROM ops.stage e
         WHERE e.change_id = s.change_id AND e.revision = s.revision AND e.position < s.position),
        c.submitted_at, now())
FROM ops.change_set c
WHERE c.id = s.change_id AND NOT EXISTS (
    SELECT FROM ops.stage e WHERE e.change_id = s.change_id AND e.revision = s.revision
    AND e.position < s.position AND e.closed_at IS NULL);

-- Who may sit in which stage, and for whom, as far as roles and names tell: what else keeps somebody away is the
-- door's to ask.
CREATE VIEW ops.seat AS
    SELECT s.change_id, s.revision, s.position, r.person_id, CAST(NULL AS bigint) AS on_behalf_of
    FROM ops.stage s JOIN ops.held_role r ON r.role = s.role
    UNION
    SELECT s.change_id, s.revision, s.position, r.person_id, NULL
    FROM ops.stage s JOIN ops.held_role r ON r.role = s.escalate_to WHERE s.escalated_at IS NOT NULL
    UNION
    SELECT s.change_id, s.revision, s.position, p.id, NULL
    FROM ops.stage s JOIN ops.person p ON p.id = ANY (s.people) WHERE p.disabled_at IS NULL;

-- The condition is that of ops/approvals/waiting.py; a test holds the two equal.
CREATE OR REPLACE FUNCTION ops.frame_counts(of_person bigint, of_roles text[])
RETURNS TABLE (unread bigint, waiting jsonb)
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
            AND (SELECT s.role = ANY(of_roles) OR of_person = ANY(s.people)
                     OR (s.escalated_at IS NOT NULL AND s.escalate_to = ANY(of_roles))
                 FROM ops.stage s
                 WHERE s.change_id = c.id AND s.revision = c.revision AND s.closed_at IS NULL
                 ORDER BY s.position LIMIT 1)
            AND NOT EXISTS (SELECT FROM ops.change_party y
                            WHERE y.change_id = c.id AND y.person_id = of_person AND y.side = 'maker')
            AND NOT EXISTS (SELECT FROM ops.decision d
                            WHERE d.change_id = c.id AND d.revision = c.revision AND d.person_id = of_person)
            LIMIT 100) AS c GROUP BY c.tables) AS w);
    RETURN NEXT;
END $$;

CREATE OR REPLACE FUNCTION ops.take_form(of_person bigint, of_token text)
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
            'name', r.name, 'tables', r.tables, 'kinds', r.kinds, 'columns', r.columns, 'condition', r.condition,
            'min_rows', r.min_rows, 'sources', r.sources, 'proposer_roles', r.proposer_roles, 'stages', r.stages,
            'expires_hours', r.expires_hours) ORDER BY r.id), '[]')
        FROM ops.approval_rule r WHERE r.enabled);
    SELECT p.id, p.name, p.timezone, p.locale, p.sub, p.verified, p.told_groups, p.scim_groups, p.attributes,
        p.stamp, p.held
    INTO id, name, timezone, locale, sub, verified, told_groups, scim_groups, attributes, stamp, held
    FROM ops.person_now p WHERE p.id = of_person;
    RETURN NEXT;
END $$;
