"""`ops web`: gunicorn, told everything here; it leaves no file behind and opens no control socket."""

from __future__ import annotations

import gc
import logging
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # gunicorn has no types
from gunicorn.glogging import Logger  # type: ignore[import-untyped]  # gunicorn has no types

from ops.settings import Settings

log = logging.getLogger(__name__)

NEW_OBJECTS = 10_000  # made between two looks for garbage: a page makes a few thousand, and most die with it
GRACE_SECONDS = 28  # of the 30 that SIGTERM may take (P54)


class Web(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """The application under gunicorn's master, workers and threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Ours, and nothing from files or GUNICORN_CMD_ARGS: what runs is what the settings say."""
        for name, value in options(self._settings).items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Make the application, in each worker: connections and threads are never shared by a fork."""
        from ops.app import create_app

        return create_app(self._settings)


def options(settings: Settings) -> dict[str, Any]:
    """gunicorn's options for these settings."""
    return {
        "bind": settings.bind,
        "workers": settings.web_workers,
        "threads": settings.web_threads,
        "worker_class": "gthread",
        "timeout": 60,
        "graceful_timeout": GRACE_SECONDS,
        "keepalive": 5,
        # Forwarded headers are the application's matter, and only from OPS_TRUSTED_PROXIES (P25).
        "forwarded_allow_ips": "",
        "limit_request_line": 16_380,  # a list with many filters is a long address
        "limit_request_fields": 64,
        "limit_request_field_size": 8_190,
        "max_requests": 20_000,  # memory stays bounded whatever a library leaks
        "max_requests_jitter": 2_000,
        "control_socket_disable": True,
        "post_worker_init": _settle,
        "proc_name": "countersign-web",
        "logger_class": "ops.cli.web.Lines",
        "loglevel": "info",
    }


def _settle(_worker: Any) -> None:
    """What a worker has made by now stays until its end: it is not looked through for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 10, 10)


class Lines(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's log through ours; no access log, for the application writes one line a request."""

    def setup(self, cfg: Any) -> None:
        """Take part in the process's own logging instead of setting up another."""
        self.loglevel = logging.WARNING
        self.error_log = logging.getLogger("ops.web.server")
        self.error_log.setLevel(logging.WARNING)
        self.access_log = logging.getLogger("ops.web.access")

    def access(self, *_args: Any) -> None:
        """Nothing."""

    def reopen_files(self) -> None:
        """There are none."""

    def close_on_exec(self) -> None:
        """There are none."""
