"""`devicevault probe`: would a backup of these devices work?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import click

from collectors import registry
from pipeline import services
from pipeline.cli import options
from pipeline.cli.output import print_json
from pipeline.cli.progress import interrupted, waiting
from pipeline.cli.workplace import Workplace, with_workplace
from pipeline.driver.backups import select
from pipeline.errors import InventoryError, StateError, UsageError
from pipeline.inventory import load
from pipeline.live.asking import open_asker
from pipeline.live.probe import changed
from pipeline.live.probe import probe as probe_devices
from pipeline.text import markdown
from pipeline.worker.probe_report import Report, Step


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
    _print(reports, output)
    raise SystemExit(0 if all(report.ok for report in reports) else 3)


def _print(reports: Sequence[Report], output: str) -> None:
    if output == "json":
        print_json({"reports": [report.to_json() for report in reports]})
    elif output == "markdown":
        click.echo(markdown.bounded(_as_markdown(reports), markdown.COMMENT_BYTES), nl=False)
    else:
        for report in reports:
            click.echo("\n".join(_as_text(report)) + "\n")
        click.echo(_summary(reports))


def _summary(reports: Sequence[Report]) -> str:
    if not reports:
        return "nothing to probe: no device is new or collected in another way"
    bad = sum(not report.ok for report in reports)
    counts = ((len(reports) - bad, "good"), (bad, "failed"))
    return f"{len(reports)} probed: " + ", ".join(f"{count} {word}" for count, word in counts if count)


def _as_text(report: Report) -> Iterator[str]:
    verdict = "good" if report.ok else f"failed: {report.reason}"
    yield f"{report.device} ({report.platform}, {report.queue}): {verdict}"
    for step in report.steps:
        told = step.details or ("",)
        yield f"  {step.name:<14}{'ok' if step.ok else 'FAILED':<8}{_taken(step):>8}  {told[0]}".rstrip()
        yield from (f"{'':<34}{detail}" for detail in told[1:])
    if not report.steps and report.message:
        yield f"  {report.message}"
    if report.host_key:
        yield f"  compare with the device, then pin: {report.host_key}"
    if report.hint:
        yield f"  {report.hint}"
    if report.ok:
        yield f"  {_amount(report)}"
        yield from (f"  | {line}" for line in report.head)


def _as_markdown(reports: Sequence[Report]) -> Iterator[str]:
    yield f"**{markdown.escape(_summary(reports))}**"
    if not reports:
        return
    yield ""
    yield from markdown.table(
        ("Device", "Platform", "Outcome", "What"),
        (
            (
                markdown.code(report.device),
                markdown.code(report.platform),
                "good" if report.ok else markdown.escape(f"failed: {report.reason}"),
                markdown.escape(_amount(report) if report.ok else report.message or ""),
            )
            for report in reports
        ),
    )
    for report in reports:
        yield from ("", f"<details><summary>{report.device}</summary>", "")
        yield from (
            f"- {step.name}: {'ok' if step.ok else '**failed**'} {_taken(step)} "
            + markdown.escape("; ".join(step.details))
            for step in report.steps
        )
        yield from (f"- {markdown.escape(hint)}" for hint in (report.hint,) if hint)
        if report.host_key:
            yield f"- compare with the device, then pin: {markdown.code(report.host_key)}"
        if report.head:
            # Indented, it is code whatever stands in it; a fence could be closed by a line of the device.
            # The comment ends the list, of which the lines would else be a part.
            yield from ("", "<!-- the first lines -->", "", *(f"    {line}" for line in report.head))
        yield from ("", "</details>")


def _amount(report: Report) -> str:
    hidden = "" if report.secrets_hidden is None else f", secrets hidden: {report.secrets_hidden}"
    facts = "".join(f"; {name} {text}" for name, text in report.facts.items())
    return f"{report.size or 0:,} bytes in {report.lines or 0:,} lines{hidden}{facts}"


def _taken(step: Step) -> str:
    return "" if step.seconds is None else f"{step.seconds:.2f} s"
