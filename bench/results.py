"""What was measured, beside what was promised: one table, and whether every goal was met."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Line:
    """One measure. `limit` is the most it may be, or with `least` the least; None: told, not judged."""

    orders: str
    measure: str
    value: float
    unit: str = ""
    limit: float | None = None
    least: bool = False
    detail: str = ""

    @property
    def met(self) -> bool:
        """Whether the goal was reached; what has no goal always is."""
        if self.limit is None:
            return True
        return self.value >= self.limit if self.least else self.value <= self.limit

    @property
    def goal(self) -> str:
        """The goal as the table says it."""
        if self.limit is None:
            return "–"
        return f"{'≥' if self.least else '≤'} {_said(self.limit, self.unit)}"

    @property
    def verdict(self) -> str:
        """One word."""
        return "–" if self.limit is None else "met" if self.met else "MISSED"


@dataclass
class Results:
    """Every line of one run."""

    lines: list[Line] = field(default_factory=list)

    def add(self, line: Line) -> None:
        """Keep a line, and say it at once: a run takes minutes."""
        self.lines.append(line)
        print(
            f"  {line.orders:>10}  {line.measure}: {_said(line.value, line.unit)} {line.detail}", flush=True
        )

    @property
    def missed(self) -> list[Line]:
        """The lines whose goal was not reached."""
        return [line for line in self.lines if not line.met]

    def table(self) -> str:
        """Markdown, so that it can stand in docs/bench.md as it was printed."""
        rows = [("Orders", "Measure", "Goal", "Value", "Verdict", "Product and floor")]
        rows += [
            (one.orders, one.measure, one.goal, _said(one.value, one.unit), one.verdict, one.detail)
            for one in self.lines
        ]
        widths = [max(len(row[n]) for row in rows) for n in range(6)]
        written = [
            "| " + " | ".join(text.ljust(widths[n]) for n, text in enumerate(row)) + " |" for row in rows
        ]
        written.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
        return "\n".join(written)


def ratio(product: float, floor: float, unit: str = "ms") -> str:
    """Both figures behind a ratio."""
    return f"{product:,.1f} {unit} beside {floor:,.1f} {unit}"


def _said(value: float, unit: str) -> str:
    shown = f"{value:.2f}" if unit in ("×", "") and value != int(value) else f"{value:,.0f}"
    if unit in ("MiB", "KiB"):
        shown = f"{value:.1f}"
    return (
        f"{shown} {unit}".strip() if unit not in ("×", "%") else f"{shown}{'' if unit == '%' else ' '}{unit}"
    )
