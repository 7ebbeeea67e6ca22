"""What a benchmark found: tables, and the goals that its figures are held against."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

Cell = str | int | float
_PACKAGES = ("paramiko", "asyncssh", "netmiko", "scrapli", "dulwich", "celery", "redis", "cryptography")


@dataclass(frozen=True, slots=True)
class Table:
    """Figures under their columns; the first column says what was measured."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def to_markdown(self) -> str:
        """The table as the documents show it."""
        lines = [self.columns, ("---",) * len(self.columns), *(tuple(map(_shown, row)) for row in self.rows)]
        return "\n".join([f"### {self.title}", "", *(f"| {' | '.join(line)} |" for line in lines), ""])


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure and its limit. `at_least`: the limit is a floor, else a ceiling."""

    what: str
    limit: float
    measured: float
    unit: str = ""
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the figure keeps to its limit."""
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    def to_row(self) -> tuple[Cell, ...]:
        """The goal as a row of the last table."""
        sign = "≥" if self.at_least else "≤"
        limit, measured = (f"{_shown(value)} {self.unit}".strip() for value in (self.limit, self.measured))
        return (self.what, f"{sign} {limit}", measured, "met" if self.met else "**not met**")


@dataclass(frozen=True, slots=True)
class Report:
    """What one benchmark gives back."""

    tables: tuple[Table, ...]
    goals: tuple[Goal, ...] = ()


def goals_table(goals: Sequence[Goal]) -> Table:
    """Every goal that was looked at."""
    return Table("Goals", ("what", "goal", "measured", ""), tuple(goal.to_row() for goal in goals))


def machine() -> Table:
    """Where and when the figures were taken. The load counts all that runs, the benchmarks too."""
    git = subprocess.run(["git", "--version"], check=True, capture_output=True, text=True).stdout.split()[2]
    facts = (
        ("date", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")),
        ("processor", f"{os.cpu_count()} × {_processor()}"),
        ("load average (1, 5, 15 min)", " ".join(f"{load:.1f}" for load in os.getloadavg())),
        ("Python, git", f"{platform.python_version()}, {git}"),
        ("packages", ", ".join(f"{name} {version(name)}" for name in _PACKAGES)),
    )
    return Table("Machine", ("what", "is"), facts)


def to_json(reports: Sequence[Report], machine: Table) -> str:
    """Every table and goal, for a script that compares runs."""
    goals = [{**asdict(goal), "met": goal.met} for report in reports for goal in report.goals]
    tables = [asdict(table) for table in (machine, *(table for report in reports for table in report.tables))]
    return json.dumps({"tables": tables, "goals": goals}, ensure_ascii=False, indent=2)


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.machine()


def _shown(value: Cell) -> str:
    """Three significant digits, which is more than a loaded machine gives."""
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
