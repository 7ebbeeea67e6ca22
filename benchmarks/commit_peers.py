"""Other ways of committing configurations one by one: git fast-import, and dulwich with loose objects."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

from pipeline.store.git.changes import Change

_WHO = b"DeviceVault <devicevault@localhost>"
_BRANCH = Ref(b"refs/heads/main")


def make_base(path: Path, files: Sequence[str], content: bytes) -> Path:
    """A bare repository whose one commit holds all `files`. They share a blob: the trees are what counts."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(path)], check=True)
    lines = [b"blob\nmark :1\n" + _data(content), _commit_head(b"all devices", 1_700_000_000)]
    lines += [f"M 100644 :1 {file}\n".encode() for file in files]
    subprocess.run(["git", "-C", str(path), "fast-import", "--quiet"], input=b"".join(lines), check=True)
    return path


def fast_import(path: Path, changes: Sequence[Change]) -> Callable[[], object]:
    """The commands are ready before the step begins, so that only git's own work is in it."""
    lines = []
    for place, change in enumerate(changes):
        lines.append(_commit_head(_message(change), int(change.collected_at.timestamp())))
        if not place:
            lines.append(b"from refs/heads/main^0\n")
        lines.append(f"M 100644 inline {change.path}\n".encode() + _data(change.text.encode()))
    commands = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the step
    commands.write(b"".join(lines))

    def step() -> None:
        with commands:
            commands.seek(0)
            subprocess.run(["git", "-C", str(path), "fast-import", "--quiet"], stdin=commands, check=True)

    return step


def dulwich_loose(repo: Repo, changes: Sequence[Change]) -> None:
    """A blob, two trees and a commit per change, each a file, as dulwich's porcelain leaves them."""
    store = repo.object_store
    for change in changes:
        parent = repo.refs[_BRANCH]
        top = _tree(repo, _as_commit(repo, parent).tree)
        group, name = (part.encode() for part in change.path.split("/"))
        folder = _tree(repo, top[group][1])
        blob = Blob.from_string(change.text.encode())
        folder[name] = (0o100644, blob.id)
        top[group] = (0o040000, folder.id)
        commit = Commit()
        commit.tree, commit.parents, commit.message = top.id, [parent], _message(change)
        commit.author = commit.committer = _WHO
        commit.author_time = commit.commit_time = int(change.collected_at.timestamp())
        commit.author_timezone = commit.commit_timezone = 0
        for each in (blob, folder, top, commit):
            store.add_object(each)
        if not repo.refs.set_if_equals(_BRANCH, parent, commit.id):
            raise RuntimeError(f"{repo.path}: somebody else moved the branch")


def check_same(repos: Sequence[Path], commits: int) -> None:
    """RuntimeError unless all `repos` hold the same files, after that many commits on top of the base."""
    found = {
        (_git(repo, "rev-parse", "main^{tree}"), _git(repo, "rev-list", "--count", "main")) for repo in repos
    }
    if len(found) != 1 or next(iter(found))[1] != str(commits + 1):
        raise RuntimeError(f"the methods did not do the same work: {found}")


def _git(repo: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(repo), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _tree(repo: Repo, sha: ObjectID) -> Tree:
    tree = repo.object_store[sha]
    assert isinstance(tree, Tree)
    return tree


def _as_commit(repo: Repo, sha: ObjectID) -> Commit:
    commit = repo.object_store[sha]
    assert isinstance(commit, Commit)
    return commit


def _message(change: Change) -> bytes:
    trailers = "".join(f"{key}: {value}\n" for key, value in change.trailers.items())
    return f"{change.device}: changed\n\n{trailers}".encode()


def _commit_head(message: bytes, at: int) -> bytes:
    return b"commit refs/heads/main\ncommitter %s %d +0000\n" % (_WHO, at) + _data(message)


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)
