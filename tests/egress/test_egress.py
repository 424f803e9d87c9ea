"""P23, P24: private addresses are refused where they are connected to; answers are bounded; nothing is followed."""

from __future__ import annotations

import ipaddress
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from ops import egress, outgoing
from ops.egress import posting

LOCAL = (ipaddress.ip_network("127.0.0.1/32"),)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1",
        "198.18.0.1", "224.0.0.1", "255.255.255.255", "192.0.0.8", "::1", "::", "fe80::1", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::1",
        "2001:0:7f00:1::1", "::127.0.0.1", "fec0::1", "fd00:ec2::254", "64:ff9b:1::1",
    ],
)  # fmt: skip
def test_private_addresses_are_refused_in_every_dress(address: str) -> None:
    assert not egress.allowed(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_public_ones_are_called(address: str) -> None:
    assert egress.allowed(ipaddress.ip_address(address))


def test_a_setting_opens_one_network_and_no_other() -> None:
    nets = outgoing.networks("10.1.0.0/16, fd00::/8")
    assert egress.allowed(ipaddress.ip_address("10.1.2.3"), nets)
    assert egress.allowed(ipaddress.ip_address("fd00::1"), nets)
    assert not egress.allowed(ipaddress.ip_address("10.2.0.1"), nets)
    # What an IPv6 address stands for must be allowed as well.
    assert not egress.allowed(ipaddress.ip_address("::ffff:10.2.0.1"), nets)
    with pytest.raises(ValueError, match="networks"):
        outgoing.networks("10.1.0.1/16")


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        asked = b""
        while b"\r\n\r\n" not in asked:
            asked += self.request.recv(4096)
        self.server.asked.append(asked)  # type: ignore[attr-defined]  # of the tests' own server
        self.server.play(self.request)  # type: ignore[attr-defined]  # of the tests' own server


@contextmanager
def serving(play: Callable[[socket.socket], None]) -> Iterator[tuple[str, list[bytes]]]:
    """A server that answers whatever `play` sends."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        server.play, server.asked = play, []  # type: ignore[attr-defined]  # of the tests' own server
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://localhost:{server.server_address[1]}/in?x=1", server.asked  # type: ignore[attr-defined]  # as above
        server.shutdown()


def test_loopback_is_refused_before_anything_is_sent() -> None:
    with (
        serving(lambda sock: sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")) as (url, asked),
        pytest.raises(egress.NotAllowed),
    ):
        egress.post(url, b"{}", {})
    assert asked == []


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    def play(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n")

    with serving(play) as (url, asked):
        assert egress.post(url, b"{}", {"X-A": "b"}, networks=LOCAL).status == 302
    assert len(asked) == 1
    assert asked[0].startswith(b"POST /in?x=1 HTTP/1.1\r\nHost: localhost:")


def test_the_checked_address_is_the_one_that_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """P23: a name that leads elsewhere a moment later (rebinding) is not asked again."""
    asked_for = []
    real = socket.getaddrinfo

    def answers(host: str, *more: object, **named: object) -> object:
        asked_for.append(host)
        leads = {"rebinds.example": "127.0.0.1" if len(asked_for) == 1 else "127.0.0.2"}
        return real(leads.get(host, host), *more, **named)  # type: ignore[arg-type]  # as given

    with serving(lambda sock: sock.sendall(b"HTTP/1.1 204 No\r\n\r\n")) as (url, _):
        monkeypatch.setattr(socket, "getaddrinfo", answers)
        assert egress.post(url.replace("localhost", "rebinds.example"), b"", {}, networks=LOCAL).status == 204
    assert asked_for[0] == "rebinds.example"
    assert "rebinds.example" not in asked_for[1:]


def test_an_answer_without_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """P24: bounded in bytes where it comes quickly, in time where it comes drop by drop."""

    def floods(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                sock.sendall(b"x" * 65536)
        except OSError:
            pass

    def drips(sock: socket.socket) -> None:
        try:
            while True:
                sock.sendall(b"H")
                time.sleep(0.05)
        except OSError:
            pass

    with serving(floods) as (url, _):
        assert egress.post(url, b"", {}, networks=LOCAL).status == 200
    monkeypatch.setattr(posting, "TOTAL_SECONDS", 0.5)
    began = time.monotonic()
    with serving(drips) as (url, _), pytest.raises(egress.Unreached):
        egress.post(url, b"", {}, networks=LOCAL)
    assert time.monotonic() - began < 5


def test_nobody_there_and_nonsense_are_one_kind_of_trouble() -> None:
    with serving(lambda sock: sock.sendall(b"SSH-2.0-x\r\n")) as (url, _), pytest.raises(egress.Unreached):
        egress.post(url, b"", {}, networks=LOCAL)
    with pytest.raises(egress.Unreached):
        egress.post("http://127.0.0.1:1/", b"", {}, networks=LOCAL)
    with pytest.raises(egress.NotAllowed):
        egress.post("http://no-such-name.invalid/", b"", {}, networks=LOCAL)


def test_mail_settings_are_read_strictly() -> None:
    assert outgoing.smtp("smtp://mail.example.com").tls == "required"
    assert outgoing.smtp("smtp://localhost:2525") == outgoing.Smtp("localhost", 2525, "optional")
    full = outgoing.smtp("smtps://me%40x:p%2Fw@mail.example.com")
    assert (full.port, full.user, full.password, full.tls) == (465, "me@x", "p/w", "implicit")
    assert "p/w" not in repr(full)
    for bad in (
        "http://x",
        "smtp://",
        "smtp://a:b@mail.example.com?starttls=optional",
        "smtp://u@x",
        "smtp://x:99999",
    ):
        with pytest.raises(ValueError, match="must"):
            outgoing.smtp(bad)
    assert str(outgoing.mail_from("Countersign <ops@example.com>")) == "Countersign <ops@example.com>"
    for bad in ("nobody", "a@b\nBcc: c@d", "a@b, c@d", "<a@b> <c@d>", ""):
        with pytest.raises(ValueError, match="must be an address"):
            outgoing.mail_from(bad)
