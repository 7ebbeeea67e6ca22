"""Binary artefacts over SFTP and SCP: whole or left out, and removed from the device again."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from collectors import registry
from collectors.collect import collect_by
from collectors.contract import CollectorResult
from collectors.define import Command, File, Platform
from collectors.session import asker, files
from tests.collectors.asyncssh_server import asyncssh_server
from tests.collectors.contract import config_for
from tests.collectors.threads import no_thread_is_left
from tests.servers.sshd import Sshd

__all__ = ["no_thread_is_left"]

CONTENT = bytes(range(256)) * 1000
NO_SFTP = {"Subsystem": "sftp /bin/false"}


def platform_in(folder: Path, **changes: Any) -> Platform:
    """A device whose operating system is a shell: it makes its backup with a command and removes it."""
    (folder / "content").write_bytes(CONTENT)
    made = str(folder / "made.backup")
    file = File(made, before=(f"cp {folder}/content {made}",), after=(f"rm -f {made}",))
    return Platform(
        transport="exec",
        config=Command("printf 'hostname r1\\n!\\nend\\n'", ends_with=r"^end$"),
        files={"backup": replace(file, **changes)},
    )


def run(server: Sshd, platform: Platform, *wanted: str, secrets: str = "keep") -> CollectorResult:
    config = {
        "task_id": "t-1",
        "device": "r1",
        "address": "127.0.0.1",
        "port": server.port,
        "platform": "test",
        "host_keys": [server.host_key],
        "username": server.user,
        "private_key": server.client_key.read_text(),
        "options": {"artefacts": list(wanted), "secrets": secrets},
    }
    return CollectorResult.from_dict(collect_by(platform, config, 30))


def warnings(result: CollectorResult) -> list[str]:
    return [entry.message for entry in result.log if entry.severity == "warning"]


@pytest.mark.parametrize("options", [{}, NO_SFTP], ids=["sftp", "scp"])
def test_a_file_is_made_fetched_whole_and_removed(options: dict[str, str], tmp_path: Path) -> None:
    with Sshd(tmp_path, settings=options) as server:
        result = run(server, platform_in(tmp_path), "backup")
    assert result.status == "success", result.log
    assert base64.b64decode(result.artefacts["backup"].removeprefix("base64:"), validate=True) == CONTENT
    assert not (tmp_path / "made.backup").exists()


def test_a_file_is_left_alone_unless_it_is_asked_for(tmp_path: Path) -> None:
    with Sshd(tmp_path) as server:
        result = run(server, platform_in(tmp_path))
    assert result.artefacts == {}


@pytest.mark.parametrize("policy", ["hide", "fingerprint"])
def test_a_file_whose_secrets_cannot_be_hidden_stays_on_the_device(policy: str, tmp_path: Path) -> None:
    with Sshd(tmp_path) as server:
        result = run(server, platform_in(tmp_path), "backup", secrets=policy)
    assert (result.status, result.artefacts) == ("success", {})
    assert "its secrets cannot be hidden" in warnings(result)[0]


@pytest.mark.parametrize("options", [{}, NO_SFTP], ids=["sftp", "scp"])
def test_a_file_that_is_too_large_is_left_out_and_removed(
    options: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 100_000)
    with Sshd(tmp_path, settings=options) as server:
        result = run(server, platform_in(tmp_path), "backup")
    assert (result.status, result.artefacts) == ("success", {})
    assert "'backup' is left out: too_large" in warnings(result)[0]
    assert not (tmp_path / "made.backup").exists()


@pytest.mark.parametrize("options", [{}, NO_SFTP], ids=["sftp", "scp"])
def test_a_file_that_is_not_there_is_a_warning(options: dict[str, str], tmp_path: Path) -> None:
    with Sshd(tmp_path, settings=options) as server:
        result = run(server, platform_in(tmp_path, before=()), "backup")
    assert (result.status, result.artefacts) == ("success", {})
    assert "'backup' is left out: rejected: r1: the file" in warnings(result)[0]


def test_a_device_that_cannot_make_its_file_keeps_its_config(tmp_path: Path) -> None:
    with Sshd(tmp_path) as server:
        result = run(server, platform_in(tmp_path, before=("false",)), "backup")
    assert result.device_config == "hostname r1\n!\nend\n"
    assert "'backup' is left out: rejected" in warnings(result)[0]


@pytest.mark.parametrize("options", [{}, NO_SFTP], ids=["sftp", "scp"])
def test_a_configuration_that_is_a_file_is_fetched_whole(options: dict[str, str], tmp_path: Path) -> None:
    text = "[Network]\r\nHostName=r1\r\n" + "Key=value\r\n" * 1000
    (tmp_path / "config.ini").write_text(text, newline="")
    platform = Platform(
        transport="file", config=Command(str(tmp_path / "config.ini"), known_by=r"^\[Network")
    )
    with Sshd(tmp_path, settings=options) as server:
        result = run(server, platform)
        missing = run(server, replace(platform, config=Command(str(tmp_path / "none"))))
        foreign = run(
            server, replace(platform, config=Command(str(tmp_path / "config.ini"), known_by="^end"))
        )
    assert result.device_config == text.replace("\r\n", "\n"), result.log
    assert (missing.status, missing.reason, missing.transient) == ("failure", "rejected", False)
    assert (foreign.status, foreign.reason) == ("failure", "empty")


def test_a_configuration_file_beyond_the_cap_is_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asker, "MAX_BYTES", 100_000)
    (tmp_path / "config.ini").write_text("Key=value\n" * 20_000)
    with Sshd(tmp_path) as server:
        result = run(server, Platform(transport="file", config=Command(str(tmp_path / "config.ini"))))
    assert (result.status, result.reason) == ("failure", "too_large")


def test_a_routeros_backup_is_made_fetched_by_sftp_and_removed(tmp_path: Path) -> None:
    made = tmp_path / "devicevault.backup"

    async def router(process: Any) -> None:
        match process.command:
            case "/export show-sensitive":
                process.stdout.write(
                    b"/system identity\r\nset name=r1\r\n/ip address\r\nadd address=192.0.2.1\r\n"
                )
            case "/system backup save name=devicevault dont-encrypt=yes":
                made.write_bytes(CONTENT)
            case "/file remove devicevault.backup":
                made.unlink()
        process.exit(0)

    def sftp(channel: Any) -> Any:
        return asyncssh.SFTPServer(channel, chroot=str(tmp_path).encode())

    definition = registry.platform("mikrotik_routeros")
    assert definition is not None
    with asyncssh_server(router, sftp_factory=sftp) as server:
        options = {"artefacts": ["backup"], "secrets": "keep"}
        result = CollectorResult.from_dict(collect_by(definition, config_for(server, options=options), 30))
    assert result.status == "success", result.log
    assert base64.b64decode(result.artefacts["backup"].removeprefix("base64:")) == CONTENT
    assert not made.exists()
