"""Problems as annotations of a GitHub Actions step, beside the lines of a pull request that they are about.

Source: GitHub Docs, "Workflow commands for GitHub Actions". A step shows 10 errors and 10 warnings; so those
in changed files come first, and the plain log in front of the annotations has all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from pipeline.errors import Problem
from pipeline.inventory.problems import NO_FILE, printable

MAX_ANNOTATIONS = 10
"""Of each level, in one step."""

_TITLE = "DeviceVault inventory"


def annotated(
    problems: Sequence[Problem],
    warnings: Sequence[Problem],
    folder: PurePosixPath,
    changed: Collection[str] = (),
) -> Iterator[str]:
    """The lines of the log: every problem as text, the annotations, and how many have none.

    `folder` is where the inventory lies from the repository's root, which annotations count from; `changed`
    are the inventory's files whose problems come first.
    """
    levels = {"error": problems, "warning": warnings}
    for level, found in levels.items():
        for problem in found:
            # A line break, in a file's name say, would begin a line that may be a workflow command.
            yield f"{level}: {printable(str(in_repository(problem, folder)))}"
    for level, found in levels.items():
        first = sorted(found, key=lambda problem: problem.file not in changed)[:MAX_ANNOTATIONS]
        yield from (_annotation(level, in_repository(problem, folder)) for problem in first)
    for level, found in levels.items():
        if (rest := len(found) - MAX_ANNOTATIONS) > 0:
            yield f"{rest} more {level}s are in the log above; a step shows {MAX_ANNOTATIONS} as annotations"


def in_repository(problem: Problem, folder: PurePosixPath) -> Problem:
    """The problem with its file named from the repository's root."""
    return problem if problem.file == NO_FILE else replace(problem, file=str(folder / problem.file))


def _annotation(level: str, problem: Problem) -> str:
    properties: dict[str, object] = {} if problem.file == NO_FILE else {"file": problem.file}
    if problem.line:
        properties |= {"line": problem.line, "col": problem.column or 1}
    properties["title"] = _TITLE
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    text = problem.message + (f" ({problem.hint})" if problem.hint else "")
    return f"::{level} {listed}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
