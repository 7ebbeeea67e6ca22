"""A terminal on a channel: echo, line editing, pager. Good enough for a person and exact enough for tests."""

from __future__ import annotations

from paramiko import Channel

from collectors.simulator.personality import Pager

_FLUSH_AT = 32_768
_BACKSPACE, _ERASE = b"\x08\x7f", b"\b \b"
_CTRL_C, _CTRL_D, _CTRL_U, _ESCAPE = 0x03, 0x04, 0x15, 0x1B


class HungUp(Exception):
    """The other side went away."""


class Terminal:
    r"""Text out with the OS's line end, lines and key presses in.

    Output is held until input is needed, so that echo, answer and prompt travel together.
    """

    def __init__(self, channel: Channel, line_end: str = "\r\n") -> None:
        self._channel, self._line_end = channel, line_end
        self._out = bytearray()
        self._in = bytearray()
        self._after_return = False

    def write(self, text: str) -> None:
        r"""Send `text`, its `\n` as the line end."""
        self.write_bytes(text.replace("\n", self._line_end).encode())

    def write_bytes(self, data: bytes) -> None:
        """Send `data` as it is."""
        self._out += data
        if len(self._out) >= _FLUSH_AT:
            self.flush()

    def flush(self) -> None:
        """Send what was held. Raises OSError when the channel is closed."""
        data, self._out = bytes(self._out), bytearray()
        self._channel.sendall(data)

    def read_line(self, *, echo: bool) -> str | None:
        """One line without its end; None when the user ended the session (Ctrl-D). HungUp at the end."""
        line = bytearray()
        while True:
            key = self.read_key()
            if key in b"\r\n":
                self.write("\n")
                return line.decode(errors="replace")
            if key[0] == _CTRL_D and not line:
                return None
            if key[0] == _CTRL_C:
                self.write("^C\n")
                return ""
            if key[0] == _CTRL_U:
                self.write_bytes(_ERASE * len(line) if echo else b"")
                line.clear()
            elif key in _BACKSPACE:
                self.write_bytes(_ERASE if line and echo else b"")
                del line[-1:]
            elif key[0] == _ESCAPE:
                self._skip_sequence()
            elif key[0] >= 0x20:
                line += key
                self.write_bytes(key if echo else b"")

    def read_key(self) -> bytes:
        r"""One byte; a `\n` right after a `\r` is part of the same key press."""
        while True:
            if not self._in:
                self.flush()
                self._in += self._receive()
            key = bytes(self._in[:1])
            del self._in[:1]
            doubled = key == b"\n" and self._after_return
            self._after_return = key == b"\r"
            if not doubled:
                return key

    def page(self, text: str, pager: Pager) -> None:
        """Show `text` a screen at a time: space for a page, return for a line, q to stop."""
        lines = text.splitlines(keepends=True)
        shown, room = 0, pager.lines
        while shown < len(lines):
            self.write("".join(lines[shown : shown + room]))
            shown += room
            if shown >= len(lines):
                return
            self.write_bytes(pager.text.encode())
            key = self.read_key()
            self.write_bytes(pager.erase.encode())
            if key in b"qQ\x03":
                return
            room = 1 if key in b"\r\n" else pager.lines

    def rest(self, seconds: float) -> None:
        """Let `seconds` pass, or less if something is typed. HungUp if the other side leaves."""
        self.flush()
        self._channel.settimeout(seconds)
        try:
            self._in += self._receive()
        except TimeoutError:
            return
        finally:
            self._channel.settimeout(None)

    def ignore_until_hang_up(self) -> None:
        """Say nothing more, whatever is typed; ends with HungUp."""
        self.flush()
        while True:
            self._receive()

    def _receive(self) -> bytes:
        data = self._channel.recv(4096)
        if not data:
            raise HungUp
        return data

    def _skip_sequence(self) -> None:
        """Swallow an arrow or function key: ESC [ … letter."""
        if self.read_key() in b"[O":
            while not self.read_key().isalpha():
                pass
