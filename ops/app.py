"""create_app: the one file that knows every room of the web."""

from __future__ import annotations

# Before all else: whenever it makes a class, pydantic looks through every module that is there by then.
import ops.provisioning.models  # noqa: F401 (for being read now; this file has no other use for it)

# isort: split
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g
from flask_compress import Compress
from flask_login import LoginManager
from werkzeug.middleware.proxy_fix import ProxyFix

from ops.identity import clients
from ops.keys import derived
from ops.platform import Platform, build, watch
from ops.settings import Settings
from ops.share import folder
from ops.web import (
    actions,
    approvals,
    audit,
    changes,
    delegations,
    drafts,
    errors,
    exports,
    gate,
    groups,
    headers,
    home,
    imports,
    notices,
    page,
    people,
    records,
    request_log,
    reviews,
    roles,
    rules,
    saved_views,
    scim,
    search,
    static_files,
)
from ops.web import (
    settings as settings_page,
)
from ops.web.bounds import MOST_FIELDS, BoundedRequest
from ops.web.csrf import Csrf
from ops.web.declared import RECORD
from ops.web.limits import Limits
from ops.web.reading import Reading
from ops.web.session import Sessions
from ops.web.templating import Templates

# Each room of the screens, and nothing else, stands here.
BLUEPRINTS = (
    static_files.bp,
    home.bp,
    home.health,
    people.signing,
    people.account,
    people.pages,
    people.again,
    people.backchannel,
    records.bp,
    actions.bp,
    saved_views.bp,
    search.bp,
    drafts.bp,
    changes.bp,
    changes.basket,
    approvals.bp,
    notices.bp,
    delegations.bp,
    audit.bp,
    exports.bp,
    imports.bp,
    roles.bp,
    groups.bp,
    rules.bp,
    settings_page.bp,
    reviews.bp,
    scim.bp,
)


class _App(Flask):
    """Flask without async views: there are none, and it asks of every function that it calls."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is."""
        return func


class _Login(LoginManager):  # type: ignore[misc]  # the library has no types
    """Flask-Login without its cookie and its session: the gate has read the row, the database's clock ends it."""

    def _load_user(self) -> None:
        self._update_request_context_with_user(g.get("visitor"))

    def _update_remember_cookie(self, response: Response) -> Response:
        return response


def create_app(settings: Settings, platform: Platform | None = None) -> Flask:
    """Build the web application.

    `platform` is what the process has at hand; without it, it is built from `settings`. Raises SettingsError,
    Unavailable or ResourceErrors where it cannot start, gate.Undeclared where an endpoint says nothing of
    what it needs (P13).
    """
    if platform is None:
        platform = build(settings, "web")
        watch(platform)
    settings = platform.settings
    app = _App("ops", static_folder=None, template_folder=str(folder("templates")))
    app.request_class = BoundedRequest
    app.jinja_environment = Templates
    _configure(app, settings)
    app.session_interface = Sessions(platform.db, secure=settings.secure, keys=derived(settings, "session"))
    login, csrf = _Login(), Csrf()
    login.init_app(app, add_context_processor=False)
    app.extensions["countersign"] = gate.House(
        platform=platform,
        reading=Reading(platform.db, app),
        csrf=csrf,
        providers=clients(settings),
        limits=Limits(settings.redis_url or "", settings.rates, key=derived(settings, "limits")[0]),
    )
    Compress(app)  # after_request runs backwards: compression comes last
    app.after_request(_with_headers(app, settings))
    request_log.install(app)
    gate.guard(app, login)
    csrf.init_app(app)
    page.install(app)
    errors.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    gate.check_endpoints(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]  # as its manual says
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.secret_key, *earlier = derived(settings, "flask")
    app.config.update(
        OPS_SETTINGS=settings,
        SECRET_KEY_FALLBACKS=earlier,
        MAX_CONTENT_LENGTH=RECORD,  # each endpoint's own limit is less or equal (ops.web.declared)
        MAX_FORM_MEMORY_SIZE=RECORD,
        MAX_FORM_PARTS=MOST_FIELDS,
        SESSION_PROTECTION=None,  # Flask-Login's own; a session here is a row, not an address and a browser
        WTF_CSRF_CHECK_DEFAULT=False,  # the gate calls it, after it knows the session
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session, whose end is the database's to say
        WTF_CSRF_SSL_STRICT=False,  # it would believe Host; the gate compares with OPS_PUBLIC_URL
        TEMPLATES_AUTO_RELOAD=not settings.production,
        COMPRESS_ALGORITHM=["zstd", "br", "gzip"],
        COMPRESS_ZSTD_LEVEL=3,
        COMPRESS_BR_LEVEL=4,
        COMPRESS_LEVEL=5,
        COMPRESS_STREAMS=False,  # downloads are sent as they are, in their own length
    )


def _with_headers(app: Flask, settings: Settings) -> Callable[[Response], Response]:
    def put(response: Response) -> Response:
        house: gate.House = app.extensions["countersign"]
        origins = frozenset(origin for client in house.providers.values() for origin in client.origins())
        return headers.put(response, policy=headers.content_policy(origins), secure=settings.secure)

    return put
