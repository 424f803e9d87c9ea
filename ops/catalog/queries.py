"""The questions we ask pg_catalog: each answers for all tables at once, so their number hardly matters.

Identifiers in answers are plain text, types are `format_type` under a search path of `pg_catalog` alone:
every type of anybody else is then qualified with its schema, and means the same wherever it is used later.
"""

from __future__ import annotations

import sqlalchemy as sa

# Target lists are worked out from left to right: the old path is read before it is replaced.
ENTER = sa.text(
    """SELECT current_setting('search_path') AS path, current_schemas(true)::text[] AS visible,
              set_config('search_path', 'pg_catalog', true)"""
)
LEAVE = sa.text("SELECT set_config('search_path', :path, true)")

SCHEMAS = sa.text("SELECT nspname::text FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1")

# What a write depends on, as one number that any statement can work out by an index of PostgreSQL's own: names,
# types with their lengths, NOT NULL and generated of the columns of the table with the oid in `{oid}`.
MARK = """(SELECT coalesce(sum(hashtextextended(concat_ws('|', a.attnum, a.attname, a.atttypid, a.atttypmod,
    a.attnotnull, a.attgenerated, a.attidentity), 0)), 0)::text FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = {oid} AND a.attnum > 0 AND NOT a.attisdropped)"""

# Partitions are shown as their parent. A parent in plain inheritance holds its children's rows too, and its
# key is not unique over them.
TABLES = sa.text(
    """
WITH RECURSIVE chosen AS (
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.reltuples
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
      AND CASE WHEN n.nspname = :own THEN c.relname = ANY(CAST(:house AS text[]))
          ELSE n.nspname = ANY(CAST(:schemas AS text[])) OR CAST(:schemas AS text[]) IS NULL
               AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' END
      AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT')
), tree AS (
    SELECT oid AS root, oid FROM chosen WHERE relkind = 'p'
    UNION ALL
    SELECT t.root, i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.oid
), ancestry AS (
    SELECT inhrelid AS child, inhparent AS oid FROM pg_inherits
    UNION
    SELECT a.child, i.inhparent FROM ancestry a JOIN pg_inherits i ON i.inhrelid = a.oid
), partitioned AS (
    SELECT t.root, sum(greatest(c.reltuples, 0)) AS rows
    FROM tree t JOIN pg_class c ON c.oid = t.oid WHERE c.relkind <> 'p' GROUP BY t.root
)
SELECT c.oid::int8 AS oid, c.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind,
       (CASE WHEN c.relkind = 'p' THEN coalesce(p.rows, 0)
             ELSE greatest(c.reltuples, 0) END)::int8 AS estimate,
       obj_description(c.oid, 'pg_class') AS comment,
       {mark} AS mark,
       has_any_column_privilege(c.oid, 'INSERT') AS may_insert,
       has_any_column_privilege(c.oid, 'UPDATE') AS may_update,
       has_table_privilege(c.oid, 'DELETE') AS may_delete,
       c.relkind <> 'p' AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = c.oid) AS has_children,
       coalesce((SELECT jsonb_agg(jsonb_build_array(pn.nspname, pc.relname) ORDER BY pn.nspname, pc.relname)
                 FROM ancestry a JOIN pg_class pc ON pc.oid = a.oid JOIN pg_namespace pn ON pn.oid = pc.relnamespace
                 WHERE a.child = c.oid), '[]') AS parents
FROM chosen c LEFT JOIN partitioned p ON p.root = c.oid
ORDER BY c.nspname, c.relname
""".replace("{mark}", MARK.format(oid="c.oid"))
)

