"""The environment, read once into one frozen Settings. Only this module and the command line read it."""

from __future__ import annotations

import difflib
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from dulwich.refs import check_ref_format
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.errors import SettingsError
from pipeline.values.names import DEFAULT_REPO
from pipeline.values.urls import database_number_problem, passwords_in, url_problem, without_password

PREFIX = "DEVICEVAULT_"

VARIABLES_WITHOUT_POLICY = "BACKUP_*,DEMO_*,EXAMPLE_*,LAB_*"
"""The names in README, in what `init` writes, and of the demo."""
FILES_WITHOUT_POLICY = Path("/run/secrets")

REDIS_SCHEMES = ("redis", "rediss", "unix")
BROKER_SCHEMES = ("redis", "rediss", "unix", "redis+socket", "amqp", "amqps", "pyamqp")
DATABASE_SCHEMES = ("postgresql", "postgres")
_REPO = "{repo}"


def _default_state_dir() -> Path:
    try:
        base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    except RuntimeError as error:
        raise SettingsError(
            f"{PREFIX}STATE_DIR: there is no home directory to keep state in; set this variable"
        ) from error
    return Path(base) / "devicevault"


def _service(*schemes: str) -> AfterValidator:
    def check(url: str) -> str:
        problem = url_problem(url, schemes)
        if problem is None and url.startswith(("redis://", "rediss://")):
            problem = database_number_problem(url)
        if problem:
            raise ValueError(problem)
        scheme, separator, rest = url.partition("://")
        return scheme.lower() + separator + rest  # as the libraries want it

    return AfterValidator(check)


def _branch(name: str) -> str:
    if name.startswith("-") or not check_ref_format(f"refs/heads/{name}".encode()):  # type: ignore[arg-type]
        raise ValueError("not a name that Git takes for a branch")
    return name


def _variables(names: str) -> str:
    found = [name.strip() for name in names.split(",")]
    for name in found:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*\*?", name):
            raise ValueError(f"{name!r} is neither a variable's name nor its beginning before '*'")
        if name.startswith(PREFIX):
            raise ValueError(f"{PREFIX}* are the worker's own")
    return ",".join(found)


def _secret_dir(path: Path) -> Path:
    real = Path(os.path.realpath(path))
    closed = [Path(each) for each in ("/proc", "/sys", "/dev", "/etc")]
    if not path.is_absolute() or len(real.parts) < 3 or any(real == c or c in real.parents for c in closed):
        raise ValueError(
            "must be a directory of secrets alone, and not below /etc, /proc, /sys or /dev; a policy can "
            "name files below /etc"
        )
    return path


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


# Between `<` and `>`, or on one line of a commit.
_OneLine = Annotated[str, Field(min_length=1, pattern=r"^[^<>\x00-\x1f]+$")]
_Name = Annotated[str, Field(min_length=1, pattern=r"^[^\x00-\x20]+$")]


