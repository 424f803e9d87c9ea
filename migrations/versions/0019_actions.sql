-- What an action was asked for: its name, what was typed, and what is told once the change is applied.

CREATE TABLE ops.change_action (
    change_id  bigint PRIMARY KEY REFERENCES ops.change_set ON DELETE CASCADE,
    name       text NOT NULL,                -- of the method that the table's Resource declares
    label      text NOT NULL,                -- as people read it when it was asked for
    arguments  jsonb NOT NULL DEFAULT '{}',  -- parameter -> text
    messages   jsonb NOT NULL DEFAULT '[]'   -- [{"kind": …, "body": {…}}]: rows of the outbox, once applied
);
