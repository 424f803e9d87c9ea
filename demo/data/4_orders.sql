-- Orders and their lines. Lines come first and orders add them up, so a total is the sum of its lines by construction.

insert into order_lines (order_id, line_no, product_id, quantity, unit_price, discount_percent)
select o.id, l.n, i.product_id,
    1 + (power(demo_roll(l.key, 501), 3) * 40)::int,
    round(demo_price(i.product_id) * o.rate / 100, 2),
    case when demo_roll(l.key, 502) < 0.85 then 0 else 2.5 * (1 + demo_die(l.key, 503, 6)) end
from (
    select g.id, demo_rate(split_part(demo_place(f.customer_id), '|', 3)) as rate,
        -- :lines_extra is 3 up to a million orders (2.5 lines each) and 1 above (1.5 each).
        1 + demo_die(g.id, 504, :lines_extra + 1) as lines
    from generate_series(1, :orders) g(id)
    cross join lateral demo_order(g.id) f
    offset 0
) o
cross join lateral (select n, o.id * 8 + n as key from generate_series(1, o.lines) n offset 0) l
-- Some goods sell much better than others.
cross join lateral (select 1 + (power(demo_roll(l.key, 505), 2) * (:products - 1))::int as product_id offset 0) i;

alter table order_lines add primary key (order_id, line_no);
analyze order_lines;

insert into orders (id, customer_id, placed_at, updated_at, requested_for, status, warehouse_id, currency, number, total,
                    sales_rep, delivery_note, metadata)
select o.id, o.customer_id, o.placed_at,
    o.placed_at + make_interval(secs => floor(demo_roll(o.id, 511) * least(500000, o.age * 86400 - 1))),
    case when demo_roll(o.id, 512) < 0.8 then o.placed_at::date + 1 + demo_die(o.id, 513, 9) end,
    -- Old orders have arrived, yesterday's are being picked; a few were forgotten on hold.
    (case
        when o.age > 30 then case when s.roll < 0.926 then 'delivered' when s.roll < 0.976 then 'cancelled'
            when s.roll < 0.998 then 'returned' else 'on_hold' end
        when o.age > 7 then case when s.roll < 0.80 then 'delivered' when s.roll < 0.92 then 'shipped'
            when s.roll < 0.97 then 'cancelled' when s.roll < 0.985 then 'returned' else 'on_hold' end
        when o.age > 2 then case when s.roll < 0.50 then 'shipped' when s.roll < 0.70 then 'delivered'
            when s.roll < 0.90 then 'picking' when s.roll < 0.94 then 'on_hold'
            when s.roll < 0.97 then 'confirmed' else 'cancelled' end
        else case when s.roll < 0.50 then 'confirmed' when s.roll < 0.75 then 'picking' when s.roll < 0.87 then 'draft'
            when s.roll < 0.95 then 'shipped' when s.roll < 0.98 then 'on_hold' else 'cancelled' end
    end)::order_status,
    1 + (power(demo_roll(o.id, 514), 1.6) * 5)::int % 5,
    split_part(demo_place(o.customer_id), '|', 3),
    'SO-' || lpad(o.id::text, :number_width, '0'),
    o.total,
    case when s.web then null else demo_staff(o.id, 515) end,
    case when demo_roll(o.id, 516) < 0.92 then null
         else demo_pick(array['Ring before arrival.', 'Chilled dock 4.', '', 'Leave with reception',
        'Gate closes at 15:30', 'נא להתקשר לפני ההגעה', 'No plastic, please 🌱', 'CALL KITCHEN', ' side door '], o.id, 517) end,
    case when s.web then '{}'
         when demo_roll(o.id, 518) < 0.5 then ('{"channel": "edi", "po": "PO-' || demo_die(o.id, 519, 900000) || '"}')::jsonb
         when demo_roll(o.id, 518) < 0.98 then '{"channel": "phone"}'
         else '{"channel": "fair", "tags": ["new", "sample"], "contact": {"lang": "de", "consent": null}}' end
from (
    select t.order_id as id, t.total, f.*
    from (select order_id, sum(amount) as total from order_lines group by order_id order by order_id offset 0) t
    cross join lateral demo_order(t.order_id) f
    offset 0
) o
cross join lateral (select demo_roll(o.id, 520) as roll, demo_roll(o.id, 521) < 0.55 as web offset 0) s;

alter table orders add primary key (id);
analyze orders;