COLUMNS = sa.text(
    """
WITH RECURSIVE steps AS (
    SELECT oid AS domain, typbasetype AS base, typtypmod AS typmod, typnotnull AS strict, typdefault AS preset
    FROM pg_type WHERE typtype = 'd'
    UNION ALL
    SELECT s.domain, t.typbasetype, greatest(s.typmod, t.typtypmod), s.strict OR t.typnotnull,
           coalesce(s.preset, t.typdefault)
    FROM steps s JOIN pg_type t ON t.oid = s.base WHERE t.typtype = 'd'
), domains AS (
    SELECT s.* FROM steps s JOIN pg_type t ON t.oid = s.base WHERE t.typtype <> 'd'
), enums AS (
    SELECT enumtypid, array_agg(enumlabel::text ORDER BY enumsortorder) AS labels FROM pg_enum GROUP BY 1
), own_order AS (
    SELECT DISTINCT opc.opcintype AS type
    FROM pg_opclass opc JOIN pg_am am ON am.oid = opc.opcmethod AND am.amname = 'btree'
    JOIN pg_amop ao ON ao.amopfamily = opc.opcfamily AND ao.amoplefttype = opc.opcintype
                   AND ao.amoprighttype = opc.opcintype AND ao.amopstrategy = 3
    JOIN pg_operator o ON o.oid = ao.amopopr
    JOIN pg_namespace n ON n.oid = o.oprnamespace AND n.nspname = ANY(CAST(:visible AS text[]))
    WHERE opc.opcdefault
), ordered AS (
    SELECT type FROM own_order
    UNION
    SELECT c.castsource FROM pg_cast c JOIN own_order o ON o.type = c.casttarget
    WHERE c.castmethod = 'b' AND c.castcontext = 'i'
), resolved AS (
    SELECT a.attrelid, a.attnum, coalesce(d.base, a.atttypid) AS base,
           CASE WHEN d.base IS NULL THEN a.atttypmod ELSE d.typmod END AS typmod, d.strict, d.preset
    FROM pg_attribute a LEFT JOIN domains d ON d.domain = a.atttypid
    WHERE a.attrelid = ANY(CAST(:oids AS oid[])) AND a.attnum > 0 AND NOT a.attisdropped
)
SELECT a.attrelid::int8 AS oid, a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type,
       format_type(r.base, r.typmod) AS base, format_type(r.base, -1) AS cast_type, r.typmod,
       t.typtype::text AS typtype, t.typcategory::text AS typcategory, t.typname::text AS typname,
       t.typnamespace = 'pg_catalog'::regnamespace AS builtin,
       CASE WHEN el.oid IS NOT NULL THEN format_type(el.oid, r.typmod) END AS element,
       e.labels AS enum_values,
       NOT (a.attnotnull OR coalesce(r.strict, false)) AS nullable,
       a.attidentity::text AS identity, a.attgenerated::text AS generated,
       CASE WHEN ad.oid IS NULL THEN r.preset ELSE pg_get_expr(ad.adbin, ad.adrelid) END AS expression,
       coalesce(CASE WHEN el.oid IS NOT NULL THEN elb.typtype IN ('e', 'r', 'm') OR elb.oid IN (TABLE ordered)
                     ELSE t.typtype IN ('e', 'r', 'm') OR t.oid IN (TABLE ordered) END, false) AS comparable,
       CASE WHEN a.attcollation <> t.typcollation THEN (
           SELECT quote_ident(cn.nspname) || '.' || quote_ident(co.collname) FROM pg_collation co
           JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = a.attcollation) END AS collation,
       has_column_privilege(a.attrelid, a.attnum, 'INSERT') AS insertable,
       has_column_privilege(a.attrelid, a.attnum, 'UPDATE') AS updatable,
       col_description(a.attrelid, a.attnum) AS comment
FROM resolved r
JOIN pg_attribute a ON a.attrelid = r.attrelid AND a.attnum = r.attnum
JOIN pg_type t ON t.oid = r.base
LEFT JOIN pg_type el ON el.oid = t.typelem AND el.typarray = t.oid
LEFT JOIN domains eld ON eld.domain = el.oid
LEFT JOIN pg_type elb ON elb.oid = coalesce(eld.base, el.oid)
LEFT JOIN enums e ON e.enumtypid = coalesce(elb.oid, t.oid)
LEFT JOIN pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
WHERE has_column_privilege(a.attrelid, a.attnum, 'SELECT')
ORDER BY a.attrelid, a.attnum
"""
)

