"""A new inventory repository: its files from our templates, and a first commit.

What exists is never written over. So a second run changes nothing, and one after an accident finishes what
the first began. Only a repository without any commit is committed to: one that has some is a person's, with
rules of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.errors import StateError, UsageError

WORKFLOWS = ("inventory.yml", "collect.yml", "probe.yml")
_FILES: Mapping[str, str] = {
    ".devicevault/requirements.txt": "requirements.txt",
    ".gitattributes": "gitattributes",
    ".github/CODEOWNERS": "CODEOWNERS",
    ".gitignore": "gitignore",
    "README.md": "README.md",
    "inventory/credentials.yaml": "credentials.yaml",
    "inventory/devices/example.yaml": "devices/example.yaml",
    "inventory/devicevault.yaml": "devicevault.yaml",
    "inventory/groups.yaml": "groups.yaml",
    "inventory/jump_hosts.yaml": "jump_hosts.yaml",
    "inventory/known_hosts": "known_hosts",
    "inventory/schedules.yaml": "schedules.yaml",
}
"""Where a file goes, and its template."""

_EXAMPLE, _BEGUN = "inventory/devices/example.yaml", "inventory/devicevault.yaml"
"""Written in this order. Where there is the second without the first, somebody has removed the example."""

_MESSAGE = "Begin the inventory"
_NOBODY = ("-c", "user.name=DeviceVault", "-c", "user.email=devicevault@localhost")


@dataclass(frozen=True, slots=True)
class ScaffoldResult:
    """What `scaffold` did: it wrote the files `written`, and kept the `edited` ones, which differ from ours.

    `commit` is the hex id of the first commit, if this run made it; `outer` the repository that `folder` is
    a part of. With neither, `folder` is a repository that has commits already.
    """

    folder: Path
    written: tuple[str, ...]
    edited: tuple[str, ...]
    commit: str | None
    outer: Path | None


def scaffold(folder: Path, requirement: str | None) -> ScaffoldResult:
    """Lay out an inventory repository in `folder`, which is made if it is not there. Idempotent.

    `requirement` is what pip is given to install DeviceVault on a runner; None if nobody knows. Raises
    UsageError for a place that cannot be one, and StateError if it cannot be written or committed.
    """
    files = contents(requirement)
    if (folder / _BEGUN).exists() and not (folder / _EXAMPLE).exists():
        del files[_EXAMPLE]
    _check_place(folder, files)
    top = _repository(folder)
    written, edited = _write(folder, files)
    outer = top if top is not None and not folder.samefile(top) else None
    commit = None if outer else _first_commit(folder, files, fresh=top is None)
    return ScaffoldResult(folder, written, edited, commit, outer)


def contents(requirement: str | None) -> dict[str, str]:
    """Every file of a new inventory repository, by its place."""
    version = metadata.version("devicevault")
    files = {
        place: _render(template, requirement=requirement, version=version)
        for place, template in _FILES.items()
    }
    files |= {f".github/workflows/{name}": text for name, text in workflows(here=False).items()}
    for schema in resources.files("pipeline.scaffold").joinpath("schemas").iterdir():
        files[f".devicevault/schemas/{schema.name}"] = schema.read_text(encoding="utf-8")
    return dict(sorted(files.items()))


def workflows(*, here: bool) -> dict[str, str]:
    """The GitHub workflows by name. `here`: for DeviceVault's own repository, which installs itself."""
    return {name: _render(f"workflows/{name}", here=here) for name in WORKFLOWS}


def installed_from() -> str | None:
    """What pip would install this DeviceVault by on another machine; None if it is from a folder of this one.

    Source: the Python packaging specification "Recording the Direct URL Origin of installed distributions".
    """
    found = metadata.distribution("devicevault")
    origin = json.loads(found.read_text("direct_url.json") or "null")
    if origin is None:
        return f"devicevault=={found.version}"
    url = str(origin["url"])
    if url.startswith("file:"):
        return None
    vcs = origin.get("vcs_info")
    return f"devicevault @ {vcs['vcs']}+{url}@{vcs['commit_id']}" if vcs else f"devicevault @ {url}"


