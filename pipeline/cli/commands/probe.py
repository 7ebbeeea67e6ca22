"""`devicevault probe`: would a backup of these devices work?"""

from __future__ import annotations

from datetime import UTC, datetime

import click

from collectors import registry
from pipeline import services
from pipeline.cli import options
from pipeline.cli.output import print_json, print_lines
from pipeline.cli.progress import interrupted, waiting
from pipeline.cli.workplace import Workplace, with_workplace
from pipeline.driver.backups import select
from pipeline.errors import InventoryError, StateError, UsageError
from pipeline.inventory import load
from pipeline.live.asking import open_asker
from pipeline.live.probe import changed
from pipeline.live.probe import probe as probe_devices
from pipeline.views import probe as view
from pipeline.worker.probe_report import Report


@click.command()
@click.argument("devices", nargs=-1, metavar="[DEVICE]...")
@click.option(
    "--changed-since",
    metavar="REF",
    help="The devices that are new, or collected in another way, since this Git revision.",
)
@click.option(
    "--timeout",
    type=options.Seconds(min=0, min_open=True, max=86_400),
    metavar="SECONDS",
    help="Wait no longer than this. [default: 60 and what the devices may take]",
)
@with_workplace
@options.rich_output
def probe(
    devices: tuple[str, ...],
    changed_since: str | None,
    timeout: float | None,
    workplace: Workplace,
    output: str,
) -> None:
    """Try devices out: would a backup work?

    The worker of each device's group reaches it, checks its host key, logs in once, and collects as for a
    backup. It tells how far it came and shows the configuration's first lines, secrets hidden. Nothing is
    committed or recorded.

    \b
    Example:  devicevault probe core-sw1 --worktree
    Exit status: 0 a backup of each would work, 1 nothing was run, 2 wrong usage,
                 3 some would fail, or no worker answered, 130 interrupted
    """
    if bool(devices) == (changed_since is not None):
        raise UsageError("name devices, or give --changed-since REF")
    settings = workplace.settings()
    current = workplace.read(settings)
    if changed_since is None:
        chosen = select(current, devices, (), everything=False)
    else:
        try:
            chosen = changed(
                load(settings.inventory, changed_since, platforms=registry.KnownNames()), current
            )
        except InventoryError as error:
            what = f"the inventory at {changed_since} cannot be compared with: {error.problems[0]}"
            raise StateError(what) from error
    reports: list[Report] = []
    if chosen:
        settings = services.locate(settings, database=False)
        try:
            with (
                open_asker(settings) as asker,
                waiting("probing", len(chosen), shown=output == "text") as tell,
            ):
                asker.check()
                reports = probe_devices(asker, chosen, datetime.now(UTC), current.commit, timeout, tell)
        except KeyboardInterrupt:
            raise interrupted() from None
    if output == "json":
        print_json(view.as_json(reports))
    elif output == "markdown":
        click.echo(view.as_markdown(reports), nl=False)
    else:
        print_lines(view.lines(reports))
    raise SystemExit(0 if all(report.ok for report in reports) else 3)
