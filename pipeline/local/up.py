"""All of DeviceVault on one machine: services, one worker per queue, consumer and beat, supervised."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from collectors import registry
from pipeline.driver.inventory_reader import InventoryReader
from pipeline.inventory import Inventory
from pipeline.local.keys import make_local_keys
from pipeline.settings import PREFIX, Settings
from pipeline.system import embedded
from pipeline.system.embedded import Embedded
from pipeline.system.signals import exit_at_signals
from pipeline.system.supervisor import Child, Supervisor
from pipeline.text.words import counted

log = logging.getLogger("devicevault.up")

_LOOK_S = 5.0
_PATHS = ("STATE_DIR", "INVENTORY", "CONFIGS_REPO", "SIGNING_KEY", "SIGNERS", "POLICY", "COMMIT_KEY")
"""Settings that a child, which may run elsewhere, gets as absolute paths."""


@contextmanager
def services(settings: Settings) -> Iterator[Settings]:
    """Run embedded servers for the services that the settings leave empty; yields settings with all URLs."""
    want_redis, want_postgres = settings.redis_url is None, settings.database_url is None
    # Needed even if it starts no server: its lock keeps a second `up` out of this state directory.
    with Embedded(settings.state_dir, want_redis=want_redis, want_postgres=want_postgres) as servers:
        if make_local_keys(settings):
            log.info("made the keys that sign jobs and outcomes, in %s", settings.keys_dir)
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
    """The processes of an inventory: its workers, the consumer and, with `beat`, the scheduler."""
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
    """A child's environment: ours, with these settings in it."""
    values = settings.model_dump(mode="json", exclude_none=True)
    variables = {f"{PREFIX}{name.upper()}": str(value) for name, value in values.items()}
    for variable in (f"{PREFIX}{name}" for name in _PATHS):
        if variable in variables:
            variables[variable] = str(Path(variables[variable]).absolute())
    return {**os.environ, **variables}


def run(settings: Settings, *, worktree: bool = False) -> None:
    """Run until SIGINT or SIGTERM. Raises before anything runs if the inventory or a service is unfit.

    A queue that is new in the inventory gets its worker within _LOOK_S seconds. A queue that is no longer in
    the inventory keeps its worker until the next start: jobs may still wait there.
    """
    # A signal while the services start stops those that have started; later the supervisor handles signals.
    exit_at_signals()
    reader = InventoryReader(settings, registry.KnownNames(), worktree=worktree)
    reader.current()
    while _run_until_a_service_ends(settings, reader, worktree=worktree):
        log.error("a service of %s has ended; starting all of it again", settings.state_dir)


def _run_until_a_service_ends(settings: Settings, reader: InventoryReader, *, worktree: bool) -> bool:
    """Run services and children, none of which is left on return. False if a person stopped them."""
    with services(settings) as located:
        inventory = reader.last_good().inventory
        log.info(
            "backing up %s of %s; configs repo: %s; stop with Ctrl-C",
            counted(len(inventory.devices), "device"), inventory.source, settings.configs_path,
        )  # fmt: skip

        def children_of_inventory() -> list[Child]:
            inventory = reader.last_good().inventory  # beat reports what is wrong with a newer one
            return children(located, inventory, worktree=worktree)

        supervisor = Supervisor(children_of_inventory())
        lost = False

        def look() -> None:
            nonlocal lost
            supervisor.add(children_of_inventory())
            if embedded.running(settings.state_dir) is None:
                lost = True
                supervisor.request_stop()

        supervisor.run(look, _LOOK_S)
        return lost
