-- An edit that asks nobody takes its form's token as it is written, instead of in a round trip of its own.

-- The stamp tells of rules too: whoever keeps them in memory knows by the stamp that came with BEGIN that they are today's.
CREATE TRIGGER stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ops.approval_rule
    FOR EACH STATEMENT EXECUTE FUNCTION ops.stamp_rights();

-- The same as before, but the form's token may be taken here (P30). NULL where it has led to a change already, or did
-- while one waited here for the other: nothing of this may stay then, and the caller rolls back.
CREATE OR REPLACE FUNCTION ops.write_change(
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
    INSERT INTO ops.form_token AS f (person_id, token, change_id) VALUES (of_person, of_token, made)
        ON CONFLICT (person_id, token) DO UPDATE SET change_id = made WHERE f.change_id IS NULL;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO ops.operation (change_id, position, kind, schema_name, table_name, table_digest, row_key, base,
                               after, links, result)
    SELECT made, x.position, x.kind, x.schema_name, x.table_name, x.table_digest, x.row_key, x.base, x.after, x.links,
           x.result
    FROM jsonb_to_recordset(operations) AS x (
        position int, kind text, schema_name text, table_name text, table_digest text, row_key jsonb, base jsonb,
        after jsonb, links jsonb, result jsonb);
    INSERT INTO ops.change_party (change_id, person_id, side, how) VALUES (made, of_person, 'maker', 'proposer');
    INSERT INTO ops.outbox (kind, body) VALUES (told, jsonb_build_object('change_id', CAST(made AS text)));
    PERFORM ops.write_events(entries, of_person, of_request, made);
    RETURN made;
END $$;
