"""Write secrets to `credentials.env`, and nowhere else. Git ignores the file, and only its owner can read it.

Lines are `NAME='value'`, as shells (`set -a; . credentials.env`) and systemd (`EnvironmentFile=`) read them.
Lines are added and never changed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from dulwich.errors import NotGitRepository
from dulwich.ignore import IgnoreFilterManager
from dulwich.repo import Repo

from pipeline.errors import StateError
from pipeline.importers.sources.files import read_text, shown_path

NAME = "credentials.env"
_IGNORE = ".gitignore"
_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)")
_HEAD = """\
# Secrets that `devicevault import` found, for the workers' environment. Keep this file out of Git.
#   set -a; . ./credentials.env; set +a      or, for systemd: EnvironmentFile=
# Lines are added here, and never changed by a later import. Fill in what is empty.
"""


def read(folder: Path) -> dict[str, str]:
    """The file's variables. An empty value is one that nobody has filled in yet."""
    path = folder / NAME
    if not path.exists():
        return {}
    lines = (_LINE.fullmatch(line.strip()) for line in read_text(path).split("\n"))
    return {match[1]: _unquote(match[2]) for match in lines if match}


def add(folder: Path, variables: Mapping[str, str | None]) -> None:
    """Append variables that the file lacks. For None a person has to fill in the value.

    Git is told to ignore the file before a secret is written. Raises StateError if Git tracks the file.
    """
    check_untracked(folder)
    path = folder / NAME
    if path.is_symlink():
        raise StateError(f"{shown_path(path)} is a link, and no secret is written through one")
    text = path.read_text(encoding="utf-8") if path.exists() else _HEAD
    text = text if text.endswith("\n") else text + "\n"
    text += "".join(f"{name}={_quote(value or '')}\n" for name, value in variables.items())
    _ignore(folder)
    fresh = path.with_name(f".{NAME}.new")
    with suppress(FileNotFoundError):
        fresh.unlink()
    with os.fdopen(
        os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    fresh.replace(path)


def check_untracked(folder: Path) -> None:
    """Raise StateError if Git tracks the file, because a secret that is added to it would be committed."""
    with suppress(NotGitRepository), _repository(folder) as repo:
        if _path_in(repo, folder).encode() in repo.open_index():
            raise StateError(
                f"{shown_path(folder / NAME)} is tracked by Git, so no secret is written to it; "
                f"run git rm --cached {NAME} there, and change what was committed"
            )


def _ignore(folder: Path) -> None:
    """Let Git ignore the file; StateError if a rule of the repository undoes that."""
    path = folder / _IGNORE
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    # The new file has a name of its own until it replaces the old one.
    lines = [line for line in (f"/{NAME}", f"/.{NAME}.new") if line not in text.split("\n")]
    if lines:
        path.write_text("\n".join(filter(None, (text.rstrip("\n"), *lines))) + "\n", encoding="utf-8")
    with suppress(NotGitRepository), _repository(folder) as repo:
        if not IgnoreFilterManager.from_repo(repo).is_ignored(_path_in(repo, folder)):
            raise StateError(
                f"Git does not ignore {shown_path(folder / NAME)}; a rule of {_IGNORE} brings it back"
            )


def _repository(folder: Path) -> Repo:
    existing = next(path for path in (folder, *folder.resolve().parents) if path.is_dir())
    return Repo.discover(existing)


def _path_in(repo: Repo, folder: Path) -> str:
    return os.path.relpath(folder.resolve() / NAME, Path(repo.path).resolve())


def _quote(value: str) -> str:
    if "'" not in value:
        return f"'{value}'" if value else ""
    return '"' + re.sub(r'(["\\$`])', r"\\\1", value) + '"'


def _unquote(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1]
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text
