"""Recorded sessions and real configurations, where the corpus is at hand."""

from __future__ import annotations

import importlib.util
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import yaml

from collectors import registry
from collectors.answer.complete import check
from collectors.answer.filters import hide_secrets
from collectors.answer.text import config_text, without_secrets
from collectors.contract import CollectorResult
from collectors.errors import CollectError
from collectors.registry import collector_for, platform
from collectors.session.screen import last_line, without_upper_line
from collectors.transport.ssh.connection import offered_key
from tests.collectors.asyncssh_server import Handler, asyncssh_server
from tests.collectors.shells import Shell, over_ssh, table
from tests.servers.processes import started

CORPUS = Path(os.environ.get("DEVICEVAULT_CORPUS") or Path(__file__).parents[4] / "shared" / "corpus")
REPLAY = CORPUS.parent / "tools" / "replay_device.py"
OURS = {
    *("ios", "nxos", "eos", "junos", "routeros"),
    *("aoscx", "arubainstant", "asa", "fortigate", "h3c", "ironware", "mlnxos", "netgear", "opnsense"),
    *("saos10", "tnsr", "vyos"),
}
# Shortened by whoever published them. None holds a whole configuration, and none may pass for one.
EXCERPTS = {
    "aoscx#CX10000_10.16.1020_environment#simulation.yaml": "empty",
    "h3c#5130-48G_7.1.070#simulation.yaml": "truncated",
}
# Its prompt and its pages changed under the hand that took the names out: no device says this.
DOCTORED = {"mlnxos#Onyx_3.9.2504#simulation.yaml"}
RECORDINGS = [
    path
    for path in sorted(CORPUS.glob("sessions/*#simulation.yaml"))
    if path.name.split("#")[0] in OURS and path.name not in DOCTORED
]
SESSIONS = [path for path in RECORDINGS if path.name not in EXCERPTS]
CONFIGS = [
    (name, path)
    for pattern, name in (
        ("ios_*", "cisco_ios"),
        ("iosxe_*", "cisco_ios"),
        ("ospf_lab_*-ios_*", "cisco_ios"),
        ("mix_vendor_*IOSXE_*", "cisco_ios"),
        ("mix_vendor_*AristaEOS_*", "arista_eos"),
        ("cisco_private_asn*", "cisco_nxos"),
        ("eos_*", "arista_eos"),
        ("nxos_*", "cisco_nxos"),
        ("a10_static_route__external_*", "cisco_nxos"),  # a lab is named for what it is about
        ("checkpoint_simple_*", "cisco_ios"),
        ("checkpoint_b*", "checkpoint_gaia"),
        ("fortios_first_basic__d3_*", "cisco_ios"),
        ("iosxr_*", "cisco_xr"),
        ("cisco_xr_*__PE*", "cisco_xr"),
        ("sros_*.cfg", "nokia_sros"),
        ("sros_*__show_running-config", "arista_eos"),
        ("cisco_xr_*__CE*", "cisco_ios"),
        ("cv_demo_*__show_running-config", "arista_eos"),
        ("juniper_from_*__show_running-config", "cisco_ios"),
    )
    for path in sorted(
        CORPUS.glob(f"configs/{pattern}" if pattern.endswith(".cfg") else f"configs/{pattern}.txt")
    )
]
PROMPTS = {"checkpoint_gaia": "lab1>", "nokia_sros": "A:lab1#", "paloalto_panos": "admin@lab1>"}
# How a page ends and how its end is rubbed out; how the publisher writes what is hidden.
PAGED = re.compile(rb"\A[\b]+ *[\b]+|--More-- ?\Z")
HIDDEN_ELSEWHERE = re.compile(r"<(?:secret|configuration) (?:hidden|removed)>|<removed>")
pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason=f"no corpus at {CORPUS}; set DEVICEVAULT_CORPUS to its directory"
)


def collect(name: str, port: int, host_keys: list[str], password: str, **options: str) -> CollectorResult:
    config = {
        "task_id": "t-1",
        "device": "lab1",
        "address": "127.0.0.1",
        "port": port,
        "platform": name,
        "host_keys": host_keys,
        "username": "admin",
        "password": password,
        "options": options,
    }
    return CollectorResult.from_dict(collector_for(name)(config, 20))


