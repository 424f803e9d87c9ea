"""Real servers at the other end: an SMTP server that can fail, TLS of a made-up authority, a chat's webhook."""

from __future__ import annotations

import datetime
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests import servers


class Mailbox:
    """Takes mails. `rcpt` and `data` are the answers in its place, one for each attempt; "cut": the line goes dead."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.rcpt: list[str] = []
        self.data: list[str] = []

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.rcpt:
            return self.rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        answer = self.data.pop(0) if self.data else "250 OK"
        if answer.startswith("250") or answer == "cut":
            self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
            mail = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
        if answer == "cut":
            server.transport.abort()
        return answer


@contextmanager
def mail_server(
    tls: ssl.SSLContext | None = None, *, login: tuple[str, str] | None = None
) -> Iterator[tuple[Mailbox, int]]:
    """A running server; with `tls` it offers STARTTLS, with `login` it wants that."""
    box, port = Mailbox(), servers.free_port()

    def knows(
        _server: Any, _session: Any, _envelope: Any, _mechanism: str, said: LoginPassword
    ) -> AuthResult:
        assert login is not None
        return AuthResult(success=(said.login, said.password) == (login[0].encode(), login[1].encode()))

    more: dict[str, Any] = {"tls_context": tls} if tls else {}
    if login:
        more |= {"authenticator": knows, "auth_required": True, "auth_require_tls": True}
    controller = Controller(box, hostname="127.0.0.1", port=port, **more)
    controller.start()
    try:
        yield box, port
    finally:
        controller.stop()


def authority(folder: Path, name: str = "localhost") -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's TLS for `name`, and that of a client who trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = folder / f"{name}.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    client = ssl.create_default_context(cafile=str(pem))
    return server, client


class Channel:
    """A chat's webhook. `answers`: (status, headers), one for each attempt; then 200."""

    def __init__(self) -> None:
        self.said: list[tuple[str, bytes, dict[str, str]]] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.url = ""


@contextmanager
def channel() -> Iterator[Channel]:
    """A running webhook on loopback."""
    here = Channel()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            here.said.append((self.path, body, dict(self.headers)))
            status, headers = here.answers.pop(0) if here.answers else (200, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    here.url = f"http://127.0.0.1:{server.server_port}/hook/s3cr3t"
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
