"""`devicevault hostkeys`: which keys the devices show, to be pinned and to be watched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import click

from pipeline.cli import options
from pipeline.cli.echo import echo
from pipeline.cli.output import print_json, print_lines
from pipeline.cli.progress import interrupted, waiting
from pipeline.cli.selection import nothing_selected, with_selection
from pipeline.cli.workplace import Workplace, note_uncommitted, with_workplace
from pipeline.errors import UsageError
from pipeline.live import host_keys
from pipeline.live.host_keys import Way
from pipeline.live.pins import Pin
from pipeline.live.scan import scan_and_pin, unresolved
from pipeline.live.ways import open_way
from pipeline.plan.selection import Selection
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


def _with_way(command: Callable[..., None]) -> Callable[..., None]:
    """The options that `scan` and `verify` have in common."""
    for decorate in (
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
@with_selection
@_with_way
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
    selection: Selection,
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
    selection = replace(selection, names=(*selection.names, *replaced))
    if not (selection or missing):
        raise nothing_selected("--missing")
    settings = workplace.settings()
    current = workplace.read(settings, worktree=write)
    if output == "text":
        note_uncommitted(settings, worktree=write or workplace.worktree)
    devices = workplace.select(selection or Selection(everything=True), settings, current)
    if missing:
        devices = [device for device in devices if not device.host_keys]
    now, added = datetime.now(UTC), list[Pin]()
    with _way(settings, devices, via_worker, timeout, output) as way:
        if write:
            findings, added = scan_and_pin(settings.inventory, devices, replaced, current.devices, now, way)
        else:
            findings = host_keys.scan(devices, now, way)
    if output == "json":
        print_json(view.as_json(findings, added))
    else:
        print_lines(view.additions(added) if write else view.known_hosts(findings))
        print_lines(view.warnings(findings), err=True)
    raise SystemExit(3 if unresolved(findings, replaced) else 0)


@hostkeys.command()
@with_selection
@_with_way
def verify(selection: Selection, via_worker: bool, timeout: float, workplace: Workplace, output: str) -> None:
    """Tell which devices show a key that is not the pinned one, before a backup fails for it.

    \b
    Example:  devicevault hostkeys verify --all
    Exit status: 0 each shows a pinned key, 1 nothing was run, 2 wrong usage,
                 3 some show another key, have none pinned, or failed
    """
    if not selection:
        raise nothing_selected()
    settings = workplace.settings()
    current = workplace.read(settings)
    if output == "text":
        note_uncommitted(settings, worktree=workplace.worktree)
    devices = workplace.select(selection, settings, current)
    with _way(settings, devices, via_worker, timeout, output) as way:
        findings = host_keys.verify(devices, datetime.now(UTC), way)
    if output == "json":
        print_json(view.as_json(findings))
    else:
        print_lines(view.warnings(findings), err=True)
        echo(view.summary(findings))
    raise SystemExit(0 if all(finding.standing in ("ok", "none") for finding in findings) else 3)


@contextmanager
def _way(
    settings: Settings, devices: Sequence[Device], via_worker: bool, timeout: float, output: str
) -> Iterator[Way]:
    """The way that the options say, with a progress bar."""
    try:
        with (
            waiting("looking", len(devices), shown=output == "text") as on_progress,
            open_way(settings, timeout, on_progress, via_worker=via_worker) as way,
        ):
            yield way
    except KeyboardInterrupt:
        raise interrupted(withdrawn=via_worker) from None
