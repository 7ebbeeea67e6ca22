"""One SSH connection to a simulated device: key, login, and a thread for each granted session."""

# ruff: noqa: ARG002  (paramiko fixes the signatures of what it calls back)

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable
from functools import partial

import paramiko
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_SUCCEEDED,
)
from paramiko.server import InteractiveQuery

from collectors.simulator import session
from collectors.simulator.device import SimulatedDevice
from collectors.simulator.fault import Fault

# Tests let clients leave early, which need not be logged, and paramiko's debug log would show passwords.
LOG = logging.getLogger("collectors.simulator.ssh")
LOG.setLevel(logging.CRITICAL)

_OVER = (OSError, EOFError, paramiko.SSHException)  # how paramiko says that the other side is gone


class Connection:
    """A device's side of one TCP connection. `close` and `join` may be called at any time."""

    def __init__(self, device: SimulatedDevice, sock: socket.socket) -> None:
        """Take `sock` over and start to talk, unless the device's fault is SILENT."""
        self.device = device
        self.sock = sock
        self._threads: list[threading.Thread] = []
        self._transport: paramiko.Transport | None = None
        if device.fault is not Fault.SILENT:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._transport = paramiko.Transport(sock)
            self._transport.set_log_channel(LOG.name)
            self._transport.local_version = f"SSH-2.0-{device.personality.ssh_version}"
            self._transport.add_server_key(device.host_key)
            self._transport.start_server(event=threading.Event(), server=_Host(self))

    @property
    def ended(self) -> bool:
        """Whether the other side is gone and every thread has ended."""
        return self._transport is not None and not (
            self._transport.is_alive() or any(thread.is_alive() for thread in self._threads)
        )

    def close(self) -> None:
        """End it from outside; wakes whatever waits in it."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def join(self) -> None:
        """Wait until its threads have ended; only after `close`."""
        if self._transport:
            self._transport.join()
            self._transport.close()
        for thread in self._threads:
            thread.join()
        self.sock.close()

    def start(self, channel: paramiko.Channel, serve: Callable[[Fault | None], int]) -> None:
        """Run `serve` in a thread of its own; its value is the exit status.

        It keeps the fault that the device has now. So a test that has seen the session counted may lift the
        fault for the next one.
        """
        fault = self.device.fault
        self.device.count_session()
        thread = threading.Thread(
            target=self._run,
            args=(channel, partial(serve, fault)),
            name=f"simulated {self.device.name}",
            daemon=True,
        )
        self._threads.append(thread)
        thread.start()

    def _run(self, channel: paramiko.Channel, serve: Callable[[], int]) -> None:
        transport = self._transport
        assert transport is not None
        with contextlib.suppress(session.HungUp, *_OVER):
            # The answer to this comes from the thread that first has to grant the channel. Without it a short
            # answer could be sent, and the channel closed, before the client was granted the channel.
            transport.global_request("keepalive@openssh.com", wait=True)
            try:
                channel.send_exit_status(serve())
            except session.Dropped:
                # Close the sending half only: closing both could discard what the client has not read yet.
                self.sock.shutdown(socket.SHUT_WR)
        with contextlib.suppress(*_OVER):
            channel.close()


class _Host(paramiko.ServerInterface):
    """What a device allows: its login, one kind of channel, the shell or commands of its OS."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._device = connection.device

    def get_banner(self) -> tuple[str | None, str | None]:
        banner = self._device.personality.banner.replace("\n", "\r\n")
        return (banner, "en-US") if banner else (None, None)

    def get_allowed_auths(self, username: str) -> str:
        key = "publickey," if self._device.authorized_key else ""
        return key + "password,keyboard-interactive"

    def check_auth_password(self, username: str, password: str) -> int:
        return AUTH_SUCCESSFUL if self._device.accepts(username, password) else AUTH_FAILED

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self._device.count_login()
        known = self._device.authorized_key
        right = known is not None and username == self._device.username and key == known
        return AUTH_SUCCESSFUL if right and self._device.fault is not Fault.REFUSES_LOGIN else AUTH_FAILED

    def check_auth_interactive(self, username: str, submethods: str) -> int | InteractiveQuery:
        self._username = username
        return InteractiveQuery("", "", ("Password: ", False))

    def check_auth_interactive_response(self, responses: list[str]) -> int:
        password = responses[0] if len(responses) == 1 else ""
        return self.check_auth_password(self._username, password)

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_SUCCEEDED if kind == "session" else OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_pty_request(self, *_: object, **__: object) -> bool:
        return True

    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:
        if not self._device.personality.shell:
            return False

        def serve(fault: Fault | None) -> int:
            session.run_shell(self._device, channel, fault)
            return 0

        self._connection.start(channel, serve)
        return True

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        if not self._device.personality.exec:
            return False
        text = command.decode(errors="replace")
        self._connection.start(channel, lambda fault: session.run_exec(self._device, channel, text, fault))
        return True
