-- Wrong tries in a row at a break-glass account, by where they come from: who knows a name closes it to themselves.
-- Those from all addresses together are counted in ops.break_glass.
CREATE TABLE ops.break_glass_try (
    person_id     bigint NOT NULL REFERENCES ops.break_glass ON DELETE CASCADE,
    address       text NOT NULL CHECK (length(address) <= 100),  -- of IPv6 the /64
    failures      integer NOT NULL,
    closed_until  timestamptz,                                   -- after too many of them
    failed_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (person_id, address)
);
CREATE INDEX break_glass_try_age ON ops.break_glass_try (failed_at);
