-- What a write was judged by is compared again as it is written: roles, rules, and who has which of them. A row may have
-- been waited for meanwhile, for seconds.

-- Rows that are replayed, by a subscription to another database say, move the stamp as well.
ALTER TABLE ops.role ENABLE ALWAYS TRIGGER stamp;
ALTER TABLE ops.role_table ENABLE ALWAYS TRIGGER stamp;
ALTER TABLE ops.approval_rule ENABLE ALWAYS TRIGGER stamp;

-- What an Actor is made of besides names, as one text: the stamp of roles and rules, what the person holds, what rows are
-- compared with. NULL for whoever is switched off. In the order of ops/identity/people.py, which compares it.
CREATE FUNCTION ops.rights_of(of_person bigint) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
    RETURN (SELECT json_build_array(p.stamp, p.held, p.told_groups, p.scim_groups, p.attributes, p.verified)
            FROM ops.person_now p WHERE p.id = of_person);
END $$;

-- The same of everybody whose rights count for a change: its makers, those who decided and for whom, who acts now and
-- who lends them a seat; and these loans.
CREATE FUNCTION ops.standing_of(of_change bigint, of_person bigint) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
    RETURN (
        SELECT string_agg(concat(w.id, ' ', w.loans, ' ', ops.rights_of(w.id)), E'\n' ORDER BY w.id)
        FROM (
            SELECT x.id, (SELECT string_agg(CAST(n.from_person AS text), ',' ORDER BY n.from_person)
                          FROM ops.delegation_now n WHERE n.to_person = x.id) AS loans
            FROM (SELECT y.person_id FROM ops.change_party y WHERE y.change_id = of_change
                  UNION SELECT of_person WHERE of_person IS NOT NULL
                  UNION SELECT n.from_person FROM ops.delegation_now n WHERE n.to_person = of_person) AS x (id)) AS w);
END $$;

-- The same as before, but the person is read before the rules: who compares the stamp later misses no rule that came
-- between the two.
CREATE OR REPLACE FUNCTION ops.take_form(of_person bigint, of_token text, known boolean)
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
    looked := NOT known OR clock_timestamp() > transaction_timestamp() + interval '1 second';
    IF looked THEN
        SELECT p.id, p.name, p.timezone, p.locale, p.sub, p.verified, p.told_groups, p.scim_groups, p.attributes,
            p.stamp, p.held
        INTO id, name, timezone, locale, sub, verified, told_groups, scim_groups, attributes, stamp, held
        FROM ops.person_now p WHERE p.id = of_person;
    END IF;
    rules := ops.rules_now();
    RETURN NEXT;
END $$;

-- The same as before, with the standing of everybody whose rights count, read first of all that is read under the lock.
DROP FUNCTION ops.hold_change(bigint, bigint, boolean, text, boolean);
CREATE FUNCTION ops.hold_change(
    of_change bigint, of_person bigint, known boolean, of_token text, lands boolean,
    OUT change jsonb, OUT operations jsonb, OUT stages jsonb, OUT decisions jsonb, OUT makers bigint[], OUT person jsonb,
    OUT looked boolean, OUT sent boolean, OUT rules jsonb, OUT people jsonb, OUT shapes jsonb, OUT standing text)
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
    IF lands THEN
        standing := ops.standing_of(of_change, of_person);
    END IF;
    looked := lands OR NOT known OR clock_timestamp() > transaction_timestamp() + interval '1 second';
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
