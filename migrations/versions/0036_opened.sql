-- What a record's page and its form ask beside the record itself, told in the statement that reads it: as functions,
-- whose plans stay. They decide nothing: a page shows of it what its reader may see.

-- The open changes of a row that come to it if nobody stops them, newest first: [number, proposer, kind, columns]. Their
-- states are those of ops/changes/states.py; a test holds the two equal.
CREATE FUNCTION ops.waits_for_row(of_schema text, of_table text, of_key jsonb, most integer) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
    many bigint[] := ARRAY(
        -- Of the newest open changes of many rows those of this table: index change_set_many has no others.
        SELECT c.id FROM (
            SELECT s.id FROM ops.change_set s
            WHERE s.state IN ('applying', 'approved', 'in_review') AND s.source IN ('bulk', 'import', 'action', 'undo')
            ORDER BY s.id DESC LIMIT 200) AS c
        JOIN ops.change_bulk b ON b.change_id = c.id
        JOIN ops.operation o ON o.change_id = c.id AND o.position = 0
        WHERE o.schema_name = of_schema AND o.table_name = of_table ORDER BY c.id DESC LIMIT 10);
BEGIN
    RETURN (SELECT jsonb_agg(jsonb_build_array(w.id, w.name, w.kind, w.columns) ORDER BY w.id DESC) FROM (
        (SELECT c.id, p.name, o.kind, ARRAY(SELECT jsonb_object_keys(coalesce(o.after, '{}'))) AS columns
         FROM ops.open_row r JOIN ops.change_set c ON c.id = r.change_id
         JOIN ops.operation o ON o.change_id = r.change_id AND o.position = r.position
         JOIN ops.person p ON p.id = c.proposer_id
         WHERE r.schema_name = of_schema AND r.table_name = of_table AND r.row_key = of_key
         AND c.state IN ('applying', 'approved', 'in_review', 'submitted')
         ORDER BY r.change_id DESC LIMIT most)
        UNION ALL
        SELECT c.id, p.name, t.kind, b.columns
        FROM ops.change_target t JOIN ops.change_set c ON c.id = t.change_id
        JOIN ops.change_bulk b ON b.change_id = c.id JOIN ops.person p ON p.id = c.proposer_id
        WHERE t.change_id = ANY(many) AND t.row_key = of_key AND t.state IN ('waiting', 'held')
        ORDER BY 1 DESC LIMIT most) AS w);
END $$;

-- What a form opens with: what the person typed into it and did not send ([fields, when]), who else has the record open
-- ([[name, editing]]), and the rules that count now.
CREATE FUNCTION ops.form_opens(
    of_person bigint, of_address text, of_schema text, of_table text, of_key text, seconds double precision, most integer)
RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
    RETURN jsonb_build_object(
        'draft', (SELECT jsonb_build_array(d.fields, d.saved_at) FROM ops.draft d
                  WHERE d.person_id = of_person AND d.address = of_address AND NOT EXISTS (
                      SELECT FROM ops.form_token f WHERE f.person_id = d.person_id AND f.token = d.token)),
        'present', (SELECT jsonb_agg(jsonb_build_array(h.name, h.editing) ORDER BY h.editing DESC, h.name) FROM (
                      SELECT p.name, o.editing FROM ops.presence o JOIN ops.person p ON p.id = o.person_id
                      WHERE o.schema_name = of_schema AND o.table_name = of_table AND o.row_key = of_key
                      AND o.person_id <> of_person AND o.seen_at > now() - make_interval(secs => seconds)
                      AND p.disabled_at IS NULL
                      ORDER BY o.editing DESC, p.name LIMIT most) AS h),
        'rules', ops.rules_now());
END $$;
