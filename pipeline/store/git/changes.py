"""Changes of a configs repo, as values: a backup's files, and files that take other places."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pipeline.store.git.pack import BLOB, Object, make_object
from pipeline.store.git.trees import Trees

SEALED, SEALED_TAG = "/sealed.age", "/sealed.tag"
"""A sealed copy among the artefacts, and the keyed hash of what it holds."""


@dataclass(frozen=True, slots=True)
class Change:
    """A configuration to be stored. `trailers` say where it came from; trailers without a value are left out.

    `artefacts` are stored in the same commit, by path. `deflated` is the text's zlib stream if somebody has
    made it already.
    """

    path: str
    text: str
    device: str
    collected_at: datetime
    trailers: Mapping[str, str | None]
    artefacts: Mapping[str, bytes] = field(default_factory=dict)
    deflated: bytes | None = None


@dataclass(frozen=True, slots=True)
class Rearrangement:
    """Files that change their places in one commit. `placed` maps each new path to the id of its blob.

    The paths in `removed` go. `blobs` are the contents of the files that come from another configs repo.
    """

    subject: str
    lines: Sequence[str]
    trailers: Mapping[str, str | None]
    placed: Mapping[str, bytes]
    removed: Collection[str]
    blobs: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True)
class StoreResult:
    """Where a configuration is stored. `commit` holds exactly that content at `path`.

    `changed` is False if the branch held the content already. `commit` is then None: finding the commit that
    brought it is left to the caller.
    """

    path: str
    commit: str | None
    changed: bool


def new_blobs(change: Change, trees: Trees) -> dict[str, Object]:
    """The files of a change that are not on the branch as they are, by path."""
    blobs = {change.path: make_object(BLOB, change.text.encode(), deflated=change.deflated)}
    blobs |= {path: make_object(BLOB, data) for path, data in change.artefacts.items()}
    new = {path: blob for path, blob in blobs.items() if trees.get(path) != blob.id}
    for path in [path for path in new if path.endswith(SEALED)]:
        # A sealed copy is encrypted anew each time. Its tag tells whether its content is new.
        tag = path.removesuffix(SEALED) + SEALED_TAG
        if tag in blobs and tag not in new and trees.get(path) is not None:
            del new[path]
    return new
