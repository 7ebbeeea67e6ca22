"""`devicevault doctor`: check the services, and say what to do."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline import services
from pipeline.audit.doctor import examine
from pipeline.cli import options
from pipeline.cli.echo import echo
from pipeline.cli.output import print_json
from pipeline.settings import load_settings

_COLOURS = {"ok": "green", "warning": "yellow", "problem": "red"}


@click.command()
@options.state_dir
@options.output
def doctor(state_dir: Path | None, output: str) -> None:
    """Check broker, Redis, Postgres, configs repo and clocks; each finding says what to do.

    \b
    Example:  devicevault doctor
    Exit status: 0 fit (perhaps with warnings), 1 something is not
    """
    settings = services.locate(load_settings(state_dir=state_dir))
    findings = list(examine(settings))
    if output == "json":
        print_json(
            [{"check": f.check, "verdict": f.verdict, "found": f.found, "advice": f.advice} for f in findings]
        )
    else:
        for finding in findings:
            echo(f"{finding.verdict:<8}", fg=_COLOURS[finding.verdict], nl=False)
            echo(
                f" {finding.check}: {finding.found}"
                + (f"\n         → {finding.advice}" if finding.advice else "")
            )
    raise SystemExit(1 if any(finding.verdict == "problem" for finding in findings) else 0)
