"""A moment chosen in a form: read on the clocks of its person, or told what is wrong with it."""

from __future__ import annotations

import pytest

from ops.changes import Invalid
from ops.web import moments


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo"])
@pytest.mark.parametrize(
    "text", ["9999-12-31T23:59", "0001-01-01T00:00", "9999-12-31T23:59-14:00", "0001-01-01T00:00+14:00"]
)
def test_the_ends_of_the_calendar_are_no_error_of_ours(zone: str, text: str) -> None:
    """P26: it is a moment or it is refused in words; whether it is too far away is the door's to say."""
    try:
        moment = moments.chosen({moments.APPLY_AT: text}, zone)
    except Invalid as error:
        assert set(error.fields) == {moments.FIELD}
    else:
        assert moment is not None and moment.tzinfo is not None
