-- Triggers, views and the words the company left in its catalogue. The functions that made the rows go.

create function touch_updated_at() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
    new.updated_at := now();
    return new;
end $$;
create trigger touch before update on customers for each row execute function touch_updated_at();
create trigger touch before update on suppliers for each row execute function touch_updated_at();
create trigger touch before update on products for each row execute function touch_updated_at();
create trigger touch before update on orders for each row execute function touch_updated_at();
create trigger touch before update on tickets for each row execute function touch_updated_at();

create view open_orders as
select o.id, o.number, o.status, c.number as customer_number, c.name as customer_name, c.country,
    o.total, o.currency, o.placed_at, o.requested_for
from orders o join customers c on c.id = o.customer_id
where o.status in ('draft', 'confirmed', 'picking', 'on_hold');

create materialized view monthly_revenue as
select date_trunc('month', placed_at at time zone 'UTC')::date as month, currency,
    count(*) as orders, sum(total) as revenue, round(avg(total), 2) as average_order
from orders where status not in ('draft', 'cancelled')
group by 1, 2;
create unique index on monthly_revenue (month, currency);

comment on table customers is 'Everyone we have ever sold to, and some we would like to';
comment on column customers.number is 'Printed on invoices; never reused';
comment on column customers.parent_id is 'The customer whose branch this is; invoices go there';
comment on column customers.credit_limit is 'In EUR. Above it, orders go on hold';
comment on column customers.internal_risk_score is '0 (safe) to 1. From the insurer, under contract: not to be shown to anyone';
comment on column customers.iban is 'For direct debit';
comment on table products is 'What we sell, have sold, or might';
comment on column products.active is 'Empty: purchasing has not decided';
comment on column products.price is 'List price in EUR without VAT';
comment on column products.cost is 'Latest purchase price in EUR';
comment on column products.price_validity is 'Days on which the list price holds';
comment on table stock_levels is 'What lies where; below zero means goods left before they were booked in';
comment on table orders is 'Sales orders from webshop, EDI, telephone and fairs';
comment on column orders.total is 'Sum of the lines, in the currency of the order';
comment on column orders.requested_for is 'The day the customer asked for';
comment on table order_lines is 'Lines of an order; they go with it';
comment on column order_lines.amount is 'Computed: quantity × unit price less discount';
comment on table payments is 'Money that came in or should have';
comment on column payments.gateway_id is 'The payment gateway’s own number';
comment on table payouts is 'Money we send to suppliers';
comment on column shipments.eta is 'infinity: nobody knows';
comment on column shipments.transit_time is 'From our dock to theirs';
comment on table import_log is 'Written by the stock import at night. No key';
comment on view open_orders is 'What has not left yet';
comment on materialized view monthly_revenue is 'Refreshed by finance on the first of the month';
comment on table "LegacyPriceList" is 'From the spreadsheet years. Do not change names: two macros read it';

drop function demo_order, demo_name, demo_surname, demo_staff, demo_place, demo_dial, demo_rate, demo_price,
    demo_iban, demo_uuid, demo_pick, demo_die, demo_roll;
