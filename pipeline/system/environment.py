"""Which variables of our environment a child process gets: what it needs, and nothing else.

A variable may hold a credential whatever it is called, so these are lists of what is let through. A name with
`*` at its end stands for all variables that begin so.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from typing import Literal

Process = Literal["beat", "consumer", "worker", "git", "push"]
"""`git` reads or repacks a configs repo; `push` is git on its way to the Git host, with ssh and helpers."""

_EVERYBODY = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ", "TZDIR", "LD_LIBRARY_PATH", "LD_PRELOAD",
    "LANG", "LANGUAGE", "LC_ALL", "LC_COLLATE", "LC_CTYPE", "LC_MESSAGES", "LC_MONETARY", "LC_NUMERIC",
    "LC_TIME",
    "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME",
    "TERM", "COLUMNS", "LINES", "NO_COLOR", "VIRTUAL_ENV", "SSL_CERT_FILE", "SSL_CERT_DIR",
    "PYTHONPATH", "PYTHONHOME", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX",
    "PYTHONWARNINGS", "PYTHONHASHSEED", "PYTHONUTF8", "PYTHONIOENCODING", "PYTHONFAULTHANDLER",
    "PYTHONMALLOC",
    "PYTHONDEVMODE", "PYTHONTRACEMALLOC", "PYTHONSAFEPATH", "PYTHONNOUSERSITE", "PYTHONOPTIMIZE",
)  # fmt: skip

_POSTGRES = (
    "PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGPASSFILE", "PGREQUIREAUTH",
    "PGSERVICE", "PGSERVICEFILE", "PGSYSCONFDIR", "PGOPTIONS", "PGAPPNAME", "PGSSL*", "PGREQUIRE*", "PGGSS*",
    "PGKRBSRVNAME", "PGCHANNELBINDING", "PGCONNECT_TIMEOUT", "PGTARGETSESSIONATTRS", "PGLOADBALANCEHOSTS",
    "PGMINPROTOCOLVERSION", "PGMAXPROTOCOLVERSION", "PGCLIENTENCODING", "KRB5*",
)  # fmt: skip
"""What libpq reads, from its documentation, "Environment Variables", and Kerberos for it."""

_PUSH = (
    "GIT_*", "SSH_AUTH_SOCK", "SSH_AGENT_PID", "DBUS_SESSION_BUS_ADDRESS", "GNUPGHOME", "KRB5*",
    "http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
    "CURL_CA_BUNDLE",
)  # fmt: skip
"""What git, ssh and credential helpers read."""

VARIABLES: Mapping[Process, tuple[str, ...]] = {
    "beat": (*_EVERYBODY, *_POSTGRES),
    "consumer": (*_EVERYBODY, *_POSTGRES, *_PUSH),
    "worker": _EVERYBODY,  # and the secrets of devices that its policy lets it use
    "git": (*_EVERYBODY, "GIT_EXEC_PATH"),
    "push": (*_EVERYBODY, *_PUSH),
}
"""The table: process → what it gets of our environment. Our own settings are in SETTINGS."""

SETTINGS: Mapping[str, tuple[Process, ...]] = {
    "redis_url": ("beat", "consumer", "worker"),
    "broker_url": ("beat", "worker"),
    "database_url": ("beat", "consumer"),
    "inventory": ("beat",),
    "inventory_ref": ("beat",),
    "run_url": ("beat",),
    "signing_key": ("beat", "worker"),
    "fingerprint_key": ("worker",),
    "policy": ("worker",),
    "push_url": ("consumer",),
    "push_ssh_key": ("consumer",),
    "push_known_hosts": ("consumer",),
    "push_timeout": ("consumer",),
    "commit_key": ("consumer",),
}
"""Setting → the processes that get it. One that is not named here is no secret, and all of them get it."""

_ELSEWHERE = frozenset(
    {
        "GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CEILING_DIRECTORIES",
        "GIT_QUARANTINE_PATH", "GIT_PUSH_OPTION_COUNT", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE",
        "GIT_REPLACE_REF_BASE", "GIT_EXTERNAL_DIFF", "GIT_TEMPLATE_DIR",
    }
)  # fmt: skip
"""Variables by which git's own hooks, for instance, lead git to another repository. No child gets them."""


def passed_on(
    process: Process, environ: Mapping[str, str] | None = None, more: Collection[str] = ()
) -> dict[str, str]:
    """What such a process gets of `environ`, by default our own environment. `more` are further names."""
    environ = os.environ if environ is None else environ
    return {
        name: value
        for name, value in environ.items()
        if (name in more or matches(name, VARIABLES[process])) and name not in _ELSEWHERE
    }


def is_setting_of(process: Process, setting: str) -> bool:
    """Whether such a process gets this setting."""
    return process in SETTINGS.get(setting, (process,))


def is_of_another(process: Process, variable: str) -> bool:
    """Whether the variable is for other processes, and not for this one."""
    mine = VARIABLES[process]
    return not matches(variable, mine) and any(matches(variable, names) for names in VARIABLES.values())


def matches(variable: str, names: Iterable[str]) -> bool:
    """Whether one of the names, perhaps with `*` at its end, is about this variable."""
    return any(variable.startswith(name[:-1]) if name.endswith("*") else variable == name for name in names)
