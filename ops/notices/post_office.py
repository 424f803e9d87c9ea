"""Handing one mail to the SMTP server: TLS checked, bounded in time, and what a refusal means."""

from __future__ import annotations

import smtplib
import socket
import ssl
from contextlib import suppress
from email.message import EmailMessage

from ops.egress import ended_after
from ops.outgoing import Smtp

SECONDS = 10  # for one answer
TOTAL_SECONDS = 60  # below the lease of the work


class NotSent(Exception):
    """The server did not take it. Its text is a code or a kind of trouble, never the server's words (P42).

    `for_good`: no later attempt would help, for the mailbox itself was refused.
    """

    def __init__(self, what: str, *, for_good: bool = False) -> None:
        super().__init__(what)
        self.for_good = for_good


def send(server: Smtp, mail: EmailMessage, trusted: ssl.SSLContext | None = None) -> None:
    """Hand over one mail. Raises NotSent.

    Once the server has answered 250 to the data it is sent, whatever happens to the connection then. Lost before
    that answer it may be there or not: the next attempt carries the same Message-ID, by which the two are one.
    """
    tls = trusted or ssl.create_default_context()
    try:
        client = _connected(server, tls)
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"SMTP {error.smtp_code}") from error
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(type(error).__name__) from error
    try:
        with ended_after(TOTAL_SECONDS, lambda: client.sock):
            _hand_over(client, server, tls, mail)
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()))[0]
        raise NotSent(f"SMTP {code} for the recipient", for_good=500 <= code < 600) from error
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"SMTP {error.smtp_code}") from error
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise NotSent(type(error).__name__) from error
    finally:
        client.close()


def _connected(server: Smtp, tls: ssl.SSLContext) -> smtplib.SMTP:
    if server.tls == "implicit":
        return smtplib.SMTP_SSL(server.host, server.port, _our_name(), timeout=SECONDS, context=tls)
    return smtplib.SMTP(server.host, server.port, _our_name(), timeout=SECONDS)


def _hand_over(client: smtplib.SMTP, server: Smtp, tls: ssl.SSLContext, mail: EmailMessage) -> None:
    client.ehlo_or_helo_if_needed()
    if server.tls == "required" or (server.tls == "optional" and client.has_extn("starttls")):
        client.starttls(context=tls)  # SMTPNotSupportedError where it is not offered: nothing is sent
        client.ehlo_or_helo_if_needed()
    if server.user and server.password:
        client.login(server.user, server.password)
    client.send_message(mail)
    with suppress(OSError, smtplib.SMTPException):
        client.quit()


def _our_name() -> str:
    # Asking DNS for our own full name can take as long as it likes.
    name = socket.gethostname()
    return name if name.isascii() and all(sign.isalnum() or sign in "-." for sign in name) else "localhost"
