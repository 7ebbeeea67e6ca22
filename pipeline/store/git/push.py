"""The configs repo's way to the Git host: the git binary, in the background, never forced.

A push runs beside the consumer and holds up no commit. What cannot be pushed now is pushed later: the
branch itself remembers what the host does not have yet. However the consumer ends, git and ssh end with it.
"""

from __future__ import annotations

import logging
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from pipeline.errors import ServiceError
from pipeline.settings import Settings
from pipeline.system import launch
from pipeline.system.spawn import spawn, stop
from pipeline.values.names import DEFAULT_REPO
from pipeline.values.urls import split_login

log = logging.getLogger("devicevault.push")

_FIRST_RETRY_S = 5.0
_LONGEST_RETRY_S = 300.0
_GRACE_S = 1.0
_POLL_S = 0.1
_USER, _PASSWORD = "DEVICEVAULT_PUSH_LOGIN_USER", "DEVICEVAULT_PUSH_LOGIN_PASSWORD"
_HELPER = (
    f'!f() {{ test "$1" != get || printf "username=%s\\npassword=%s\\n" "${_USER}" "${_PASSWORD}"; }}; f'
)


@dataclass(frozen=True, slots=True)
class _Running:
    process: subprocess.Popen[bytes]
    said: IO[bytes]
    head: str
    since: float


