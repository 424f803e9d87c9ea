-- Money in and out. Payments and refunds exist for the newest :recent orders (all of them up to a million; older ones
-- are "in the archive", which keeps ten million orders on a small disk).

insert into payments (id, order_id, method, state, amount, currency, external_ref, gateway_id, received_at, created_at)
select demo_uuid('payment', o.id), o.id, m.method,
    case when o.status = 'cancelled' then 'failed' when o.status = 'returned' then 'refunded'
         when o.status in ('delivered', 'shipped') and demo_roll(o.id, 602) < 0.96 then 'captured'
         when m.method in ('card', 'wallet') then 'authorised' else 'pending' end::payment_state,
    -- Mostly the total; some paid half of it (the rest follows below), some a round amount too little.
    case when demo_roll(o.id, 603) < 0.03 then round(o.total / 2, 2) when demo_roll(o.id, 603) < 0.04 then floor(o.total)
         else o.total end,
    o.currency,
    case when m.method = 'cash' then null else 'pay_' || substr(md5(o.id::text || '-' || :seed), 1, 18) end,
    -- Larger than what a double holds exactly.
    case when m.method in ('card', 'wallet') then 9007199254740993 + o.id * 2 end,
    case when o.status in ('delivered', 'shipped', 'returned')
         then least(to_timestamp(:until), o.placed_at + make_interval(mins => demo_die(o.id, 604, 30000))) end,
    o.placed_at
from orders o
cross join lateral (
    select (case when r.roll < 0.46 then 'bank_transfer' when r.roll < 0.75 then 'card'
        when r.roll < 0.90 then 'direct_debit' when r.roll < 0.985 then 'wallet' else 'cash' end)::payment_method as method
    from (select demo_roll(o.id, 605) as roll) r offset 0
) m
where o.id > :orders - :recent and o.status <> 'draft'
order by o.id;

insert into payments (id, order_id, method, state, amount, currency, external_ref, received_at, created_at)
select demo_uuid('rest', o.id), o.id, 'bank_transfer', 'captured', o.total - round(o.total / 2, 2), o.currency,
    'pay_' || substr(md5('rest' || o.id::text || '-' || :seed), 1, 18), o.updated_at, o.updated_at
from orders o
where o.id > :orders - :recent and o.status in ('delivered', 'shipped') and demo_roll(o.id, 603) < 0.03
order by o.id;

insert into refunds (id, payment_id, amount, reason, approved_by, refunded_at)
select row_number() over (order by p.order_id, p.id), p.id,
    case when p.state = 'refunded' then p.amount else round(p.amount / (2 + demo_die(p.order_id, 611, 8)), 2) end,
    demo_pick(array['Arrived warm', 'Wrong article', 'Damaged in transit', 'Short delivery', 'Goodwill',
        'Ordered twice'], p.order_id, 612),
    case when demo_roll(p.order_id, 613) < 0.9 then demo_staff(p.order_id, 614) end,
    least(to_timestamp(:until), p.received_at + make_interval(hours => 20 + demo_die(p.order_id, 615, 200)))
from payments p
where p.state = 'refunded' or p.state = 'captured' and demo_roll(p.order_id, 616) < 0.012;

insert into payouts (id, supplier_id, amount, currency, iban, bank_account, value_date, sent_at, remittance)
select p.id, s.id, round((power(demo_roll(p.id, 621), 4) * 48000 + 40 + 300 * demo_roll(p.id, 622))::numeric, 2), 'EUR',
    coalesce(s.iban, demo_iban(s.country::text, p.id, 623)),
    case when demo_roll(p.id, 624) < 0.7 then lpad(demo_die(p.id, 625, 2000000000)::text, 10, '0') end,
    d.day, case when d.day <= to_timestamp(:until)::date then d.day + time '06:15' end,
    'INV ' || (10000 + demo_die(p.id, 626, 89999)) || case when p.id % 17 = 0 then E'\r\nINV ' || p.id else '' end
from generate_series(1, :payouts) p(id)
-- The last few are still to be sent.
cross join lateral (select 1 + demo_die(p.id, 627, :suppliers) as supplier_id,
    to_timestamp(:until)::date + 6 - (1100 * (:payouts - p.id) / :payouts)::int as day offset 0) d
join suppliers s on s.id = d.supplier_id
order by p.id;
