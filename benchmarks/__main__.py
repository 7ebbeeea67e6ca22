"""`python -m benchmarks`: what DeviceVault costs, beside its peers, measured in one run."""

from __future__ import annotations

import importlib
import os
from types import ModuleType

import click

from benchmarks import report
from benchmarks.report import Report

NAMES = ("sessions", "concurrency", "sweep", "consumer", "commits", "inventory")
SIZES = ("tiny", "normal", "large")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1, type=click.Choice(NAMES), metavar="[NAME]...")
@click.option("--size", type=click.Choice(SIZES), default="normal", show_default=True)
@click.option("--devices", type=click.IntRange(min=1), help="Devices of the sweep, instead of the size's.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def main(names: tuple[str, ...], size: str, devices: int | None, output: str) -> None:
    """Run the benchmarks of these NAMEs, or all: sessions concurrency sweep consumer commits inventory.

    Everything runs on loopback and in temporary directories. `tiny` shows that all of it works and measures
    nothing; `normal` takes about five minutes on two cores, `large` half an hour.

    \b
    Example:  python -m benchmarks sessions commits --output json
    Exit status: 0 measured, whether goals are met or not; 2 wrong usage
    """
    # Where DeviceVault is installed nobody forbids Python to keep what it has compiled.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    reports = []
    for name in names or NAMES:
        click.echo(f"{name} ...", err=True)
        reports.append(measure(name, size, devices))
        if output == "text":
            for table in reports[-1].tables:
                click.echo(table.to_markdown())
    # The load is looked at last: its averages then tell of the time that was measured.
    machine = report.machine()
    if output == "json":
        click.echo(report.to_json(reports, machine))
        return
    if size != "tiny":
        click.echo(report.goals_table([goal for each in reports for goal in each.goals]).to_markdown())
    click.echo(machine.to_markdown())


def measure(name: str, size: str = "normal", devices: int | None = None) -> Report:
    """Run one benchmark; `devices` is for the sweep alone."""
    module: ModuleType = importlib.import_module(f"benchmarks.{name}")
    chosen = getattr(module, size.upper())
    if name == "sweep" and devices is not None:
        chosen = module.Size(devices, chosen.pools)
    found: Report = module.run(chosen)
    return found


if __name__ == "__main__":
    main()
