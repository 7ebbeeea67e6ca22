"""`devicevault import`: from other tools' inventories to ours."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import cast, get_args

import click

from pipeline.cli import options
from pipeline.cli.echo import echo
from pipeline.cli.output import print_json
from pipeline.errors import UsageError
from pipeline.importers.report import Report
from pipeline.importers.run import Kind, Request, run
from pipeline.importers.sources.files import read_text
from pipeline.settings import load_settings

_SERVERS = ("netbox", "librenms")
_ONLY_FOR = {
    "config": ("oxidized", "rancid"),
    "token_from": _SERVERS,
    "query": ("netbox",),
    "timeout": _SERVERS,
}
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


@click.command("import")
@click.argument("kind", type=click.Choice(get_args(Kind)))
@click.argument("source")
@click.option(
    "--into", type=click.Path(path_type=Path), help="The inventory's directory. [DEVICEVAULT_INVENTORY]"
)
@click.option("--as", "name", help="A name for this import, where there are several of one kind. [KIND]")
@click.option("--write", is_flag=True, help="Change the inventory that is there; else the change is shown.")
@click.option("--prune", is_flag=True, help="Remove imported devices that the source has no more.")
@click.option("--config", type=click.Path(path_type=Path), help="Oxidized's config, or RANCID's .cloginrc.")
@click.option("--token-from", metavar="env:NAME|file:PATH", help="Where the token for the server is.")
@click.option("--filter", "query", help="Which devices of NetBox: a query such as site=fra&role=access.")
@click.option("--timeout", type=click.FloatRange(min=0.1), help="Seconds for each answer. [default: 30]")
@options.output
def import_(
    kind: str,
    source: str,
    into: Path | None,
    name: str | None,
    write: bool,
    prune: bool,
    config: Path | None,
    token_from: str | None,
    query: str | None,
    timeout: float | None,
    output: str,
) -> None:
    """Write an inventory from what another tool has, and say what was guessed and left out.

    \b
    SOURCE is
      oxidized   router.db, or the directory of it and of Oxidized's config
      rancid     the directory of the groups' directories, or one router.db
      ansible    an inventory file or directory; group_vars and host_vars beside it
      nornir     the directory of hosts.yaml, groups.yaml and defaults.yaml
      netbox     the server's address; the token comes from --token-from
      librenms   the server's address; the token comes from --token-from

    Passwords go to credentials.env, which Git ignores, and nowhere else. Where an inventory is there
    already, the change is only shown, until --write; what you changed by hand stays.

    \b
    Example:  devicevault import oxidized ~/.config/oxidized --into inventory
    Exit status:
      0  done, or shown
      1  nothing could be taken over, or the source or the inventory cannot be read
      2  wrong usage
      3  done, or shown, and devices were left out
    """
    given = {"config": config, "token_from": token_from, "query": query, "timeout": timeout}
    for option, kinds in _ONLY_FOR.items():
        if given[option] is not None and kind not in kinds:
            flag = {"query": "--filter"}.get(option, "--" + option.replace("_", "-"))
            raise click.UsageError(f"{flag} is for {' and '.join(kinds)}")
    if kind in _SERVERS and token_from is None:
        raise click.UsageError(f"{kind} needs --token-from env:NAME or file:PATH")
    report = run(
        Request(
            kind=cast(Kind, kind),
            source=source,
            into=load_settings(inventory=into).inventory,
            name=name or kind,
            write=write,
            prune=prune,
            config=config,
            token=_token(token_from) if token_from else "",
            query=query or "",
            timeout=timedelta(seconds=timeout or 30),
        )
    )
    if output == "json":
        print_json(report.to_json())
    else:
        _print(report)
    raise SystemExit(report.exit_status)


def _token(reference: str) -> str:
    """The token that a reference stands for; it is never part of a message."""
    scheme, _, where = reference.partition(":")
    if scheme == "env" and where:
        token = os.environ.get(where, "")
    elif scheme == "file" and where:
        token = read_text(Path(where)).partition("\n")[0]
    else:
        raise click.UsageError("--token-from must be env:NAME or file:PATH, never the token itself")
    token = token.strip()
    if not token:
        raise UsageError(f"--token-from: there is nothing in {scheme}:{where}")
    if not (token.isascii() and token.isprintable()):
        raise UsageError(f"--token-from: what is in {scheme}:{where} is no token")
    return token


def _print(report: Report) -> None:
    if not report.is_new:
        for line in report.diff():
            colour = _COLOURS.get(line[:1])
            echo(line, fg=colour)
    for line in report.lines():
        echo(line)
