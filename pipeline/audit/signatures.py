"""Whether a branch's commits are the store's own.

Whoever rewrites a configs repo, here or at the Git host, cannot sign as the store does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.store.git.commit_signature import signed_by
from pipeline.store.git.reader import StoredCommit
from pipeline.transit.signers import Signer, Signers

MOST_COMMITS = 5000
"""So many of the newest commits are looked at; that takes two seconds."""


@dataclass(frozen=True, slots=True)
class BranchSignatures:
    """How many of the newest commits are signed, and the ids of those that are not although older ones are.

    A commit older than all that are signed is none of `foreign`: it was made before the store had its key.
    """

    signed: int
    foreign: tuple[str, ...]


def check_branch(commits: Iterable[StoredCommit], signers: Signers) -> BranchSignatures:
    """Check the commits of a branch, the newest first, against the keys that are known.

    Signed is what the key of a `store` has signed, or that of an `operator`: a person who commits by hand. A
    person's signature also stands for what is below it, so the search ends there.
    """
    keys = {signer.key: signer for signer in signers if signer.role in ("store", "operator")}
    signed, foreign, unsigned = 0, list[str](), list[str]()
    for number, commit in enumerate(commits, 1):
        signer = _signer(commit, keys)
        if signer is None:
            unsigned.append(commit.id)
        else:
            signed += 1
            foreign += unsigned
            unsigned.clear()
            if signer.role == "operator":
                break
        # Unless a signed commit was found: nobody may hide by adding many that are not.
        if number >= MOST_COMMITS and signed:
            break
    return BranchSignatures(signed, tuple(foreign))


def _signer(commit: StoredCommit, keys: dict[bytes, Signer]) -> Signer | None:
    signer = keys.get(signed_by(commit.data) or b"")
    # `committed_at` is the word of whoever committed: a key that was stolen has to leave the file of signers.
    return None if signer is None or signer.is_over(commit.committed_at) else signer
