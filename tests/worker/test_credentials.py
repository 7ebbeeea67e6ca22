"""References become secrets in the worker; what resolves to nothing names what to provide."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from pipeline.errors import CredentialError, UsageError
from pipeline.local.keys import make_fingerprint_key
from pipeline.settings import load_settings
from pipeline.values.device import Credential
from pipeline.worker.credentials import ShortKeyError, check_fingerprint_key, fingerprint_key, resolve
from tests.support import unprivileged


def test_each_reference_becomes_its_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_USER", "backup")
    monkeypatch.setenv("LAB_PASSWORD", " pass word ")
    key = tmp_path / "key"
    key.write_text("-----BEGIN KEY-----\nabc\n-----END KEY-----\n")
    enable = tmp_path / "enable"
    enable.write_text("enable me\nthis is a comment\n")
    secrets = resolve(Credential("lab", "env:LAB_USER", "env:LAB_PASSWORD", f"file:{enable}", f"file:{key}"))
    assert secrets.username == "backup"
    assert secrets.values() == ["backup", " pass word ", "enable me", key.read_text()]


def test_a_username_may_be_written_plainly_and_a_password_may_not() -> None:
    assert resolve(Credential("lab", "backup")).username == "backup"
    with pytest.raises(CredentialError, match="credential 'lab', password: not a reference") as refused:
        resolve(Credential("lab", "backup", password="hunter2-canary"))
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_variable_is_named(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAB_PASSWORD", raising=False)
    if value is not None:
        monkeypatch.setenv("LAB_PASSWORD", value)
    with pytest.raises(CredentialError, match=r"credential 'lab', password: .* no LAB_PASSWORD; set it"):
        resolve(Credential("lab", "backup", password="env:LAB_PASSWORD"))


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "No such file"), (b"", "is empty"), (b"\nsecret\n", "is empty"), (b"\xff\xfe", "not UTF-8")],
)
def test_a_file_that_holds_no_secret_is_named(tmp_path: Path, content: bytes | None, why: str) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CredentialError, match=why) as refused:
        resolve(Credential("lab", "backup", password=f"file:{file}"))
    assert f"credential 'lab', password: {file}" in str(refused.value)


@pytest.mark.parametrize("path", ["", "a\0b", "/", "/dev/null"])
def test_a_path_that_is_no_file_is_a_credential_error(path: str) -> None:
    with pytest.raises(CredentialError, match="credential 'lab', password"):
        resolve(Credential("lab", "backup", password=f"file:{path}"))


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("canary\n")
    file.chmod(0)
    code = (
        "import sys; from pipeline.worker.credentials import resolve; "
        "from pipeline.values.job import Credential; "
    )
    complaint = unprivileged.complaint(
        code + "resolve(Credential('lab', 'backup', password=sys.argv[1]))", f"file:{file}"
    )
    assert "CredentialError: credential 'lab', password" in complaint
    assert "Permission denied" in complaint


def test_resolved_secrets_have_no_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_PASSWORD", "canary-repr-1d2e")
    secrets = resolve(Credential("lab", "backup", password="env:LAB_PASSWORD"))
    assert "canary" not in f"{secrets} {secrets!r} {[secrets]}"


def test_a_fingerprint_key_that_could_be_guessed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHORT", "x" * 15)
    monkeypatch.setenv("LONG", "x" * 16)
    for check in (fingerprint_key, check_fingerprint_key):
        with pytest.raises(ShortKeyError) as refused:
            check("env:SHORT")
        assert str(refused.value) == (
            "DEVICEVAULT_FINGERPRINT_KEY: the key at env:SHORT has 15 characters, and needs 16 or more; "
            "`devicevault keys fingerprint` makes one"
        )
    assert fingerprint_key("env:LONG") == "x" * 16
    check_fingerprint_key("env:NOT_THERE_YET")


def test_the_key_that_the_command_makes_is_private_and_long_enough(tmp_path: Path) -> None:
    path = make_fingerprint_key(load_settings(state_dir=tmp_path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(fingerprint_key(f"file:{path}") or "") == 43
    with pytest.raises(UsageError, match="every fingerprint would change"):
        make_fingerprint_key(load_settings(state_dir=tmp_path))