# conparentid tells a constraint's copies on partitions from constraints declared there. Those declared on
# partitions only (a common accident) are shown on the parent: a link is right wherever it can be followed. A
# foreign key over a period (PostgreSQL 18) compares ranges, so it is no link; asked through jsonb because 15
# has no such column.
FOREIGN_KEYS = sa.text(
    """
WITH RECURSIVE tree AS (
    SELECT oid AS root, oid FROM pg_class WHERE relkind = 'p' AND NOT relispartition
    UNION ALL
    SELECT t.root, i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.oid
)
SELECT con.conname::text AS name, coalesce(s.root, con.conrelid)::int8 AS source,
       coalesce(t.root, con.confrelid)::int8 AS target, con.confdeltype::text AS on_delete,
       con.confupdtype::text AS on_update,
       ARRAY(SELECT a.attname::text FROM unnest(con.conkey) WITH ORDINALITY AS k(attnum, position)
             JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.attnum
             ORDER BY position) AS columns,
       ARRAY(SELECT a.attname::text FROM unnest(con.confkey) WITH ORDINALITY AS k(attnum, position)
             JOIN pg_attribute a ON a.attrelid = con.confrelid AND a.attnum = k.attnum
             ORDER BY position) AS target_columns,
       ARRAY(SELECT a.attname::text FROM unnest(con.confdelsetcols) AS k(attnum)
             JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.attnum) AS emptied
FROM pg_constraint con LEFT JOIN tree s ON s.oid = con.conrelid LEFT JOIN tree t ON t.oid = con.confrelid
WHERE con.contype = 'f' AND con.conparentid = 0
  AND coalesce(s.root, con.conrelid) = ANY(CAST(:oids AS oid[]))
  AND coalesce(t.root, con.confrelid) = ANY(CAST(:oids AS oid[]))
  AND NOT coalesce(CAST(to_jsonb(con) ->> 'conperiod' AS boolean), false)
ORDER BY source, s.root IS NOT NULL AND s.root <> con.conrelid, con.conname
"""
)

# Text is sorted by bytes under collation C, POSIX and PostgreSQL's own ("b"), and only then does a plain
# index serve LIKE 'x%'. Collation 100 is "the database's".
INDEXES = sa.text(
    """
SELECT i.indrelid::int8 AS oid, ic.relname::text AS name, am.amname::text AS method, i.indisunique AS unique,
       i.indpred IS NOT NULL AS partial, pg_get_expr(i.indpred, i.indrelid) AS predicate,
       a.attname::text AS column,
       CASE WHEN i.indkey[k - 1] = 0 THEN pg_get_indexdef(i.indexrelid, k, false) END AS expression,
       (i.indoption[k - 1] & 1) = 1 AS descending, (i.indoption[k - 1] & 2) = 2 AS nulls_first,
       opc.opcname::text AS opclass,
       am.amname = 'btree' AND (
           opc.opcname ~ '_pattern_ops$'
           OR opc.opcname IN ('text_ops', 'varchar_ops', 'bpchar_ops') AND CASE
               WHEN i.indcollation[k - 1] = 100
               THEN db.datlocprovider = 'b' OR db.datlocprovider = 'c' AND db.datcollate IN ('C', 'POSIX')
               ELSE coalesce(co.collprovider = 'b' OR co.collcollate IN ('C', 'POSIX'), false) END
       ) AS prefix,
       i.indcollation[k - 1] = a.attcollation AND pg_encoding_to_char(db.encoding) = 'UTF8' AS alike
FROM pg_index i
JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_am am ON am.oid = ic.relam
CROSS JOIN LATERAL generate_series(1, i.indnkeyatts) AS k
JOIN pg_opclass opc ON opc.oid = i.indclass[k - 1]
LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1] AND i.indkey[k - 1] > 0
LEFT JOIN pg_collation co ON co.oid = i.indcollation[k - 1]
JOIN pg_database db ON db.datname = current_database()
WHERE i.indrelid = ANY(CAST(:oids AS oid[])) AND i.indisvalid AND i.indisready AND i.indislive
ORDER BY i.indrelid, ic.relname, k
"""
)