class Settings(BaseSettings):
    """The settings of every process. Each is an environment variable `DEVICEVAULT_<NAME>`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    state_dir: Path = Field(
        default_factory=_default_state_dir,
        description="Where the embedded services and the configs repo live.",
    )
    inventory: Path = Field(
        Path("inventory"), description="The inventory's directory, inside a Git repository."
    )
    inventory_ref: str = Field("HEAD", description="The Git revision that is read.")
    redis_url: Annotated[str, _service(*REDIS_SCHEMES)] | None = Field(
        None,
        repr=False,
        description="Redis or Valkey for locks and the result stream; empty: the embedded one.",
    )
    broker_url: Annotated[str, _service(*BROKER_SCHEMES)] | None = Field(
        None,
        repr=False,
        description="Celery's broker, `redis://` or `amqp://`; empty: the same as DEVICEVAULT_REDIS_URL.",
    )
    database_url: Annotated[str, _service(*DATABASE_SCHEMES)] | None = Field(
        None, repr=False, description="Postgres, `postgresql://`; empty: the embedded one."
    )
    ca_file: Path | None = Field(
        None,
        description="PEM file of the CAs that may sign the certificates of Redis (`rediss://`), the broker "
        "(`amqps://`, `rediss://`) and Postgres; empty: those that the system trusts.",
    )
    allow_no_login: bool = Field(
        False,
        description="Whether a Redis or broker on another machine may be used although it asks for no login.",
    )
    configs_repo: Path | None = Field(
        None, description="The bare configs repo; empty: `<state_dir>/configs.git`."
    )
    push_url: str | None = Field(
        None,
        repr=False,
        description="The Git remote that every batch is pushed to; `{repo}` stands for the configs repo's "
        "name; empty: no push.",
    )
    push_branch: Annotated[str, AfterValidator(_branch)] = Field(
        "main", description="The branch of the configs repo, here and at the remote."
    )
    push_timeout: float = Field(
        60.0, gt=0, allow_inf_nan=False, description="Seconds until a push is given up and tried again later."
    )
    push_ssh_key: Path | None = Field(
        None, description="Private key for the push over SSH; empty: what git would use."
    )
    push_known_hosts: Path | None = Field(
        None, description="known_hosts file for the push over SSH; empty: what ssh would use."
    )
    stream: _Name = Field("device:results", description="The result stream's key.")
    consumer_name: _Name = Field(
        "consumer", description="This consumer's name in the group; stable over restarts."
    )
    batch_size: int = Field(100, ge=1, le=1000, description="Results that the consumer commits at once.")
    worker_name: _Name = Field(
        default_factory=socket.gethostname, description="How this worker signs its results."
    )
    worker_concurrency: int = Field(4, ge=1, description="Collections that one worker runs at a time.")
    worker_remote_control: bool = Field(
        False,
        description="Whether workers take Celery's remote control, which has no login: whoever reaches the "
        "broker could then end a worker.",
    )
    fingerprint_key: Annotated[str, Field(pattern=r"^(?:env:|file:/).+")] | None = Field(
        None,
        description="`env:NAME` or `file:/path` of the key for fingerprints of secrets; empty: none.",
    )
    signing_key: Path | None = Field(
        None,
        description="Private key with which this process signs what it sends; empty: "
        "`<state_dir>/keys/<role>.key`, if it exists.",
    )
    signers: Path | None = Field(
        None,
        description="Public keys of the processes whose messages are believed; empty: "
        "`<state_dir>/keys/signers`, if it exists.",
    )
    commit_key: Path | None = Field(
        None,
        description="Private key with which the consumer signs its commits; empty: "
        "`<state_dir>/keys/store.key`, if it exists.",
    )
    policy: Path | None = Field(
        None,
        description="File that says which secret this worker may show to whom; empty: "
        "`<state_dir>/policy.yaml`, if it exists.",
    )
    secret_variables: Annotated[str, AfterValidator(_variables)] = Field(
        VARIABLES_WITHOUT_POLICY,
        description="Variables that credentials may name on a worker without a policy, separated by commas; "
        "`*` at the end stands for any rest.",
    )
    secret_dir: Annotated[Path, AfterValidator(_secret_dir)] = Field(
        FILES_WITHOUT_POLICY,
        description="Directory whose files credentials may name on a worker without a policy.",
    )
    max_attempts: int = Field(3, ge=1, description="Attempts at a device whose failure may pass, per backup.")
    retry_backoff: float = Field(
        5.0,
        gt=0,
        allow_inf_nan=False,
        description="Seconds before the second attempt; doubled each time, with jitter.",
    )
    republish_after: float = Field(
        120.0,
        gt=0,
        allow_inf_nan=False,
        description="Seconds after which an expected backup with no sign of life is queued again.",
    )
    author_name: _OneLine = Field("DeviceVault", description="Author and committer of the configs repo.")
    author_email: _OneLine = Field("devicevault@localhost", description="Their address.")
    run_url: Annotated[str, Field(max_length=2000, pattern=r"^[^\x00-\x20]+$")] | None = Field(
        None, description="Link to the run that asked for a collection; becomes the Run-URL trailer."
    )
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)] = Field(
        "INFO", description="What the processes log."
    )
    log_format: Literal["auto", "json", "text"] = Field(
        "auto",
        description="`json`: one object per line; `text`: for people; `auto`: text on a terminal, else JSON.",
    )

    @property
    def configs_path(self) -> Path:
        """The configs repo's directory."""
        return self.configs_repo or self.state_dir / "configs.git"

    @property
    def keys_dir(self) -> Path:
        """Where `devicevault keys` keeps this machine's keys."""
        return self.state_dir / "keys"

    @property
    def signers_path(self) -> Path | None:
        """The file of trusted public keys; None if there is none."""
        return self.signers or _if_there(self.keys_dir / "signers")

    def signing_key_path(self, role: str) -> Path | None:
        """The private key for that role; None if there is none."""
        return self.signing_key or _if_there(self.keys_dir / f"{role}.key")

    @property
    def commit_key_path(self) -> Path | None:
        """The private key that signs commits; None if there is none."""
        return self.commit_key or _if_there(self.keys_dir / "store.key")

    @property
    def policy_path(self) -> Path | None:
        """The worker's policy; None if there is none."""
        return self.policy or _if_there(self.local_policy_path)

    @property
    def local_policy_path(self) -> Path:
        """Where a policy lies that no variable names."""
        return self.state_dir / "policy.yaml"

    @property
    def inventory_cache(self) -> Path:
        """The directory in which the parsed files of a large inventory are kept for the next time."""
        return self.state_dir / "cache" / "inventory"

    def repo_path(self, name: str) -> Path:
        """The directory of the configs repo of that name. Other repos lie beside the default one."""
        return self.configs_path if name == DEFAULT_REPO else self.configs_path.with_name(f"{name}.git")

    def push_url_of(self, name: str) -> str | None:
        """The URL that the configs repo of that name is pushed to; None if it is not pushed."""
        url = self.push_url
        if url is None or (name != DEFAULT_REPO and _REPO not in url):
            return None
        return url.replace(_REPO, name)

    def passwords(self) -> Iterator[str]:
        """Every password in the URLs. No log may show one."""
        for url in (self.redis_url, self.broker_url, self.database_url, self.push_url):
            yield from passwords_in(url or "")


