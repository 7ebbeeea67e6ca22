"""All of DeviceVault on one machine: services, one worker per queue, consumer and beat, supervised."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from collectors import registry
from pipeline.driver.inventory_reader import InventoryReader
from pipeline.inventory import Inventory
from pipeline.settings import PREFIX, Settings
from pipeline.system import embedded
from pipeline.system.embedded import Embedded
from pipeline.system.supervisor import Child, Supervisor
from pipeline.text.words import counted

log = logging.getLogger("devicevault.up")

_LOOK_S = 5.0


@contextmanager
def services(settings: Settings) -> Iterator[Settings]:
    """Settings with every service in place: the ones that are set, and embedded ones for the rest."""
    want_redis, want_postgres = settings.redis_url is None, settings.database_url is None
    # Also without a server to start: its lock keeps a second `up` out of this state directory.
    with Embedded(settings.state_dir, want_redis=want_redis, want_postgres=want_postgres) as servers:
        update = {}
        if want_redis:
            update["redis_url"] = servers.redis_url
        if want_postgres:
            update["database_url"] = servers.database_url
        yield settings.model_copy(update=update)


def children(
    settings: Settings,
    inventory: Inventory,
    *,
    worktree: bool = False,
    beat: bool = True,
    log_dir: Path | None = None,
) -> list[Child]:
    """The processes of an inventory: its workers, the consumer and, unless told not to, beat."""
    env = environment(settings)

    def child(name: str, *arguments: str) -> Child:
        argv = (sys.executable, "-m", "pipeline.cli.main", *arguments)
        return Child(name, argv, env, None if log_dir is None else log_dir / f"{name}.log")

    queues = sorted({device.queue_id for device in inventory.devices if device.queue_id})
    return [
        child("consumer", "consume"),
        *(child(f"worker-{queue}", "worker", "--queue", queue, "--no-default") for queue in queues),
        child("worker-default", "worker"),
        *([child("beat", "beat", *(["--worktree"] if worktree else []))] if beat else []),
    ]


def environment(settings: Settings) -> Mapping[str, str]:
    """Our environment with these settings in it, for a child."""
    values = settings.model_dump(mode="json", exclude_none=True)
    own = {f"{PREFIX}{name.upper()}": str(value) for name, value in values.items()}
    for name in ("STATE_DIR", "INVENTORY", "CONFIGS_REPO"):
        if f"{PREFIX}{name}" in own:
            own[f"{PREFIX}{name}"] = str(Path(own[f"{PREFIX}{name}"]).absolute())
    return {**os.environ, **own}


def run(settings: Settings, *, worktree: bool = False) -> None:
    """Run until SIGINT or SIGTERM. Raises before anything runs if the inventory or a service is unfit.

    A queue that the inventory comes to name gets its worker within _LOOK_S seconds. One that it names no
    more keeps its worker until the next start: jobs may still wait there.
    """
    _end_in_order()
    reader = InventoryReader(settings, registry.KnownNames(), worktree=worktree)
    reader.current()
    while _run_until_a_service_ends(settings, reader, worktree=worktree):
        log.error("a service of %s has ended; starting all of it again", settings.state_dir)


def _run_until_a_service_ends(settings: Settings, reader: InventoryReader, *, worktree: bool) -> bool:
    """Services and children, all of them gone on return; False if a stop was asked for."""
    with services(settings) as located:
        inventory, _ = reader.in_force()
        log.info(
            "backing up %s of %s; configs repo: %s; stop with Ctrl-C",
            counted(len(inventory.devices), "device"), inventory.source, settings.configs_path,
        )  # fmt: skip

        def wanted() -> list[Child]:
            inventory, _ = reader.in_force()  # beat tells what is wrong with a newer one
            return children(located, inventory, worktree=worktree)

        supervisor = Supervisor(wanted())
        lost = False

        def look() -> None:
            nonlocal lost
            supervisor.add(wanted())
            if embedded.running(settings.state_dir) is None:
                lost = True
                supervisor.request_stop()

        supervisor.run(look, _LOOK_S)
        return lost


def _end_in_order() -> None:
    """Also a stop while the services start unwinds what has started; later the supervisor takes over."""

    def end(*_: object) -> None:
        raise SystemExit(0)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
