-- Who stands for an open change of somebody who has left: a further maker, whose rights count when it is applied.
ALTER TABLE ops.change_set ADD COLUMN heir_id bigint REFERENCES ops.person;
CREATE INDEX change_set_heir ON ops.change_set (heir_id, id DESC) WHERE heir_id IS NOT NULL;
