"""What can go wrong around a backup, and what happens next.

    DeviceVaultError          one line for a person; the CLI prints it and exits
    ├── UsageError            exit 2: what was asked for does not exist or makes no sense
    ├── InventoryError        exit 1: one or many problems, each with file:line
    ├── SettingsError         exit 1: a setting is missing or wrong; names the variable
    ├── ServiceError          exit 1: broker, Redis or Postgres unreachable or unfit; names the setting
    ├── StateError            exit 1: a state directory or configs repo cannot be used as it is
    │   ├── BranchMoved       nothing was stored: the batch is read again; in pipeline.store.git.repo
    │   ├── HistoryLost       a configs repo does not hold what was stored there; in pipeline.store.git.repo
    │   └── NoRepository      there is no Git repository at that path; in pipeline.store.git.reader
    ├── SourceError           exit 1: what is to be imported cannot be read; names the file or the server
    ├── CredentialError       recorded as `credential`: a reference resolves to nothing
    │   ├── PolicyError       recorded as `policy`: this worker may not send that secret there
    │   │   └── NetworkError  recorded as `forbidden`: not to that address
    │   └── ShortKeyError     the key for fingerprints could be guessed; in pipeline.worker.credentials
    └── MessageError          a job or stream entry that cannot be read: dead letter, never dropped
        └── ForgedError       nobody whom this process trusts has signed it

Errors of a collection itself are in `collectors.errors`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

CONTENDED = "contended"
"""The reason of a backup that was not begun, because another was running. It does not blame the device."""


class DeviceVaultError(Exception):
    """Base of what a person is told in one line."""

    exit_status = 1


class UsageError(DeviceVaultError):
    """What was asked for does not exist or makes no sense."""

    exit_status = 2


class SettingsError(DeviceVaultError):
    """A setting is missing or wrong; the message names the variable."""


class ServiceError(DeviceVaultError):
    """The broker, Redis or Postgres is unreachable or unfit; the message names the setting."""


class StateError(DeviceVaultError):
    """A state directory or configs repo cannot be used as it is."""


class SourceError(DeviceVaultError):
    """What is to be imported cannot be read; the message names the file and line, or the server."""


class CredentialError(DeviceVaultError):
    """A credential reference resolves to nothing. Permanent: a person has to provide it."""

    reason = "credential"


class PolicyError(CredentialError):
    """This worker's policy does not let a secret be sent there. Permanent: its owner has to allow it."""

    reason = "policy"


class NetworkError(PolicyError):
    """This worker's policy does not let a secret be sent to that address. Nothing was connected to."""

    reason = "forbidden"


class MessageError(DeviceVaultError):
    """A job or a stream entry that cannot be read."""


class ForgedError(MessageError):
    """A job or a stream entry that nobody whom this process trusts has signed."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong with the inventory. Line and column count from 1; 0 is the file as a whole.

    `rule` is a stable word for its kind, for tools: `pipeline.inventory.sarif` says what each means.
    """

    file: str
    line: int
    column: int
    message: str
    hint: str = ""
    rule: str = "invalid"

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        return f"{place}: {self.message}" + (f" ({self.hint})" if self.hint else "")


class InventoryError(DeviceVaultError):
    """The inventory is not usable; `problems` holds everything wrong with it, in file order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))
