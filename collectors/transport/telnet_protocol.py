"""Telnet between the socket and the session: it takes commands out of the data and answers negotiations.

It does no I/O. Sources: RFC 854 (commands, line ends), RFC 855 and 1143 (options without loops), RFC 857
(echo), 858 (suppress go ahead), 1091 (terminal type), 1073 (window size).
"""

from __future__ import annotations

import re
from collections import Counter

SE, SB, WILL, WONT, DO, DONT, IAC = 240, 250, 251, 252, 253, 254, 255
ECHO, SUPPRESS_GO_AHEAD, TERMINAL_TYPE, WINDOW_SIZE = 1, 3, 24, 31
_IS, _SEND = 0, 1

_THEIRS = frozenset({ECHO, SUPPRESS_GO_AHEAD})
"""What the device may do."""
_OURS = frozenset({SUPPRESS_GO_AHEAD, TERMINAL_TYPE, WINDOW_SIZE})
"""What this side does when it is asked to."""
_WITHDRAWALS = 3
"""How often an option may be taken back before it is refused for good. A device takes ECHO for each password:
for a login, a second one, and `enable`."""

_ENTER = re.compile(rb"\r\n|[\r\n]")
_MAX_COMMAND = 4096
# A command as it stands in the data: IAC and one byte, with an option, or a subnegotiation up to IAC SE.
_COMMAND = re.compile(
    rb"\xff(?:[\xfb-\xfe](.)|\xfa((?:[^\xff]++|\xff[^\xf0])*+)\xff\xf0|([^\xfa-\xfe]))", re.DOTALL
)


class Telnet:
    """One connection's state. It asks for nothing, and answers each change once.

    Two such sides could still exchange a change and its withdrawal for ever, since each is new to the other.
    An option that was taken back too often is therefore refused from then on.
    """

    def __init__(self, columns: int, rows: int, terminal: str = "vt100") -> None:
        self._window = columns.to_bytes(2, "big") + rows.to_bytes(2, "big")
        self._terminal = terminal.encode()
        self._agreed: set[tuple[int, int]] = set()
        self._withdrawn: Counter[tuple[int, int]] = Counter()
        self._incomplete = b""  # a command whose end has not come
        self._replies = bytearray()

    def decode(self, data: bytes) -> bytes:
        """The text in `data`, which may be cut anywhere. Replies to what was negotiated wait in `replies`.

        The NUL that follows a lone carriage return stays: nothing after this takes NULs for text.
        """
        data, self._incomplete = self._incomplete + data, b""
        printed = bytearray()
        done = 0
        while (start := data.find(b"\xff", done)) >= 0:
            printed += data[done:start]
            command = _COMMAND.match(data, start)
            if command is None:
                if len(data) - start > _MAX_COMMAND:
                    start = len(data)  # a subnegotiation without an end: drop what came of it
                self._incomplete = data[start:]
                return bytes(printed)
            printed += self._obey(command)
            done = command.end()
        printed += data[done:]
        return bytes(printed)

    def replies(self) -> bytes:
        """What has to be sent to the device now; empty most of the time."""
        replies, self._replies = bytes(self._replies), bytearray()
        return replies

    def encode(self, data: bytes) -> bytes:
        """`data` as it travels: lines end with CR LF (RFC 1123, 3.3.1), and IAC is doubled."""
        return _ENTER.sub(b"\r\n", data).replace(b"\xff", b"\xff\xff")

    def _obey(self, command: re.Match[bytes]) -> bytes:
        option, negotiated, single = command.groups()
        if option is not None:
            self._negotiate(command[0][1], option[0])
        elif negotiated is not None:
            if negotiated[:2] == bytes((TERMINAL_TYPE, _SEND)) and (DO, TERMINAL_TYPE) in self._agreed:
                self._subnegotiate(bytes((TERMINAL_TYPE, _IS)) + self._terminal)
        elif single == b"\xff":
            return b"\xff"
        return b""

    def _negotiate(self, verb: int, option: int) -> None:
        side, yes, no = (WILL, DO, DONT) if verb in (WILL, WONT) else (DO, WILL, WONT)
        known = _THEIRS if side == WILL else _OURS
        change = (side, option)
        agreed = change in self._agreed
        if verb in (WONT, DONT):
            if agreed:
                self._agreed.discard(change)
                self._withdrawn[change] += 1
                self._replies += bytes((IAC, no, option))
        elif option not in known or self._withdrawn[change] >= _WITHDRAWALS:
            self._replies += bytes((IAC, no, option))
        elif not agreed:
            self._agreed.add(change)
            self._replies += bytes((IAC, yes, option))
            if change == (DO, WINDOW_SIZE):
                self._subnegotiate(bytes((WINDOW_SIZE,)) + self._window)

    def _subnegotiate(self, content: bytes) -> None:
        self._replies += bytes((IAC, SB)) + content.replace(b"\xff", b"\xff\xff") + bytes((IAC, SE))
