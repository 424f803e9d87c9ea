-- Seats that are lent: whoever decides for somebody else may sit where that person may, for as long as it is said.

-- Who may sit somewhere by their own role or name.
CREATE VIEW ops.own_seat AS
    SELECT s.change_id, s.revision, s.position, r.person_id
    FROM ops.stage s JOIN ops.held_role r ON r.role = s.role
    UNION
    SELECT s.change_id, s.revision, s.position, r.person_id
    FROM ops.stage s JOIN ops.held_role r ON r.role = s.escalate_to WHERE s.escalated_at IS NOT NULL
    UNION
    SELECT s.change_id, s.revision, s.position, p.id
    FROM ops.stage s JOIN ops.person p ON p.id = ANY (s.people) WHERE p.disabled_at IS NULL;

-- A seat that decides on rights and rules is nobody's to lend.
CREATE OR REPLACE VIEW ops.seat AS
    SELECT o.change_id, o.revision, o.position, o.person_id, CAST(NULL AS bigint) AS on_behalf_of
    FROM ops.own_seat o
    UNION ALL
    SELECT o.change_id, o.revision, o.position, d.to_person, d.from_person
    FROM ops.own_seat o JOIN ops.delegation_now d ON d.from_person = o.person_id
    WHERE NOT EXISTS (SELECT FROM ops.operation h WHERE h.change_id = o.change_id AND h.schema_name = 'ops');

-- What somebody decided lately stands on their desk.
CREATE INDEX decision_person ON ops.decision (person_id, decided_at DESC);

-- The condition is that of ops/approvals/waiting.py; a test holds the two equal. Most people are lent nothing: then
-- no lent seat is looked for.
CREATE OR REPLACE FUNCTION ops.frame_counts(of_person bigint, of_roles text[])
RETURNS TABLE (unread bigint, waiting jsonb)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
#variable_conflict use_column
DECLARE
    lenders bigint[] := ARRAY(SELECT d.from_person FROM ops.delegation_now d WHERE d.to_person = of_person);
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
                     OR (lenders <> '{}' AND EXISTS (
                         SELECT FROM ops.seat e
                         WHERE e.change_id = s.change_id AND e.revision = s.revision AND e.position = s.position
                         AND e.person_id = of_person AND e.on_behalf_of = ANY(lenders)
                         AND NOT EXISTS (SELECT FROM ops.change_party m WHERE m.change_id = s.change_id
                                         AND m.person_id = e.on_behalf_of AND m.side = 'maker')
                         AND NOT EXISTS (SELECT FROM ops.decision l
                                         WHERE l.change_id = s.change_id AND l.revision = s.revision
                                         AND e.on_behalf_of IN (l.person_id, l.on_behalf_of))))
                 FROM ops.stage s
                 WHERE s.change_id = c.id AND s.revision = c.revision AND s.closed_at IS NULL
                 ORDER BY s.position LIMIT 1)
            AND NOT EXISTS (SELECT FROM ops.change_party y
                            WHERE y.change_id = c.id AND y.person_id = of_person AND y.side = 'maker')
            AND NOT EXISTS (SELECT FROM ops.decision d
                            WHERE d.change_id = c.id AND d.revision = c.revision
                            AND of_person IN (d.person_id, d.on_behalf_of))
            LIMIT 100) AS c GROUP BY c.tables) AS w);
    RETURN NEXT;
END $$;
