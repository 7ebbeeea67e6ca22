"""The store's signatures, as git itself sees them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pipeline.store.git.changes import Change, Rearrangement
from pipeline.store.git.commit_signature import CommitSigner, signed_by
from pipeline.store.git.repo import ConfigsRepo
from tests.support.git import git
from tests.support.values import NOW

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
PLAIN = b"tree %s\nauthor A <a> 1 +0000\ncommitter A <a> 1 +0000\n\nsubject\n" % (b"a" * 40)


def change(path: str, text: str) -> Change:
    return Change(path, text, Path(path).stem, NOW, {"Task-Identifier": f"t:{path}"})


def allow(folder: Path, key: Ed25519PrivateKey) -> str:
    """The option that lets git believe in this key."""
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    file = folder / "allowed"
    file.write_text(f'devicevault@localhost namespaces="git" {public.decode()}\n')
    return f"gpg.ssh.allowedSignersFile={file}"


def test_git_says_good_of_every_kind_of_commit(tmp_path: Path) -> None:
    path = tmp_path / "c.git"
    with ConfigsRepo(path, signer=CommitSigner(KEY)) as repo:
        repo.store([change("core/a.cfg", "één\n"), change("core/b.cfg", "2\n")])
        kept = repo.quarantine(change("core/a.cfg", "3\n"))
        blob = repo.files_of("core/a.cfg", str(repo.head))["core/a.cfg"]
        repo.rearrange(Rearrangement("moved", (), {}, {"edge/a.cfg": blob}, {"core/a.cfg"}))
    commits = [*git(path, "rev-list", "main").split(), kept]
    assert len(commits) == 4
    for commit in commits:
        done = subprocess.run(
            ["git", "-C", path, "-c", allow(tmp_path, KEY), "verify-commit", commit],
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert 'Good "git" signature for devicevault@localhost' in done.stderr
    git(path, "fsck", "--strict", "--full")
    with pytest.raises(subprocess.CalledProcessError):
        git(path, "-c", allow(tmp_path, OTHER), "verify-commit", "main")


def test_a_commit_that_git_signed_is_read_alike(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    key = tmp_path / "key"
    key.write_bytes(
        KEY.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        )
    )
    key.chmod(0o600)
    git(
        tmp_path, "-c", "gpg.format=ssh", "-c", f"user.signingKey={key}",
        "commit", "-S", "-q", "--allow-empty", "-m", "by hand\n\n-----BEGIN SSH SIGNATURE-----",
    )  # fmt: skip
    raw = subprocess.run(
        ["git", "-C", tmp_path, "cat-file", "commit", "HEAD"], check=True, capture_output=True
    ).stdout
    assert signed_by(raw) == KEY.public_key().public_bytes_raw()


def test_whatever_is_changed_the_signature_is_none_of_it() -> None:
    signed = CommitSigner(KEY).signed(PLAIN)
    assert signed_by(signed) == KEY.public_key().public_bytes_raw()
    assert signed_by(PLAIN) is None
    for number in range(len(signed)):
        altered = signed[:number] + bytes([signed[number] ^ 1]) + signed[number + 1 :]
        assert signed_by(altered) is None, (number, altered)
    head, _, rest = signed.partition(b"gpgsig ")
    signature, _, message = rest.partition(b"\n\n")
    assert signed_by(head + b"\n" + message) is None
    assert signed_by(signed + b"gpgsig " + signature) is None
    assert signed_by(head + b"gpgsig " + signature + b"\ngpgsig " + signature + b"\n\n" + message) is None
    for broken in (b"", b"gpgsig ", b"gpgsig x", b"gpgsig \n\n", b"\n\ngpgsig x", signed[:200], b"\xff" * 99):
        assert signed_by(broken) is None


def test_a_signature_of_another_namespace_or_key_is_none(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(
        KEY.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        )
    )
    key.chmod(0o600)
    armour = subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-q", "-f", key, "-n", "file"],
        input=PLAIN,
        check=True,
        capture_output=True,
    ).stdout.rstrip(b"\n")
    head, _, message = PLAIN.partition(b"\n\n")
    assert signed_by(head + b"\ngpgsig " + armour.replace(b"\n", b"\n ") + b"\n\n" + message) is None


def test_the_store_notes_once_what_it_has_not_signed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "c.git"
    with ConfigsRepo(path) as repo:
        [unsigned] = repo.store([change("core/a.cfg", "1\n")])
    for number in range(2):
        with ConfigsRepo(path, signer=CommitSigner(KEY)) as repo:
            for text in "xyz":
                repo.store([change("core/a.cfg", f"{number} {text}\n")])
    [noted] = [record.getMessage() for record in caplog.records if "not signed" in record.getMessage()]
    assert str(unsigned.commit)[:10] in noted
