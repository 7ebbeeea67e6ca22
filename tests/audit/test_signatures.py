"""Which commits of a branch count as the store's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pipeline.audit import signatures
from pipeline.audit.signatures import check_branch
from pipeline.local.keys import allowed_signers, make_local_keys
from pipeline.settings import load_settings
from pipeline.store.git.commit_signature import CommitSigner
from pipeline.store.git.reader import StoredCommit
from pipeline.transit.signers import Role, Signer, Signers, read_signers

AT = datetime(2026, 3, 1, tzinfo=UTC)
KEYS = {
    name: CommitSigner(Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32))
    for number, name in enumerate(("store", "operator", "worker", "stranger", "old"))
}
ROLES: dict[str, Role] = {"store": "store", "operator": "operator", "worker": "worker"}
KNOWN = Signers(
    [
        *(Signer(role, name, KEYS[name].public_key) for name, role in ROLES.items()),
        Signer("store", "old", KEYS["old"].public_key, until=date(2026, 2, 28)),
    ]
)


def branch(*signers: str, at: datetime = AT) -> Iterator[StoredCommit]:
    """Commits of these signers, the newest first; `-` for one without a signature."""
    for number, name in enumerate(signers):
        plain = b"tree %d\n\nsubject\n" % number
        yield StoredCommit(f"c{number}", at, plain if name == "-" else KEYS[name].signed(plain))


@pytest.mark.parametrize(
    ("signers", "signed", "foreign"),
    [
        ((), 0, ()),
        (("store", "store"), 2, ()),
        (("store", "store", "-", "-"), 2, ()),
        (("-", "-"), 0, ()),
        (("-", "store", "-"), 1, ("c0",)),
        (("store", "-", "-", "store", "-"), 2, ("c1", "c2")),
        (("stranger", "store"), 1, ("c0",)),
        (("worker", "store"), 1, ("c0",)),
        (("old", "store"), 1, ("c0",)),
        (("store", "operator", "-", "store"), 2, ()),
    ],
)
def test_foreign_is_what_nobody_known_signed_above_what_the_store_did(
    signers: tuple[str, ...], signed: int, foreign: tuple[str, ...]
) -> None:
    found = check_branch(branch(*signers), KNOWN)
    assert (found.signed, found.foreign) == (signed, foreign)


def test_a_replaced_key_is_good_for_the_commits_of_its_time() -> None:
    assert check_branch(branch("old", at=datetime(2026, 2, 28, 23, tzinfo=UTC)), KNOWN).signed == 1


def test_many_commits_hide_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signatures, "MOST_COMMITS", 3)
    assert len(check_branch(branch(*"-----", "store"), KNOWN).foreign) == 5
    assert check_branch(branch(*["store"] * 9), KNOWN).signed == 3


def test_a_machine_of_an_older_version_gets_the_stores_key_and_keeps_the_others(tmp_path: Path) -> None:
    settings = load_settings(state_dir=tmp_path)
    assert make_local_keys(settings)
    signers = settings.keys_dir / "signers"
    before = signers.read_text()
    older = "".join(line for line in before.splitlines(keepends=True) if not line.startswith("store"))
    signers.write_text(older)
    (settings.keys_dir / "store.key").unlink()
    assert make_local_keys(settings)
    assert signers.read_text().startswith(older)
    assert [signer.role for signer in read_signers(signers, "test")] == [
        "driver", "worker", "operator", "store",
    ]  # fmt: skip
    assert not make_local_keys(settings)


def test_the_line_for_git_ends_with_the_keys_last_day(tmp_path: Path) -> None:
    (tmp_path / "signers").write_text("".join(f"{signer.line()}\n" for signer in KNOWN))
    settings = load_settings(signers=tmp_path / "signers", author_email="backup@example.net")
    now, old = allowed_signers(settings)
    assert now.startswith('backup@example.net namespaces="git" ssh-ed25519 AAAA')
    assert old.startswith('backup@example.net namespaces="git",valid-before="20260301Z" ssh-ed25519 AAAA')
