"""What one session costs the client, ours and its peers', against one server and in turns."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks import clients
from benchmarks.clients import Client
from benchmarks.collector import Target, devicevault
from benchmarks.cost import own_cpu_s
from benchmarks.fleet import GROUP14, MODERN, fleet
from benchmarks.report import Goal, Report, Table

_RAW = "paramiko SSHClient, TCP_NODELAY"
_TRANSPORT = "paramiko Transport, TCP_NODELAY"
_PEERS: Mapping[str, Client] = {
    "DeviceVault": devicevault,
    _RAW: clients.paramiko_client_nodelay,
    _TRANSPORT: clients.paramiko_transport,
    "paramiko SSHClient": clients.paramiko_client,
    "scrapli (libssh2)": clients.scrapli_ssh2,
    "scrapli (OpenSSH)": clients.scrapli_openssh,
    "netmiko": clients.netmiko,
}
_GROUP14: Mapping[str, Client] = {name: _PEERS[name] for name in ("DeviceVault", _RAW, _TRANSPORT)}
_TIMES = 4  # in a round for those, which are close to each other, and cheap
_CONFIG_KB = 50


@dataclass(frozen=True, slots=True)
class Size:
    """Sessions per client, or `_TIMES` as many."""

    rounds: int


TINY, NORMAL, LARGE = Size(1), Size(25), Size(100)


@dataclass(frozen=True, slots=True)
class _Session:
    cpu_ms: float
    wall_ms: float


def run(size: Size = NORMAL) -> Report:
    """Medians of interleaved sessions, with a modern key exchange and with group 14."""
    modern = _measure(_PEERS, size)
    group14 = _measure(_GROUP14, size, GROUP14)
    ours, raw, peer = modern["DeviceVault"], modern[_RAW], modern["netmiko"]
    old_ratio = group14["DeviceVault"].cpu_ms / group14[_RAW].cpu_ms
    return Report(
        (
            _table(f"One session, {_CONFIG_KB} kB, curve25519 and AES-GCM", modern),
            _table(f"One session, {_CONFIG_KB} kB, DH group 14", group14),
        ),
        (
            Goal("CPU of a session ÷ raw paramiko's", 1.2, ours.cpu_ms / raw.cpu_ms),
            Goal("wall time of a session ÷ raw paramiko's", 2.0, ours.wall_ms / raw.wall_ms),
            Goal("CPU of a session ÷ netmiko's", 1.0, ours.cpu_ms / peer.cpu_ms),
            Goal("DH group 14: CPU of a session ÷ plain paramiko's", 1 / 3, old_ratio),
        ),
    )


def _measure(peers: Mapping[str, Client], size: Size, kex: str = MODERN) -> dict[str, _Session]:
    with fleet(kilobytes=_CONFIG_KB, kex=kex) as devices:
        target = Target(devices.ports[0], devices.host_key)
        for client in peers.values():
            client(target)  # imports, caches
        taken: dict[str, list[_Session]] = {name: [] for name in peers}
        order = random.Random(0)
        for _ in range(size.rounds):
            turns = [name for name in sorted(peers) for _ in range(_TIMES if name in _GROUP14 else 1)]
            for name in order.sample(turns, len(turns)):
                # A worker does nothing else: each starts with caches that its own last session has filled.
                _session(name, peers[name], target)
                taken[name].append(_session(name, peers[name], target))
    return {
        name: _Session(
            statistics.median(session.cpu_ms for session in sessions),
            statistics.median(session.wall_ms for session in sessions),
        )
        for name, sessions in taken.items()
    }


def _session(name: str, client: Client, target: Target) -> _Session:
    began, cpu = time.perf_counter(), own_cpu_s()
    text = client(target)
    session = _Session(1000 * (own_cpu_s() - cpu), 1000 * (time.perf_counter() - began))
    if len(text) < _CONFIG_KB * 1000:
        raise RuntimeError(f"{name} came back with {len(text)} characters of a {_CONFIG_KB} kB configuration")
    return session


def _table(title: str, sessions: Mapping[str, _Session]) -> Table:
    raw = sessions[_RAW]
    return Table(
        title,
        ("client", "CPU ms", "wall ms", "CPU ÷ raw", "wall ÷ raw"),
        tuple(
            (name, took.cpu_ms, took.wall_ms, took.cpu_ms / raw.cpu_ms, took.wall_ms / raw.wall_ms)
            for name, took in sessions.items()
        ),
    )
