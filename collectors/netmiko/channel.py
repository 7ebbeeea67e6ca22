"""The channel on which netmiko reads and writes: one of our wires, within our limits.

netmiko polls. Each poll checks the collection's deadline and the byte cap. The channel remembers its first
failure, because netmiko's drivers catch exceptions that they do not expect. Each secret is typed only once:
some drivers would try again and lock the account.
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
_MOST_BYTES = 1 << 20
"""No login prints more. netmiko searches all that has come at each look."""
_STEP = "while netmiko prepared the session"


class LimitedChannel(Channel):
    """A Wire as netmiko's Channel. `failure` is the first CollectError, `received` counts bytes."""

    def __init__(self, wire: Wire, device: str, deadline: Deadline, secrets: Iterable[str | None]) -> None:
        self.wire = wire
        self.failure: CollectError | None = None
        self.received = 0
        self._device = device
        self._deadline = deadline
        self._untyped = Counter(filter(None, secrets))
        self._secrets = frozenset(self._untyped)
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

    def write_channel(self, out_data: str) -> None:
        """Send it. AuthenticationFailed for a secret that was already typed."""
        self._check()
        line = out_data.rstrip("\r\n")
        if line in self._secrets:
            if not self._untyped[line]:
                raise self._keep(
                    AuthenticationFailed(
                        f"{self._device}: the device asked for the password again; one attempt was made"
                    )
                )
            self._untyped[line] -= 1
        try:
            self.wire.send(out_data.encode("utf-8", "surrogateescape"))
        except CollectError as error:
            raise self._keep(error) from error.__cause__

    def read_buffer(self) -> str:
        """What has come, "" if nothing has. Disconnected after the end; TimedOut at the deadline."""
        self._check()
        try:
            self._deadline.left(_STEP)
            data = self.wire.receive(_POLL_S)
        except CollectError as error:
            raise self._keep(error) from error.__cause__
        if data is None:
            return ""
        if not data:
            raise self._keep(Disconnected(f"{self._device}: the device closed the session {_STEP}"))
        self.received += len(data)
        cap = min(MAX_BYTES, _MOST_BYTES)
        if self.received > cap:
            raise self._keep(TooLarge(f"{self._device}: more than {cap >> 20} MB arrived {_STEP}"))
        return self._decoder.decode(data)

    def read_channel(self) -> str:
        """All that has come."""
        text = ""
        while more := self.read_buffer():
            text += more
        return text

    def drain(self, quiet_s: float) -> None:
        """Read and drop what comes, such as a second prompt, until nothing has come for `quiet_s` seconds."""
        since = time.monotonic()
        while time.monotonic() - since < quiet_s:
            if self.read_buffer():
                since = time.monotonic()

    def _check(self) -> None:
        if self.failure is not None:
            raise self.failure

    def _keep(self, error: CollectError) -> CollectError:
        self.failure = error
        return error
