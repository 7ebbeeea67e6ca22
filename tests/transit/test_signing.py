"""Whose word counts: signatures of one message or of many, and the files that hold the keys."""

from __future__ import annotations

import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ForgedError, SettingsError
from pipeline.transit.signers import (
    Role,
    Signer,
    Signers,
    public_text,
    read_private_key,
    read_signers,
    write_private_key,
)
from pipeline.transit.signing import SigningKey, Verifier, canonical, digest

DRIVER = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
WORKER = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
SETTING = "DEVICEVAULT_SIGNERS"


def signer(key: SigningKey, role: Role, name: str, until: date | None = None) -> Signer:
    return Signer(role, name, key.key.public_key().public_bytes_raw(), until=until)


TRUSTED = Signers([signer(DRIVER, "driver", "beat"), signer(WORKER, "worker", "w1")])


def refusal(role: Role, what: bytes, signature: object, signers: Signers = TRUSTED) -> str:
    with pytest.raises(ForgedError) as caught:
        Verifier(signers).verify(role, what, signature)
    return str(caught.value)


@given(st.integers(1, 70), st.data())
def test_each_message_of_a_batch_is_checked_by_itself(count: int, data: st.DataObject) -> None:
    digests = [digest("job", bytes([number])) for number in range(count)]
    signatures = DRIVER.sign_all(digests)
    one = data.draw(st.integers(0, count - 1))
    assert Verifier(TRUSTED).verify("driver", digests[one], signatures[one]).name == "beat"
    other = data.draw(st.integers(0, count - 1))
    if other != one:
        assert "is not of this message" in refusal("driver", digests[one], signatures[other])
    assert "is not of this message" in refusal("driver", digest("job", b"forged"), signatures[one])


@given(st.data())
def test_no_bit_of_a_signature_can_be_changed(data: st.DataObject) -> None:
    what = digest("job", b"a")
    signature = DRIVER.sign_all([what, digest("job", b"b"), digest("job", b"c")])[0]
    place = data.draw(st.integers(0, len(signature) - 1))
    char = data.draw(st.sampled_from("Aa0+/=: \0é"))
    changed = signature[:place] + char + signature[place + 1 :]
    # The last character of base64 may hold bits that mean nothing.
    if changed != signature and place not in (len(signature) - 1, signature.rindex(" ") - 1):
        assert refusal("driver", what, changed)


def test_nothing_is_signed_by_nobody() -> None:
    assert DRIVER.sign_all([]) == []


@pytest.mark.parametrize(
    ("signature", "why"),
    [
        (None, "it is not signed"),
        ("", "cannot be read"),
        ("one two three four", "cannot be read"),
        ("SHA256:x ***", "cannot be read"),
        ("SHA256:x QUJD QUJD", "cannot be read"),
        ("x" * 5000, "cannot be read"),
        (7, "cannot be read"),
        (["SHA256:x QUJD"], "cannot be read"),
        ("SHA256:x QUJD", "a key that is not trusted here"),
    ],
)
def test_what_is_no_signature_is_refused_in_one_line(signature: object, why: str) -> None:
    refused = refusal("driver", digest("job", b"a"), signature)
    assert why in refused
    assert "\n" not in refused


def test_a_key_is_good_for_its_role_only() -> None:
    what = digest("job", b"a")
    assert refusal("driver", what, WORKER.sign(what)) == "signed by the worker 'w1', which is no driver"


def test_a_signature_for_one_purpose_is_none_for_another() -> None:
    signature = DRIVER.sign(digest("job", b"a"))
    assert "is not of this message" in refusal("driver", digest("question", b"a"), signature)


def test_parts_cannot_be_shifted_into_each_other() -> None:
    assert digest("job", b"ab", b"c") != digest("job", b"a", b"bc")


def test_a_replaced_key_is_good_until_the_end_of_its_last_day() -> None:
    key = signer(DRIVER, "driver", "beat", until=date(2026, 3, 1))
    assert not key.is_over(datetime(2026, 3, 1, 23, 59, tzinfo=UTC))
    assert key.is_over(datetime(2026, 3, 2, tzinfo=UTC))
    what = digest("job", b"a")
    assert "whose key was replaced" in refusal("driver", what, DRIVER.sign(what), Signers([key]))


def test_a_worker_speaks_for_its_queues_and_the_default_one() -> None:
    raw = WORKER.key.public_key().public_bytes_raw()
    core = Signer("worker", "w1", raw, frozenset({"core"}))
    assert core.speaks_for("core")
    assert core.speaks_for(None)
    assert not core.speaks_for("edge")
    assert Signer("worker", "w1", raw, frozenset({"*"})).speaks_for("edge")


def test_what_was_sent_and_what_was_received_have_one_spelling() -> None:
    assert canonical({"b": 1, "a": (1.5, "ü")}) == canonical({"a": [1.5, "ü"], "b": 1})


