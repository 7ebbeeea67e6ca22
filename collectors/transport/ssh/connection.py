"""SSH: connect, check the pinned key, log in once, open a shell or run a command.

This order is the security model: no authentication begins before the server's key was compared with the
pinned ones.
"""

from __future__ import annotations

import threading
import time
from contextlib import closing

import paramiko

from collectors.errors import Disconnected, TimedOut, TooLarge, Unreachable, quoted
from collectors.journal import Journal
from collectors.transport.dial import CONNECT_S, Dial, dial
from collectors.transport.host_key import HostKey, algorithms_for, verify
from collectors.transport.ssh.algorithms import ModernTransport, QuietPacketizer
from collectors.transport.ssh.files import FileChannel, over_scp, over_sftp
from collectors.transport.ssh.handshake import close_transport, open_transport, server_key, ssh_errors
from collectors.transport.ssh.login import LOGIN_ORDER, Login, authenticate
from collectors.transport.wire import COLUMNS, MAX_RAW_BYTES, ROWS, Deadline, send_all

__all__ = ["LOGIN_ORDER", "Login", "SshChannel", "SshConnection", "log_in", "offered_key"]

_STDERR_CAP = 4096


def log_in(
    login: Login, deadline: Deadline, dial: Dial = dial, journal: Journal | None = None
) -> SshConnection:
    """Connect, check the key and authenticate. Every failure is a CollectError and leaves nothing open.

    A `journal` at the step "host_key" goes on to the step "session".
    """
    journal = journal or Journal()
    with open_transport(
        login.device,
        login.address,
        login.port,
        algorithms_for(login.host_keys, legacy=login.legacy),
        deadline,
        legacy=login.legacy,
        dial=dial,
    ) as transport:
        key = server_key(transport)
        journal.facts["ssh_server"] = quoted(transport.remote_version)
        verify(login.device, key, login.host_keys)
        journal.done(f"{key.type} {key.fingerprint} is the pinned key", then="login")
        authenticate(transport, login, deadline)
        journal.done("authenticated", then="session")
        return SshConnection(transport, login.device, deadline)


def offered_key(device: str, address: str, port: int, timeout_s: float, *, legacy: bool = False) -> HostKey:
    """The key that the device shows, for a person to check and pin. Nothing is authenticated."""
    deadline = Deadline.after(device, timeout_s)
    with open_transport(
        device, address, port, algorithms_for((), legacy=legacy), deadline, legacy=legacy
    ) as transport:
        key = server_key(transport)
    close_transport(transport)
    return key


class SshConnection:
    """An authenticated connection. When `close` returns, its thread has ended."""

    def __init__(self, transport: ModernTransport, device: str, deadline: Deadline) -> None:
        self._transport = transport
        self._device = device
        self._deadline = deadline

    @property
    def asks_login(self) -> bool:
        """Whether the server took the user without a secret."""
        return self._transport.wanted_no_secret

    def shell(self) -> SshChannel:
        """A terminal with the device's command line on it."""
        channel = self._open("opening a shell")
        with ssh_errors(self._device, "opening a shell"):
            channel.get_pty("vt100", COLUMNS, ROWS)
            channel.invoke_shell()
        return SshChannel(channel, self._device, self._deadline)

    def run(self, command: str) -> SshChannel:
        """A channel on which the device runs `command` and nothing else."""
        step = f"sending '{command}'"
        channel = self._open(step)
        with ssh_errors(self._device, step):
            channel.exec_command(command.encode())
        return SshChannel(channel, self._device, self._deadline)

    def fetch(self, path: str, cap: int, idle_s: float) -> bytes:
        """See Connection. It uses SFTP, or SCP if the device has no SFTP."""
        step = f"while fetching '{path}'"
        channel = self._open(step)
        with closing(channel):
            try:
                channel.invoke_subsystem("sftp")
                limited = FileChannel(channel, self._device, path, cap, idle_s, self._deadline)
                client = paramiko.SFTPClient(limited)  # type: ignore[arg-type]  # all that it uses of a channel
            except TimeoutError as error:
                raise TimedOut(f"{self._device}: no answer {step}") from error
            except (paramiko.SSHException, EOFError, OSError) as error:
                if not self.alive:
                    raise Disconnected(f"{self._device}: the connection broke {step}") from error
            else:
                with ssh_errors(self._device, step):
                    return over_sftp(client, self._device, path, cap)
        with closing(self.run(f"scp -f {path}")) as wire:
            return over_scp(wire, self._device, path, cap, idle_s, self._deadline)

    def dial(
        self,
        device: str,  # noqa: ARG002 - Dial's; messages name this host instead
        address: str,
        port: int,
        deadline: Deadline,
    ) -> paramiko.Channel:
        """A connection from this host onwards, as a Dial."""
        step = f"while connecting to {address} port {port}"
        limit_s = min(CONNECT_S, deadline.left(step))
        try:
            return self._transport.open_channel(
                "direct-tcpip", (address, port), ("127.0.0.1", 0), timeout=limit_s
            )
        except (paramiko.SSHException, EOFError, OSError) as error:
            if not self._transport.is_active():
                raise Disconnected(f"{self._device}: the jump host closed the connection {step}") from error
            deadline.left(step)
            refused = isinstance(error, paramiko.ChannelException)
            reason = str(error) if refused else f"no connection within {limit_s:g} s"
            raise Unreachable(f"{self._device}: it cannot reach {address} port {port}: {reason}") from error

    @property
    def alive(self) -> bool:
        """Whether the connection still stands."""
        return self._transport.is_active()

    def close(self) -> None:
        """Close the socket and wait for paramiko's thread."""
        close_transport(self._transport)

    def _open(self, step: str) -> paramiko.Channel:
        with ssh_errors(self._device, step):
            channel = self._transport.open_session(timeout=self._deadline.left(step))
            channel.event = _Patience(self._deadline, step)
            return channel