@contextmanager
def replayed(recording: Path, *options: str) -> Iterator[tuple[int, list[str]]]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, str(REPLAY), str(recording), "--port", str(port), *options]
    with started(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("ready"), f"{REPLAY.name} did not start"
        yield port, [str(offered_key("lab1", "127.0.0.1", port, 10))]


@pytest.mark.parametrize("path", sorted(CORPUS.glob("sessions/*#prompt.yaml")), ids=lambda path: path.name)
def test_every_prompt_that_was_seen_is_a_prompt(path: Path) -> None:
    definition = platform(path.name.split("#")[0])
    if definition is None:
        pytest.skip(f"no platform is called {path.name.split('#')[0]}")
    for kind, prompts in (yaml.safe_load(path.read_text()) or {}).items():
        for shown in prompts or ():
            line = last_line(bytearray(shown.encode()))
            assert bool(re.fullmatch(definition.prompt, line)) == kind.startswith("pass"), shown


def expectations(recording: Path) -> list[dict[str, list[str]]]:
    """What must and must not be left of a recording, where its publisher says so."""
    names = [str(recording).replace("#simulation", kind) for kind in ("#secret", "#significant_changes")]
    return [yaml.safe_load(Path(name).read_text()) for name in names if Path(name).exists()]


def stored(name: str, recording: Path) -> str:
    """What the platform's filters leave of the answer that the recording holds."""
    definition = platform(name)
    assert definition is not None
    spec = importlib.util.spec_from_file_location("replay_device", REPLAY)
    assert spec is not None
    assert spec.loader is not None
    replay = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(replay)
    commands = yaml.safe_load(recording.read_text())["commands"]
    rows = commands if isinstance(commands, list) else [commands]
    items = [(key, replay.undump(said or "")) for row in rows for key, said in row.items()]
    command = next(c.text for c in definition.configs if any(key == f"{c.text}\n" for key, _ in items))
    first = next(index for index, (key, _) in enumerate(items) if key == f"{command}\n")
    pages = [
        items[first][1],
        *(said for _, said in takewhile(lambda item: item[0] == " ", items[first + 1 :])),
    ]
    answer = b"".join(PAGED.sub(b"", page) for page in pages).replace(b"\r\n", b"\n").replace(b"\r", b"")
    text = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]|\x1b[=>]", "", answer.decode())
    if definition.transport == "shell":
        text = text[text.index(command) + len(command) : text.rindex("\n") + 1]
    return config_text(definition, text)


@pytest.mark.parametrize(
    "options", [(), ("--crlf", "--chunk", "7", "--chunk-delay", "0.0001")], ids=["plain", "chunks"]
)
@pytest.mark.parametrize("recording", SESSIONS, ids=lambda path: path.name.removesuffix("#simulation.yaml"))
def test_a_recorded_session_gives_its_config_without_its_secrets(
    recording: Path, options: tuple[str, ...]
) -> None:
    name = recording.name.split("#")[0]
    with replayed(recording, *options) as (port, keys):
        result = collect(name, port, keys, "admin")
    assert result.status == "success", result.log
    text = result.device_config or ""
    assert text == stored(name, recording)
    for expectation in expectations(recording):
        for leaked in expectation.get("fail", []):
            # A word that marks a line as secret is not itself one.
            assert not re.search(leaked, text.replace("SECRET-DATA", "")), leaked
        for kept in expectation.get("pass", []):
            if kept.startswith("installed-version"):
                continue  # the answer to another command, which that project puts before the configuration
            assert re.search(HIDDEN_ELSEWHERE.sub("<hidden>", kept), text, re.MULTILINE), kept


@pytest.mark.parametrize(
    "recording", [path for path in RECORDINGS if path.name in EXCERPTS], ids=lambda path: path.name
)
def test_an_excerpt_of_a_configuration_is_never_a_success(recording: Path) -> None:
    with replayed(recording) as (port, keys):
        result = collect(recording.name.split("#")[0], port, keys, "admin")
    assert (result.status, result.reason) == ("failure", EXCERPTS[recording.name])


@pytest.mark.parametrize("recording", SESSIONS, ids=lambda path: path.name.removesuffix("#simulation.yaml"))
def test_a_recorded_session_that_is_cut_is_never_a_success(recording: Path) -> None:
    for after in (0, 50, 200):  # the shortest recording is 350 bytes
        with replayed(recording, "--drop-after", str(after)) as (port, keys):
            result = collect(recording.name.split("#")[0], port, keys, "admin")
        assert (result.status, result.transient) == ("failure", True), after


