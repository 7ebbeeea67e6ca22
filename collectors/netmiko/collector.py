"""Devices that netmiko knows and we may not: `platform: netmiko_<device type>`.

netmiko does what it is good at: it waits out the login, turns the pager off, raises privilege and finds the
prompt. Everything around that stays ours. The connection is our own, with its pinned key and its one login;
netmiko only sees a channel with limits. Our own session then reads the configuration, up to exactly the
prompt that netmiko found. The rules are those of our platform of which the device type is an alias.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from collectors.answer import complete
from collectors.collect import collect_by
from collectors.define.command import Command
from collectors.define.ios_like import IOS_LIKE
from collectors.define.platform import Platform
from collectors.errors import BadRequest, PromptNotFound
from collectors.journal import Journal
from collectors.netmiko.channel import LimitedChannel
from collectors.netmiko.driver import RAISING, netmiko_errors, prepare
from collectors.netmiko.types import advice, device_type
from collectors.reach import reach
from collectors.request import Request
from collectors.session.ending import AT_ONCE, DOUBTFUL, LIKELY, SETTLE_S, Ending
from collectors.session.shell import Session
from collectors.transport.wire import Channel, Connection, Deadline, Wire

GENERIC = Platform(
    config=Command("show running-config", min_lines=5),
    rejected=r"^\s*[%^]? ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized|Error|Permission denied|"
    r"Access denied|Authorization failed|Command (?:fail|rejected|not))|(?i:command not found|syntax error)",
    secrets=IOS_LIKE,
)
"""What is asked and hidden for a device type that is none of our platforms."""


@dataclass(frozen=True, slots=True)
class NetmikoCollector:
    """The collector of the plugin contract for netmiko's device types; the type is in config["platform"].

    `platform_of` finds our platform by its name or an alias.
    """

    platform_of: Callable[[str], Platform | None]

    def __call__(self, config: dict[str, Any], timeout: float | None = None) -> dict[str, Any]:
        """Collect one device's configuration within `timeout` seconds; see collectors.contract."""
        kind = device_type(str(config.get("platform") or "")) or ""
        return collect_by(self.rules_of(kind), config, timeout, reach_through_netmiko)

    def rules_of(self, kind: str) -> Platform:
        """The rules by which a device type is collected: our platform of that name or alias, else GENERIC.

        Contexts stay out: netmiko does not follow into them.
        """
        known = self.platform_of(kind.removesuffix("_ssh")) or self.platform_of(kind) or GENERIC
        return replace(known, transport="exec", contexts=None, api=None)


@contextmanager
def reach_through_netmiko(
    platform: Platform, request: Request, deadline: Deadline, journal: Journal
) -> Iterator[Connection]:
    """A connection that netmiko has prepared; see collectors.reach.Reach."""
    kind = device_type(request.platform)
    if kind is None:
        hint = advice(request.platform) or "netmiko knows no such device type"
        raise BadRequest(f"{request.device}: platform '{request.platform}': {hint}")
    if request.options.transport != "ssh":
        raise BadRequest(f"{request.device}: through netmiko a device is collected over SSH only")
    with ExitStack() as stack:
        connections: list[Connection] = []
        channels: list[LimitedChannel] = []

        def open_channel(username: str) -> LimitedChannel:
            """The channel for netmiko, under the name that it logs in with: RouterOS's carries options."""
            named = replace(request, username=username)
            connections.append(stack.enter_context(reach(platform, named, deadline, journal)))
            wire = connections[-1].shell()
            stack.callback(wire.close)
            once = (request.password, request.enable_password)
            channels.append(LimitedChannel(wire, request.device, deadline, once))
            return channels[-1]

        with netmiko_errors(request.device, kind, channels):
            driver = prepare(kind, request, open_channel)
            stack.callback(driver.disconnect)  # it has a filter on a logger of the process
        with netmiko_errors(request.device, kind, channels, RAISING):
            if request.enable_password and not driver.check_enable_mode():
                driver.enable()
        with netmiko_errors(request.device, kind, channels):
            prompt = driver.find_prompt().strip()
        if not prompt:
            raise PromptNotFound(f"{request.device}: netmiko's '{kind}' found no prompt")
        channels[-1].drain(SETTLE_S)
        journal.add("netmiko", f"'{kind}' has prepared the session")
        wire = _LineEndWire(channels[-1].wire, driver.RETURN)
        session = Session(wire, platform, request.device, deadline)
        session.prompt = prompt
        yield _PreparedConnection(connections[-1], session, platform)


class _LineEndWire:
    """A Wire on which a line ends as the driver's devices want it."""

    def __init__(self, wire: Wire, enter: str) -> None:
        self._wire = wire
        self._enter = enter.encode()
        self.receive, self.exit_status, self.close = wire.receive, wire.exit_status, wire.close

    def send(self, data: bytes) -> None:
        """See Wire."""
        self._wire.send(data[:-1] + self._enter if data.endswith(b"\n") else data)


class _PreparedConnection:
    """The command line that netmiko has prepared, as a Connection that takes one command at a time."""

    def __init__(self, connection: Connection, session: Session, platform: Platform) -> None:
        self._connection = connection
        self._session = session
        self._platform = platform
        commands = (*platform.configs, *platform.artefacts.values())
        self._commands = {command.text: command for command in commands}
        self.shell, self.fetch, self.close = connection.shell, connection.fetch, connection.close

    @property
    def alive(self) -> bool:
        """See Connection."""
        return self._connection.alive

    @property
    def asks_login(self) -> bool:
        """No: netmiko has logged in."""
        return False

    def run(self, command: str) -> Channel:
        """The whole answer to `command`. Without an end mark the prompt after it is doubted for long."""
        definition = self._commands.get(command, Command(command))

        def ending(text: str) -> Ending:
            if complete.refusal(self._platform, text):
                return LIKELY
            return AT_ONCE if definition.marked and complete.ends(definition, text) else DOUBTFUL

        return _AnswerChannel(self._session.ask(command, definition.idle_s, ending))


class _AnswerChannel:
    """An answer that has come already, as a Channel."""

    def __init__(self, text: str) -> None:
        self._data = text.encode("utf-8", "surrogateescape")

    def send(self, data: bytes) -> None:
        """Do nothing: no device waits for it."""

    def receive(self, timeout_s: float) -> bytes:  # noqa: ARG002 - Wire's
        """See Wire."""
        data, self._data = self._data, b""
        return data

    def exit_status(self, timeout_s: float) -> int:  # noqa: ARG002 - Wire's
        """0: a prompt came after the answer."""
        return 0

    def complaint(self) -> str:
        """See Channel."""
        return ""

    def close(self) -> None:
        """See Wire."""
