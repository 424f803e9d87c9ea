"""Addresses of the search over everything: its page, and the two fragments of the palette."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response as Answer

from ops.web.forms import new_form_token
from ops.web.gate import needs, signed_in
from ops.web.page import render
from ops.web.search.offering import Offer, offer

bp = Blueprint("search", __name__)
ON_A_PAGE = 20  # rows of one table


@bp.get("/search")
@needs(signed_in, limit="search")
def index() -> Answer:
    """The palette as a page of its own."""
    return _page("search/index.html", offer(_text(), each=ON_A_PAGE))


@bp.get("/search/box")
@needs(signed_in, polling=True)
def box() -> Answer:
    """The inside of the palette, as it opens."""
    return _page("search/box.html", offer(""))


@bp.get("/search/results")
@needs(signed_in, polling=True, limit="search")
def results() -> Answer:
    """What is asked for while one types; it does not keep a session alive (P8)."""
    return _page("search/results.html", offer(_text()))


def _page(template: str, found: Offer) -> Answer:
    return render(template, offer=found, token=new_form_token())


def _text() -> str:
    return request.args.get("q", "")