@pytest.mark.parametrize(("name", "path"), CONFIGS, ids=lambda value: getattr(value, "name", value))
def test_the_net_hides_no_word_of_a_real_configuration_that_no_rule_hides(name: str, path: Path) -> None:
    """No true secret is left in these by the rules, so whatever the net hid besides would be wrong."""
    definition = platform(name)
    assert definition is not None
    text = path.read_text()
    by_rules = hide_secrets(text, definition.hides).split("\n")
    both = without_secrets(definition, text).split("\n")
    assert [pair for pair in zip(by_rules, both, strict=True) if pair[0] != pair[1]] == []


LOOKS = [
    ("\r\n", b""),
    ("\n", b" --More-- "),
    ("\r\r\n", b""),
    ("\r", b""),
    ("\r\n", b"\x1b[7m--More--\x1b[m"),
]


def paged(served: Mapping[str, str], line_end: str, pager: bytes) -> Handler:
    """Answer `served["command"]` with `served["config"]`: in pages at a prompt, or at once in a channel."""

    async def shell(process: Any) -> None:
        async def say(text: str) -> None:
            process.stdout.write(text.replace("\n", line_end).encode())
            await process.stdout.drain()

        if process.command is not None:
            await say(served["config"] if process.command == served["command"] else "")
            process.exit(0)
            return
        await say("\n" + served["prompt"])
        buffer = b""
        while data := await process.stdin.read(1024):
            buffer += data
            while b"\n" in buffer:
                line, _, buffer = buffer.partition(b"\n")
                command = line.decode()
                await say(command + "\n")
                if command == served["command"]:
                    rows = served["config"].splitlines(keepends=True)
                    for start in range(0, len(rows), 24):
                        await say("".join(rows[start : start + 24]))
                        if pager and start + 24 < len(rows):
                            process.stdout.write(pager)
                            while b" " not in buffer:
                                buffer += await process.stdin.read(1)
                            buffer = b""
                            process.stdout.write(b"\r" + b" " * 10 + b"\r")
                await say(served["prompt"])

    return shell


@pytest.mark.parametrize(("line_end", "pager"), LOOKS, ids=repr)
def test_every_real_config_comes_through_line_ends_and_pagers_unchanged(line_end: str, pager: bytes) -> None:
    served: dict[str, str] = {}
    with asyncssh_server(paged(served, line_end, pager)) as server:
        for name, path in CONFIGS:
            served["config"] = path.read_text().rstrip("\n") + "\n"
            definition = platform(name)
            assert definition is not None
            served["prompt"] = PROMPTS.get(name, "lab1#")
            served["command"] = definition.configs[0].text
            result = collect(name, server.port, list(server.host_keys), "right", secrets="keep")
            assert result.device_config == config_text(definition, served["config"], mask=None), path.name


@pytest.mark.parametrize(("name", "path"), CONFIGS, ids=[path.name.split("__show")[0] for _, path in CONFIGS])
def test_a_real_config_that_lacks_its_last_lines_is_not_whole(name: str, path: Path) -> None:
    definition = platform(name)
    assert definition is not None
    command = definition.configs[0]
    text = path.read_text()
    check("lab1", definition, command, text)
    if command.marked:
        end = len(text.rstrip())
        for cut in (*range(0, end, 97), *range(max(end - 40, 0), end)):
            if text[:cut].endswith("\nend") and text[cut] == "-":
                continue  # within the word end-policy: no prompt ever follows there on a line of its own
            with pytest.raises(CollectError):
                check("lab1", definition, command, text[:cut])


@pytest.mark.parametrize(("name", "path"), CONFIGS, ids=[path.name.split("__show")[0] for _, path in CONFIGS])
def test_no_hash_or_password_of_a_real_config_survives(name: str, path: Path) -> None:
    definition = platform(name)
    assert definition is not None
    text = config_text(definition, path.read_text())
    shown = r"(?:password|secret) (?:(?:\d|sha512) )?(?!<hidden>|\d |sha512 |strength-check)\S+"
    assert not re.search(rf"\$\d\$\S{{6}}|{shown}|\b0x[0-9a-f]{{32}}", text)
    # Only secrets and volatile lines differ from what the device said.
    kept = text.splitlines()
    original = set(path.read_text().splitlines())
    assert [line for line in kept if line not in original and "<hidden>" not in line] == []


