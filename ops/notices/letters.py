"""A letter as plain text and simple HTML: what happened, a few facts, one link. No value of the company's data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from html import escape

from ops.words import t

LONGEST = 300  # characters of a fact: a name is no letter of its own


@dataclass(frozen=True, slots=True)
class Link:
    """Where a line of a letter leads."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail. `message_id` is the same on every attempt; `thread` holds letters about one change together."""

    to: Address
    subject: str
    intro: str
    message_id: str
    facts: Sequence[tuple[str, str]] = ()
    lines: Sequence[Link] = ()
    button: Link | None = None
    thread: str | None = None


def plain(text: str) -> str:
    """One line without control characters and without marks that turn text around (P34): a header stays a header."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(shown.split())[:LONGEST]


def as_mail(letter: Letter, sender: Address, label: str | None, preferences: str) -> EmailMessage:
    """The mail as it is sent. `label` names the installation ("Staging"); `preferences` is where to choose."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = letter.to
    subject = plain(letter.subject)
    mail["Subject"] = f"[{plain(label)}] {subject}" if label else subject
    mail["Message-ID"] = letter.message_id
    if letter.thread is not None:
        mail["References"] = letter.thread
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
    mail["X-Auto-Response-Suppress"] = "All"
    mail["List-Unsubscribe"] = f"<{preferences}>"
    mail.set_content(_text(letter, preferences), cte="quoted-printable")
    mail.add_alternative(_html(letter, preferences), subtype="html", cte="quoted-printable")
    return mail


def _text(letter: Letter, preferences: str) -> str:
    parts = [plain(letter.intro), ""]
    if letter.facts:
        parts += [f"{plain(label)}: {plain(value)}" for label, value in letter.facts] + [""]
    for line in letter.lines:
        parts += [f"- {plain(line.text)}", f"  {line.url}"]
    if letter.lines:
        parts.append("")
    if letter.button is not None:
        parts += [f"{letter.button.text}: {letter.button.url}", ""]
    parts += ["--", t("notices.mail.no_values"), f"{t('notices.mail.choose')}: {preferences}"]
    return "\n".join(parts) + "\n"


def _html(letter: Letter, preferences: str) -> str:
    parts = [f"<p>{escape(plain(letter.intro))}</p>"]
    if letter.facts:
        rows = (f"<tr><td>{escape(plain(a))}</td><td>{escape(plain(b))}</td></tr>" for a, b in letter.facts)
        parts.append(f"<table cellpadding=4>{''.join(rows)}</table>")
    if letter.lines:
        items = (f"<li>{_anchor(plain(line.text), line.url)}</li>" for line in letter.lines)
        parts.append(f"<ul>{''.join(items)}</ul>")
    if letter.button is not None:
        parts.append(f"<p>{_anchor(letter.button.text, letter.button.url)}</p>")
    choose = _anchor(t("notices.mail.choose"), preferences)
    parts.append(f"<hr><p><small>{escape(t('notices.mail.no_values'))} {choose}</small></p>")
    return f'<!doctype html><html lang="en"><body>{"".join(parts)}</body></html>\n'


def _anchor(text: str, url: str) -> str:
    return f'<a href="{escape(url, quote=True)}">{escape(text)}</a>'
