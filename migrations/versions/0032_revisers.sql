-- Whoever makes a further revision is a maker of the change, by the database's word: who has decided on any revision stands
-- on the other side, which ops.change_party gives each person once, and so can make none (P27).
ALTER TABLE ops.revision
    ADD COLUMN side text NOT NULL DEFAULT 'maker' CHECK (side = 'maker'),
    ADD FOREIGN KEY (change_id, revised_by, side) REFERENCES ops.change_party (change_id, person_id, side);
