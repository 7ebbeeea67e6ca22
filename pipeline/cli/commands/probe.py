"""`devicevault probe`: would a backup of these devices work?"""

from __future__ import annotations

from datetime import UTC, datetime

import click

from pipeline import services
from pipeline.cli import options
from pipeline.cli.echo import echo
from pipeline.cli.output import print_json, print_lines
from pipeline.cli.progress import interrupted, waiting
from pipeline.cli.selection import nothing_selected, with_selection
from pipeline.cli.workplace import Workplace, with_workplace
from pipeline.live.asking import open_asker
from pipeline.live.probe import probe as probe_devices
from pipeline.plan.selection import Selection
from pipeline.views import probe as view
from pipeline.worker.probe_report import Report


@click.command()
@with_selection
@click.option(
    "--timeout",
    type=options.Seconds(min=0, min_open=True, max=86_400),
    metavar="SECONDS",
    help="Wait no longer than this. [default: 60 and what the devices may take]",
)
@with_workplace
@options.rich_output
def probe(
    selection: Selection,
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
    if not selection:
        raise nothing_selected()
    settings = workplace.settings()
    current = workplace.read(settings)
    devices = workplace.select(selection, settings, current)
    reports: list[Report] = []
    if devices:
        settings = services.locate(settings, database=False)
        try:
            with (
                open_asker(settings) as asker,
                waiting("probing", len(devices), shown=output == "text") as on_progress,
            ):
                asker.check()
                reports = probe_devices(
                    asker, devices, datetime.now(UTC), current.commit, timeout, on_progress
                )
        except KeyboardInterrupt:
            raise interrupted() from None
    if output == "json":
        print_json(view.as_json(reports))
    elif output == "markdown":
        echo(view.as_markdown(reports), nl=False)
    else:
        print_lines(view.lines(reports))
    raise SystemExit(0 if all(report.ok for report in reports) else 3)