# A set command a line, as another command than ours prints it, or ours on a device that is set so.
SET_FORMS = [
    (name, path)
    for pattern, name in (("*_display_set.txt", "juniper_junos"), ("*panos*__show.txt", "paloalto_panos"))
    for path in sorted(CORPUS.glob(f"configs/{pattern}"))
]
# The files of a switch one after the other, as our second command prints them.
CUMULUS = [
    path
    for pattern in ("cumulusfrr_*.cfg", "onug_*.cfg")
    for path in sorted(CORPUS.glob(f"configs/{pattern}"))
]
OTHER_FORMS = [*SET_FORMS, *(("cumulus_linux", path) for path in CUMULUS)]


@pytest.mark.parametrize(("name", "path"), OTHER_FORMS, ids=[path.name for _, path in OTHER_FORMS])
def test_secrets_are_hidden_in_the_other_forms_of_a_configuration_too(name: str, path: Path) -> None:
    definition = platform(name)
    assert definition is not None
    original = path.read_text()
    text = config_text(definition, original)
    assert not re.search(r"\$\d\$\S{6}|(?:password|phash|secret) (?!<hidden>)\"?\$", text)
    assert set(text.splitlines()) - set(original.splitlines()) == {
        line for line in text.splitlines() if "<hidden>" in line
    }


@pytest.mark.parametrize("platform_of", [str, "{}_set".format], ids=["braces asked for", "set asked for"])
@pytest.mark.parametrize(("line_end", "pager"), LOOKS, ids=repr)
def test_every_real_config_of_set_commands_comes_through_unchanged(
    line_end: str, pager: bytes, platform_of: Callable[[str], str]
) -> None:
    def served_and_collected(form: tuple[str, Path]) -> tuple[str, str | None, str]:
        name, path = platform_of(form[0]), form[1]
        definition = platform(name)
        assert definition is not None
        config = path.read_text().rstrip("\n") + "\n"
        served = {"config": config, "command": definition.configs[0].text, "prompt": PROMPTS.get(form[0], "")}
        with asyncssh_server(paged(served, line_end, pager)) as server:
            result = collect(name, server.port, list(server.host_keys), "right", secrets="keep")
        return path.name, result.device_config, config_text(definition, without_upper_line(config), mask=None)

    with ThreadPoolExecutor(len(SET_FORMS)) as pool:  # a prompt behind them is doubted for seconds
        for name, config, expected in pool.map(served_and_collected, SET_FORMS):
            assert config == expected, name


@pytest.mark.parametrize("path", CUMULUS, ids=[path.name for path in CUMULUS])
def test_a_switch_without_nvue_is_collected_by_its_files(path: Path) -> None:
    files, frr, running = path.read_text().rpartition("frr version ")
    # FRRouting's file, which the corpus has, lacks what `show running-config` puts around it.
    frame = "Building configuration...\n\nCurrent configuration:\n!\n"
    shown = f"{files}{frame}{frr}{running.rstrip()}\nend\n"
    definition = platform("cumulus_linux")
    assert definition is not None
    nvue, by_files = (command.text for command in definition.configs)
    said = {by_files: shown, nvue: "bash: line 1: nv: command not found\n"}
    with asyncssh_server(over_ssh(lambda: Shell(table(said)))) as server:
        result = collect("cumulus_linux", server.port, list(server.host_keys), "right", secrets="keep")
        said[by_files] = f"{files}{frame}{frr}{running.rstrip()}\n"
        cut = collect("cumulus_linux", server.port, list(server.host_keys), "right")
    assert result.status == "success", result.log
    assert result.device_config == shown.replace(frame, "\n!\n").lstrip("\n")
    assert (cut.status, cut.reason) == ("failure", "truncated")


def test_what_is_called_recorded_has_a_recording() -> None:
    """FRRouting is no recording: the tests run the real one."""
    collected = {registry.resolve(path.name.split("#")[0]) for path in SESSIONS}
    assert {name for name in registry.names() if (p := registry.platform(name)) and p.recorded} == {
        *collected,
        "linux_frr",
    }
