"""A sign-in provider for trying things out: five made-up people, on loopback only, never in production.

    python -m ops.identity.demo_provider --port 9400

It lets anyone in as anyone. Settings refuse a provider without https in production, and so it is.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

from ops.identity.demo_pages import PAGES, POLICY

CLIENT_ID = "countersign-demo"
CLIENT_SECRET = "demo-only"  # noqa: S105  (the provider accepts any)
HOST = "localhost"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One of the cast."""

    sub: str
    name: str
    groups: tuple[str, ...]
    what: str

    def claims(self) -> dict[str, object]:
        """What the provider says of them."""
        return {
            "name": self.name,
            "email": f"{self.sub}@example.com",
            "email_verified": True,
            "groups": list(self.groups),
        }


CAST = (
    DemoPerson("ann", "Ann Arbor", ("operations",), "operator"),
    DemoPerson("bo", "Bo Marsh", ("managers",), "manager"),
    DemoPerson("cy", "Cy Young", ("auditors",), "auditor"),
    DemoPerson("oz", "Oz Park", ("owners",), "owner"),
    DemoPerson("dee", "Dee Field", ("visitors",), "stranger"),
)
# With her, changes of rights have somebody else to ask; she comes only when she is called.
SECOND_OWNER = DemoPerson("ola", "Ola Berg", ("owners",), "owner")
# What their groups mean here; "visitors" means nothing on purpose.
GROUP_ROLES: Mapping[str, tuple[str, ...]] = {
    "operations": ("operator",),
    "managers": ("manager",),
    "auditors": ("auditor",),
    "owners": ("owner",),
}


def issuer(port: int) -> str:
    """The issuer of a demo provider on `port`."""
    return f"http://{HOST}:{port}"


def application(people: tuple[DemoPerson, ...] = CAST) -> Any:
    """The provider as a WSGI application, without the debugger that the mock turns on."""
    # Imported here: the product itself never loads the mock.
    from jinja2 import ChoiceLoader, DictLoader
    from oidc_provider_mock import User, app

    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # the mock's own server side speaks http
    # It forgets everything when it ends, and a refresh token it does not know would end people's sessions.
    provider = app(
        user_claims=[User(sub=person.sub, claims=person.claims()) for person in people],
        issue_refresh_token=False,
    )
    provider.debug = False
    provider.jinja_loader = ChoiceLoader([DictLoader(PAGES), provider.jinja_loader])
    provider.context_processor(lambda: {"cast": people})
    provider.wsgi_app = provider.wsgi_app.app
    provider.after_request(_closed)
    return provider


def _closed(response: Any) -> Any:
    response.headers["Content-Security-Policy"] = POLICY
    return response


@click.command()
@click.option("--port", type=int, default=9400, show_default=True)
@click.option("--second-owner", is_flag=True, help="Let a sixth person in: Ola, a second owner.")
def main(port: int, second_owner: bool) -> None:
    """Run the demo provider until it is ended."""
    from werkzeug.serving import make_server

    if os.environ.get("OPS_ENV") == "production":
        raise click.ClickException("the demo provider lets anyone in as anyone: it never runs in production")
    people = (*CAST, SECOND_OWNER) if second_owner else CAST
    make_server(HOST, port, application(people), threaded=True).serve_forever()


if __name__ == "__main__":
    main()
