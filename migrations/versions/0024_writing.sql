-- What a save asks and writes, in less time.

-- The shape of a table as a statement sees it that holds a lock on it (`ops.catalog.queries.MARK`): as a function, its
-- plan stays with the connection. Planning it took longer than the row to be written.
CREATE FUNCTION ops.table_mark(of_table oid) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
    RETURN (SELECT coalesce(sum(hashtextextended(concat_ws('|', a.attnum, a.attname, a.atttypid, a.atttypmod,
        a.attnotnull, a.attgenerated, a.attidentity), 0)), 0)::text FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = of_table AND a.attnum > 0 AND NOT a.attisdropped);
END $$;

-- The same as before, but who posts a form may be `known`: read by this very transaction when it began. That holds for
-- a second; whoever waited longer, for the same form sent twice, is read again.
DROP FUNCTION ops.take_form(bigint, text);
CREATE FUNCTION ops.take_form(of_person bigint, of_token text, known boolean)
RETURNS TABLE (
    new boolean, change_id bigint, rules jsonb, id bigint, name text, timezone text, locale text, sub text,
    verified text, told_groups text[], scim_groups text[], attributes jsonb, stamp text, held text[],
    looked boolean)
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
    looked := NOT known OR clock_timestamp() > transaction_timestamp() + interval '1 second';
    IF looked THEN
        SELECT p.id, p.name, p.timezone, p.locale, p.sub, p.verified, p.told_groups, p.scim_groups, p.attributes,
            p.stamp, p.held
        INTO id, name, timezone, locale, sub, verified, told_groups, scim_groups, attributes, stamp, held
        FROM ops.person_now p WHERE p.id = of_person;
    END IF;
    RETURN NEXT;
END $$;
