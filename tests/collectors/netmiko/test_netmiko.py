"""Through netmiko, with our own connection and our own reading: what it must not weaken."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from collectors import registry
from collectors.errors import BadRequest
from collectors.netmiko.collector import GENERIC, NetmikoCollector
from pipeline.errors import InventoryError
from pipeline.inventory import load
from tests.collectors.asyncssh_server import AsyncsshServer, asyncssh_server, jump_host
from tests.collectors.contract import config_for, hop, message
from tests.collectors.shells import Shell, over_ssh, table
from tests.collectors.threads import no_thread_is_left
from tests.collectors.waits import short_doubt

__all__ = ["no_thread_is_left", "short_doubt"]

CONFIG = """version 15.2
hostname r1
username admin secret 5 $1$abcd$efghijkl
banner motd ^C
r1#
^C
interface Loopback0
 description a prompt: r1#
end
"""
IOS = {
    "show running-config": f"Building configuration...\n{CONFIG}",
    "terminal width 511": "",
    "terminal length 0": "",
}
STORED = CONFIG.replace("$1$abcd$efghijkl", "<hidden>")


@pytest.fixture(autouse=True)
def no_filter_is_left() -> Iterator[None]:
    log = logging.getLogger("netmiko")
    before = list(log.filters)
    yield
    assert log.filters == before


def ios() -> Shell:
    return Shell(table(IOS))


def run(
    server: AsyncsshServer, platform: str = "netmiko_cisco_ios", timeout: float = 20, **changes: Any
) -> dict[str, Any]:
    config = config_for(server, platform=platform, **{"options": {"secrets": "hide"}, **changes})
    return registry.collector_for(platform)(config, timeout)


def test_a_config_is_collected_and_filtered_by_our_platform_of_that_name() -> None:
    with asyncssh_server(over_ssh(ios)) as server:
        result = run(server)
    assert result["device_config"] == STORED, result["log"]
    assert result["facts"]["os_version"] == "15.2"
    assert server.methods == ["password"]


def test_netmiko_goes_through_jump_hosts() -> None:
    with (
        asyncssh_server(over_ssh(ios)) as server,
        jump_host() as bastion,
    ):
        result = run(server, jump=[hop(bastion)])
    assert result["device_config"] == STORED, result["log"]
    assert bastion.forwarded == [server.port]


@pytest.mark.usefixtures("short_doubt")
def test_a_type_that_we_do_not_know_is_asked_for_its_running_config() -> None:
    with asyncssh_server(over_ssh(ios)) as server:
        result = run(server, "netmiko_eltex", options={"secrets": "hide"})
    assert "username admin secret 5 <hidden>\n" in result["device_config"], result["log"]
    assert result["device_config"].endswith(" description a prompt: r1#\nend\n")


def test_privilege_is_raised_with_one_typed_password() -> None:
    shells: list[Shell] = []

    def say(shell: Shell, line: str) -> str:
        if shell.prompt == "Password: ":
            shell.prompt = "r1#" if line == "enable-me" else "r1>"
            return ""
        if line == "enable":
            shell.prompt = "Password: "
            return ""
        return table(IOS)(shell, line) if shell.prompt == "r1#" or "terminal" in line else "% Invalid input\n"

    def make() -> Shell:
        shells.append(Shell(say, prompt="r1>"))
        return shells[-1]

    with asyncssh_server(over_ssh(make)) as server:
        raised = run(server, enable_password="enable-me")
        refused = run(server, enable_password="wrong-one")
        left = run(server)
    assert raised["device_config"] == STORED, raised["log"]
    assert (refused["reason"], refused["transient"]) == ("authentication", False)
    assert shells[1].typed.count("wrong-one") == 1
    assert left["reason"] == "rejected"
    assert "wrong-one" not in str(refused["log"])


@pytest.mark.parametrize("pinned", ["another", "none"])
def test_a_key_that_is_not_pinned_gets_no_password(pinned: str) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    with asyncssh_server(over_ssh(ios)) as server:
        result = run(server, host_keys=[other] if pinned == "another" else [])
    assert (result["reason"], result["transient"]) == ("host_key", False)
    assert server.methods == []


def test_a_wrong_password_is_offered_once() -> None:
    with asyncssh_server(over_ssh(ios)) as server:
        result = run(server, password="wrong-one")
    assert result["reason"] == "authentication"
    assert server.passwords == ["wrong-one"]


def test_a_login_that_asks_again_in_the_shell_gets_the_password_once() -> None:
    shells: list[Shell] = []

    def say(shell: Shell, line: str) -> str:
        shell.prompt = {"User:": "Password:", "Password:": "User:"}[shell.prompt]
        return ""

    def make() -> Shell:
        shells.append(Shell(say, prompt="User:"))
        return shells[-1]

    with asyncssh_server(over_ssh(make)) as server:
        result = run(server, "netmiko_cisco_wlc")
    assert result["reason"] in {"authentication", "prompt"}, result["log"]
    assert shells[0].typed.count("right") == 1


@pytest.mark.usefixtures("short_doubt")
def test_a_truncated_config_is_never_a_success() -> None:
    with asyncssh_server(
        over_ssh(lambda: Shell(table({**IOS, "show running-config": CONFIG.removesuffix("end\n")})))
    ) as server:
        result = run(server)
    assert (result["reason"], result["transient"]) == ("truncated", True)


def test_a_refused_command_is_said_to_be_refused() -> None:
    with asyncssh_server(over_ssh(lambda: Shell(table({})))) as server:
        assert run(server)["reason"] == "rejected"
        assert run(server, "netmiko_eltex")["reason"] == "rejected"


async def silent(process: Any) -> None:
    await process.stdin.read()


async def flooding(process: Any) -> None:
    while True:
        process.stdout.write(b"x" * 65536)
        await process.stdout.drain()


async def hanging_up(process: Any) -> None:
    process.stdout.write(b"r1#")
    process.exit(0)


async def never_a_prompt(process: Any) -> None:
    process.stdout.write(b"Do you accept the terms? ")
    await process.stdin.read()


@pytest.mark.parametrize(
    ("handler", "limit_s", "reasons"),
    [
        (silent, 1, {"timeout"}),
        (never_a_prompt, 1, {"timeout", "prompt"}),
        (hanging_up, 30, {"disconnected"}),
    ],
    ids=["silent", "question", "hangs-up"],
)
def test_a_device_that_does_not_answer_ends_at_the_deadline(
    handler: Any, limit_s: float, reasons: set[str]
) -> None:
    with asyncssh_server(handler) as server:
        began = time.monotonic()
        result = run(server, timeout=limit_s)
        took_s = time.monotonic() - began
    assert result["reason"] in reasons, result["log"]
    assert took_s < 15


def test_an_endless_answer_ends_at_the_byte_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.netmiko.channel.MAX_BYTES", 1 << 20)
    with asyncssh_server(flooding) as server:
        assert run(server)["reason"] == "too_large"


def test_what_devices_say_reaches_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with asyncssh_server(over_ssh(ios)) as server:
        result = run(server)
    assert result["status"] == "success"
    said = caplog.text + str(result["log"])
    assert "efghijkl" not in said
    assert "hostname r1" not in said


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("netmiko_cisco_ios", "netmiko"),
        ("Netmiko-Eltex", "netmiko"),
        ("netmiko_cisco_ios_ssh", "netmiko"),
        ("netmiko_cisco_ios_telnet", None),
        ("netmiko_autodetect", None),
        ("netmiko_no_such", None),
    ],
)
def test_device_types_over_ssh_are_known_names(name: str, canonical: str | None) -> None:
    assert registry.resolve(name) == canonical
    assert (name in registry.KnownNames()) is (canonical is not None)
    assert name not in set(registry.KnownNames())


def test_our_rules_go_with_our_names() -> None:
    rules_of = NetmikoCollector(registry.platform).rules_of
    assert rules_of("cisco_xe").secrets == getattr(registry.platform("cisco_ios"), "secrets", None)
    assert rules_of("huawei_vrpv8_ssh").configs[0].text == "display current-configuration"
    assert rules_of("eltex").config == GENERIC.config


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"platform": "netmiko"}, "write netmiko_<device type>"),
        ({"options": {"transport": "telnet"}}, "over SSH only"),
        ({"options": {"contexts": True}}, "has no contexts"),
    ],
)
def test_a_job_that_cannot_be_done_says_why(changes: dict[str, Any], words: str) -> None:
    with asyncssh_server(over_ssh(ios)) as server:
        result = run(server, **{"platform": "netmiko_cisco_ios", **changes})
    assert result["reason"] == "bad_request"
    assert words in message(result)


def test_a_name_like_a_device_type_is_told_which() -> None:
    with pytest.raises(BadRequest, match="did you mean 'netmiko_cisco_ios'"):
        registry.collector_for("netmiko_cisco_isos")


def inventory(path: Path, platform: str) -> Path:
    (path / "devices").mkdir()
    (path / "devices" / "all.yaml").write_text(
        f"r1:\n  address: 192.0.2.1\n  platform: {platform}\n  credential: lab\n"
    )
    (path / "devicevault.yaml").write_text("version: 1\n")
    (path / "credentials.yaml").write_text("lab:\n  username: admin\n  password: env:LAB\n")
    return path


def test_an_inventory_takes_netmikos_names_and_explains_wrong_ones(tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    (tmp_path / "bad").mkdir()
    good = load(inventory(tmp_path / "good", "netmiko_eltex"), None, platforms=registry.KnownNames())
    assert good.devices[0].platform == "netmiko_eltex"
    with pytest.raises(InventoryError, match="did you mean 'netmiko_eltex'"):
        load(inventory(tmp_path / "bad", "netmiko_eltx"), None, platforms=registry.KnownNames())


def test_without_netmiko_its_names_say_what_to_install() -> None:
    script = (
        "import sys; sys.modules['netmiko'] = None\n"
        "from collectors import registry\n"
        "assert 'netmiko_eltex' not in registry.KnownNames()\n"
        "print(registry.KnownNames().advice('netmiko_eltex'))\n"
        "try: registry.collector_for('netmiko_eltex')\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.count("install devicevault[netmiko]") == 2
    assert "BadRequest" in done.stdout


def test_netmiko_is_not_imported_for_names_of_ours() -> None:
    script = (
        "import sys; from collectors import registry\n"
        "'cisco_ios' in registry.KnownNames(); 'cisco_isos' in registry.KnownNames()\n"
        "registry.collector_for('cisco_ios'); print('netmiko' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