def _render(template: str, **values: object) -> str:
    """One of our own templates. GitHub's expressions have `{{ }}`, so that ours have `[[ ]]`."""
    environment = Environment(
        loader=PackageLoader("pipeline.scaffold", "templates"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  text for people and programs, not HTML
        keep_trailing_newline=True,
        trim_blocks=True,
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
    )
    return environment.get_template(f"{template}.j2").render(values)


def _check_place(folder: Path, files: Iterable[str]) -> None:
    """Refuse what could only end half done, before anything is written."""
    if shutil.which("git") is None:
        raise StateError("git is not installed; an inventory is a Git repository")
    places = {folder, *folder.parents, *(folder / parent for file in files for parent in Path(file).parents)}
    for place in sorted(places):
        if os.path.lexists(place) and not place.is_dir():
            raise UsageError(f"{str(place)!r} is not a directory; init needs one there")
    if not os.access(_nearest(folder), os.W_OK | os.X_OK):
        raise StateError(f"{str(_nearest(folder))!r} cannot be written to")


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    return next(place for place in (folder, *folder.absolute().parents) if place.is_dir())


def _write(folder: Path, files: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Write what is missing; the files written, and those that are there and different."""
    written, edited = [], []
    for name, text in files.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not os.path.lexists(path):
                _write_new(path, text)
                written.append(name)
            elif path.read_bytes() != text.encode():
                edited.append(name)
        except OSError as error:
            raise StateError(f"{str(path)!r}: {error.strerror}; nothing was committed") from error
    return tuple(written), tuple(edited)


def _write_new(path: Path, text: str) -> None:
    """All of the file, or none of it: half of one would be kept as an edited one."""
    with path.open("x", encoding="utf-8", newline="") as file:
        try:
            file.write(text)
            file.flush()
        except OSError:
            with suppress(OSError):
                path.unlink()
            raise


def _repository(folder: Path) -> Path | None:
    """The top of the repository that `folder` is, or will be, in."""
    found = _git(_nearest(folder), "rev-parse", "--show-toplevel")
    if found.returncode == 0:
        return Path(found.stdout.removesuffix("\n"))
    if "not a git repository" in found.stderr:
        return None
    raise StateError(f"{str(folder)!r}: {_complaint(found)}")


def _first_commit(folder: Path, files: Iterable[str], *, fresh: bool) -> str | None:
    """Commit our files if the repository has no commit; its id, or None."""
    if fresh:
        _must(_git(folder, "init", "--quiet", "--initial-branch", "main"), folder)
    elif _git(folder, "rev-parse", "--verify", "--quiet", "HEAD").returncode == 0:
        return None
    named = all(
        _git(folder, "var", who).returncode == 0 for who in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT")
    )
    # Forced: what a person ignores everywhere, such as `.github`, is wanted here.
    _must(_git(folder, "add", "--force", "--", *files), folder)
    commit = ("commit", "--quiet", "--message", _MESSAGE, "--only", "--", *files)
    _must(_git(folder, *(() if named else _NOBODY), *commit), folder)
    return _git(folder, "rev-parse", "HEAD").stdout.strip()


def _must(done: subprocess.CompletedProcess[str], folder: Path) -> None:
    if done.returncode != 0:
        raise StateError(f"the files are in {str(folder)!r}, and not committed: {_complaint(done)}")


def _complaint(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return next(
        (line for line in lines if line.startswith(("fatal:", "error:"))), (lines or ["git failed"])[0]
    )


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # Without the variables by which git's own hooks point to another repository.
    elsewhere = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")
    env = {name: value for name, value in os.environ.items() if name not in elsewhere}
    return subprocess.run(
        ["git", "-C", str(folder), *arguments],
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
        stdin=subprocess.DEVNULL,
        env={**env, "LC_ALL": "C"},
    )
