"""How files, numbers and dates are read: what people write comes back as what they meant, or as a question."""

from __future__ import annotations

import csv
import gc
import io
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.imports import amounts, csv_file, moments, source
from ops.imports.dialect import Encodings, guess
from ops.imports.errors import Broken
from ops.imports.plan import ENCODINGS, SEPARATORS, Reading, plan_from, reading_from
from ops.spool import Spool

words = st.text(
    st.characters(codec="cp1252", exclude_characters="\x00\r\n\ufeff", exclude_categories=["Cc"]),
    min_size=1,
    max_size=12,
).filter(lambda text: text.strip() == text)
tables = st.integers(2, 6).flatmap(
    lambda width: st.lists(st.lists(words, min_size=width, max_size=width), min_size=1, max_size=8)
)


def rows(data: bytes, reading: Reading) -> list[list[object]]:
    return [cells for _, cells, wrong in csv_file.rows(io.BytesIO(data), reading) if wrong is None]


@given(
    tables,
    st.sampled_from(SEPARATORS),
    st.sampled_from(ENCODINGS),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_what_was_written_is_read(table, separator, encoding, ends, mark) -> None:
    """Every separator, encoding and line end, quoted where needed: the very cells come back."""
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator=ends).writerows(table)
    data = ("\ufeff" if mark and encoding.startswith("utf") else "") + text.getvalue()
    assert rows(data.encode(encoding), Reading(encoding=encoding, separator=separator)) == table


@given(tables, st.sampled_from(SEPARATORS), st.sampled_from(["utf-8", "cp1252", "utf-16-le"]))
@settings(max_examples=150, deadline=None)
def test_the_guess_reads_quoted_files(table, separator, encoding) -> None:
    """A file whose cells are all quoted is guessed right whatever is in them, if it has a few rows."""
    text = io.StringIO()
    csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL).writerows([*table, *table, *table])
    data = ("\ufeff" if encoding != "cp1252" else "") + text.getvalue()
    encodings = Encodings()
    encodings.feed(data.encode(encoding))
    reading = guess(encodings.head, encodings.guess())
    assert reading.separator == separator
    assert reading.encoding == encoding or data.isascii()


@pytest.mark.parametrize(
    ("text", "separator", "quote", "header"),
    [
        ("a,b\n1,2\n", ",", '"', 1),
        ("a;b\n1,5;2,5\n", ";", '"', 1),
        ("a\tb\n1, x\t2\n", "\t", '"', 1),
        ("sep=;\na;b\n1;2\n", ";", '"', 2),
        ("My list of things\n\na;b;c\n1;2;3\n4;5;6\n", ";", '"', 3),
        ("'a','b'\n'it''s','2'\n'x, y','3'\n", ",", "'", 1),
        ("name\nAnn\nBo\n", ",", '"', 1),
    ],
)
def test_dialects(text: str, separator: str, quote: str, header: int) -> None:
    reading = guess(text.encode(), "utf-8")
    assert (reading.separator, reading.quote, reading.header) == (separator, quote, header)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("å,ß\n".encode(), "utf-8"), ("\ufeffå\n".encode(), "utf-8"), ("å,ß\n".encode("cp1252"), "cp1252"),
        ("\ufeffa,b\n".encode("utf-16-le"), "utf-16-le"), ("a,b,c\n1,2,3\n".encode("utf-16-be"), "utf-16-be"),
        ("a,b,c\n1,2,3\n".encode("utf-16-le"), "utf-16-le"), (b"plain,ascii\n", "utf-8"),
    ],
)  # fmt: skip
def test_encodings(data: bytes, encoding: str) -> None:
    seen = Encodings()
    for place in range(0, len(data), 3):
        seen.feed(data[place : place + 3])  # pieces end within letters
    assert seen.guess() == encoding


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**12), max_value=10**12),
    st.sampled_from([(".", ""), (",", ""), (".", ","), (",", "."), (",", " "), (".", "'")]),
)
@settings(max_examples=300, deadline=None)
def test_amounts_come_back(value: Decimal, marks: tuple[str, str]) -> None:
    """Any amount, written in any habit, is that amount."""
    decimal, thousands = marks
    written = f"{value:,.3f}".replace(",", "T").replace(".", decimal).replace("T", thousands)
    found = amounts.amount(written, decimal, thousands)
    assert found is not None and Decimal(found) == value


