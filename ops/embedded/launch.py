"""Turn this process into a server: give up root, ask to be told of the supervisor's death, then exec.

Run as a script (`python -I -S launch.py UID GID SIGNAL PARENT PROGRAM ARGUMENT…`, -1 for "stay who you are").
`--working-in FOLDER NAME…` in place of a program prints the processes of these names that work in a folder.
It is a program of its own, not a `preexec_fn`, for two reasons: Python code between fork and exec of a
process with threads can deadlock, and the unprivileged user may be unable to reach this very interpreter.
The order matters: Linux forgets the parent-death signal when the user id changes (PR_SET_PDEATHSIG(2const)).
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Never returns: becomes `arguments[4]`, or exits with 127 and a sentence on standard error."""
    uid, gid, parting, parent = (int(word) for word in arguments[:4])
    program = arguments[4:]
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    os.umask(0o077)
    # Handlers do not survive exec, but ignored and blocked signals do: Python ignores SIGPIPE, a shell's
    # background job ignores SIGINT. A server should start with none of that.
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for each in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(each, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, parting, 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            sys.exit(127)
    if program[0] == "--working-in":
        print(*working_in(program[1], tuple(program[2:]))[0])  # noqa: T201 (the caller reads it)
        sys.exit(0)
    try:
        os.execv(program[0], program)  # noqa: S606 (no shell is wanted)
    except OSError as error:
        sys.exit(f"{program[0]} cannot be run: {error.strerror}.")


def working_in(folder: str, programs: tuple[str, ...]) -> tuple[list[int], bool]:
    """Return the processes of `programs` that work in `folder`, and whether some could not be looked at.

    Linux only. Compares device and inode: a path may be reached by several names.
    """
    try:
        ours = os.stat(folder)  # noqa: PTH116 (this script starts faster without pathlib)
    except FileNotFoundError:
        return [], False
    found, unsure = [], False
    for pid in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208  # this script imports as little as it can
        try:
            with open(f"/proc/{pid}/comm") as file:  # noqa: PTH123 (readable by all; cut to 15 letters)
                if file.read().strip() not in {name[:15] for name in programs}:
                    continue
            there = os.stat(f"/proc/{pid}/cwd")  # noqa: PTH116  # as above
        except PermissionError:
            unsure = True
        except OSError:  # ended meanwhile, or a zombie
            continue
        else:
            if (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino):
                found.append(int(pid))
    return found, unsure


if __name__ == "__main__":
    main(sys.argv[1:])
