-- Pseudo-randomness without random(): every value is a pure function of (seed, row id, salt), so the same seed gives
-- the same rows in whatever order, chunk or parallel plan they are made. All functions named demo_* go at the end.

-- A fraction in [0, 1).
create function demo_roll(id bigint, salt int) returns float8 language sql immutable parallel safe as $$
    select (hashint8extended($1, :seed::bigint * 1000003 + $2) & 4294967295)::float8 / 4294967296
$$;

-- A whole number in 0 … n-1.
create function demo_die(id bigint, salt int, n int) returns int language sql immutable parallel safe as $$
    select ((hashint8extended($1, :seed::bigint * 1000003 + $2) & 2147483647) % $3)::int
$$;

create function demo_pick(list text[], id bigint, salt int) returns text language sql immutable parallel safe as $$
    select ($1)[1 + ((hashint8extended($2, :seed::bigint * 1000003 + $3) & 2147483647) % cardinality($1))]
$$;

create function demo_uuid(kind text, id bigint) returns uuid language sql immutable parallel safe as $$
    select md5(:seed::text || $1 || $2::text)::uuid
$$;

-- An IBAN whose check digits are right and whose bank ("DEMO") does not exist. D E M O = 13 14 22 24.
create function demo_iban(country text, id bigint, salt int) returns text language sql immutable parallel safe as $$
    select $1 || lpad((98 - mod((
               '13142224' || b.digits || (ascii($1) - 55)::text || (ascii(substr($1, 2)) - 55)::text || '00'
           )::numeric, 97))::text, 2, '0') || 'DEMO' || b.digits
    from (select lpad(((hashint8extended($2, :seed::bigint * 1000003 + $3) & 9007199254740991) % 100000000000000)::text,
                      14, '0') as digits) b
$$;

-- Where a customer is: country | city | currency | legal form, the commoner ones more often. The first three letters
-- of a place decide the currency of every order, so orders and their lines can agree without a join.
create function demo_place(customer bigint) returns text language sql immutable parallel safe as $$
    select (array[
        'GB|Leeds|GBP|Ltd', 'GB|Bristol|GBP|Ltd', 'GB|Norwich|GBP|LLP', 'GB|Hull|GBP|Ltd', 'GB|Dundee|GBP|plc',
        'NL|Rotterdam|EUR|B.V.', 'NL|Utrecht|EUR|B.V.', 'NL|Groningen|EUR|V.O.F.', 'DE|Bremen|EUR|GmbH',
        'DE|Köln|EUR|GmbH & Co. KG', 'DE|Nürnberg|EUR|GmbH', 'DE|Rostock|EUR|e.K.', 'DE|Freiburg|EUR|GmbH',
        'FR|Lyon|EUR|SARL', 'FR|Nantes|EUR|SAS', 'FR|Besançon|EUR|SARL', 'FR|Saint-Étienne|EUR|SAS',
        'BE|Gent|EUR|BV', 'BE|Liège|EUR|SRL', 'ES|Cádiz|EUR|S.L.', 'ES|A Coruña|EUR|S.L.', 'PT|Évora|EUR|Lda',
        'PT|Porto|EUR|Lda', 'IT|Bologna|EUR|S.r.l.', 'IT|Forlì|EUR|S.n.c.', 'AT|Graz|EUR|GmbH', 'IE|Cork|EUR|Ltd',
        'FI|Jyväskylä|EUR|Oy', 'FI|Turku|EUR|Oy', 'EE|Tartu|EUR|OÜ', 'SI|Maribor|EUR|d.o.o.', 'GR|Πάτρα|EUR|Ε.Π.Ε.',
        'SE|Göteborg|SEK|AB', 'SE|Umeå|SEK|AB', 'SE|Malmö|SEK|HB', 'NO|Bergen|NOK|AS', 'NO|Tromsø|NOK|AS',
        'DK|Aarhus|DKK|ApS', 'DK|Odense|DKK|A/S', 'CH|Zürich|CHF|AG', 'CH|Genève|CHF|Sàrl', 'PL|Gdańsk|PLN|sp. z o.o.',
        'PL|Łódź|PLN|sp. z o.o.', 'CZ|Plzeň|CZK|s.r.o.', 'IS|Akureyri|EUR|ehf.', 'IS|Reykjavík|EUR|ehf.',
        'US|Portland|USD|LLC', 'US|Baltimore|USD|Inc.', 'CA|Halifax|CAD|Inc.', 'CA|Québec|CAD|inc.'
    ])[1 + demo_die($1, 101, 50)]
$$;

create function demo_dial(country text) returns text language sql immutable parallel safe as $$
    select case $1 when 'NL' then '31' when 'DE' then '49' when 'FR' then '33' when 'BE' then '32' when 'ES' then '34'
        when 'PT' then '351' when 'IT' then '39' when 'AT' then '43' when 'IE' then '353' when 'FI' then '358'
        when 'EE' then '372' when 'SI' then '386' when 'GR' then '30' when 'SE' then '46' when 'NO' then '47'
        when 'DK' then '45' when 'CH' then '41' when 'PL' then '48' when 'CZ' then '420' else '354' end
