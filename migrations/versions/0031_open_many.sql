-- Open changes that may be of many rows: lists look for the rows of these among their own, however much else is open.
CREATE INDEX change_set_many ON ops.change_set (id)
    WHERE state IN ('in_review', 'approved', 'applying') AND source IN ('bulk', 'import', 'action', 'undo');
