"""Words of what stands beside a change: other open changes of its rows, and their last history."""

WORDS = {
    "beside.open": "Also open on this row",
    "beside.open_many": "Also open on these rows",
    "beside.sets": "{name} asks for {columns}",
    "beside.deletes": "{name} asks that the row be deleted",
    "beside.unseen": "{name} asks for something else",
    "beside.numbered": "Row {number}: {what}",
    "beside.in_common": "{count} rows in common: {what}",
    "beside.in_common.one": "One row in common: {what}",
    "beside.first_rows": "Of its first {count} rows.",
    "beside.same": "It sets {columns} as well: whichever is applied first stops the other.",
    "beside.history": "This row’s last history",
    "beside.history_of": "Last history of {title}",
    "beside.all": "All of its history",
}
