-- What is sold and where it lies: categories, products, warehouses, stock, movements, and an old price list.

insert into product_categories (id, parent_id, slug, name, sort_order) values
    (1, null, 'fresh', 'Fresh', 10), (2, null, 'frozen', 'Frozen', 20), (3, null, 'dry', 'Dry goods', 30),
    (4, null, 'drinks', 'Drinks', 40), (5, null, 'non-food', 'Non-food', 90),
    (11, 1, 'fruit', 'Fruit', 1), (12, 1, 'vegetables', 'Vegetables', 2), (13, 1, 'dairy', 'Dairy and eggs', 3),
    (14, 1, 'fish', 'Fish and shellfish', 4), (15, 13, 'cheese', 'Cheese', 1), (21, 2, 'ice', 'Ice cream', 1),
    (22, 2, 'frozen-fish', 'Frozen fish', 2), (31, 3, 'flour', 'Flour and grain', 1), (32, 3, 'spices', 'Spices', 2),
    (33, 3, 'oil', 'Oils and vinegars', 3), (34, 3, 'pasta', 'Pasta and rice', 4), (41, 4, 'coffee', 'Coffee and tea', 1),
    (42, 4, 'wine', 'Wine', 2), (43, 4, 'juice', 'Juice', 3), (51, 5, 'packaging', 'Packaging', 1),
    (52, 5, 'cleaning', 'Cleaning', 2);

insert into products (id, sku, name, category_id, supplier_id, price, cost, weight_kg, size, storage, active,
                      price_validity, tags, attributes, image, created_at, updated_at)
select p.id, upper(substr(p.noun, 1, 3)) || '-' || lpad(p.id::text, 5, '0'),
    p.style || ' ' || lower(p.noun) || ', ' || p.pack, p.category,
    case when demo_roll(p.id, 41) < 0.97 then 1 + demo_die(p.id, 42, :suppliers) end,
    demo_price(p.id) / 100.0,
    -- A few costs carry every digit some spreadsheet had.
    case when demo_roll(p.id, 43) < 0.03 then demo_price(p.id) / 100.0 * 0.612345678901234567890123456789
         else round(demo_price(p.id) / 100.0 * (0.55 + 0.2 * demo_roll(p.id, 44)::numeric), 4) end,
    round((power(demo_roll(p.id, 45), 2) * 24 + 0.1)::numeric, 2)::real,
    case when demo_roll(p.id, 46) < 0.8 then row(5 + demo_die(p.id, 47, 60), 4 + demo_die(p.id, 48, 40),
        (30 + demo_die(p.id, 49, 400)) / 10.0)::dimensions end,
    (case when p.category in (1, 11, 12, 13, 14, 15) then 'chilled' when p.category in (2, 21, 22) then 'frozen'
          when p.category = 42 then 'bonded' else 'ambient' end)::storage_kind,
    -- Sold, not sold, or nobody has decided yet.
    case when demo_roll(p.id, 50) < 0.84 then true when demo_roll(p.id, 50) < 0.94 then false end,
    case demo_die(p.id, 51, 5) when 0 then null when 1 then 'empty'::daterange
        when 2 then daterange(p.today - 400, 'infinity') else daterange(p.today - 300, p.today + 65) end,
    array_remove(array[p.noun_tag, case when demo_roll(p.id, 52) < 0.2 then 'organic' end,
        case when demo_roll(p.id, 53) < 0.1 then 'new, 2026' end,
        case when demo_roll(p.id, 54) < 0.03 then 'say "fragile"' end], null),
    jsonb_strip_nulls(jsonb_build_object('origin', split_part(demo_place(p.id), '|', 1), 'pack', p.pack,
        'allergens', case demo_die(p.id, 55, 6) when 0 then '["milk"]'::jsonb when 1 then '["gluten", "nuts"]'::jsonb end,
        'vat', case when p.category in (5, 51, 52, 4, 42) then 21 else 9 end,
        'nutrition', case when p.id % 9 = 0 then jsonb_build_object('kcal', demo_die(p.id, 56, 900)) end)),
    -- A one-pixel GIF stands for a photograph.
    case when p.id % 40 = 0 then decode('R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs=', 'base64') end,
    to_timestamp(:until) - make_interval(days => 30 + demo_die(p.id, 57, 2500)),
    to_timestamp(:until) - make_interval(mins => demo_die(p.id, 58, 43200))
from (
    select i.id, to_timestamp(:until)::date as today, split_part(i.kind, '|', 1) as noun,
        split_part(i.kind, '|', 2)::int as category,
        lower(replace(split_part(i.kind, '|', 1), ' ', '-')) as noun_tag,
        demo_pick(array['Sea-salted', 'Organic', 'Chef’s', 'Stone-ground', 'Smoked', 'Classic', 'Wild', 'House', 'Mountain',
            'Crème', 'Extra-fine', 'Spiced', 'Old-style', 'Small-batch'], i.id, 59) as style,
        demo_pick(array['500 g', '1 kg', '2.5 kg', '5 kg', '12 × 250 g', '24 × 33 cl', '6 × 75 cl', '10 l',
            'box of 40'], i.id, 60) as pack
    from (
        select id, demo_pick(array['Apples|11', 'Lemons|11', 'Figs|11', 'Leeks|12', 'Beetroot|12', 'Chicory|12', 'Butter|13',
            'Eggs|13', 'Skyr|13', 'Cod|14', 'Mussels|14', 'Goat’s cheese|15', 'Gouda|15', 'Blue cheese|15', 'Sorbet|21',
            'Gelato|21', 'Pollock|22', 'Rye flour|31', 'Barley|31', 'Paprika|32', 'Saffron|32', 'Olive oil|33', 'Vinegar|33',
            'Tagliatelle|34', 'Risotto rice|34', 'Espresso beans|41', 'Jasmine tea|41', 'White wine|42', 'Apple juice|43',
            'Kraft boxes|51', 'Napkins|51', 'Descaler|52'], id, 61) as kind
        from generate_series(1, :products) g(id) offset 0
    ) i offset 0
) p;

