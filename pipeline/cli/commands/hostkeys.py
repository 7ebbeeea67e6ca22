"""`devicevault hostkeys`: which keys the devices show, to be pinned and to be watched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from pipeline import services
from pipeline.cli import options
from pipeline.cli.output import print_json, print_lines
from pipeline.cli.progress import interrupted, waiting
from pipeline.cli.workplace import Workplace, note_uncommitted, with_workplace
from pipeline.driver.backups import select
from pipeline.errors import UsageError
from pipeline.inventory import Inventory
from pipeline.live import host_keys, known_hosts_file
from pipeline.live.asking import open_asker
from pipeline.live.host_keys import ByWorkers, FromHere, Way
from pipeline.live.pins import Pin
from pipeline.settings import Settings
from pipeline.values.device import Device
from pipeline.views import host_keys as view


@click.group()
def hostkeys() -> None:
    """Collect the devices' host keys for review, and check what is pinned.

    Nobody logs in to a device for it. Without --via-worker this machine looks for itself, and needs no
    services.

    \b
    Example:  devicevault hostkeys scan --missing
    Exit status: 0 done, 1 nothing was run, 2 wrong usage, 3 some devices failed or show another key,
                 130 interrupted
    """


def _selection(command: Callable[..., None]) -> Callable[..., None]:
    """What `scan` and `verify` have in common."""
    for decorate in (
        click.argument("devices", nargs=-1, metavar="[DEVICE]..."),
        click.option(
            "--group",
            "groups",
            multiple=True,
            metavar="NAME",
            help="All devices of a group; may be repeated.",
        ),
        click.option("--all", "everything", is_flag=True, help="All devices of the inventory."),
        click.option(
            "--via-worker",
            is_flag=True,
            help="Let the worker of each device's group look, also through jump hosts.",
        ),
        click.option(
            "--timeout",
            type=options.Seconds(min=0, min_open=True, max=600),
            default=20.0,
            show_default=True,
            metavar="SECONDS",
            help="For one device.",
        ),
    ):
        command = decorate(command)
    return options.output(with_workplace(command))


@hostkeys.command()
@_selection
@click.option("--missing", is_flag=True, help="The devices for which no key is pinned.")
@click.option("--write", is_flag=True, help="Add new keys to the work tree's known_hosts.")
@click.option(
    "--replace",
    "replaced",
    multiple=True,
    metavar="DEVICE",
    help="With --write: pin what this device shows now in place of its old keys; may be repeated.",
)
def scan(
    devices: tuple[str, ...],
    groups: tuple[str, ...],
    everything: bool,
    missing: bool,
    write: bool,
    replaced: tuple[str, ...],
    via_worker: bool,
    timeout: float,
    workplace: Workplace,
    output: str,
) -> None:
    """Print what known_hosts would pin: each key that the devices show, and its fingerprint.

    A key that comes over the network proves nothing: compare the fingerprints with those on the devices'
    consoles before you commit. With --write new keys go into known_hosts of the work tree, which is then
    also what is read; a key that differs from a pinned one is told and left as it is.

    \b
    Example:  devicevault hostkeys scan --missing --write
    Exit status: 0 done, 1 nothing was run, 2 wrong usage, 3 some devices failed or show another key
    """
    if replaced and not write:
        raise UsageError("--replace says what to write; add --write")
    if write and workplace.ref is not None:
        raise UsageError("--write adds to the files as they lie; leave out --ref")
    settings = workplace.settings()
    current = workplace.read(settings, worktree=write)
    if output == "text":
        note_uncommitted(settings, worktree=write or workplace.worktree)
    chosen = _chosen(current, (*devices, *replaced), groups, everything, missing)
    before = known_hosts_file.read_text(settings.inventory) if write else ""
    with _way(settings, chosen, via_worker, timeout, output) as way:
        findings = host_keys.scan(chosen, datetime.now(UTC), way)
    added: list[Pin] = []
    if write:
        again = [device for device in chosen if device.name in replaced]
        added = known_hosts_file.add(settings.inventory, before, findings, again, current.devices)
    if output == "json":
        print_json(view.as_json(findings, added))
    else:
        print_lines(view.additions(added) if write else view.known_hosts(findings))
        print_lines(view.warnings(findings), err=True)
    left = [
        f
        for f in findings
        if f.standing == "failed" or (f.standing == "changed" and f.device not in replaced)
    ]
    raise SystemExit(3 if left else 0)


@hostkeys.command()
@_selection
def verify(
    devices: tuple[str, ...],
    groups: tuple[str, ...],
    everything: bool,
    via_worker: bool,
    timeout: float,
    workplace: Workplace,
    output: str,
) -> None:
    """Tell which devices show a key that is not the pinned one, before a backup fails for it.

    \b
    Example:  devicevault hostkeys verify --all
    Exit status: 0 each shows a pinned key, 1 nothing was run, 2 wrong usage,
                 3 some show another key, have none pinned, or failed
    """
    settings = workplace.settings()
    current = workplace.read(settings)
    if output == "text":
        note_uncommitted(settings, worktree=workplace.worktree)
    chosen = _chosen(current, devices, groups, everything)
    with _way(settings, chosen, via_worker, timeout, output) as way:
        findings = host_keys.verify(chosen, datetime.now(UTC), way)
    if output == "json":
        print_json(view.as_json(findings))
    else:
        print_lines(view.warnings(findings), err=True)
        click.echo(view.summary(findings))
    raise SystemExit(0 if all(f.standing in ("ok", "none") for f in findings) else 3)


def _chosen(
    inventory: Inventory,
    names: Sequence[str],
    groups: Sequence[str],
    everything: bool,
    missing: bool | None = None,
) -> list[Device]:
    """The devices that the options name; `missing` is None where there is no such option."""
    if not (names or groups or everything or missing):
        choices = "--group or --all" if missing is None else "--group, --missing or --all"
        raise UsageError(f"name devices, or give {choices}")
    if missing and not (names or groups):
        everything = True
    found = select(inventory, names, groups, everything=everything)
    if missing:
        found = [device for device in found if not device.host_keys]
    elif not found:
        raise UsageError(f"no device matches in {inventory.source}")
    return found


@contextmanager
def _way(
    settings: Settings, devices: Sequence[Device], via_worker: bool, timeout: float, output: str
) -> Iterator[Way]:
    try:
        with waiting("looking", len(devices), shown=output == "text") as tell:
            if not via_worker:
                yield FromHere(timeout, lambda done, _: tell(done, ()))
                return
            with open_asker(services.locate(settings, database=False)) as asker:
                asker.check()
                yield ByWorkers(timeout, asker, tell)
    except KeyboardInterrupt:
        raise interrupted(withdrawn=via_worker) from None
