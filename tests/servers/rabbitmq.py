"""RabbitMQ on a loopback port, beside whatever the machine runs: own node, own epmd, own directories."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from kombu.connection import Connection

from pipeline.system.spawn import spawn
from tests.servers.processes import free_port, listens, require, stop_tree, until_ready
from tests.servers.tls import Certificate

_ERL_ARGS = "-kernel inet_dist_use_interface {127,0,0,1} -start_epmd false"
_CONFIG = """\
loopback_users = none
disk_free_limit.absolute = 1MB
"""
_TLS_CONFIG = """\
listeners.tcp = none
listeners.ssl.default = 127.0.0.1:{port}
ssl_options.certfile = {chain}
ssl_options.keyfile = {key}
"""


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The broker's URL, `amqp://guest:guest@127.0.0.1:port//`. One server for the run: starting takes 6 s.

    With several test processes the scheduler of tests/conftest.py sends whoever needs it to one of them.
    """
    with _only_one(tmp_path_factory), serve_rabbitmq(tmp_path_factory.mktemp("rabbitmq")) as url:
        yield url


def empty_queues(url: str, names: Iterable[str]) -> None:
    """Drop what earlier tests left in these queues, if they are there.

    The server is the run's. A message that a worker had when it was stopped or killed goes back to its queue,
    where the next test's worker would find an order of somebody else's driver.
    """
    with Connection(url) as connection:  # type: ignore[no-untyped-call]
        for name in names:
            # One channel each: a queue that is not there closes it.
            with suppress(*connection.channel_errors):
                connection.channel().queue_purge(name)


@contextmanager
def _only_one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Fail where a second test process of a run would start one: the name of its test lacks "rabbitmq"."""
    base = tmp_path_factory.getbasetemp()
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with (run / "rabbitmq.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pytest.fail("another process of this run has a RabbitMQ: name the test so that it goes there")
        yield


@contextmanager
def serve_rabbitmq(folder: Path, certificate: Certificate | None = None) -> Iterator[str]:
    """Run a server in `folder`; its URL. With a certificate, it takes TLS alone."""
    with serve_rabbitmq_node(folder, certificate) as (url, _):
        yield url


@contextmanager
def serve_rabbitmq_node(
    folder: Path, certificate: Certificate | None = None
) -> Iterator[tuple[str, dict[str, str]]]:
    """The same; also the environment in which `rabbitmqctl` finds it."""
    # Not /usr/sbin/rabbitmq-server, which insists on the user rabbitmq.
    server = require("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server")
    epmd = require("epmd", "erlang-base")
    port, epmd_port = free_port(), free_port()
    with ExitStack() as running:
        # Started by us: the server's own would stay behind as a daemon.
        _run(
            running, folder / "epmd.log", epmd_port, [epmd, "-port", str(epmd_port), "-address", "127.0.0.1"]
        )
        environment = _environment(folder, port, epmd_port, certificate)
        _run(running, folder / "server.log", port, [server], environment)
        yield f"amqp{'s' if certificate else ''}://guest:guest@127.0.0.1:{port}//", environment


def _environment(folder: Path, port: int, epmd_port: int, certificate: Certificate | None) -> dict[str, str]:
    config = _CONFIG
    if certificate is not None:
        config += _TLS_CONFIG.format(port=port, chain=certificate.chain, key=certificate.key)
    (folder / "rabbitmq.conf").write_text(config)
    (folder / "plugins").write_text("[].\n")
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(folder),  # the Erlang cookie
        "ERL_EPMD_PORT": str(epmd_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"devicevault-{port}@localhost",
        **({} if certificate else {"RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1", "RABBITMQ_NODE_PORT": str(port)}),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _ERL_ARGS,
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "no-such-file"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
    }


def _run(
    running: ExitStack, log: Path, port: int, argv: list[str], env: dict[str, str] | None = None
) -> None:
    with log.open("ab") as output:
        process = spawn(
            argv, death_signal=signal.SIGTERM, cwd=log.parent, env=env, stdout=output, stderr=output
        )
    running.callback(stop_tree, process, signal.SIGTERM, 20)
    until_ready(lambda: listens(port), process, log, 60)
