-- A burst of talk is one line of the inbox and one mail in a while: every telling keeps its row, the newest unread one
-- stands for those before it (ops/notices/bundles.py).

ALTER TABLE ops.notice
    ADD COLUMN many        integer NOT NULL DEFAULT 1 CHECK (many >= 0),  -- 0: it stands in a later line
    ADD COLUMN bundle      bigint,                                        -- the first of those that became one line
    ADD COLUMN letter_id   bigint,                                        -- the notice with whose mail this one goes
    ADD COLUMN written_at  timestamptz;                                   -- from here on nothing joins its mail

DROP INDEX ops.notice_page;
CREATE INDEX notice_page ON ops.notice (person_id, id DESC) WHERE many > 0;
CREATE INDEX notice_bundle ON ops.notice (bundle) WHERE bundle IS NOT NULL AND read_at IS NULL;
CREATE INDEX notice_letter ON ops.notice (letter_id) WHERE letter_id IS NOT NULL;
CREATE INDEX notice_letters ON ops.notice (change_id, person_id, id DESC) WHERE letter_id = id;