@given(
    st.lists(
        st.sampled_from(["1,234", "1.234", "12", "1,5", "1.234,50", "1,234.50", "-3", "(4)"]), max_size=4
    )
)
def test_no_amount_is_guessed_for_anybody(texts: list[str]) -> None:
    """Where a habit is found, every other one that reads the texts gives the very same numbers."""
    found = amounts.habit(texts)
    if found is None:
        return
    for decimal in (".", ","):
        for thousands in ("", ",", ".", " ", "'"):
            read = [amounts.amount(text, decimal, thousands) for text in texts]
            if thousands != decimal and None not in read:
                assert read == [amounts.amount(text, *found) for text in texts]


def test_shares() -> None:
    assert [amounts.percentage(text) for text in ("12,5 %", "5%", "%", "5", "5% x")] == [
        "12,5",
        "5",
        "",
        None,
        None,
    ]
    assert [amounts.hundredth(text) for text in ("12.5", "100", "0", "-7")] == [
        "0.125",
        "1.00",
        "0.00",
        "-0.07",
    ]
    assert [amounts.hundredfold(text) for text in ("0.125", "1", "0.07", "0")] == ["12.5", "100", "7", "0"]


def test_amounts_that_are_none() -> None:
    assert amounts.habit(["1,234"]) is None, "a thousand, or one and a bit?"
    assert amounts.habit(["1,234", "5,5"]) == (",", "")
    assert amounts.habit(["1,234,567"]) == (".", ",")
    assert amounts.amount("1.234", ",", "") is None, "a point is no decimal mark beside a comma"
    assert amounts.habit(["1.234", "5,5"]) == (",", ".")
    for text in ("1,23,4", "12,34", "1.2.3", "", "-", "abc", "1e", "٣"):
        assert amounts.amount(text, ".", ",") is None, text
    assert amounts.amount("(1,234.50)", ".", ",") == "-1234.50"
    assert amounts.amount("1\u202f234,5", ",", " ") == "1234.5"
    assert amounts.amount("\u22125", ".", "") == "-5"


@given(st.dates(min_value=date(1, 1, 1)), st.sampled_from(["iso", "dmy", "mdy"]), st.sampled_from("./-"))
@settings(max_examples=300, deadline=None)
def test_days_come_back(value: date, habit: str, mark: str) -> None:
    """Any day, written in any habit, is that day; and its own habit is never contradicted."""
    form = {"iso": "{y:04}{m}{mo:02}{m}{d:02}", "dmy": "{d}{m}{mo}{m}{y:04}", "mdy": "{mo}{m}{d}{m}{y:04}"}[
        habit
    ]
    written = form.format(y=value.year, mo=value.month, d=value.day, m=mark)
    assert moments.day(written, habit) == value.isoformat()
    assert moments.habit([written]) in ({habit, None} if value.day != value.month else {"iso", "dmy"})


def test_months_by_their_names() -> None:
    """A name says which is the month, whatever the habit; names of no month are no dates."""
    texts = (
        "21-NOV-2026",
        "21 Nov 2026",
        "Nov 21, 2026",
        "November 21st 2026",
        "21. November 2026",
        "21 nov. 2026",
    )
    for text in texts:
        assert {moments.day(text, habit) for habit in ("iso", "dmy", "mdy", "")} == {"2026-11-21"}, text
    assert moments.moment("21-Nov-2026 2:05 PM", "iso") == "2026-11-21 14:05:00"
    assert moments.habit(["21-Nov-2026", "05-May-2026"]) == "iso"
    for text in ("21-Nov-26", "31 Feb 2026", "12 Foo 2026", "Nov 2026", "21 Novem 2026"):
        assert moments.day(text, "dmy") is None, text


def test_days_are_not_guessed() -> None:
    assert moments.habit(["03/04/2026"]) is None
    assert moments.habit(["03/04/2026", "13/04/2026"]) == "dmy"
    assert moments.habit(["03/04/2026", "04/13/2026"]) == "mdy"
    assert moments.habit(["13/04/2026", "04/13/2026"]) is None
    assert moments.habit(["2026-04-03", ""]) == "iso"
    for text in ("03/04/26", "31.02.2026", "2026-13-01", "12", "2026", "yesterday", "1.2.3"):
        assert moments.day(text, "dmy") is None, text
    assert moments.day("03.04.2026", "iso") is None


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2037, 1, 1)))
@settings(max_examples=200, deadline=None)
def test_local_times_have_one_moment_or_are_asked(value: datetime) -> None:
    """A local time becomes the moment it names; where the clocks make it two or none, nobody chooses for anybody."""
    from zoneinfo import ZoneInfo

    value = value.replace(microsecond=0, fold=0)  # what is typed does not say which of two it means
    try:
        found = moments.moment(value.isoformat(sep=" "), "iso", "Europe/Berlin")
    except moments.Twice:
        place = ZoneInfo("Europe/Berlin")
        assert value.replace(tzinfo=place).utcoffset() != value.replace(tzinfo=place, fold=1).utcoffset()
        return
    assert found is not None
    told = datetime.fromisoformat(found)
    assert told == value.replace(tzinfo=ZoneInfo("Europe/Berlin"))


