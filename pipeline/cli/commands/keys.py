"""`devicevault keys`: the keys with which this machine's processes sign, and those that they believe."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import click

from pipeline.cli import options
from pipeline.cli.echo import echo
from pipeline.local.keys import allowed_signers as local_allowed_signers
from pipeline.local.keys import local_signers, make_fingerprint_key, make_key, rotate_key
from pipeline.settings import PREFIX, load_settings
from pipeline.transit.signers import Role, Signer, read_signers

_ROLE = click.Choice(get_args(Role))


@click.group()
def keys() -> None:
    """The keys that sign jobs, outcomes and answers, and whose signatures are believed.

    A driver signs jobs, a worker signs outcomes for its queues, the store signs its commits, and an operator
    releases what is quarantined.
    `devicevault up` makes all keys of one machine by itself. Elsewhere each process gets one, and its public
    half, which is no secret, becomes a line of the file that DEVICEVAULT_SIGNERS names on each machine.

    \b
    Example:  devicevault keys make worker core-1 --queue core
    Exit status: 0 done, 1 a file is unfit, 2 there is such a key already, or none
    """


@keys.command()
@options.state_dir
def show(state_dir: Path | None) -> None:
    """Print the public halves of this machine's keys, and the signers that it believes.

    \b
    Example:  devicevault keys show
    Exit status: 0 done, 1 a file is unfit
    """
    settings = load_settings(state_dir=state_dir)
    echo(f"# keys of this machine, in {settings.keys_dir}")
    for signer in local_signers(settings):
        echo(_line(signer))
    path = settings.signers_path
    echo(f"\n# believed here, from {path}" if path else "\n# there are no signers: everybody is believed")
    for signer in read_signers(path, f"{PREFIX}SIGNERS") if path else ():
        echo(_line(signer))


@keys.command()
@click.argument("role", type=_ROLE)
@click.argument("name")
@click.option("--queue", "queues", multiple=True, help="A queue that this worker may speak for; * for all.")
@options.state_dir
def make(role: Role, name: str, queues: tuple[str, ...], state_dir: Path | None) -> None:
    """Make this machine's key for a ROLE and print the line of its public half, to be called NAME.

    \b
    Example:  devicevault keys make driver beat-1
    Exit status: 0 done, 1 it cannot be written, 2 there is one already
    """
    echo(make_key(load_settings(state_dir=state_dir), role, name, queues).line())


@keys.command()
@click.argument("role", type=_ROLE)
@click.argument("name")
@click.option("--queue", "queues", multiple=True, help="A queue that this worker may speak for; * for all.")
@click.option("--days", type=click.IntRange(min=0), default=7, show_default=True, help="Life of the old key.")
@options.state_dir
def rotate(role: Role, name: str, queues: tuple[str, ...], days: int, state_dir: Path | None) -> None:
    """Replace this machine's key for a ROLE; prints both lines, the old one with its last day.

    Put both into the file of signers before the processes start again.

    \b
    Example:  devicevault keys rotate worker core-1 --queue core
    Exit status: 0 done, 1 it cannot be written, 2 there is none
    """
    until = datetime.now(UTC).date() + timedelta(days=days)
    for signer in rotate_key(load_settings(state_dir=state_dir), role, name, queues, until):
        echo(signer.line())


@keys.command()
@options.state_dir
def fingerprint(state_dir: Path | None) -> None:
    """Make a key for fingerprints of secrets, and print the setting that names it. All workers need the same.

    \b
    Example:  devicevault keys fingerprint
    Exit status: 0 done, 1 it cannot be written, 2 there is one already
    """
    path = make_fingerprint_key(load_settings(state_dir=state_dir)).absolute()
    echo(f"{PREFIX}FINGERPRINT_KEY=file:{path}")


@keys.command("allowed-signers")
@options.state_dir
def allowed_signers(state_dir: Path | None) -> None:
    """Print the store's keys as Git's `gpg.ssh.allowedSignersFile` has them, to check commits anywhere.

    \b
    Example:  devicevault keys allowed-signers >signers
              git -c gpg.ssh.allowedSignersFile=signers verify-commit main
    Exit status: 0 done, 1 a file is unfit
    """
    for line in local_allowed_signers(load_settings(state_dir=state_dir)):
        echo(line)


def _line(signer: Signer) -> str:
    return f"{signer.line()}  # {signer.id}"