def _if_there(path: Path) -> Path | None:
    return path if path.exists() else None


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment, with `overrides` on top.

    Raises SettingsError with one line per wrong variable.
    """
    try:
        return Settings(**{key: value for key, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        lines = [_problem(str(item["loc"][0]), item["msg"], item.get("input")) for item in error.errors()]
        raise SettingsError("\n".join(lines)) from error


def misspelt(environ: Iterator[str] | None = None) -> list[str]:
    """A line for each environment variable that looks like a misspelt setting.

    Other variables with our prefix are left alone: they may be another version's.
    """
    names = {_plain(name): f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    lines = []
    for variable in sorted(environ if environ is not None else os.environ):
        if not variable.upper().startswith(PREFIX.rstrip("_")) or variable.upper() in names.values():
            continue
        near = difflib.get_close_matches(_plain(variable), names, n=1, cutoff=0.85)
        if near:
            lines.append(f"{variable} is not a setting and does nothing; did you mean {names[near[0]]}?")
    return lines


def _plain(name: str) -> str:
    """A name as it is compared: without prefix and underscores, in lower case."""
    return re.sub(r"^devicevault|_", "", name.lower().replace("-", "_"))


def _problem(field: str, message: str, value: object) -> str:
    message = message.removeprefix("Value error, ")
    # A password that nobody has percent-encoded cannot be told from the rest of its URL.
    shown = "not shown, it may hold a password" if field.endswith("_url") else f"it is {value!r}"
    return without_password(f"{PREFIX}{field.upper()}: {message} ({shown})")