# One line per table: what its digest is made of. Independent of the search path and of the role's rights, so
# the door can ask again inside its own transaction and get the same answer for the same table.
SHAPES = sa.text(
    """
SELECT c.oid::int8 AS oid, n.nspname::text AS schema, c.relname::text AS name,
       (SELECT jsonb_agg(jsonb_build_array(a.attname, tn.nspname, t.typname, a.atttypmod, a.attnotnull,
                                           a.attgenerated) ORDER BY a.attnum)
        FROM pg_attribute a
        JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace tn ON tn.oid = t.typnamespace
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       (SELECT jsonb_agg(u.names ORDER BY u.indisprimary DESC, jsonb_array_length(u.names), u.relname)
        FROM (SELECT i.indisprimary, ic.relname,
                     (SELECT jsonb_agg(a.attname ORDER BY k.position)
                      FROM generate_series(1, i.indnkeyatts) AS k(position)
                      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[k.position - 1]
                                         AND a.attnotnull) AS names, i.indnkeyatts
              FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
              WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
                AND (i.indisprimary OR i.indimmediate)) u
        WHERE jsonb_array_length(u.names) = u.indnkeyatts) AS keys_
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND (c.oid = ANY(CAST(:oids AS oid[])) OR (n.nspname::text, c.relname::text) IN (
         SELECT * FROM unnest(CAST(:schemas AS text[]), CAST(:names AS text[]))))
"""
)

# One text that is another as soon as anything the catalog is made of is another: tables and their rights,
# columns, defaults, foreign keys, indexes, labels of enums, comments aside.
FINGERPRINT = sa.text(
    """
WITH chosen AS (
    SELECT c.oid, concat_ws('|', c.oid, n.nspname, c.relname, c.relkind, c.relacl::text, n.nspacl::text) AS said
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
      AND CASE WHEN n.nspname = :own THEN c.relname = ANY(CAST(:house AS text[]))
          ELSE n.nspname = ANY(CAST(:schemas AS text[])) OR CAST(:schemas AS text[]) IS NULL
               AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' END
)
SELECT concat_ws(':',
    (SELECT sum(hashtextextended(said, 0)) FROM chosen),
    (SELECT sum(hashtextextended(concat_ws('|', a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod,
                a.attnotnull, a.attgenerated, a.attidentity, a.atthasdef, a.attcollation,
                a.attacl::text), 0))
     FROM pg_attribute a JOIN chosen c ON c.oid = a.attrelid WHERE a.attnum > 0 AND NOT a.attisdropped),
    (SELECT sum(hashtextextended(concat_ws('|', h.inhrelid, h.inhparent), 0))
     FROM pg_inherits h JOIN chosen c ON c.oid = h.inhrelid),
    (SELECT sum(hashtextextended(concat_ws('|', d.adrelid, d.adnum, md5(d.adbin::text)), 0))
     FROM pg_attrdef d JOIN chosen c ON c.oid = d.adrelid),
    (SELECT sum(hashtextextended(concat_ws('|', k.oid, k.conname, k.confdeltype, k.confupdtype), 0))
     FROM pg_constraint k JOIN chosen c ON c.oid = k.conrelid WHERE k.contype = 'f'),
    (SELECT sum(hashtextextended(concat_ws('|', i.indexrelid, i.indisvalid, i.indisready, i.indislive), 0))
     FROM pg_index i JOIN chosen c ON c.oid = i.indrelid),
    (SELECT sum(hashtextextended(concat_ws('|', oid, enumlabel, enumsortorder), 0)) FROM pg_enum))
"""
)