def test_times_of_day() -> None:
    assert moments.moment("21.11.2026 2:05 PM", "dmy") == "2026-11-21 14:05:00"
    assert moments.moment("2026-11-21T14:05:09.5Z", "iso", "Europe/Berlin") == "2026-11-21 14:05:09.5+00"
    assert moments.moment("11/21/2026 12:00 am", "mdy") == "2026-11-21 00:00:00"
    assert moments.moment("2026-11-21", "iso", "UTC") == "2026-11-21 00:00:00+00:00"
    assert moments.clock("24:00") == "24:00:00"
    for text in ("25:00", "13:00 PM", "12:60", "noon", "2026-11-21 x"):
        assert moments.clock(text) is None
    assert timedelta() == timedelta()


@pytest.mark.parametrize(
    ("text", "lines", "bad"),
    [
        ('a,b\n1,"x\ny"\n2,z\n', [1, 2, 4], []),
        ('a,b\n"x"y,2\n3,4\n', [1, 2, 3], [2]),
        ("a,b\n\n1,2\n", [1, 2, 3], []),
        ("a,b\r1,2\r3,4\r", [1, 2, 3], []),
    ],
)
def test_lines(text: str, lines: list[int], bad: list[int]) -> None:
    """Each row knows where it begins; a broken one is told apart, and the next is read."""
    found = list(csv_file.rows(io.BytesIO(text.encode()), Reading()))
    assert [line for line, _, _ in found] == lines
    assert [line for line, _, wrong in found if wrong] == bad


def test_a_text_that_never_ends_is_told_with_its_line() -> None:
    for tail in ("", "more,cells\n" * 200_000):
        with pytest.raises(Broken) as error:
            list(csv_file.rows(io.BytesIO(b'a,b\n1,2\n3,"open\n' + tail.encode()), Reading()))
        assert error.value.line == 3
        assert "line 3" in str(error.value)


def test_letters_that_are_none() -> None:
    found = list(csv_file.rows(io.BytesIO(b"a,b\n\xff,2\n"), Reading()))
    assert found[1][1] == ["\udcff", "2"]
    wide = Reading(encoding="utf-16-le")
    found = list(csv_file.rows(io.BytesIO("a,b\n".encode("utf-16-le") + b"\x00\xd8,\x00"), wide))
    assert found[1][1] == ["\ud800", ""]
    with pytest.raises(Broken, match="Line 2"):
        list(csv_file.rows(io.BytesIO("a,b\n".encode("utf-16-le") + b"x"), wide))


@given(
    st.dictionaries(
        st.sampled_from(["encoding", "quote", "header", "nulls", "zone", "kind", "empty", "dates"]),
        st.one_of(
            st.none(), st.text(max_size=5), st.integers(), st.booleans(), st.lists(st.text(max_size=3))
        ),
    )
)
def test_what_is_no_choice_stays_as_it_is(found: dict[str, object]) -> None:
    """P15: a forged form changes nothing it does not offer."""
    reading = reading_from(found)
    assert reading.encoding in ENCODINGS and reading.kind in ("csv", "xlsx") and 0 <= reading.header <= 1000
    assert reading_from(reading.to_json()) == reading
    assert plan_from({"reading": found, "mode": found.get("zone")}).mode in ("both", "create", "update")


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_stopping_early_closes_the_reader_before_the_file(tmp_path: Path) -> None:
    """Whether a page wants a few rows or a reader gives up midway, nothing breaks behind anybody's back."""
    spool = Spool(tmp_path)
    with spool.writing("a.csv") as out:
        out.write(b"a,b\n" + b"1,2\n" * 50)
    assert len(source.first_rows(spool, "a.csv", Reading(), 3)) == 3
    with pytest.raises(LookupError), source.rows_of(spool, "a.csv", Reading()) as (found, at):
        next(found)
        assert at() > 0
        raise LookupError
    del found
    gc.collect()
