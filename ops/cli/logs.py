"""One form of log lines for every process; what others wrote can never forge a line of ours (P42)."""

from __future__ import annotations

import logging
import sys

_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}


class OneLine(logging.Formatter):
    """Every record on one line, control characters written out; a trace follows, indented."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text."""
        head = f"{self.formatTime(record, '%H:%M:%S')} {record.levelname.lower():<7} {record.getMessage()}"
        lines = [head if head.isascii() and head.isprintable() else head.translate(_CONTROL)]
        if record.exc_info:
            lines += [
                "    " + line.translate(_CONTROL)
                for line in self.formatException(record.exc_info).split("\n")
            ]
        return "\n".join(lines)


def configure(level: int = logging.INFO) -> None:
    """Send everything to standard error in our form; libraries that talk much are told to talk less."""
    # Nothing of these stands in a line, and looking them up is half of what one costs.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("rq.worker", "alembic", "werkzeug", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
