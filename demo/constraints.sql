-- Keys, checks, foreign keys and indexes, once the rows are there.
-- Lists sort fast only where an index also orders the ties, hence (column, id). Deliberately without an index:
-- orders.sales_rep, requested_for, currency, updated_at and metadata; customers.city; tickets.assigned_to.

alter table customers add primary key (id), add unique (number),
    add constraint customers_name_not_empty check (length(trim(name)) > 0),
    add constraint customers_credit_limit_range check (credit_limit between 0 and 5000000),
    add constraint customers_not_own_parent check (parent_id <> id),
    add foreign key (parent_id) references customers;
create index on customers (parent_id) where parent_id is not null;
create index on customers (name, id);
create index on customers (name text_pattern_ops);
create index on customers (lower(email::text));
create index on customers (country, id);
create index on customers (created_at, id);
create index on customers (credit_limit, id);

alter table suppliers add primary key (id), add unique (code),
    add constraint suppliers_rating_stars check (rating between 1 and 5);

alter table product_categories add primary key (id), add unique (slug),
    add foreign key (parent_id) references product_categories deferrable initially deferred;

alter table products add primary key (id), add unique (sku),
    add constraint products_price_not_negative check (price >= 0),
    add foreign key (category_id) references product_categories on update cascade,
    add foreign key (supplier_id) references suppliers on delete set null;
create index on products (category_id, id);
create index on products (supplier_id, id);
create index on products (name, id);
create index on products (name text_pattern_ops);
create index on products using gin (tags);
create index on products using gin (attributes jsonb_path_ops);

alter table warehouses add primary key (id), add unique (code);

alter table stock_levels add primary key (warehouse_id, product_id),
    add constraint stock_levels_reserved_not_negative check (reserved >= 0),
    add foreign key (warehouse_id) references warehouses,
    add foreign key (product_id) references products on delete cascade;
create index on stock_levels (product_id, warehouse_id);

alter table orders add unique (number),
    add constraint orders_total_not_negative check (total >= 0),
    add constraint orders_currency_known
        check (currency in ('EUR', 'GBP', 'USD', 'SEK', 'NOK', 'DKK', 'CHF', 'PLN', 'CZK', 'CAD')),
    add foreign key (customer_id) references customers,
    add foreign key (warehouse_id) references warehouses;
create index on orders (number text_pattern_ops);
create index on orders (placed_at, id);
create index on orders (status, placed_at, id);
create index on orders (customer_id, placed_at, id);
create index on orders (total, id);
create index on orders (warehouse_id);

alter table order_lines
    add constraint order_lines_discount_range check (discount_percent between 0 and 100),
    add foreign key (order_id) references orders on delete cascade,
    add foreign key (product_id) references products;
create index on order_lines (product_id, order_id, line_no);

alter table payments add primary key (id),
    add constraint payments_amount_positive check (amount > 0),
    add foreign key (order_id) references orders;
create index on payments (order_id, created_at, id);
create index on payments (created_at, id);
create index on payments (external_ref text_pattern_ops);

alter table refunds add primary key (id),
    add constraint refunds_amount_positive check (amount > 0),
    add foreign key (payment_id) references payments;
create index on refunds (payment_id);

alter table payouts add primary key (id),
    add constraint payouts_amount_positive check (amount > 0),
    add foreign key (supplier_id) references suppliers on delete restrict;
create index on payouts (supplier_id, value_date, id);
create index on payouts (value_date, id);

alter table shipments add primary key (id), add unique (tracking),
    add constraint shipments_order check (delivered_at is null or shipped_at <= delivered_at),
    add constraint shipments_parcels_positive check (parcels > 0),
    add foreign key (order_id) references orders on delete cascade;
create index on shipments (order_id, id);
create index on shipments (shipped_at, id);

alter table tickets add primary key (id), add unique (number),
    add constraint tickets_subject_length check (length(subject) between 1 and 200),
    add foreign key (customer_id) references customers on delete set null,
    add foreign key (order_id) references orders on delete set null;
create index on tickets (customer_id, id);
create index on tickets (order_id, id);
create index on tickets (opened_at, id);
create index on tickets (state, priority, id);
create index on tickets using gin (search);

alter table stock_movements add primary key (id, moved_at),
    add constraint stock_movements_something check (quantity <> 0),
    add foreign key (warehouse_id) references warehouses,
    add foreign key (product_id) references products;
create index on stock_movements (moved_at, id);
create index on stock_movements (product_id, moved_at, id);

alter table "LegacyPriceList" add primary key ("Item No", "List");

-- Substring search is quicker with trigrams; the demo does without where the extension is not to be had.
do $$
begin
    if not exists (select from pg_extension where extname = 'pg_trgm') then
        create extension pg_trgm schema shop;
    end if;
    create index customers_name_trigrams on customers using gin (name gin_trgm_ops);
    create index products_name_trigrams on products using gin (name gin_trgm_ops);
exception
    when feature_not_supported or undefined_file or insufficient_privilege or undefined_object then null;
end $$;

-- New rows go on counting where the demo stopped.
select setval(pg_get_serial_sequence('shop.' || quote_ident(t), 'id'), :orders + 1000000)
from unnest(array['refunds', 'payouts', 'shipments', 'stock_movements']) t;
select setval(pg_get_serial_sequence('shop.customers', 'id'), :customers), setval('shop.customer_number_seq', :customers),
    setval(pg_get_serial_sequence('shop.orders', 'id'), :orders), setval('shop.order_number_seq', :orders),
    setval(pg_get_serial_sequence('shop.tickets', 'id'), :tickets), setval('shop.ticket_number_seq', :tickets),
    setval(pg_get_serial_sequence('shop.suppliers', 'id'), :suppliers),
    setval(pg_get_serial_sequence('shop.products', 'id'), :products),
    setval(pg_get_serial_sequence('shop.product_categories', 'id'), 52);
