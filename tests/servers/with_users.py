"""Servers that know one user for each role, as `redis-acl` and `rabbitmq-permissions` have them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import redis

from pipeline.local.passwords import passwords
from pipeline.system.server import ENV
from pipeline.system.spawn import spawn, stop
from pipeline.system.valkey_server import find_valkey
from pipeline.transit.rights import PREFIX, User, acl_line, definitions
from tests.servers.processes import until_ready
from tests.servers.rabbitmq import serve_rabbitmq_node

_ADMIN = "user admin on >admin ~* &* +@all"


@contextmanager
def serve_valkey(folder: Path, users: list[User], stream: str) -> Iterator[dict[str, str]]:
    """A Valkey that has read these users' lines; yields each user's URL, and that of `admin`."""
    known, _ = passwords(folder / "passwords", [user.name for user in users])
    lines = [acl_line(user, known[user.name], stream) for user in users]
    (folder / "users.acl").write_text("\n".join([*lines, _ADMIN, "user default off"]) + "\n")
    socket, log = folder / "valkey.sock", folder / "valkey.log"
    options = [
        "--port",
        "0",
        "--unixsocket",
        str(socket),
        "--aclfile",
        str(folder / "users.acl"),
        "--save",
        "",
    ]
    with log.open("ab") as output:
        process = spawn(
            [find_valkey(), *options, "--appendonly", "yes", "--maxmemory-policy", "noeviction"],
            death_signal=signal.SIGTERM, cwd=folder, env=ENV, stdout=output, stderr=output,
        )  # fmt: skip
    urls = {name.removeprefix(PREFIX): _url(socket, name, word) for name, word in known.items()}
    urls["admin"] = _url(socket, "admin", "admin")
    try:
        until_ready(lambda: _answers(urls["admin"]), process, log, 20)
        yield urls
    finally:
        stop(process, signal.SIGTERM, 10)


def _url(socket: Path, name: str, password: str) -> str:
    return f"unix://{name}:{quote(password, safe='')}@{socket}?db=0"


def _answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False


@contextmanager
def serve_rabbitmq_with(folder: Path, users: list[User]) -> Iterator[dict[str, str]]:
    """A RabbitMQ that has imported these users; yields each user's URL."""
    known, _ = passwords(folder / "passwords", [user.name for user in users])
    (folder / "users.json").write_text(json.dumps(definitions(users, known, "/")))
    with serve_rabbitmq_node(folder) as (url, env):
        subprocess.run(
            ["/usr/lib/rabbitmq/bin/rabbitmqctl", "import_definitions", str(folder / "users.json")],
            env={**os.environ, **env}, check=True, capture_output=True, timeout=60,
        )  # fmt: skip
        yield {
            name.removeprefix(PREFIX): url.replace("guest:guest", f"{name}:{password}")
            for name, password in known.items()
        }


def by_role(urls: Mapping[str, str], child: str) -> str:
    """The URL for a process of `devicevault up`, by its name."""
    return urls["driver" if child == "beat" else child]
