"""All of DeviceVault on one machine: services, one worker per queue, consumer and beat, supervised."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from collectors import registry
from pipeline.driver.inventory_reader import InventoryReader
from pipeline.inventory import Inventory
from pipeline.local.keys import make_local_keys
from pipeline.local.policy import make_local_policy
from pipeline.settings import PREFIX, Settings
from pipeline.system import embedded
from pipeline.system.embedded import Embedded
from pipeline.system.environment import Process, is_of_another, is_setting_of, passed_on
from pipeline.system.signals import exit_at_signals
from pipeline.system.supervisor import Child, Supervisor
from pipeline.text.words import counted
from pipeline.transit.endpoint import check_logins, endpoints
from pipeline.worker.policy import Policy, open_policy

log = logging.getLogger("devicevault.up")

_LOOK_S = 5.0
_PATHS = {
    "state_dir", "inventory", "configs_repo", "signing_key", "signers", "policy", "commit_key", "ca_file",
}  # fmt: skip
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
        located = settings.model_copy(update=update)
        check_logins(located, endpoints(located))  # once here, and not with each start of each process
        yield located


def children(
    settings: Settings,
    inventory: Inventory,
    *,
    worktree: bool = False,
    beat: bool = True,
    log_dir: Path | None = None,
    policy: Policy | None = None,
    environ: Mapping[str, str] | None = None,
) -> list[Child]:
    """The processes of an inventory: its workers, the consumer and, with `beat`, the scheduler.

    Each gets of `environ`, by default of our own environment, what it needs and nothing else. `policy` says
    which secrets of devices are the workers'; without it, that is the policy which the settings name.
    """
    given = os.environ if environ is None else environ
    policy = open_policy(settings) if policy is None else policy
    secrets = {"worker": device_variables(settings, policy, given)}

    def child(name: str, process: Process, *arguments: str) -> Child:
        argv = (sys.executable, "-m", "pipeline.cli.main", *arguments)
        env = {**passed_on(process, given, secrets.get(process, ())), **variables(settings, process)}
        return Child(name, argv, env, None if log_dir is None else log_dir / f"{name}.log")

    queues = sorted({device.queue_id for device in inventory.devices if device.queue_id})
    return [
        child("consumer", "consumer", "consume"),
        *(child(f"worker-{queue}", "worker", "worker", "--queue", queue, "--no-default") for queue in queues),
        child("worker-default", "worker", "worker"),
        *([child("beat", "beat", "beat", *(["--worktree"] if worktree else []))] if beat else []),
    ]


def environment(settings: Settings) -> Mapping[str, str]:
    """The whole of our environment, with these settings in it: for a command that a person could run."""
    return {**os.environ, **variables(settings)}


def variables(settings: Settings, process: Process | None = None) -> dict[str, str]:
    """The settings as variables: those that such a process gets, or all of them."""
    values = {
        name: str(value)
        for name, value in settings.model_dump(mode="json", exclude_none=True).items()
        if process is None or is_setting_of(process, name)
    }
    for name in _PATHS & values.keys():
        values[name] = str(Path(values[name]).absolute())
    return {f"{PREFIX}{name.upper()}": value for name, value in values.items()}


def device_variables(settings: Settings, policy: Policy, environ: Iterable[str]) -> set[str]:
    """The names of variables that hold what workers need for devices: what the policy lets them use.

    The key of fingerprints is a worker's own. Without a policy file, what other processes need is left out.
    """
    named = {name for name in environ if policy.allows(f"env:{name}")}
    if settings.policy_path is None:
        named = {name for name in named if not is_of_another("worker", name)}
    return named | {(settings.fingerprint_key or "").removeprefix("env:")}


def run(settings: Settings, *, worktree: bool = False) -> None:
    """Run until SIGINT or SIGTERM. Raises before anything runs if the inventory or a service is unfit.

    A queue that is new in the inventory gets its worker within _LOOK_S seconds. A queue that is no longer in
    the inventory keeps its worker until the next start: jobs may still wait there.
    """
    # A signal while the services start stops those that have started; later the supervisor handles signals.
    exit_at_signals()
    reader = InventoryReader(settings, registry.KnownNames(), worktree=worktree)
    reader.current()
    open_policy(settings)
    while _run_until_a_service_ends(settings, reader, worktree=worktree):
        log.error("a service of %s has ended; starting all of it again", settings.state_dir)


def _run_until_a_service_ends(settings: Settings, reader: InventoryReader, *, worktree: bool) -> bool:
    """Run services and children, none of which is left on return. False if a person stopped them."""
    with services(settings) as located:
        inventory = reader.last_good().inventory
        if made := make_local_policy(settings, inventory):
            log.info("%s", made)
        policy = open_policy(settings)
        log.info(
            "backing up %s of %s; configs repo: %s; stop with Ctrl-C",
            counted(len(inventory.devices), "device"), inventory.source, settings.configs_path,
        )  # fmt: skip

        def children_of_inventory() -> list[Child]:
            inventory = reader.last_good().inventory  # beat reports what is wrong with a newer one
            return children(located, inventory, worktree=worktree, policy=policy)

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
