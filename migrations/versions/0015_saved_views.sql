-- Lists people keep under a name: filters, search, order and columns as the list's query string, and how it looks.

CREATE TABLE ops.saved_view (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_id     bigint NOT NULL REFERENCES ops.person ON DELETE CASCADE,
    schema_name  text NOT NULL,
    table_name   text NOT NULL,
    name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    role         text CHECK (length(role) <= 100),                     -- NULL: its owner's alone
    list         text NOT NULL DEFAULT '' CHECK (length(list) <= 4000),
    looks        text NOT NULL DEFAULT '' CHECK (length(looks) <= 4000),
    edition      integer NOT NULL DEFAULT 1,                           -- who saves says which one they saw
    form_token   text,                                                 -- of the form that made it: made once
    created_at   timestamptz NOT NULL DEFAULT now(),
    changed_at   timestamptz NOT NULL DEFAULT now(),
    changed_by   bigint REFERENCES ops.person ON DELETE SET NULL,
    UNIQUE (owner_id, schema_name, table_name, name),
    UNIQUE (owner_id, form_token)
);
CREATE INDEX saved_view_role ON ops.saved_view (role) WHERE role IS NOT NULL;

-- What somebody made of a view: on the rail, in this order.
CREATE TABLE ops.view_pin (
    person_id  bigint NOT NULL REFERENCES ops.person ON DELETE CASCADE,
    view_id    bigint NOT NULL REFERENCES ops.saved_view ON DELETE CASCADE,
    pinned_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (person_id, view_id)
);
CREATE INDEX view_pin_view ON ops.view_pin (view_id);

-- With which view a table's list opens for somebody.
CREATE TABLE ops.view_default (
    person_id    bigint NOT NULL REFERENCES ops.person ON DELETE CASCADE,
    schema_name  text NOT NULL,
    table_name   text NOT NULL,
    view_id      bigint NOT NULL REFERENCES ops.saved_view ON DELETE CASCADE,
    PRIMARY KEY (person_id, schema_name, table_name)
);
CREATE INDEX view_default_view ON ops.view_default (view_id);

-- Whoever keeps views in memory compares this; it is random, so that two states never share a stamp.
CREATE TABLE ops.view_stamp (
    only_one  boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    stamp     uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO ops.view_stamp DEFAULT VALUES;

CREATE FUNCTION ops.stamp_views() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    UPDATE ops.view_stamp SET stamp = gen_random_uuid();
    RETURN NULL;
END $$;
CREATE TRIGGER stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ops.saved_view
    FOR EACH STATEMENT EXECUTE FUNCTION ops.stamp_views();
CREATE TRIGGER stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ops.view_pin
    FOR EACH STATEMENT EXECUTE FUNCTION ops.stamp_views();
CREATE TRIGGER stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ops.view_default
    FOR EACH STATEMENT EXECUTE FUNCTION ops.stamp_views();
