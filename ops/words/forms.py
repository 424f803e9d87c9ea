"""Words of records' forms: typed inputs, rows that belong to a record, copies, cells of a list, who else is here."""

WORDS = {
    "records.hint.list": "One item on each line",
    "records.hint.list_of": "One on each line: {values}",
    "records.hint.wall": "As clocks there showed it: no zone belongs to it",
    "records.hint.digits": "Up to {before} digits, and {after} decimals",
    "records.zone_of": "Time zone of {field}",
    "records.no_such_moment": "In {zone} there is no such time: the clocks skip it. Choose another.",
    "records.json_place": "It stops making sense at line {line}, column {column}.",
    "records.file_large": "A file may have {most} MB at most. What is there stays.",
    "records.file_download": "Download ({size})",
    "frame.find": "Find",
    "frame.pick": "Type a name or key",
    "frame.key_cell": "Edit the cell; arrows walk a row’s cells",
    "frame.found": "Found",
    # rows that belong to a record
    "records.line": "{row} {number}",
    "records.line_add": "Add {row}",
    "records.line_remove": "Remove",
    "records.line_remove_one": "Remove {row} {number}",
    "records.line_gone": "Somebody removed this row meanwhile. What you typed is kept here; saved again it becomes a new row.",
    "records.line_moved": "Somebody changed this row meanwhile, so it was not removed. Look at it again.",
    "records.lines_none": "There are none yet.",
    "records.lines_many": "Too many to stand here: open {table} as a list",
    "records.saved_rows": "Saved, with {count} rows that belong to it.",
    "records.saved_rows.one": "Saved, with 1 row that belongs to it.",
    "records.created_rows": "Created, with {count} rows that belong to it.",
    "records.created_rows.one": "Created, with 1 row that belongs to it.",
    # one cell of a list
    "records.cell_heading": "{field} of {row}",
    "records.cell_cancel": "Cancel",
    "records.may_not_cell": "You may not change {field} here.",
    # who else is here
    "records.present": "Who else has this open",
    "records.also_editing": "{names} are editing this too.",
    "records.also_editing.one": "{names} is editing this too.",
    "records.also_viewing": "{names} have this open too.",
    "records.also_viewing.one": "{names} has this open too.",
    # a copy
    "records.duplicate": "Duplicate",
    "records.copied": "A copy of {row}.",
    "records.copied_body": "Nothing is saved yet. What must be its own, such as a number that is unique, is left empty.",
}