class TestFiles:
    def test_ssh_keygen_reads_a_private_key_that_was_made_here(self, tmp_path: Path) -> None:
        path = tmp_path / "keys" / "driver.key"
        key = write_private_key(path)
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        said = subprocess.run(["ssh-keygen", "-y", "-f", path], check=True, capture_output=True, text=True)
        assert said.stdout.split()[:2] == public_text(key.public_key()).split()
        said = subprocess.run(["ssh-keygen", "-l", "-f", path], check=True, capture_output=True, text=True)
        assert said.stdout.split()[1] == SigningKey(key).id
        assert SigningKey(read_private_key(path, "DEVICEVAULT_SIGNING_KEY")).id == SigningKey(key).id

    def test_a_key_of_ssh_keygen_is_taken(self, tmp_path: Path) -> None:
        path = tmp_path / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
        line = f"worker w1 {path.with_suffix('.pub').read_text().split(' ')[0]} "
        line += path.with_suffix(".pub").read_text().split()[1]
        (tmp_path / "signers").write_text(line + "  queues=core,edge\n")
        [found] = read_signers(tmp_path / "signers", SETTING)
        assert found.id == SigningKey(read_private_key(path, SETTING)).id
        assert found.queues == {"core", "edge"}

    def test_a_private_key_is_never_written_over(self, tmp_path: Path) -> None:
        write_private_key(tmp_path / "key")
        with pytest.raises(FileExistsError):
            write_private_key(tmp_path / "key")

    @pytest.mark.parametrize(
        ("content", "mode", "why"),
        [
            (b"", 0o600, "no Ed25519 key"),
            (b"\xff\xfe", 0o600, "no Ed25519 key"),
            (b"x", 0o640, "chmod 600"),
            (b"x", 0o604, "chmod 600"),
        ],
    )
    def test_a_private_key_that_is_none_or_that_others_can_read_is_refused(
        self, tmp_path: Path, content: bytes, mode: int, why: str
    ) -> None:
        path = tmp_path / "key"
        path.write_bytes(content)
        path.chmod(mode)
        with pytest.raises(SettingsError, match=why) as caught:
            read_private_key(path, "DEVICEVAULT_SIGNING_KEY")
        assert str(caught.value).startswith(f"DEVICEVAULT_SIGNING_KEY: {path}: ")

    def test_another_kind_of_key_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", path], check=True)
        with pytest.raises(SettingsError, match="another kind"):
            read_private_key(path, SETTING)

    def test_a_file_of_signers_is_read_back_as_it_was(self, tmp_path: Path) -> None:
        signers = [
            signer(DRIVER, "driver", "beat", until=date(2026, 12, 31)),
            Signer("worker", "w1", WORKER.key.public_key().public_bytes_raw(), frozenset({"core"})),
        ]
        path = tmp_path / "signers"
        path.write_text("# who may give orders\n\n" + "".join(f"{each.line()}  # ok\n" for each in signers))
        assert list(read_signers(path, SETTING)) == signers

    @pytest.mark.parametrize(
        ("line", "why"),
        [
            ("driver beat", "a signer is: ROLE NAME"),
            ("king beat ssh-ed25519 AAAA", "unknown role 'king'"),
            ("driver Beat ssh-ed25519 AAAA", "bad name 'Beat'"),
            ("driver beat ssh-rsa AAAA", "a key of kind 'ssh-rsa'"),
            ("driver beat ssh-ed25519 AAAA", "no public key"),
            ("driver beat ssh-ed25519 \u0130", "no public key"),
            ("{right} queues=core", "unknown option 'queues=core' of a driver"),
            ("{right} until=soon", "'until' takes a day"),
            ("{right} colour=red", "unknown option 'colour=red'"),
            ("{right}\n{right}", "this key is 'beat' already"),
        ],
    )
    def test_each_mistake_has_its_line(self, tmp_path: Path, line: str, why: str) -> None:
        path = tmp_path / "signers"
        path.write_text("# first\n" + line.format(right=signer(DRIVER, "driver", "beat").line()) + "\n")
        with pytest.raises(SettingsError) as caught:
            read_signers(path, SETTING)
        number = 3 if "\n" in line else 2
        assert str(caught.value).startswith(f"{SETTING}: {path}:{number}: ")
        assert why in str(caught.value)

    @pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
    def test_a_file_that_others_may_write_to_is_refused(self, tmp_path: Path, mode: int) -> None:
        path = tmp_path / "signers"
        path.write_text("")
        path.chmod(mode)
        with pytest.raises(SettingsError, match="others may write to it"):
            read_signers(path, SETTING)

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match=f"{SETTING}: .*: No such file"):
            read_signers(tmp_path / "signers", SETTING)
