"""Files that a form brings for bytea columns: read within bounds, and put into the form as if they had been typed."""

from __future__ import annotations

from collections.abc import Callable

from flask import request

from ops.catalog import Column
from ops.words import t

MOST_FILE = 3 * 1024 * 1024  # bytes of a file; the door, the trail and an approval all hold it


def into(form: dict[str, str], column_of: Callable[[str], Column | None]) -> dict[str, str]:
    """Put each file sent as `u.NAME` into `form` as `v.NAME`, in bytea's own text; sentences by NAME for large ones.

    `column_of` says which column a NAME means; None, or a column that holds no bytes: the file is no business of ours.
    """
    wrong = {}
    for posted, file in request.files.items():
        name = posted.removeprefix("u.")
        column = column_of(name) if posted != name else None
        if column is None or column.category != "bytes" or not file.filename:
            continue
        content = file.stream.read(MOST_FILE + 1)
        if len(content) > MOST_FILE:
            wrong[name] = t("records.file_large", most=MOST_FILE // (1024 * 1024))
        else:
            form[f"v.{name}"] = "\\x" + content.hex()
            form.pop(f"v.{name}--null", None)
    return wrong