class SshChannel:
    """One channel as a Wire. It also reads stderr, which could otherwise block stdout."""

    def __init__(self, channel: paramiko.Channel, device: str, deadline: Deadline) -> None:
        self._channel = channel
        self._device = device
        self._deadline = deadline
        self._stderr = b""

    def send(self, data: bytes) -> None:
        """See Wire."""
        with ssh_errors(self._device, "sending"):
            send_all(self._channel, data, self._deadline, "while sending")

    def receive(self, timeout_s: float) -> bytes | None:
        """See Wire."""
        ends = time.monotonic() + timeout_s
        left_s = timeout_s
        while True:
            self._channel.settimeout(
                min(left_s, 1.0)
            )  # complaints have no wait of their own: look every second
            try:
                data = self._channel.recv(1 << 16)
                self._check_received()
                return data
            except TimeoutError:
                self._check_received()
                self._drain_stderr()
                left_s = ends - time.monotonic()
                if left_s <= 0:
                    return None
            except OSError as error:
                raise Disconnected(
                    f"{self._device}: the connection broke while receiving: {error}"
                ) from error

    def exit_status(self, timeout_s: float) -> int | None:
        """See Wire."""
        self._channel.status_event.wait(timeout_s)
        self._drain_stderr()
        status: int = self._channel.exit_status
        return None if status == -1 else status

    def complaint(self) -> str:
        """The first line that came on stderr, for a message."""
        self._drain_stderr()
        return self._stderr.decode(errors="replace").strip().partition("\n")[0].strip()

    def close(self) -> None:
        """See Wire."""
        self._channel.close()

    def _check_received(self) -> None:
        """TooLarge if too much has come on the connection, of whatever kind."""
        packetizer = self._channel.get_transport().packetizer
        if isinstance(packetizer, QuietPacketizer) and packetizer.received > MAX_RAW_BYTES:
            raise TooLarge(f"{self._device}: more than {MAX_RAW_BYTES >> 20} MB arrived on the connection")

    def _drain_stderr(self) -> None:
        while self._channel.recv_stderr_ready():
            self._deadline.left("while it complained")
            data = self._channel.recv_stderr(1 << 16)
            if not data:
                return
            self._check_received()
            self._stderr = (self._stderr + data)[:_STDERR_CAP]


class _Patience(threading.Event):
    """An event whose wait has a limit; paramiko waits for the answer to a channel request without one."""

    def __init__(self, deadline: Deadline, step: str) -> None:
        super().__init__()
        self._deadline = deadline
        self._step = step

    def wait(self, timeout: float | None = None) -> bool:
        if super().wait(self._deadline.left(self._step) if timeout is None else timeout):
            return True
        raise TimeoutError
