-- Whom the wholesaler deals with: customers (with the dirt ten years of typing leave behind) and suppliers.

insert into customers (id, number, parent_id, name, email, phone, country, city, credit_limit, iban, status, notes,
                       internal_risk_score, created_at, updated_at)
overriding system value
select c.id, 'C-' || lpad(c.id::text, 6, '0'),
    -- Branches point at an earlier, larger customer.
    case when c.id > 20 and demo_roll(c.id, 1) < 0.06 then 1 + demo_die(c.id, 2, (c.id / 2)::int) end,
    -- Dirt: a leading or trailing space, shouting, whispering.
    case demo_die(c.id, 3, 60)
        when 0 then '  ' || c.name when 1 then c.name || ' ' when 2 then upper(c.name) when 3 then lower(c.name)
        when 4 then replace(c.name, ' ', '  ') else c.name end,
    case demo_die(c.id, 4, 25)
        when 0 then null
        when 1 then upper(c.mailbox) || '@' || c.slug || '.example'
        else c.mailbox || '@' || c.slug || '.example' end,
    -- No telephone is NULL in one half of the company and an empty text in the other.
    case demo_die(c.id, 5, 12)
        when 0 then null when 1 then '' when 2 then 'see notes'
        when 3 then '01632 960' || lpad(demo_die(c.id, 6, 1000)::text, 3, '0')
        else '+' || case c.country when 'GB' then '44 7700 900' when 'US' then '1 555 01' when 'CA' then '1 555 01'
                    else c.dial || ' 555 0' end
             || lpad(demo_die(c.id, 6, 1000)::text, 3, '0') end,
    c.country,
    case demo_die(c.id, 8, 30) when 0 then upper(c.city) when 1 then null else c.city end,
    case when demo_roll(c.id, 9) < 0.15 then 0
         else (power(demo_roll(c.id, 10), 5) * 240 + demo_die(c.id, 11, 18))::int * 500 + 500 end,
    case when demo_roll(c.id, 12) < 0.85 then demo_iban(c.country, c.id, 13) end,
    -- The large, early ones are still with us.
    (case when c.status < 0.86 or c.id <= :customers / 5 then 'active' when c.status < 0.93 then 'prospect'
          when c.status < 0.97 then 'closed' else 'on_hold' end)::customer_status,
    c.note,
    case when demo_roll(c.id, 14) < 0.9 then round(demo_roll(c.id, 15)::numeric, 4) end,
    c.since,
    least(to_timestamp(:until), c.since + demo_roll(c.id, 16) * (to_timestamp(:until) - c.since))
from (
    select n.*,
        trim(both '-' from regexp_replace(lower(translate(n.name,
            'ÁÉÍÓÚÄÖÜÅÆØáéíóúäöüåæøèçñßČčńłŁŚŠ’', 'aeiouaouaaoaeiouaouaaoecnsccnllss-')),
            '[^a-z0-9]+', '-', 'g')) as slug,
        -- Every kind once among the first fifty customers, then now and then.
        case case when n.id between 31 and 43 then n.id::int - 31 else demo_die(n.id, 17, 400) end
            when 0 then 'משלוחים רק דרך השער האחורי. לשאול את דוד.'
            when 1 then 'يرجى الاتصال قبل التسليم بساعة واحدة'
            when 2 then E'Prefers e-mail.\nNever call before 10:00!\n\n\t-- note by night shift'
            when 3 then '<script>alert("note")</script> <b>bold customer</b> & "quotes"'
            when 4 then '=HYPERLINK("https://files.example/","open me")'
            when 5 then 'Truck needs the low bay 🚚❄️👩‍🍳 ask for Zoë'
            when 6 then 'Invoice to account ' || U&'\202E' || '0042-EBA' || U&'\202C' || ' only' || U&'\200B'
            when 7 then repeat('Called again, no answer. Left a message with the kitchen. ', 90)
            when 8 then case when n.id < 10000 then repeat('Long complaint letter, kept in full. ', 900) else 'N/A' end
            when 9 then 'null' when 10 then 'NULL' when 11 then ' ' when 12 then '-'
            else case demo_die(n.id, 18, 8)
                when 0 then '' when 1 then 'Chilled goods to dock ' || (1 + demo_die(n.id, 19, 9)) || '.'
                when 2 then 'Pays late in August; never a loss so far.' when 3 then 'Key account.' else null end end as note
    from (
        select k.id, split_part(p.place, '|', 1) as country, split_part(p.place, '|', 2) as city,
            demo_dial(split_part(p.place, '|', 1)) as dial,
            demo_roll(k.id, 20) as status,
            to_timestamp(:until - floor(7 * 31557600.0 * (1 - (k.id - 1)::float8 / :customers)) - 7200) as since,
            demo_pick(array['orders', 'kitchen', 'accounts', 'office', 'hello', 'purchasing', 'post'], k.id, 21) as mailbox,
            demo_name(p.name_id, demo_place(p.name_id)) as name
        from generate_series(1, :customers) k(id)
        -- Every fortieth customer was typed in twice: the name of the one before it.
        cross join lateral (select demo_place(k.id) as place,
            case when demo_die(k.id, 22, 40) = 0 and k.id > 1 then k.id - 1 else k.id end as name_id offset 0) p
        offset 0
    ) n
    offset 0
) c;

insert into suppliers (id, code, name, contact_email, country, iban, rating, supplier_since, website, updated_at)
select s.id, 'SUP' || lpad(s.id::text, 5, '0'),
    demo_pick(array['Nordlund', 'Vale & Firth', 'Casa Lumera', 'Brackwater', 'Oostenrijn', 'Tre Cancelli', 'Montfauve',
        'Quinta do Arco', 'Hollerbach', 'Skarvik', 'Aldermoor', 'Kestrelby', 'Zielona Dolina', 'Petit Marais'], s.id, 31)
        || ' ' || demo_pick(array['Dairy', 'Mills', 'Fisheries', 'Produce', 'Oils', 'Spices', 'Bakery Supply', 'Packaging',
        'Estates', 'Frozen Foods', 'Cheese Makers', 'Orchards'], s.id, 32)
        || case when s.id > 60 then ' ' || (s.id / 60) else '' end,
    case when demo_roll(s.id, 33) < 0.92 then 'sales@supplier-' || s.id || '.example' end,
    split_part(demo_place(-s.id), '|', 1), demo_iban(split_part(demo_place(-s.id), '|', 1), s.id, 34),
    nullif(demo_die(s.id, 35, 6), 0),
    -- One founding date was typed with too much pride.
    case when s.id = 7 then date '0044-03-15 BC' when demo_roll(s.id, 36) < 0.05 then null
         else to_timestamp(:until)::date - 200 - demo_die(s.id, 37, 6000) end,
    case when demo_roll(s.id, 38) < 0.6 then 'https://supplier-' || s.id || '.example/' else '' end,
    to_timestamp(:until) - make_interval(hours => demo_die(s.id, 39, 9000))
from generate_series(1, :suppliers) s(id);
