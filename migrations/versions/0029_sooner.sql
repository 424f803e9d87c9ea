-- Who arrives, again: the first page of a new connection waits until this is planned. So each question is a function of
-- its own, planned where it is asked first: nobody has lent most people a seat, and where no change is under way
-- nothing waits for anybody.

-- Whether somebody sits in a stage by a seat that was lent to them, and whose seat is still to be filled.
CREATE FUNCTION ops.sits_for_another(of_change bigint, of_revision integer, of_position integer, of_person bigint,
                                     lenders bigint[]) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM ops.seat e
        WHERE e.change_id = of_change AND e.revision = of_revision AND e.position = of_position
        AND e.person_id = of_person AND e.on_behalf_of = ANY(lenders)
        AND NOT EXISTS (SELECT FROM ops.change_party m WHERE m.change_id = of_change
                        AND m.person_id = e.on_behalf_of AND m.side = 'maker')
        AND NOT EXISTS (SELECT FROM ops.decision l
                        WHERE l.change_id = of_change AND l.revision = of_revision
                        AND e.on_behalf_of IN (l.person_id, l.on_behalf_of)));
END $$;

-- What waits for a person, by tables: which of these they may approve follows from the catalog and their rights, in
-- memory. The condition is that of ops/approvals/waiting.py; a test holds the two equal.
CREATE FUNCTION ops.waiting_for(of_person bigint, of_roles text[]) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
    lenders bigint[] := '{}';
    found bigint[];
BEGIN
    IF EXISTS (SELECT FROM ops.delegation d WHERE d.to_person = of_person AND d.ended_at IS NULL AND d.ends_at > now())
    THEN
        lenders := ARRAY(SELECT d.from_person FROM ops.delegation_now d WHERE d.to_person = of_person);
    END IF;
    found := ARRAY(
        SELECT c.id FROM ops.change_set c
        WHERE c.state = 'in_review'
        AND (SELECT s.role = ANY(of_roles) OR of_person = ANY(s.people)
                 OR (s.escalated_at IS NOT NULL AND s.escalate_to = ANY(of_roles))
                 OR (lenders <> '{}'
                     AND ops.sits_for_another(s.change_id, s.revision, s.position, of_person, lenders))
             FROM ops.stage s
             WHERE s.change_id = c.id AND s.revision = c.revision AND s.closed_at IS NULL
             ORDER BY s.position LIMIT 1)
        AND NOT EXISTS (SELECT FROM ops.change_party y
                        WHERE y.change_id = c.id AND y.person_id = of_person AND y.side = 'maker')
        AND NOT EXISTS (SELECT FROM ops.decision d
                        WHERE d.change_id = c.id AND d.revision = c.revision
                        AND of_person IN (d.person_id, d.on_behalf_of))
        LIMIT 100);
    IF found = '{}' THEN
        RETURN '[]';
    END IF;
    RETURN (SELECT jsonb_agg(jsonb_build_array(w.tables, w.many)) FROM (
        SELECT c.tables, count(*) AS many FROM (
            SELECT (SELECT jsonb_agg(DISTINCT jsonb_build_array(o.schema_name, o.table_name))
                    FROM ops.operation o WHERE o.change_id = f.id) AS tables
            FROM unnest(found) AS f (id)) AS c GROUP BY c.tables) AS w);
END $$;

-- Whether any change is under way: where none is, nothing waits for anybody, and no row is marked.
CREATE FUNCTION ops.under_way() RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
    RETURN EXISTS (SELECT FROM ops.change_set c
                   WHERE c.state IN ('submitted', 'in_review', 'approved', 'applying'));
END $$;

CREATE FUNCTION ops.unread_of(of_person bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
    RETURN (SELECT count(*) FROM (SELECT 1 FROM ops.notice n
        WHERE n.person_id = of_person AND n.read_at IS NULL LIMIT 100) AS n);
END $$;

CREATE OR REPLACE FUNCTION ops.frame_counts(of_person bigint, of_roles text[])
RETURNS TABLE (unread bigint, waiting jsonb)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
    unread := ops.unread_of(of_person);
    waiting := ops.waiting_for(of_person, of_roles);
    RETURN NEXT;
END $$;

-- Who a cookie's digest stands for, within the limits of this clock: session, person, roles, the stamps that tell
-- whether what is kept in memory is today's, and what the frame shows. One text, for a row of twenty columns costs its
-- reader more than it says; NULL for nobody. `ops.arrival` stays for processes that were started before.
CREATE FUNCTION ops.who_arrives(
    of_session bytea, idle_seconds double precision, touch_seconds double precision, counted boolean) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
    who record;
    busy boolean;
BEGIN
    SELECT s.data - CAST('{id_token,pending}' AS text[]) AS data,
        s.seen_at < now() - make_interval(secs => touch_seconds) AS stale,
        date_part('epoch', now() - s.auth_time) AS auth_age,
        p.id, p.name, p.timezone, p.locale, p.sub, p.email, p.verified, p.told_groups, p.scim_groups, p.attributes,
        p.stamp, p.held, (SELECT v.stamp::text FROM ops.view_stamp v) AS views
    INTO who
    FROM ops.session s JOIN ops.person_now p ON p.id = s.person_id
    WHERE s.id = of_session AND s.expires_at > now() AND s.seen_at > now() - make_interval(secs => idle_seconds);
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF NOT counted THEN
        RETURN json_build_object('who', who);
    END IF;
    busy := ops.under_way();
    RETURN json_build_object('who', who, 'under_way', busy, 'unread', ops.unread_of(who.id),
        'waiting', CASE WHEN busy THEN ops.waiting_for(who.id, who.held) ELSE '[]' END,
        'basket', ops.basket_size(who.id));
END $$;
