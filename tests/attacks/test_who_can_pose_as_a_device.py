"""Whoever answers at a device's address, or owns the device: it costs its own backup, and nothing else.

What goes on for ever over each transport is in tests/collectors/transport/test_every_transport.py, and what a
device may say to a terminal in tests/cli/test_echo.py.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from collectors import registry
from collectors.answer.filters import read_facts
from collectors.answer.pieces import LONGEST_LINE, set_long_lines_aside
from collectors.answer.text import config_text
from collectors.collect import PlatformCollector
from collectors.contract import CollectorResult
from collectors.define import Command, Platform, hide
from collectors.errors import CollectError, TimedOut
from collectors.session import screen
from collectors.transport.wire import Deadline
from tests.collectors.asyncssh_server import asyncssh_server
from tests.collectors.threads import no_thread_is_left

__all__ = ["no_thread_is_left"]

SECRET = "swordfish-of-the-device"
NAMES = [name for name in registry.names() if registry.platform(name)]


@contextmanager
def device(answer: bytes, platform: Platform | str = "cisco_ios") -> Iterator[tuple[Any, dict[str, Any]]]:
    """A real SSH server that answers each command with these bytes, and a collector of it."""

    async def handle(process: Any) -> None:
        if process.command is not None:
            process.stdout.write(answer)
            await process.stdout.drain()
            process.exit(0)
            return
        process.stdout.write(b"\r\nr1#")
        while data := await process.stdin.readline():
            line = data.decode().rstrip("\r\n")
            said = answer if line.startswith("show run") else b""
            process.stdout.write(f"{line}\r\n".encode() + said + b"\r\nr1#")

    found = registry.platform(platform) if isinstance(platform, str) else platform
    assert found is not None
    with asyncssh_server(handle) as server:
        config = {"task_id": "t-1", "device": "r1", "address": "127.0.0.1", "port": server.port,
                  "platform": "test", "username": "admin", "password": "right",
                  "host_keys": list(server.host_keys), "options": {"secrets": "hide"}}  # fmt: skip
        yield PlatformCollector("test", found), config


def collected(answer: str, platform: Platform | str = "cisco_ios", **options: Any) -> CollectorResult:
    with device(answer.replace("\n", "\r\n").encode(), platform) as (collector, config):
        config["options"] = {"secrets": "hide", **options}
        return CollectorResult.from_dict(collector(config, 60))


def config(*lines: str) -> str:
    return "\n".join(["hostname r1", *(f"interface e{n}" for n in range(10)), *lines, "end", ""])


@pytest.mark.usefixtures("no_thread_is_left")
def test_a_line_of_a_quarter_of_a_megabyte_is_hidden_whole_and_said() -> None:
    line = f"username x password 0 {SECRET} " + "password 0 " * 24_000
    began = time.thread_time()
    result = collected(config(line))
    assert (result.status, result.reason) == ("success", None), result.log
    assert SECRET not in (result.device_config or "")
    assert "\n<hidden>\nend\n" in (result.device_config or "")
    assert any(
        entry.severity == "warning" and "1 lines are hidden whole, of up to" in entry.message
        for entry in result.log
    )
    assert time.thread_time() - began < 8


def test_a_line_that_is_too_long_stays_where_secrets_are_kept() -> None:
    line = "crypto " + "x" * LONGEST_LINE
    platform = registry.platform("cisco_ios")
    assert platform is not None
    assert line in config_text(platform, config(line), mask=None)
    marked = config_text(platform, config(line), mask=lambda secret: f"<{len(secret)}>")
    assert f"\n<{len(line)}>\n" in marked
    assert config_text(platform, config("x" * LONGEST_LINE)).count("x" * LONGEST_LINE) == 1


def worst_lines(platform: Platform, size: int) -> Iterator[str]:
    """Texts of `size` characters in which each rule's needle stands as often as it can."""
    needles = list(
        dict.fromkeys(rule.needle for rule in (*platform.hides, *platform.volatile) if rule.needle)
    )
    needles = needles or ["password "]
    line = " ".join(needles)
    for text in (
        "".join(f"{needle}\n" for needle in needles),
        line * (LONGEST_LINE // len(line)) + "\n",
        "".join(needle * (LONGEST_LINE // len(needle)) + "\n" for needle in needles),
        " " * (LONGEST_LINE - 1) + "\n",
        '"\\' * (LONGEST_LINE // 2) + "\n",
    ):
        yield (text * (size // len(text) + 1))[:size]


@pytest.mark.parametrize("name", NAMES)
def test_the_filters_of_every_platform_take_time_for_each_character_and_no_more(name: str) -> None:
    """A quadratic one takes a minute for this. The largest answer, 32 MB, is 450 times as large."""
    platform = registry.platform(name)
    assert platform is not None
    for text in worst_lines(platform, 70_000):
        began = time.thread_time()
        config_text(platform, text)
        read_facts(set_long_lines_aside(text)[0], platform.facts)
        for command in platform.configs:
            for judge in (command.fault, command.or_form):
                if judge is not None:
                    judge(text)
        assert time.thread_time() - began < 10, text[:100]


def test_filters_end_at_the_deadline_however_large_the_answer() -> None:
    platform = registry.platform("cisco_ios")
    assert platform is not None
    text = "username x secret 5 y\n" * 400_000
    deadline = Deadline.after("r1", 0.5)
    began = time.monotonic()
    with pytest.raises(TimedOut, match="while the answers were filtered"):
        config_text(platform, text, check=lambda: deadline.left("while the answers were filtered"))
    assert time.monotonic() - began < 20


def test_a_text_in_pieces_is_filtered_as_in_one() -> None:
    rule = hide(r"^ key (\S+)", begins=r"^chain", ends=r"^\S")
    platform = Platform(config=Command("show"), secrets=(rule,))
    block = "chain a\n" + "".join(f" key {SECRET}{n}\n" for n in range(60_000)) + "end\n key is no secret\n"
    text = config_text(platform, block)
    assert len(block) > 1 << 20
    assert SECRET not in text
    assert text.count("<hidden>") == 60_000
    assert text.endswith("end\n key is no secret\n")


@pytest.mark.parametrize(
    "text",
    [
        "\r" * 400_000 + "\n",
        "x" * 200_000 + "\r " * 200_000,
        "\b \b" * 200_000,
        "\x1b[" * 300_000,
        "\x1b]" * 300_000,
        "%A-0-a:\n" * 50_000,
        "\n%" * 200_000,
    ],
    ids=repr,
)
def test_what_a_terminal_is_painted_with_takes_linear_time(text: str) -> None:
    began = time.thread_time()
    screen.config_lines(screen.visible_text(["", text, text]))
    screen.last_line(bytearray(text.encode()))
    assert time.thread_time() - began < 5


def test_log_messages_behind_a_prompt_are_read_in_linear_time() -> None:
    """In some hundred bytes of these there were 2**40 ways to tell messages apart."""
    data = bytearray(b"\n%A-0-a:\n" + b"\r00:00:00%A-0-a:\n" * 50 + b"x\n")
    began = time.thread_time()
    screen.last_line(data)
    assert time.thread_time() - began < 1


def test_a_prompt_shown_a_hundred_thousand_times_is_no_configuration() -> None:
    began = time.thread_time()
    result = collected("r1#\n" * 100_000)
    assert result.status == "failure"
    assert time.thread_time() - began < 20


@pytest.mark.parametrize(
    ("platform", "answer"),
    [
        ("juniper_junos", "/* " * 100_000),
        ("juniper_junos", 'a "\\" ' * 50_000),
        ("pfsense", "<revision>\n" * 50_000),
        ("pfsense", "<password><![CDATA[x" * 10_000),
        ("fortinet", "config firewall internet-service-name\n" * 20_000),
        ("fortinet", 'set x "\\" ' * 50_000),
        ("eaton_network", "[" * 100_000),
        ("eaton_network", '{"features": ' + "[" * 400 + "]" * 400 + "}"),
        ("hirschmann_hios", "<a>" * 100_000),
    ],
)
def test_formats_are_judged_in_linear_time(platform: str, answer: str) -> None:
    began = time.thread_time()
    result = collected(answer, platform)
    assert (result.status, result.device_config) == ("failure", None)
    assert time.thread_time() - began < 20


@pytest.mark.usefixtures("no_thread_is_left")
def test_complaints_without_end_end_at_the_deadline() -> None:
    """What comes on stderr is no answer, counts for no silence, and had no limit."""

    async def handle(process: Any) -> None:
        while True:
            process.stderr.write(b"x" * 10_000)
            await process.stderr.drain()
            await asyncio.sleep(0)

    platform = Platform(transport="exec", config=Command("show", idle_s=3600))
    with asyncssh_server(handle) as server:
        config = {"task_id": "t-1", "device": "r1", "address": "127.0.0.1", "port": server.port,
                  "platform": "test", "username": "admin", "password": "right",
                  "host_keys": list(server.host_keys)}  # fmt: skip
        began = time.monotonic()
        result = CollectorResult.from_dict(PlatformCollector("test", platform)(config, 4))
    assert result.reason in ("timeout", "too_large"), result.log
    assert time.monotonic() - began < 30


def test_a_devices_words_are_one_printable_line_in_the_log() -> None:
    result = collected("% Invalid input \x1b]0;owned\x07\x1b[2J\n")
    assert result.status == "failure"
    assert not any(re.search("[\0-\x1f\x7f-\x9f]", entry.message) for entry in result.log)


def test_no_error_of_a_hostile_device_is_a_bug_of_ours(tmp_path: Path) -> None:
    """Bytes of every kind: each ends as a result, with a reason, and raises nothing."""
    del tmp_path
    every = bytes(range(256)) * 40
    for answer in (every, every[::-1], b"\0" * 4000, b"\xff\xfe" * 2000, b"\x1b" * 4000):
        with device(answer) as (collector, config):
            try:
                result = CollectorResult.from_dict(collector(config, 20))
            except CollectError as error:  # pragma: no cover - it must be a result
                pytest.fail(str(error))
        assert result.status == "failure"
        assert result.reason
