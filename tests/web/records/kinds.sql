-- A row for each odd value: what a form must bring back as it found it.
CREATE TYPE mood AS ENUM ('z last', 'a%b', 'quo''te', '');
CREATE DOMAIN code3 AS varchar(3) CHECK (value <> 'no');
CREATE TYPE dims AS (w int, h int, note text);
CREATE TYPE floatrange AS RANGE (subtype = float8);
CREATE TABLE kinds (
    id int PRIMARY KEY, whole bigint, num numeric, num2 numeric(12,2), r real, d double precision, cash money, flag boolean,
    t text, v varchar(40), c char(5), one "char", b bytea, u uuid, j json, jb jsonb, x xml, da date, ti time, tiz timetz,
    ts timestamp, ts0 timestamp(0), tsz timestamptz, iv interval, ip inet, net cidr, mac macaddr, b8 bit(8), bv varbit(9),
    m mood, ms mood[], th code3, ths code3[], texts text[], grid int[][], nums numeric[], js json[], dim dims, dimes dims[],
    ir int4range, tr tstzrange, mr datemultirange, fr floatrange, tq tsquery, tv tsvector, pt point, bx box[], lsn pg_lsn,
    doubled numeric GENERATED ALWAYS AS (num2 * 2) STORED, searched tsvector GENERATED ALWAYS AS (to_tsvector('simple', coalesce(t, ''))) STORED
);
INSERT INTO kinds (id) VALUES (1);
INSERT INTO kinds (id, whole, num, num2, r, d, cash, flag, t, v, c, one, b, u, j, jb, x, da, ti, tiz, ts, ts0, tsz, iv, ip, net, mac,
    b8, bv, m, ms, th, ths, texts, grid, nums, js, dim, dimes, ir, tr, mr, fr, tq, tv, pt, bx, lsn) VALUES
(2, 9223372036854775807, '123456789012345678901234567890.00000000000000000001', -0.01, '1e-37', 'Infinity', '-12.34', false,
    E'two\nlines\t', '  spaces  ', 'ab', 'x', '\x00ff5c78', '4f1b2c3d-0000-4000-8000-000000000000',
    '{"b": 1.10, "a":  2, "a": 3}', '{"b": 1.10, "big": 123456789012345678901234567890}', NULL, 'infinity', '24:00:00',
    '23:59:59.999999-12:30', 'infinity', '2026-11-21 10:00:00', '-infinity', '1 mon -3 days 04:05:06.789', '10.1.2.3/8', '10.0.0.0/8',
    '08:00:2b:01:02:03', B'10100101', B'101', 'quo''te', '{"a%b",NULL}', 'abc', '{abc,NULL}', '{NULL,"NULL",""," ","a,b","{"}',
    '{{1,2},{3,4}}', '[0:1]={1,2}', ARRAY['{"a":1}', '[1,2]']::json[], '(1,,"a ""b""")', ARRAY['(1,2,)']::dims[], '[1,10)', '(,"2026-01-01 00:00:00+00"]',
    '{[2026-01-01,2026-02-01),[2026-03-01,)}', '[1.5,Infinity)', '''fat'' & !''rat''', '''a'':1A ''b'':2', '(1.5,-2)', ARRAY['((1,1),(0,0))']::box[], '16/B374D848'),
(3, 0, 'NaN', 0, 'NaN', -0.0, 0, true, '', '', '', '', '', NULL, 'null', 'null', NULL, '4713-01-01 BC', '00:00', '00:00+00', '4713-01-01 BC',
    '0099-03-04 05:06:07', '0001-01-01 00:00:00+00 BC', '0', '::1', '::/0', '00:00:00:00:00:00', B'00000000', B'', '', '{}', '', '{}', '{}', '{}',
    '{1.10,NaN,1e400}', '{}', NULL, '{}', 'empty', 'empty', '{}', '(,)', '', '', '(NaN,0)', '{}', '0/0'),
(4, 7, 1.10, 1.10, 0.1, 0.1, 1, NULL, repeat('long ', 3000), E'tab\there', '日本', 'é', decode(repeat('00ff', 5000), 'hex'), NULL,
    ('"' || repeat('j', 9000) || '"')::json, ('"' || repeat('j', 9000) || '"')::jsonb, NULL, '2026-02-28', '09:30', '09:30+02', '2026-10-25 02:30:00',
    '2026-11-21 10:00:01', '2026-10-25 00:30:00+00', '14:00', '10.1.2.3', NULL, NULL, NULL, NULL, 'z last', '{"a%b","z last"}', NULL, '{a,b}',
    ARRAY['one', 'two words', 'a,b', '"quoted"', 'back\slash', 'ünï'], '{1,2}', '{1.10,2}', ARRAY['{"a": 1}', '2']::json[], '(,,)', NULL, '(,)', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
(5, 8, 0, 0, 0, 0, 0, true, E'\r\n', 'x', 'x', 'x', '\x', NULL, '1', '1', NULL, '2026-11-21', '09:30:15.25', '09:30:15+01', '2026-11-21 09:30:15.123456',
    '2026-11-21 10:00:00', '2026-11-21 09:30:15.5+00', '1 year', '::ffff:1.2.3.4', '::1/128', 'ff:ff:ff:ff:ff:ff', NULL, NULL, NULL, '{z last}', NULL, NULL,
    ARRAY['x'], NULL, '{}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
(6, 8, 0, 0, 0, 0, 0, true, 'x', 'x', 'x', 'x', NULL, NULL, '1', '1', NULL, '2026-11-21', '09:30:15.123456', NULL, '9999-12-31 23:59:59', NULL,
    '9999-12-31 23:59:59.999999+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, ARRAY['a b', E'two\nlines'], NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
