"""The `devicevault` command: the table of commands, and what a person sees of an error.

A command is imported when it is run, so `devicevault --help` does not wait for Celery.
"""

from __future__ import annotations

import importlib
import io
import keyword
import logging
import os
import sys
from typing import NoReturn

import click

from pipeline.cli.echo import echo
from pipeline.errors import DeviceVaultError

INTERRUPTED, READER_GONE = 128 + 2, 128 + 13
"""Exit statuses as a shell gives them for SIGINT and SIGPIPE."""

COMMANDS: dict[str, str] = {
    "demo": "the whole journey on simulated devices, then clean up",
    "init": "lay out an inventory repository, with checks for pull requests",
    "import": "write an inventory from what another tool has",
    "validate": "check the inventory; every problem with file and line",
    "plan": "what merging a change of the inventory would change",
    "probe": "try devices out: would a backup work?",
    "hostkeys": "collect host keys for review, and check the pinned ones",
    "up": "run everything on this machine until stopped",
    "collect": "back up devices now, or whatever is due",
    "status": "each device's newest backup",
    "drift": "where the configs repos are not what the inventory says",
    "log": "the backups of one device, newest first",
    "show": "one backup: how it went, or its configuration",
    "diff": "what changed between two backups",
    "restore": "print a configuration with its secrets, from the sealed copy",
    "accept": "release a configuration from quarantine",
    "deadletter": "messages that were refused: list, show, retry, drop",
    "keys": "the keys that sign jobs and outcomes, and those that are believed",
    "policy": "which secret a worker may send where, drafted from the inventory",
    "redis-acl": "users of Redis or Valkey, with the rights of each role",
    "rabbitmq-permissions": "users of RabbitMQ, with the rights of each role",
    "platforms": "the operating systems that can be backed up",
    "doctor": "check the services, and say what to do",
    "worker": "process: collect devices",
    "consume": "process: store results, commit, push",
    "beat": "process: enqueue what the schedules make due",
}
"""Command → one line of help, in the order of a first week with the tool.

A command is `pipeline/cli/commands/<name>.py`, and in it the click command `<name>`, with `_` for `-`. Where
the name is a word of Python, both have a `_` behind it: `import_`."""


class _ReaderGone(Exception):
    """The program that read our output has closed the pipe: `devicevault status | head -1`."""


class LazyGroup(click.Group):
    """A click group that imports a command's module on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command, or None if there is none of that name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_") + ("_" if keyword.iskeyword(cmd_name) else "")
        module = importlib.import_module(f"pipeline.cli.commands.{name}")
        command: click.Command = getattr(module, name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolve it as click does. If there is no such command, the error names one that comes close."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchOption:
            raise
        except click.UsageError as error:
            from pipeline.inventory.problems import did_you_mean, shown

            hint = did_you_mean(args[0], COMMANDS).capitalize()
            raise click.UsageError(f"No such command {shown(args[0])}. {hint}".rstrip(), ctx) from error

    def invoke(self, ctx: click.Context) -> object:
        """Run the command. A closed pipe becomes _ReaderGone, because click would take it for a failure."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise _ReaderGone from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="devicevault", prog_name="devicevault")
def cli() -> None:
    """Back up network device configurations the GitOps way.

    \b
    Exit status:
      0    done
      1    failed before anything ran
      2    wrong usage
      3    some devices failed or are stale
      130  interrupted; what was queued goes on
      141  whoever read our output went away
    """
    if any(name.upper().startswith("DEVICEVAULT") for name in os.environ):
        from pipeline.settings import misspelt

        for line in misspelt():
            echo(f"warning: {line}", err=True)


def main() -> None:
    """Run the command line. An error is one line on stderr, or one for each problem; never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A locale without '→' must show '?' instead of raising an error.
            stream.reconfigure(errors="replace")
    # psycopg would report a transaction that Ctrl-C interrupts; we do that ourselves, in one line.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    try:
        # https://no-color.org
        colour = False if os.environ.get("NO_COLOR") else None
        status = cli.main(standalone_mode=False, color=colour)
        if sys.stdout is not None:
            sys.stdout.flush()
    except DeviceVaultError as error:
        _fail(str(error), error.exit_status)
    except click.ClickException as error:
        words = io.StringIO()
        error.show(words)
        echo(words.getvalue(), err=True, nl=False)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _fail("interrupted", INTERRUPTED)
    except (BrokenPipeError, _ReaderGone):
        _drop_output()
        sys.exit(READER_GONE)
    except OSError as error:
        _drop_unwritten()
        file = f"{error.filename}: " if error.filename else ""
        _fail(f"{file}{error.strerror or error}", 1)
    sys.exit(status if isinstance(status, int) else 0)


def _drop_unwritten() -> None:
    """Flush stdout. If that fails, on a full disk for instance, drop the rest.

    Otherwise the interpreter would try again at its end, and report a second error.
    """
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        _drop_output()


def _drop_output() -> None:
    """Send what is left in stdout's buffer nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _fail(message: str, status: int) -> NoReturn:
    for line in message.splitlines():
        echo(f"error: {line}", err=True)
    sys.exit(status)


if __name__ == "__main__":
    main()