class Pushers:
    """A Pusher for each configs repo."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pushers: dict[str, Pusher] = {}

    def poke(self, heads: Mapping[str, str | None]) -> None:
        """See to the pushes that run, and push each repo whose head, by name, its remote lacks."""
        for name in {*self._pushers, *heads}:
            self._of(name).poke(heads.get(name))

    def finish(self, heads: Mapping[str, str | None], stop: threading.Event) -> None:
        """Nobody will push later: ServiceError if a remote does not take what is here."""
        for name, head in heads.items():
            pusher = self._of(name)
            if pusher.url and not pusher.wait(head, stop) and not stop.is_set():
                raise ServiceError(pusher.problem or "DEVICEVAULT_PUSH_URL: push failed")

    def stop(self) -> None:
        """End the pushes that run."""
        for pusher in self._pushers.values():
            pusher.stop()

    def _of(self, name: str) -> Pusher:
        if name not in self._pushers:
            self._pushers[name] = pusher = Pusher(self._settings, name)
            if self._settings.push_url and not pusher.url:
                log.warning("DEVICEVAULT_PUSH_URL holds no {repo}: the configs repo '%s' is not pushed", name)
        return self._pushers[name]


class Pusher:
    """Keeps one remote branch up with ours, one push at a time. Not thread-safe.

    A push that fails is tried again after 5 s, then after twice as long each time, up to 5 min. `clock`
    counts seconds.
    """

    def __init__(
        self, settings: Settings, repo: str = DEFAULT_REPO, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._path = settings.repo_path(repo)
        self.url = settings.push_url_of(repo)
        """Where it pushes to; None: nowhere."""
        self._clock = clock
        self._running: _Running | None = None
        self._retry_s = _FIRST_RETRY_S
        self._not_before = 0.0
        self.pushed: str | None = None
        """The commit that the remote is known to have."""
        self.problem: str | None = None
        """Why the last push failed, in one line; None after a good one."""

    def poke(self, head: str | None) -> None:
        """See to a running push, and start one if the remote lacks `head`. Returns at once."""
        if self._running is not None and not self._finished(self._running):
            return
        url = self.url
        if url is None or head is None or head == self.pushed or self._clock() < self._not_before:
            return
        try:
            self._running = self._start(url, head)
        except OSError as error:  # no git, or no room for what it says
            self._failed(f"git cannot be started: {error}")

    def wait(self, head: str | None, stop: threading.Event) -> bool:
        """Push `head` now and wait for the end, or for `stop`; True if the remote has it.

        A push that runs already may be of an older commit: it is waited for first. Each takes at most one
        push_timeout.
        """
        while not stop.is_set():
            self._not_before = 0.0
            self.poke(head)
            if self._running is None:
                break
            last = self._running.head == head
            while self._running is not None and not self._finished(self._running):
                with suppress(subprocess.TimeoutExpired):
                    self._running.process.wait(_POLL_S)
                if stop.is_set():
                    return False
            if last:
                break
        return head is None or self.pushed == head

    def stop(self) -> None:
        """End a running push; the next start pushes again."""
        if self._running is not None:
            self._end(self._running)
            self._running.said.close()
            self._running = None

    def _start(self, url: str, head: str) -> _Running:
        branch = self._settings.push_branch
        # Every user of this machine can read a command line, so the URL goes without its login.
        argv = ["git", "-C", str(self._path), "push", "--porcelain", "--no-verify",
                "--", split_login(url)[0], f"{head}:refs/heads/{branch}"]  # fmt: skip
        # A file, not a pipe: one that nobody drains could stall git. Closed when the push is settled.
        said = TemporaryFile()  # noqa: SIM115
        try:
            # SIGTERM lets git remove its own lock files and helpers.
            process = spawn(
                argv,
                death_signal=signal.SIGTERM,
                env=push_environment(self._settings),
                stdout=said,
                stderr=said,
            )
        except BaseException:
            said.close()
            raise
        return _Running(process, said, head, self._clock())

    def _finished(self, running: _Running) -> bool:
        """Whether the running push has ended (or was ended at its limit); settles it if so."""
        limit_s = self._settings.push_timeout
        status = running.process.poll()
        late = status is None and self._clock() >= running.since + limit_s
        if status is None and not late:
            return False
        if late:
            self._end(running)
        self._running = None
        with running.said as file:
            file.seek(0)
            said = file.read(64 * 1024).decode(errors="replace")
        if status == 0:
            self.pushed, self.problem = running.head, None
            self._retry_s = _FIRST_RETRY_S
            log.info("pushed %s to %s", running.head[:10], self._settings.push_branch)
        else:
            self._failed(f"no answer within {limit_s:g} s (DEVICEVAULT_PUSH_TIMEOUT)" if late else why(said))
        return True

    def _failed(self, reason: str) -> None:
        self.problem = f"DEVICEVAULT_PUSH_URL: push failed: {reason}"
        log.error("%s; trying again in %.0f s", self.problem, self._retry_s)
        self._not_before = self._clock() + self._retry_s
        self._retry_s = min(2 * self._retry_s, _LONGEST_RETRY_S)

    @staticmethod
    def _end(running: _Running) -> None:
        stop(running.process, signal.SIGTERM, _GRACE_S)


def push_environment(settings: Settings) -> dict[str, str]:
    """The environment of a push: asks nobody anything, and trusts no host that is not known."""
    ssh = ["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=10"]
    if settings.push_ssh_key is not None:
        ssh += ["-i", str(_seen_from_here(settings.push_ssh_key)), "-o", "IdentitiesOnly=yes"]
    if settings.push_known_hosts is not None:
        ssh += ["-o", f"UserKnownHostsFile={_quoted(_seen_from_here(settings.push_known_hosts))}"]
    return {
        **os.environ,
        **_login_environment(settings.push_url or ""),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "SSH_ASKPASS_REQUIRE": "never",
        "GIT_SSH_COMMAND": _dies_with_git(["ssh", *ssh]),
        "GIT_SSH_VARIANT": "ssh",
        "GIT_HTTP_LOW_SPEED_LIMIT": "1000",
        "GIT_HTTP_LOW_SPEED_TIME": "30",
        "LC_ALL": "C",
    }


def _login_environment(url: str) -> dict[str, str]:
    """A credential helper that gives git the login of an HTTPS URL, out of this environment."""
    _, login = split_login(url)
    if login is None:
        return {}
    # An empty helper first: those of git's configuration are neither asked nor given it to keep.
    helpers = ("", _HELPER)
    first = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    config = {f"GIT_CONFIG_KEY_{first + place}": "credential.helper" for place in range(len(helpers))}
    config |= {f"GIT_CONFIG_VALUE_{first + place}": helper for place, helper in enumerate(helpers)}
    return {**config, "GIT_CONFIG_COUNT": str(first + len(helpers)), _USER: login[0], _PASSWORD: login[1]}


def _seen_from_here(path: Path) -> Path:
    """git runs ssh in the configs repo, where a relative path would mean another file."""
    return path.expanduser().absolute()


def _dies_with_git(argv: list[str]) -> str:
    """A command line for the shell that git starts, so that ssh does not outlive a killed git."""
    launcher = [sys.executable, "-I", "-S", str(Path(launch.__file__))]
    identity = [str(int(signal.SIGKILL)), "self", "0", "0"]
    program = shutil.which(argv[0]) or argv[0]
    return f'exec {shlex.join(launcher)} "$PPID" {shlex.join([*identity, program, *argv[1:]])}'


def _quoted(path: Path) -> str:
    """ssh splits the value of this option at spaces unless it is quoted."""
    return f'"{path}"'


_ADVICE = (
    (r"host key verification failed",
     "the host's key is not the known one; check it and put it into DEVICEVAULT_PUSH_KNOWN_HOSTS"),
    (r"\[rejected\]",
     "the remote branch has commits that are not here, and none is overwritten; move them to another branch"),
)  # fmt: skip
_COMPLAINT = re.compile(r"^(?:!|ssh:|fatal:|error:|cannot start|.*permission denied|.*timed out)", re.I)
_LOGIN = re.compile(r"://[^/\s@]+@")


def why(said: str) -> str:
    """One line from git's and ssh's output: what a person can do where that is known, else the complaint.

    The first complaint is the cause; later ones are its consequences.
    """
    for sign, advice in _ADVICE:
        if re.search(sign, said, re.I):
            return advice
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    complaint = next(filter(_COMPLAINT.match, lines), lines[0] if lines else "git said nothing")
    if complaint.startswith("!"):
        complaint = "the remote refuses the branch: " + complaint.split("\t")[-1]
    return _LOGIN.sub("://", complaint)[:300]
