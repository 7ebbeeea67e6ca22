"""What devices do to whoever backs them up, by name, over real SSH: never half a config, never a hang."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import asyncssh
import pytest

from collectors.contract import CollectorResult
from collectors.registry import collector_for
from tests.collectors.asyncssh_server import AsyncsshServer, asyncssh_server
from tests.collectors.threads import no_thread_is_left
from tests.collectors.waits import short_doubt

__all__ = ["no_thread_is_left", "short_doubt"]

CONFIG = "version 17.9\nhostname sw1\n!\ninterface Gi0/1\n description to > core #\n!\nend\n"
SHOW = "show running-config"
Answer = Callable[[Any], Awaitable[None]]
MOST_MB = 150


def device(answer: Answer, *, greeting: str = "\r\nsw1#") -> Callable[[Any], Awaitable[None]]:
    """A switch that echoes, takes any setup, and whose answer to the config command is `answer`."""

    async def serve(process: Any) -> None:
        process.stdout.write(greeting.encode())
        while line := (await process.stdin.readline()).decode().rstrip("\r\n"):
            process.stdout.write(f"{line}\r\n".encode())
            if line == SHOW:
                await answer(process)
            process.stdout.write(b"sw1#")

    return serve


def saying(text: str) -> Answer:
    async def answer(process: Any) -> None:
        process.stdout.write(text.replace("\n", "\r\n").encode())

    return answer


def request(server: AsyncsshServer, **changes: Any) -> dict[str, Any]:
    return {
        "task_id": "t-1",
        "device": "sw1",
        "address": "127.0.0.1",
        "port": server.port,
        "platform": "cisco_ios",
        "host_keys": list(server.host_keys),
        "username": "admin",
        "password": "right",
        "options": {"secrets": "keep"},
        **changes,
    }


def run(server: AsyncsshServer, timeout_s: float = 60, **changes: Any) -> CollectorResult:
    config = request(server, **changes)
    return CollectorResult.from_dict(collector_for(config["platform"])(config, timeout_s))


def assert_failed(result: CollectorResult, reason: str, *, transient: bool) -> None:
    told = (result.status, result.reason, result.transient, result.device_config)
    assert told == ("failure", reason, transient, None), result.log
    assert "sw1" in result.log[-1].message


async def hang(process: Any) -> None:
    await process.stdin.read()


async def half(process: Any) -> None:
    process.stdout.write(CONFIG[:60].encode())


def test_wrong_password() -> None:
    with asyncssh_server(device(saying(CONFIG))) as server:
        result = run(server, password="wrong")
    assert_failed(result, "authentication", transient=False)
    assert server.passwords == ["wrong"]


@pytest.mark.parametrize("pinned", ["changed", "unknown"])
def test_changed_key_and_unknown_key(pinned: str) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    with asyncssh_server(device(saying(CONFIG))) as server:
        result = run(server, host_keys=[other] if pinned == "changed" else [])
    assert_failed(result, "host_key", transient=False)
    assert server.methods == []


def test_hang_before_the_prompt() -> None:
    with asyncssh_server(hang) as server:
        result = run(server, 1)
    assert_failed(result, "timeout", transient=True)


def test_hang_mid_config() -> None:
    async def stop(process: Any) -> None:
        await half(process)
        await hang(process)

    with asyncssh_server(device(stop)) as server:
        result = run(server, 1.5)
    assert_failed(result, "timeout", transient=True)


def test_slow_drip() -> None:
    async def drip(process: Any) -> None:
        for char in CONFIG.replace("\n", "\r\n").encode():
            process.stdout.write(bytes([char]))
            await asyncio.sleep(0.01)

    with asyncssh_server(device(drip)) as server:
        assert run(server).device_config == CONFIG


@pytest.mark.usefixtures("short_doubt")
def test_garbage() -> None:
    async def babble(process: Any) -> None:
        process.stdout.write(bytes(range(128, 256)) * 20 + b"\r\n\x00\x1b[2J\xff\xfe\r\n" * 9)

    with asyncssh_server(device(babble)) as server:
        assert_failed(run(server), "truncated", transient=True)


def test_disconnect_mid_config() -> None:
    async def leave(process: Any) -> None:
        await half(process)
        await process.stdout.drain()
        process.channel.get_connection().abort()

    with asyncssh_server(device(leave)) as server:
        assert_failed(run(server), "disconnected", transient=True)


def test_authorization_failed() -> None:
    with asyncssh_server(device(saying("% Authorization failed.\n"))) as server:
        assert_failed(run(server), "authorization", transient=False)


@pytest.mark.usefixtures("short_doubt")
def test_empty_answer() -> None:
    with asyncssh_server(device(saying(""))) as server:
        assert_failed(run(server), "empty", transient=False)


def test_prompt_like_banner() -> None:
    banner = "\r\n### authorised staff only ###\r\nWELCOME>\r\nrouter#\r\nsw1#\r\nsw1#"
    with asyncssh_server(device(saying(CONFIG), greeting=banner)) as server:
        assert run(server).device_config == CONFIG


def test_prompt_like_config_line() -> None:
    config = CONFIG.replace("!\nend", "banner motd ^\nsw1#\nsw1#show running-config\nWELCOME>\n^\nend")

    async def pause(process: Any) -> None:
        """Silence right behind the line that is exactly the prompt."""
        head, tail = config.split("sw1#\n", 1)
        process.stdout.write((head + "sw1#").replace("\n", "\r\n").encode())
        await asyncio.sleep(0.5)
        process.stdout.write(("\n" + tail).replace("\n", "\r\n").encode())

    with asyncssh_server(device(pause)) as server:
        assert run(server).device_config == config


def test_stderr_flood() -> None:
    async def flood(process: Any) -> None:
        for _ in range(200):
            process.stderr.write(b"debug: nothing of interest\r\n" * 1000)
            await process.stderr.drain()
        await saying(CONFIG)(process)

    with asyncssh_server(device(flood)) as server:
        assert run(server).device_config == CONFIG


def test_expired_password_question() -> None:
    asks = "\r\nYour password has expired.\r\nEnter new password: "
    typed: list[bytes] = []

    async def expired(process: Any) -> None:
        process.stdout.write(asks.encode())
        while data := await process.stdin.read(1024):
            typed.append(data)

    with asyncssh_server(expired) as server:
        result = run(server, 1.5)
    assert (result.status, result.device_config) == ("failure", None)
    assert result.reason in {"prompt", "timeout"}
    assert typed == []  # neither a password nor a command
    assert server.passwords == ["right"]


def collected_apart(server: AsyncsshServer, **changes: Any) -> tuple[dict[str, Any], float]:
    """The result in a process of its own, and the most memory (MB) that it ever had, as a worker would."""
    script = (
        "import json, pathlib, re, sys\n"
        "from collectors.registry import collector_for\n"
        "config = json.loads(sys.stdin.read())\n"
        "result = collector_for(config['platform'])(config, 120)\n"
        "text = result['device_config'] or ''\n"
        "result['device_config'] = [len(text), text[-4:]]\n"
        "status = pathlib.Path('/proc/self/status').read_text()\n"
        "print(json.dumps([result, int(re.search(r'VmHWM:\\s+(\\d+) kB', status)[1]) / 1024]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], input=json.dumps(request(server, **changes)),
        capture_output=True, text=True, check=True, timeout=180,
    )  # fmt: skip
    result, most_mb = json.loads(done.stdout)
    return result, most_mb


@pytest.mark.parametrize("platform", ["cisco_ios", "mikrotik_routeros"])
def test_1_gb_answer(platform: str) -> None:
    async def gigabyte(process: Any) -> None:
        for _ in range(1024):
            process.stdout.write(b" description for ever and ever\r\n" * 32_768)
            await process.stdout.drain()

    async def over_exec(process: Any) -> None:
        await (device(gigabyte)(process) if process.command is None else gigabyte(process))

    with asyncssh_server(over_exec) as server:
        result, most_mb = collected_apart(server, platform=platform)
    assert (result["status"], result["reason"], result["transient"]) == ("failure", "too_large", False)
    assert most_mb < MOST_MB


def test_a_10_mb_config_arrives_whole() -> None:
    config = CONFIG.replace("!\nend", "! a line of fifty characters, more or less, it is\n" * 200_000 + "end")
    with asyncssh_server(device(saying(config))) as server:
        result, _ = collected_apart(server)
    assert result["status"] == "success", result["log"]
    assert result["device_config"] == [len(config), config[-4:]]
