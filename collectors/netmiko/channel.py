"""What netmiko gets to read from and to write to: one of our wires, within our limits.

netmiko polls; each poll looks at the collection's deadline and at the byte cap, and a failure is remembered,
because netmiko's drivers catch exceptions that they do not expect. A secret is typed once: some drivers would
try again, and lock the account.
"""

from __future__ import annotations

import codecs
import time
from collections import Counter
from collections.abc import Iterable

from netmiko.channel import Channel

from collectors.errors import AuthenticationFailed, CollectError, Disconnected, TooLarge
from collectors.transport.wire import MAX_BYTES, Deadline, Wire

_POLL_S = 0.005
_STEP = "while netmiko prepared the session"


class LimitedChannel(Channel):
    """A Wire as netmiko's Channel. `failure` is the first CollectError, `received` counts bytes."""

    def __init__(self, wire: Wire, device: str, deadline: Deadline, secrets: Iterable[str | None]) -> None:
        self.wire = wire
        self.failure: CollectError | None = None
        self.received = 0
        self._device = device
        self._deadline = deadline
        self._unsaid = Counter(filter(None, secrets))
        self._secrets = frozenset(self._unsaid)
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

    def write_channel(self, out_data: str) -> None:
        """Send it. AuthenticationFailed for a secret that was already typed."""
        self._check()
        line = out_data.rstrip("\r\n")
        if line in self._secrets:
            if not self._unsaid[line]:
                raise self._failed(
                    AuthenticationFailed(
                        f"{self._device}: the device asked for the password again; one attempt was made"
                    )
                )
            self._unsaid[line] -= 1
        try:
            self.wire.send(out_data.encode("utf-8", "surrogateescape"))
        except CollectError as error:
            raise self._failed(error) from error.__cause__

    def read_buffer(self) -> str:
        """What has come, "" if nothing has. Disconnected after the end; TimedOut at the deadline."""
        self._check()
        try:
            self._deadline.left(_STEP)
            data = self.wire.receive(_POLL_S)
        except CollectError as error:
            raise self._failed(error) from error.__cause__
        if data is None:
            return ""
        if not data:
            raise self._failed(Disconnected(f"{self._device}: the device closed the session {_STEP}"))
        self.received += len(data)
        if self.received > MAX_BYTES:
            raise self._failed(TooLarge(f"{self._device}: more than {MAX_BYTES >> 20} MB arrived {_STEP}"))
        return self._decoder.decode(data)

    def read_channel(self) -> str:
        """All that has come."""
        text = ""
        while more := self.read_buffer():
            text += more
        return text

    def drain(self, quiet_s: float) -> None:
        """Read and forget until nothing has come for `quiet_s` seconds: a second prompt, for instance."""
        since = time.monotonic()
        while time.monotonic() - since < quiet_s:
            if self.read_buffer():
                since = time.monotonic()

    def _check(self) -> None:
        if self.failure is not None:
            raise self.failure

    def _failed(self, error: CollectError) -> CollectError:
        self.failure = error
        return error
