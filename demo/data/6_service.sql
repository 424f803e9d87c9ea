-- What happens after the sale: shipments, tickets, and the log of a night job.

insert into shipments (id, order_id, carrier, tracking, shipped_at, eta, delivered_at, transit_time, last_scan_from, parcels)
select o.id, o.id, t.carrier,
    upper(left(t.carrier, 2)) || lpad(demo_die(o.id, 701, 1000)::text, 3, '0') || lpad(o.id::text, 9, '0'),
    t.shipped_at,
    -- No day can be promised for a few: lost, or held at a border.
    case demo_die(o.id, 702, 300) when 0 then 'infinity'::timestamptz when 1 then '-infinity' when 2 then null
        else date_trunc('hour', t.shipped_at) + make_interval(days => 2) end,
    case when o.status <> 'shipped' then t.shipped_at + t.transit end,
    case when o.status <> 'shipped' then t.transit when demo_die(o.id, 703, 8) = 0 then '1 mon 2 days'::interval end,
    case demo_die(o.id, 704, 4) when 0 then null when 1 then ('2001:db8::' || to_hex(1 + demo_die(o.id, 705, 60000)))::inet
        else ('192.0.2.' || 1 + demo_die(o.id, 705, 250))::inet end,
    1 + (power(demo_roll(o.id, 706), 4) * 30)::int
from orders o
cross join lateral (select demo_pick(array['Blue Heron Freight', 'Kanal Express', 'Northway Parcels', 'Rapido Frío'],
        o.id, 707) as carrier,
    o.placed_at + (0.05 + 0.9 * demo_roll(o.id, 708))
        * least(interval '3 days', to_timestamp(:until) - o.placed_at) as shipped_at,
    make_interval(hours => 5 + demo_die(o.id, 709, 80), mins => demo_die(o.id, 710, 60)) as transit offset 0) t
where o.id > :orders - :recent and o.status in ('shipped', 'delivered', 'returned')
order by o.id;
-- Nothing is delivered in the future.
update shipments set delivered_at = null, transit_time = null where delivered_at > to_timestamp(:until);

insert into tickets (id, number, customer_id, order_id, subject, body, priority, state, assigned_to, payload, first_reply_after,
                     opened_at, updated_at)
select t.id, 'T-' || lpad(t.id::text, 6, '0'), case when demo_roll(t.id, 721) < 0.96 then o.customer_id end,
    case when demo_roll(t.id, 722) < 0.8 then o.id end,
    demo_pick(array['Where is order', 'Wrong article in order', 'Invoice question for', 'Broken seals,',
        'Please change delivery of',
        'RE: RE: FW:', 'URGENT!!!', 'Merci 🙏'], t.id, 723) || ' ' || o.number,
    case demo_die(t.id, 724, 6) when 0 then null when 1 then ''
        when 2 then E'Hello,\n\nhalf of the boxes were missing. Photos attached.\n\nKind regards'
        when 3 then 'The driver could not find the gate. <a href="javascript:alert(1)">map</a>'
        when 4 then 'שלום, המשלוח לא הגיע עד היום.'
        else 'Could you send the invoice again? The last one had the old address.' end,
    (case when t.roll < 0.1 then 'low' when t.roll < 0.8 then 'normal' when t.roll < 0.95 then 'high'
          else 'urgent' end)::ticket_priority,
    (case when t.id > :tickets * 0.95 then 'open' when demo_roll(t.id, 725) < 0.04 then 'waiting'
          when demo_roll(t.id, 725) < 0.3 then 'solved' else 'closed' end)::ticket_state,
    case when demo_roll(t.id, 726) < 0.88 then demo_staff(t.id, 727) end,
    case demo_die(t.id, 728, 5) when 0 then null when 1 then '{}'
        -- Plain json keeps what it was given: order, spaces and a key that comes twice.
        when 2 then '{"via":"mail",  "spam": 0.10, "via": "form"}' else '{"via": "phone", "minutes": 4.0}' end::json,
    case when demo_roll(t.id, 729) < 0.9 then make_interval(mins => (power(demo_roll(t.id, 730), 4) * 4000)::int + 2) end,
    t.opened_at, t.opened_at + demo_roll(t.id, 731) * least(interval '4 days', to_timestamp(:until) - t.opened_at)
from (
    select id, demo_roll(id, 732) as roll,
        greatest(1, :orders - (:recent * power((:tickets - id)::float8 / :tickets, 1.4))::bigint
            - demo_die(id, 733, 5)) as order_id
    from generate_series(1, :tickets) g(id) offset 0
) t0
join orders o on o.id = t0.order_id
cross join lateral (select t0.id, t0.roll,
    o.placed_at + (0.05 + 0.9 * demo_roll(t0.id, 734))
        * least(interval '6 days', to_timestamp(:until) - o.placed_at) as opened_at offset 0) t
order by t.id;

insert into import_log (logged_at, file, line, outcome, detail)
select to_timestamp(:until) - make_interval(secs => 7200.0 * (:log_lines - i.id) + demo_die(i.id, 741, 3000)),
    'stock_' || to_char(to_timestamp(:until) - make_interval(secs => 7200.0 * (:log_lines - i.id)), 'YYYYMMDD') || '.csv',
    case when i.id % 50 <> 0 then demo_die(i.id, 742, 4000) end,
    case when demo_roll(i.id, 743) < 0.93 then 'ok'
         when demo_roll(i.id, 743) < 0.98 then 'skipped' else 'ERROR: value too long' end,
    case when demo_roll(i.id, 743) >= 0.98 then '{"column": "bin", "max": 12, "raw": "\u202eabc"}'::jsonb end
-- The job once ran twice, so some lines are there twice, letter for letter.
from (select id - case when id % 100 = 7 then 1 else 0 end as id from generate_series(1, :log_lines) g(id) offset 0) i;
