"""A simulated device: its login, its configuration, its fault, and the counts of its visitors."""

from __future__ import annotations

import hmac
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from paramiko import PKey

from collectors.simulator.conversation import Conversation
from collectors.simulator.fault import Fault
from collectors.simulator.keys import host_key, host_key_line, known_hosts_line
from collectors.simulator.personality import Noise, Personality


class SimulatorError(Exception):
    """The simulation cannot run as it was asked to. The message is one line for a person."""


class SimulatedDevice:
    """One device of a Fleet. Its `config` and `fault` may be changed while it runs.

    What tests count is public: `connections` (TCP), `login_attempts` (a password or key was offered),
    `sessions` (a shell or a command was granted), and `commands`: the last 1,000 lines that were typed,
    without passwords.
    """

    def __init__(
        self,
        name: str,
        personality: Personality,
        config: str,
        *,
        username: str,
        password: str,
        enable_password: str | None = None,
        authorized_key: PKey | None = None,
        address: str = "127.0.0.1",
        port: int = 0,
        fault: Fault | None = None,
    ) -> None:
        """With `port` 0 the device gets a free port when the fleet starts.

        Without an `enable_password` a login is privileged; with "" the device asks for none at `enable`.
        """
        self.name, self.personality = name, personality
        self.username, self.password, self.enable_password = username, password, enable_password
        self.authorized_key = authorized_key
        self.address, self.port = address, port
        self.clock_offset = timedelta()
        self.connections = self.login_attempts = self.sessions = 0
        self.commands: deque[str] = deque(maxlen=1000)
        self.on_fault: Callable[[], None] | None = None
        self._config, self._fault = config, fault
        self._changed_at, self._changed_by = datetime(2025, 1, 6, 9, 41, 7, tzinfo=UTC), "netops"
        self._answers = 0
        self._lock = threading.Lock()

    @property
    def config(self) -> str:
        """The stored configuration, without the noise that is added when it is shown."""
        return self._config

    @config.setter
    def config(self, text: str) -> None:
        self.change(text, by="netops")

    @property
    def fault(self) -> Fault | None:
        """What is wrong with the device now; None for nothing. A session keeps the one it began with."""
        return self._fault

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        self._fault = fault
        if self.on_fault:
            self.on_fault()

    @property
    def host_key(self) -> PKey:
        """The key that it identifies itself with."""
        return host_key(f"{self.name} replaced" if self.fault is Fault.WRONG_KEY else self.name)

    @property
    def host_key_line(self) -> str:
        """The key to pin, `ssh-ed25519 AAAA…`; a WRONG_KEY fault does not change it."""
        return host_key_line(self.name)

    @property
    def known_hosts_line(self) -> str:
        """Its line for a known_hosts file."""
        return known_hosts_line(self.name, self.address, self.port)

    def change(self, config: str, *, by: str) -> None:
        """Reconfigure the device as the user `by`; its own clock stamps the change."""
        with self._lock:
            self._config, self._changed_by, self._changed_at = config, by, self._now()

    def edit(self, old: str, new: str, *, by: str = "netops") -> None:
        """Replace the one occurrence of `old`; SimulatorError if there is not exactly one."""
        if (found := self._config.count(old)) != 1:
            raise SimulatorError(f"{self.name}: {old!r} occurs {found} times in its configuration, not once")
        self.change(self._config.replace(old, new), by=by)

    def show_config(self) -> str:
        """What the device prints for its configuration now. Clocks and counters differ each time."""
        with self._lock:
            self._answers += 1
            now = self._now() + timedelta(seconds=self._answers)
            noise = Noise(now, self._changed_at, self._changed_by, self._answers)
            return self.personality.frame(self._config, noise)

    def converse(self) -> Conversation:
        """A new session's command line."""
        return Conversation(
            self.personality, self.name, self.username, self.show_config, self.enable_password
        )

    def accepts(self, username: str, password: str) -> bool:
        """Whether this login is right. It is counted as an attempt."""
        self.count_login()
        right = hmac.compare_digest(f"{username}\0{password}".encode(), self._login().encode())
        return right and self.fault is not Fault.REFUSES_LOGIN

    def count_login(self) -> None:
        """Note that a password or a key was offered."""
        with self._lock:
            self.login_attempts += 1

    def count_connection(self) -> None:
        """Note that a TCP connection was taken."""
        with self._lock:
            self.connections += 1

    def count_session(self) -> None:
        """Note that a shell or a command was granted."""
        with self._lock:
            self.sessions += 1

    def _login(self) -> str:
        return f"{self.username}\0{self.password}"

    def _now(self) -> datetime:
        return datetime.now(UTC) + self.clock_offset
