"""Where data may live, made so that nobody else can read it or slip something under it.

Rules kept here: no folder that we did not make changes its mode or owner; nothing is put where another user
could have prepared a trap (no `/tmp`; owner and kind are checked through an open descriptor, links refused).
"""

import hashlib
import os
import stat
import sys
from pathlib import Path

from ops.embedded.account import Account
from ops.embedded.errors import EmbeddedError

_ROOTS_OWN = ("/var/db", "/var/lib") if sys.platform == "darwin" else ("/var/lib", "/srv", "/opt")


def make_home(home: Path) -> Path:
    """Return `home` as an absolute path, made if it was missing.

    A home made by root may be entered, not listed, by others, so that the servers' user gets to its data in
    there; whatever is kept in it is closed by itself. Raises EmbeddedError if it cannot be made or written.
    """
    home = home.expanduser().absolute()
    try:
        if not home.exists():
            home.parent.mkdir(parents=True, exist_ok=True)
            home.mkdir()
            home.chmod(0o711 if os.geteuid() == 0 else 0o700)
        home = home.resolve()
    except OSError as error:
        raise EmbeddedError(f"{home} cannot be made: {error.strerror}. Choose another OPS_HOME.") from error
    if not home.is_dir() or not os.access(home, os.W_OK | os.X_OK):
        raise EmbeddedError(f"{home} is no folder that can be written to. Choose another OPS_HOME.")
    return home


def own_place(home: Path) -> Path | None:
    """Return the folder outside `home` that is ours alone (perhaps not made yet), or None if none can be.

    Keyed by home and user, and in a folder where only root can make one. Root alone ever needs it.
    """
    key = hashlib.sha256(f"{home}\0{os.geteuid()}".encode()).hexdigest()[:16]
    for root in map(Path, _ROOTS_OWN):
        if not root.is_dir() or not os.access(root, os.W_OK):
            continue
        found = root.stat()
        if found.st_uid == 0 and found.st_mode & 0o023 == 0o001:  # all may pass, only root may write
            return root / f"countersign-{key}"
    return None


def own_folder(folder: Path | None) -> Path:
    """Return `folder`, made if missing: ours, enterable by all, writable by nobody else, or EmbeddedError."""
    if folder is None:
        raise EmbeddedError(
            "The user that runs the servers cannot reach OPS_HOME or the programs, and none of "
            f"{', '.join(_ROOTS_OWN)} can be used instead. Choose another OPS_HOME, say /srv/countersign, "
            "or start Countersign as an ordinary user."
        )
    try:
        folder.mkdir(mode=0o711)
        folder.chmod(0o711)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
            raise EmbeddedError(f"{folder} is not Countersign's. Move it away and start again.") from None
    return folder


def private_folder(folder: Path, account: Account) -> Path:
    """Return `folder`, made with mode 0700 for `account` if missing; raises EmbeddedError if not its own."""
    made = not os.path.lexists(folder)
    if made:
        folder.mkdir(mode=0o700)
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise EmbeddedError(f"{folder} cannot be opened as a folder: {error.strerror}.") from error
    try:
        if made and account.switch:
            os.fchown(descriptor, account.uid, account.gid)
        if os.fstat(descriptor).st_uid != account.uid:
            raise EmbeddedError(
                f"{folder} belongs to another user than {account.name}, who runs the servers. Start "
                "Countersign as its owner, or choose another OPS_HOME."
            )
    finally:
        os.close(descriptor)
    return folder


def write_private(path: Path, text: str, account: Account | None = None) -> None:
    """Write `text` to `path`, whole or not at all, readable (0600) only for `account`, by default for us."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        if account is not None and account.switch:
            os.fchown(descriptor, account.uid, account.gid)
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    fresh.replace(path)
