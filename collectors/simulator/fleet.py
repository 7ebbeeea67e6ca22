"""Simulated devices that listen on loopback, each on its own address or port.

with Fleet([SimulatedDevice("sw1", CISCO_IOS, config, username="u", password="p")]) as fleet:
    ...                                         # ssh u@127.0.0.1 -p <fleet["sw1"].port>
    fleet["sw1"].edit("vlan 10", "vlan 11")     # the next answer differs
    fleet["sw1"].fault = Fault.HANG             # the next session goes wrong
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from collections.abc import Iterable, Iterator
from datetime import timedelta
from types import TracebackType
from typing import Self

from collectors.simulator.device import SimulatedDevice, SimulatorError
from collectors.simulator.fault import Fault
from collectors.simulator.server import Connection

_BACKLOG = 256


class Fleet:
    """Devices by name; a context manager that listens for all of them with one thread.

    Leaving it ends every session and returns when all its threads and sockets are gone.
    """

    def __init__(self, devices: Iterable[SimulatedDevice]) -> None:
        """Nothing listens yet. Raises SimulatorError if two devices have one name."""
        self._devices: dict[str, SimulatedDevice] = {}
        for device in devices:
            if device.name in self._devices:
                raise SimulatorError(f"{device.name}: two simulated devices have this name")
            self._devices[device.name] = device
        self._listeners: dict[str, socket.socket] = {}
        self._connections: list[Connection] = []
        self._lock = threading.Lock()
        self._selector: selectors.BaseSelector | None = None
        self._thread: threading.Thread | None = None

    def __getitem__(self, name: str) -> SimulatedDevice:
        return self._devices[name]

    def __iter__(self) -> Iterator[SimulatedDevice]:
        return iter(self._devices.values())

    def __len__(self) -> int:
        return len(self._devices)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Listen for every device that is not UNREACHABLE.

        Raises SimulatorError, naming device, address and port, when one cannot be listened on; then
        nothing listens.
        """
        if self._thread:
            return
        self._selector = selectors.DefaultSelector()
        self._stop, self._stopped = socket.socketpair()
        self._selector.register(self._stopped, selectors.EVENT_READ, None)
        self._thread = threading.Thread(target=self._accept_all, name="simulated fleet", daemon=True)
        self._thread.start()
        try:
            for device in self:
                self._follow_fault(device)
                device.on_fault = lambda device=device: self._follow_fault(device)
        except SimulatorError:
            self.close()
            raise

    def close(self) -> None:
        """End every session and stop listening; safe to call twice."""
        if not self._thread or not self._selector:
            return
        for device in self:
            device.on_fault = None
        self._stop.send(b"x")
        self._thread.join()
        self._thread = None
        with self._lock:
            for name in list(self._listeners):
                self._shut(name)
        for connection in self._connections:
            connection.close()
        for connection in self._connections:
            connection.join()
        self._connections.clear()
        self._selector.close()
        self._stop.close()
        self._stopped.close()

    def advance(self, by: timedelta) -> None:
        """Move every device's clock forward."""
        for device in self:
            device.clock_offset += by

    def hang_up(self, name: str) -> None:
        """Cut a device's running connections, as its restart would."""
        with self._lock:
            for connection in self._connections:
                if connection.device.name == name:
                    connection.close()

    def known_hosts(self) -> str:
        """The text of a known_hosts file that pins every device."""
        return "".join(f"{device.known_hosts_line}\n" for device in self)

    def _follow_fault(self, device: SimulatedDevice) -> None:
        """Listen, or stop listening, as the device's fault says."""
        with self._lock:
            listening = device.name in self._listeners
            if device.fault is Fault.UNREACHABLE and listening:
                self._shut(device.name)
            elif device.fault is not Fault.UNREACHABLE and not listening:
                self._listen(device)

    def _listen(self, device: SimulatedDevice) -> None:
        assert self._selector is not None
        family = socket.AF_INET6 if ":" in device.address else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((device.address, device.port))
            listener.listen(_BACKLOG)
        except OSError as error:
            listener.close()
            raise SimulatorError(
                f"{device.name}: cannot listen on {device.address}:{device.port}: {error.strerror}"
            ) from error
        listener.setblocking(False)
        device.port = listener.getsockname()[1]
        self._listeners[device.name] = listener
        self._selector.register(listener, selectors.EVENT_READ, device)

    def _shut(self, name: str) -> None:
        assert self._selector is not None
        listener = self._listeners.pop(name)
        self._selector.unregister(listener)
        listener.close()

    def _accept_all(self) -> None:
        """Take connections for all devices until `close`."""
        assert self._selector is not None
        while True:
            ready = self._selector.select()
            with self._lock:
                for key, _ in ready:
                    if key.data is None:
                        return
                    if self._listeners.get(key.data.name) is key.fileobj:
                        self._accept(key.data)

    def _accept(self, device: SimulatedDevice) -> None:
        """Take one waiting connection."""
        # The caller may have gone meanwhile, and that must not stop this thread, which serves all devices.
        with contextlib.suppress(OSError):
            sock, _ = self._listeners[device.name].accept()
            device.count_connection()
            for connection in [each for each in self._connections if each.ended]:
                connection.join()
                self._connections.remove(connection)
            self._connections.append(Connection(device, sock))
