"""Sources as people have them, each with the inventory and the report that must come of it.

`python -m tests.importers.cases` writes what comes of them now; look at the diff before you commit it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("cases")
REPORT = "report.txt"


@dataclass(frozen=True)
class Case:
    """`cases/<name>`: the source of a tool, and what is expected of it."""

    name: str

    @property
    def kind(self) -> str:
        return self.name.partition("_")[0]

    @property
    def source(self) -> Path:
        return FOLDER / self.name / "source"

    @property
    def inventory(self) -> dict[str, str]:
        return texts(FOLDER / self.name / "inventory")

    @property
    def report(self) -> str:
        return (FOLDER / self.name / REPORT).read_text(encoding="utf-8")

    def canaries(self) -> set[str]:
        """Every password of the source: they all have this word in them."""
        words = (word for text in texts(self.source).values() for word in text.split() if "Canary" in word)
        return {word[word.index("Canary") :].split("'")[0].split('"')[0].strip("};:,") for word in words}


CASES = [Case(path.name) for path in sorted(FOLDER.iterdir())]


def texts(folder: Path) -> dict[str, str]:
    """Every file below a folder, by its path."""
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def reviewed(folder: Path) -> dict[str, str]:
    """The inventory's files that a person would review."""
    return {
        name: text for name, text in texts(folder).items() if not name.startswith((".", "credentials.env"))
    }


def main() -> None:
    """Import every case anew."""
    command = Path(sys.executable).with_name("devicevault")
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            into = Path(folder) / "inventory"
            done = subprocess.run(
                [command, "import", case.kind, "source", "--into", into],
                cwd=FOLDER / case.name,
                capture_output=True,
                text=True,
            )
            print(case.name, done.returncode, done.stderr.strip())
            report = done.stdout.replace(str(into), "inventory")
            (FOLDER / case.name / REPORT).write_text(report, encoding="utf-8")
            for name, text in reviewed(into).items():
                path = FOLDER / case.name / "inventory" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
