"""How much a request may be: its address, its headers, the fields of its form (P24).

Bytes of a body are declared by each endpoint (`ops.web.declared`). gunicorn bounds single lines and headers before
anything here runs (`ops/cli/web.py`); what stands here holds behind any server.
"""

from __future__ import annotations

import io
from typing import IO, Any
from urllib.parse import unquote, unquote_to_bytes

from flask import Request, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge, RequestHeaderFieldsTooLarge, RequestURITooLarge
from werkzeug.formparser import FormDataParser

from ops.settings import Settings
from ops.spool import at
from ops.web.declared import FORM, RECORD

MOST_PATH, MOST_QUERY, MOST_HEADERS, MOST_FIELDS = 4_000, 12_000, 32_768, 5_000
MOST_PARAMETERS = 500


class BoundedForms(FormDataParser):
    """Werkzeug's parser, that counts the fields of a form before it makes them; parts it counts by itself."""

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> Any:
        """Parse a body. Raises RequestEntityTooLarge for too many fields; the bytes are bounded by the stream."""
        if mimetype == "application/x-www-form-urlencoded":
            body = stream.read()
            stream.read(1)  # a body that does not say how long it is stops at the bound: only asking on tells
            if body.count(b"&") >= MOST_FIELDS:
                raise RequestEntityTooLarge
            try:
                return io.BytesIO(), self.cls(_fields(body.decode())), self.cls()
            except UnicodeDecodeError:  # no form at all: as Werkzeug sees it
                return io.BytesIO(), self.cls(), self.cls()
        return super().parse(stream, mimetype, content_length, options)


def _fields(body: str) -> list[tuple[str, str]]:
    """What `urllib.parse.parse_qsl` reads of a body, as Werkzeug asks it to, in less time: most texts are plain."""
    pairs = [pair.partition("=") for pair in body.replace("+", " ").split("&") if pair]
    return [
        (_decoded(name) if "%" in name else name, _decoded(value) if "%" in value else value)
        for name, _, value in pairs
    ]


def _decoded(text: str) -> str:
    if text.isascii():  # as every browser sends it
        return unquote_to_bytes(text).decode(errors="werkzeug.url_quote")
    return unquote(text, errors="werkzeug.url_quote")


class BoundedRequest(Request):
    """A request whose form is bounded in fields."""

    form_data_parser_class = BoundedForms

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        """Where a part with a file is put while it arrives: one that may be large, beside the spool's files."""
        if (self.max_content_length or 0) > RECORD:
            settings: Settings = current_app.config["OPS_SETTINGS"]
            return at(settings.spool).scratch()
        return super()._get_file_stream(total_content_length, content_type, filename, content_length)


def of(body: int, settings: Settings) -> None:
    """Bound this request's body by what its endpoint declares. A file lies where uploads lie, never in memory."""
    most = body or settings.import_bytes + FORM
    request.max_content_length, request.max_form_memory_size = most, min(most, RECORD)


def check() -> None:
    """Raise RequestURITooLarge or RequestHeaderFieldsTooLarge before anything is looked up."""
    environ, query = request.environ, request.query_string
    if len(request.path) > MOST_PATH or len(query) > MOST_QUERY or query.count(b"&") >= MOST_PARAMETERS:
        raise RequestURITooLarge
    size = sum(len(name) + len(value) for name, value in environ.items() if name.startswith("HTTP_"))
    if size > MOST_HEADERS:
        raise RequestHeaderFieldsTooLarge
