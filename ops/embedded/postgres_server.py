"""The embedded PostgreSQL: how a database is made, set up and reached."""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg
from psycopg import sql

from ops.embedded.account import Account
from ops.embedded.binaries import Programs
from ops.embedded.errors import EmbeddedError
from ops.embedded.folders import private_folder, write_private
from ops.embedded.remembered import DATABASE, OWNER_ROLE
from ops.embedded.server import Server

_BUILTIN_LOCALES_SINCE = 17


class PostgresServer(Server):
    """PostgreSQL on `base/postgres<major>`, loopback TCP and SCRAM only."""

    title = "PostgreSQL"
    programs = ("postgres", "postmaster")
    gentle = signal.SIGINT  # "fast shutdown": open transactions are rolled back, data is written
    harsh = signal.SIGQUIT  # "immediate shutdown": recovers at the next start
    pid_file = "postmaster.pid"

    def __init__(
        self, base: Path, binaries: Programs, account: Account, log: Path, say: Callable[[str], None],
        settings: Mapping[str, str],
    ) -> None:  # fmt: skip
        super().__init__(base / f"postgres{binaries.major}", account, log, say)
        self.binaries = binaries
        self.settings = settings
        self.password = ""

    def make(self, password: str, *, fresh_password: bool, cancelled: Callable[[], bool]) -> bool:
        """Make the data folder if there is none and return whether it was made.

        Made under another name and renamed when whole, so that a kill in between leaves nothing half. Where
        data exists but its password was lost, the role gets the new one. Raises EmbeddedError.
        """
        self.password = password
        if (self.folder / "PG_VERSION").exists():
            private_folder(self.folder, self.account)
            self.end_leftovers()
            if fresh_password:
                self._set_password()
            return False
        fresh = self.folder.with_name(f"{self.folder.name}.new")
        said = ""
        for locale in self._locales():
            shutil.rmtree(fresh, ignore_errors=True)
            private_folder(fresh, self.account)
            said = self._initdb(fresh, locale, cancelled)
            if not said:
                break
        else:
            shutil.rmtree(fresh, ignore_errors=True)
            raise EmbeddedError(f"PostgreSQL could not make a database in {fresh}. It said:\n{said}")
        self._add_include(fresh)
        self.account.run(self.binaries.path / "initdb", "--sync-only", "-D", fresh, cancelled=cancelled)
        fresh.rename(self.folder)
        return True

    def configure(self) -> None:
        """Write `countersign.conf`, and remove a pid file whose process id is somebody else's by now.

        PostgreSQL only asks whether such a process exists, which after a restart of the machine or in a
        container may be anybody. `end_leftovers` has just seen who really works on the folder (on Linux).
        """
        if sys.platform == "linux" and self.recorded_pid_lives():
            (self.folder / self.pid_file).unlink(missing_ok=True)
        settings = _SETTINGS | _memory() | dict(self.settings)
        lines = [f"{name} = '{value}'" for name, value in settings.items()]
        text = "# Written by Countersign at every start. Your own settings go into local.conf beside it.\n"
        text += "\n".join([*lines, "include_if_exists = 'local.conf'", ""])
        write_private(self.folder / "countersign.conf", text, self.account)

    def command(self) -> list[str]:
        """Return the command line; what must never differ stands here: no settings file overrules it."""
        return [
            str(self.binaries.path / "postgres"), "-D", str(self.folder), "-p", str(self.port),
            "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
        ]  # fmt: skip

    def is_ready(self) -> bool:
        """Return whether our own process says in its pid file that it takes connections (pidfile.h)."""
        try:
            lines = (self.folder / self.pid_file).read_text().splitlines()
        except OSError:
            return False
        mine = self.process is not None and lines[:1] == [str(self.process.pid)]
        return mine and len(lines) > 7 and lines[7].strip() == "ready"

    def make_database(self) -> None:
        """Make the database `countersign` if it is missing; raises EmbeddedError if we are not let in."""
        try:
            with psycopg.connect(
                host="127.0.0.1", port=self.port, user=OWNER_ROLE, password=self.password, dbname="postgres",
                autocommit=True, connect_timeout=10, application_name="countersign",
            ) as connection:  # fmt: skip
                known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                if known.fetchone() is None:
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        except psycopg.OperationalError as error:
            raise EmbeddedError(
                f"PostgreSQL on port {self.port} runs, but does not let us in: {error}. If its password was "
                f"changed, remove the line {self.folder.name}_password from embedded.json and start again."
            ) from error

    def _locales(self) -> list[list[str]]:
        if self.binaries.major >= _BUILTIN_LOCALES_SINCE:
            return [["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]]
        return [["--locale=C.UTF-8"], ["--locale=C"]]  # not every system has C.UTF-8

    def _initdb(self, fresh: Path, locale: list[str], cancelled: Callable[[], bool]) -> str:
        """Run initdb; return "" if it worked, else what it said."""
        secret = fresh.with_name(f"{fresh.name}.password")
        write_private(secret, f"{self.password}\n", self.account)
        try:
            done = self.account.run(
                self.binaries.path / "initdb", "-D", fresh, "--no-sync", "--no-instructions",
                "--encoding=UTF8", *locale, "--lc-messages=C", "--auth=scram-sha-256",
                f"--username={OWNER_ROLE}", f"--pwfile={secret}", cancelled=cancelled,
            )  # fmt: skip
        finally:
            secret.unlink(missing_ok=True)
        return "" if done.returncode == 0 else done.stdout.strip() or f"exit code {done.returncode}"

    def _add_include(self, fresh: Path) -> None:
        descriptor = os.open(fresh / "postgresql.conf", os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write("\ninclude_if_exists = 'countersign.conf'\n")
        write_private(
            fresh / "local.conf", "# Your own settings; they win over countersign.conf.\n", self.account
        )

    def _set_password(self) -> None:
        """Set the role's password without knowing the old one, as the owner of the data folder may."""
        self.configure()
        statement = f"ALTER ROLE {OWNER_ROLE} PASSWORD '{self.password}';\n"  # letters, digits, - and _ only
        single = (self.binaries.path / "postgres", "--single", "-D", self.folder, "postgres")
        done = self.account.run(*single, stdin=statement)
        if done.returncode != 0 or "ERROR" in done.stdout:
            raise EmbeddedError(f"The database's password was lost and could not be set anew:\n{done.stdout}")
        self.say(
            "PostgreSQL's password was missing from embedded.json; a new one was set, the data was kept."
        )


_SETTINGS = {
    "password_encryption": "scram-sha-256",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",  # the supervisor keeps the log small
    "log_line_prefix": "%m [%p] ",
    # A failed statement or the DETAIL of an error can hold a customer's data: neither belongs into a log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


def _memory() -> dict[str, str]:
    """Return memory settings that suit a laptop: modest, and smaller on a small machine."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_048_576
    if total < 3000:
        return {"shared_buffers": "128MB", "effective_cache_size": f"{max(total // 2, 256)}MB"}
    return {
        "shared_buffers": "256MB",
        "effective_cache_size": f"{total // 2}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
    }