$$;

-- Roughly what one euro costs; prices are kept in euro and written on orders in the customer's currency.
create function demo_rate(currency text) returns numeric language sql immutable parallel safe as $$
    select case $1 when 'EUR' then 1.00 when 'GBP' then 0.86 when 'USD' then 1.09 when 'SEK' then 11.20
        when 'NOK' then 11.60 when 'DKK' then 7.46 when 'CHF' then 0.95 when 'PLN' then 4.30 when 'CZK' then 25.00
        else 1.50 end
$$;

-- List price in cents: most goods cost a few euro, some cost hundreds.
create function demo_price(product bigint) returns bigint language sql immutable parallel safe as $$
    select (95 + 20000 * power(demo_roll($1, 201), 9) + 2400 * demo_roll($1, 202))::bigint / 5 * 5
$$;

-- What is known about an order before it has lines. Recent days are busier than old ones; early customers order
-- more than late ones, and nobody orders before they are a customer (customers come evenly over seven years).
create function demo_order(id bigint)
returns table (placed_at timestamptz, age float8, customer_id bigint) language sql stable parallel safe as $$
    select to_timestamp(:until - floor(t.back)), t.back / 86400,
           1 + floor(power(demo_roll($1, 301), 2.2) * :customers * (1 - t.back / (7 * 31557600.0)))::bigint
    from (select 60 + 4 * 31557600 * power((:orders - $1)::float8 / :orders, 1.5)
                 + 5400 * demo_roll($1, 302) as back offset 0) t
$$;

-- People of the company; no real person is meant.
create function demo_staff(id bigint, salt int) returns text language sql immutable parallel safe as $$
    select demo_pick(array['M. Haddad', 'T. Novak', 'P. Adeyemi', 'I. Sørensen', 'J. Whitlock', 'E. Castellanos',
        'R. Vandersteen', 'A. Yıldız', 'L. Ó Briain', 'K. Mäkelä', 'S. Fonseca', 'B. Kowalczyk'], $1, $2)
$$;

create function demo_surname(id bigint, salt int) returns text language sql immutable parallel safe as $$
    select demo_pick(array['O’Malley', 'Ferreira', 'Brandvold', 'Kovačič', 'Thistlewood', 'Marchetti', 'Adebayo', 'Lindqvist',
        'Petrakis', 'Haverkamp', 'Nakamura', 'Dubreuil', 'Szymańska', 'Oyelaran', 'Rosenquist', 'Vasconcelos', 'Ní Dhomhnaill',
        'Castelbarco', 'Wołek', 'Haaland-Berg', 'Yamaoka', 'Eriksdóttir', 'Pellerin', 'Zubizarreta', 'Quennell', 'Abubakar',
        'Teixeira', 'Grünwald', 'Hollingbury', 'Sandoval', 'Kjeldgaard', 'Moreau-Lys', 'Papanikas', 'Čapková'], $1, $2)
$$;

-- A company name in the manner of its place, from invented words; no real company is meant.
create function demo_name(id bigint, place text) returns text language sql immutable parallel safe as $$
    select case demo_die($1, 401, 5)
        when 0 then demo_surname($1, 402) || ' & ' || demo_pick(array['Sons', 'Daughters', 'Partners', 'Co.'], $1, 403)
        when 1 then 'The ' || demo_pick(array['Copper', 'Salted', 'Quiet', 'Crooked', 'Amber', 'Blue', 'Lucky', 'Second',
            'Painted', 'Hungry', 'Silver', 'Winter', 'Laughing', 'Little'], $1, 404) || ' '
            || demo_pick(array['Kettle', 'Anchor', 'Pantry', 'Lantern', 'Fig', 'Heron', 'Oven', 'Quince', 'Ladle', 'Otter',
            'Tureen', 'Barrel', 'Walnut', 'Spoon', 'Table', 'Harvest'], $1, 405)
        when 2 then demo_surname($1, 402) || ' ' || demo_surname($1, 406)
        else demo_pick(array['Norrvik', 'Tidewick', 'Ortensia', 'Brückenau', 'Perrelle', 'Saltmere', 'Greengarth', 'Villa Serena',
            'Pico Alto', 'Alpenruh', 'Kestrel', 'Moss & Fern', 'Zum Kranich', 'Rådvig', 'Ferrolha', 'Lindfors', 'Bosque Azul',
            'Søhavn', 'Wierzba', 'Kattegat', 'Mont Clair', 'Dunmoor', 'Halyard', 'Ca’ Bruna', 'Étoile', 'Hrafn'], $1, 407)
            || ' ' || demo_pick(array['Catering', 'Foods', 'Provisions', 'Kitchens', 'Delicatessen', 'Hotels', 'Bakery', 'Market',
            'Canteen', 'Schools Trust', 'Hospital Meals', 'Events', 'Bistro', 'Co-op', 'Trading'], $1, 408)
        end || ' ' || split_part($2, '|', 4)
$$;