insert into warehouses values
    (1, 'RTM', 'Rotterdam', 'NL', point(51.92, 4.48), '05:00', '22:00', '{ambient,chilled,frozen,bonded}',
     '{[2026-12-25,2026-12-27)}', b'11111111', '10.20.1.0/24', '02:00:5e:10:01:01'),
    (2, 'LBA', 'Leeds', 'GB', point(53.80, -1.55), '06:00', '20:30', '{ambient,chilled}', '{}', b'11110000',
     '10.20.2.0/24', '02:00:5e:10:02:01'),
    (3, 'LYS', 'Lyon', 'FR', point(45.76, 4.84), '05:30', '21:00', '{ambient,chilled,frozen}',
     '{[2026-07-14,2026-07-15),[2026-08-15,2026-08-16)}', b'00111100', '10.20.3.0/24', null),
    (4, 'GDN', 'Gdańsk', 'PL', point(54.35, 18.65), '00:00', '24:00', '{ambient,frozen}', '{}', b'11000011',
     'fd00:20:4::/64', '02:00:5e:10:04:01'),
    (5, 'OPO', 'Porto', 'PT', point(41.15, -8.61), '07:00', '19:00', '{bonded}', '{}', b'10000000', '10.20.5.0/24', null),
    (6, 'XXX', 'Returns and write-offs (do not use!)', 'NL', null, null, null, '{}', null, null, null, null);

insert into stock_levels (warehouse_id, product_id, on_hand, reserved, bin_code, counted_at)
select w.id, p.id,
    -- A little stock is below nothing: goods left before they were booked in.
    case when demo_roll(k.key, 71) < 0.01 then -1 - demo_die(k.key, 72, 12)
         else (power(demo_roll(k.key, 73), 3) * 1800)::int end,
    demo_die(k.key, 74, 25) * (demo_die(k.key, 75, 3) / 2),
    case when demo_roll(k.key, 76) < 0.9
         then chr(65 + demo_die(k.key, 77, 8)) || '/' || demo_die(k.key, 78, 40) || ',' || demo_die(k.key, 79, 6) end,
    case when demo_roll(k.key, 80) < 0.75 then to_timestamp(:until) - make_interval(hours => demo_die(k.key, 81, 8760)) end
from generate_series(1, 5) w(id)
cross join generate_series(1, :products) p(id)
cross join lateral (select p.id::bigint * 8 + w.id as key offset 0) k
where demo_roll(k.key, 82) < 0.8;

-- One partition a month, as the real one has, and one for whatever falls outside.
do $$
declare
    first_month date := date_trunc('month', to_timestamp(:until) at time zone 'UTC')::date;
begin
    for back in -2..17 loop
        execute format('create table %I partition of stock_movements for values from (%L) to (%L)',
            'stock_movements_' || to_char(first_month - make_interval(months => back), 'YYYY_MM'),
            (first_month - make_interval(months => back))::date, (first_month - make_interval(months => back - 1))::date);
    end loop;
    create table stock_movements_other partition of stock_movements default;
end $$;

insert into stock_movements (id, moved_at, warehouse_id, product_id, quantity, reason)
select m.id, to_timestamp(:until - 47000000.0 * (:movements - m.id) / :movements - demo_die(m.id, 91, 3600)),
    1 + demo_die(m.id, 92, 5), 1 + (power(demo_roll(m.id, 93), 2) * :products)::int % :products,
    case when r.reason in ('sale', 'write-off') then -1 - demo_die(m.id, 94, 40) else 1 + demo_die(m.id, 94, 400) end,
    r.reason
from generate_series(1, :movements) m(id)
cross join lateral (select case when demo_roll(m.id, 95) < 0.82 then 'sale' when demo_roll(m.id, 95) < 0.95 then 'delivery'
    when demo_roll(m.id, 95) < 0.98 then 'return' else 'write-off' end as reason offset 0) r;

insert into "LegacyPriceList" ("Item No", "List", "Price.EUR", "Group", "Valid until")
select case i.id % 10 when 0 then 'A/' || i.id || ',B' when 1 then 'new' else 'IT ' || lpad(i.id::text, 4, '0') end,
    'Autumn ' || (2012 + i.id), case when i.id % 13 = 0 then 'NaN' else round(demo_price(i.id) / 100.0, 3) end,
    case i.id % 4 when 0 then '' when 1 then null else 'Group ' || i.id % 7 end,
    case when i.id % 11 = 0 then 'infinity'::date else to_timestamp(:until)::date - (i.id * 30)::int end
from generate_series(1, 60) i(id);
