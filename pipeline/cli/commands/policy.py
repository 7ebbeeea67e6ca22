"""`devicevault policy`: which secret may be sent where, drafted from the inventory for review."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.echo import echo
from pipeline.cli.workplace import Workplace, with_workplace
from pipeline.errors import StateError
from pipeline.local import policy as local


@click.command()
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it there, readable by its owner alone; what a file there says otherwise is shown.",
)
@click.option(
    "--replace", is_flag=True, help="With --output: accept the draft in place of the file that is there."
)
@click.option("--queue", "queues", multiple=True, help="Only for devices of this queue. [default: all]")
@with_workplace
def policy(output: Path | None, replace: bool, queues: tuple[str, ...], workplace: Workplace) -> None:
    """Draft the policy of a worker: which secret it may send to which networks, and how.

    The draft opens what the inventory shows now. Lines over telnet, and without a pinned certificate, are
    marked: look at each. A worker reads DEVICEVAULT_POLICY, or policy.yaml in its state directory, again when
    it has changed. Names are looked up; nothing is connected to.

    \b
    Example:  devicevault policy --inventory inventory --output /etc/devicevault/policy.yaml
    Exit status: 0 done, 1 a file there says otherwise, or the inventory has problems, 2 wrong usage
    """
    if replace and output is None:
        raise click.UsageError("--replace is for --output")
    settings = workplace.settings()
    inventory = local.only_queues(workplace.read(settings), queues)
    text = local.draft(
        inventory, local.resolve(local.names_of(inventory.devices)), [settings.fingerprint_key]
    )
    if output is None:
        echo(text, nl=False)
        return
    is_new = not output.exists()
    if not is_new:
        changes = local.difference(output, text)
        echo(changes or f"{output} says so already\n", nl=False)
        if not changes:
            return
        if not replace:
            raise StateError(f"{output} is left as it is; if this is right, say --replace")
    local.write(output, text)
    echo(f"{'wrote' if is_new else 'replaced'} {output}", err=True)
