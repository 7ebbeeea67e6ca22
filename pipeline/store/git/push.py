"""Pushes to the Git host, by the git program, in the background, never forced.

A push runs beside the consumer and delays no commit. What cannot be pushed now is pushed later: the branch
itself remembers what the host does not have yet. However the consumer ends, git and ssh end with it.
"""

from __future__ import annotations

import logging
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from pipeline.errors import ServiceError
from pipeline.settings import Settings
from pipeline.store.git.program import BorrowedObjects
from pipeline.system import launch
from pipeline.system.environment import passed_on
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
class _Push:
    """A push that runs: its process, where git works, the file of its output, the commit, when it began."""

    process: subprocess.Popen[bytes]
    borrowed: BorrowedObjects
    output: IO[bytes]
    head: str
    since: float

    def close(self) -> None:
        """Remove what the push needed. Its process has ended."""
        self.output.close()
        self.borrowed.close()


class Pushers:
    """A Pusher for each configs repo."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pushers: dict[str, Pusher] = {}

    def poke(self, heads: Mapping[str, str | None]) -> None:
        """Settle pushes that have ended, and start one for each repo whose remote lacks its head.

        `heads` maps the name of a repo to its head. Returns at once.
        """
        for name in {*self._pushers, *heads}:
            self._of(name).poke(heads.get(name))

    def finish(self, heads: Mapping[str, str | None], stop: threading.Event) -> None:
        """Push each head and wait for it, since nobody will push later; ServiceError if a remote refuses."""
        for name, head in heads.items():
            pusher = self._of(name)
            if pusher.url and not pusher.wait(head, stop) and not stop.is_set():
                raise ServiceError(pusher.problem or "DEVICEVAULT_PUSH_URL: push failed")

    def stop(self) -> None:
        """End the pushes that are running."""
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

    A push that fails is tried again after 5 s, and then after twice as long each time, up to 5 min. `clock`
    counts seconds.
    """

    def __init__(
        self, settings: Settings, repo: str = DEFAULT_REPO, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._path = settings.repo_path(repo)
        self.url = settings.push_url_of(repo)
        """The URL that it pushes to; None if the settings name none for this repo."""
        self._clock = clock
        self._running: _Push | None = None
        self._retry_s = _FIRST_RETRY_S
        self._not_before = 0.0
        self.pushed: str | None = None
        """The commit that the remote is known to have."""
        self.problem: str | None = None
        """Why the last push failed, in one line; None after a good one."""

    def poke(self, head: str | None) -> None:
        """Settle a push that has ended, and start one if the remote lacks `head`. Returns at once."""
        if self._running is not None and not self._settle(self._running):
            return
        url = self.url
        if url is None or head is None or head == self.pushed or self._clock() < self._not_before:
            return
        try:
            self._running = self._start(url, head)
        except OSError as error:  # no git, or no room for its output
            self._record_failure(f"git cannot be started: {error}")

    def wait(self, head: str | None, stop: threading.Event) -> bool:
        """Push `head` now and wait for the end, or for `stop`; True if the remote has `head`.

        A push that runs already may be of an older commit, so its end comes first. Each push takes at most
        one push_timeout.
        """
        while not stop.is_set():
            self._not_before = 0.0
            self.poke(head)
            if self._running is None:
                break
            is_of_head = self._running.head == head
            while self._running is not None and not self._settle(self._running):
                with suppress(subprocess.TimeoutExpired):
                    self._running.process.wait(_POLL_S)
                if stop.is_set():
                    return False
            if is_of_head:
                break
        return head is None or self.pushed == head

    def stop(self) -> None:
        """End a running push; the next start of the consumer pushes again."""
        if self._running is not None:
            self._end(self._running)
            self._running.close()
            self._running = None

    def _start(self, url: str, head: str) -> _Push:
        branch = self._settings.push_branch
        # Every user of this machine can read a command line, so the URL goes without its login.
        argv = ["git", "-C", str(self._path), "push", "--porcelain", "--no-verify",
                "--", split_login(url)[0], f"{head}:refs/heads/{branch}"]  # fmt: skip
        with ExitStack() as undo:
            borrowed = undo.enter_context(BorrowedObjects(self._path))
            # A file and not a pipe: a pipe that nobody drains could stall git. It is closed with the push.
            output = undo.enter_context(TemporaryFile())
            # SIGTERM lets git remove its own lock files and helpers.
            process = spawn(
                argv,
                death_signal=signal.SIGTERM,
                env={**push_environment(self._settings), **borrowed.variables},
                stdout=output,
                stderr=output,
            )
            undo.pop_all()
        return _Push(process, borrowed, output, head, self._clock())

    def _settle(self, push: _Push) -> bool:
        """Record how a push ended, and end it first if it is over its limit. False while it is running."""
        limit_s = self._settings.push_timeout
        status = push.process.poll()
        is_late = status is None and self._clock() >= push.since + limit_s
        if status is None and not is_late:
            return False
        if is_late:
            self._end(push)
        self._running = None
        with closing(push):
            push.output.seek(0)
            output = push.output.read(64 * 1024).decode(errors="replace")
        if status == 0:
            self.pushed, self.problem = push.head, None
            self._retry_s = _FIRST_RETRY_S
            log.info("pushed %s to %s", push.head[:10], self._settings.push_branch)
        elif is_late:
            self._record_failure(f"no answer within {limit_s:g} s (DEVICEVAULT_PUSH_TIMEOUT)")
        else:
            self._record_failure(why(output))
        return True

    def _record_failure(self, reason: str) -> None:
        self.problem = f"DEVICEVAULT_PUSH_URL: push failed: {reason}"
        log.error("%s; trying again in %.0f s", self.problem, self._retry_s)
        self._not_before = self._clock() + self._retry_s
        self._retry_s = min(2 * self._retry_s, _LONGEST_RETRY_S)

    @staticmethod
    def _end(push: _Push) -> None:
        stop(push.process, signal.SIGTERM, _GRACE_S)


def remote_head(settings: Settings, repo: str = DEFAULT_REPO) -> str | None:
    """The commit that the remote's branch is at now; None if it has no such branch.

    ServiceError, in one line, if the remote does not tell.
    """
    url, path = settings.push_url_of(repo), settings.repo_path(repo)
    assert url is not None, "the repo is pushed somewhere"
    command = ["git", "-C", str(path), "ls-remote", "--", split_login(url)[0]]
    with BorrowedObjects(path) as borrowed:
        try:
            done = subprocess.run(
                [*command, f"refs/heads/{settings.push_branch}"],
                check=False,
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=settings.push_timeout,
                env={**push_environment(settings), **borrowed.variables},
            )
        except subprocess.TimeoutExpired as error:
            raise ServiceError(f"no answer within {settings.push_timeout:g} s") from error
        except OSError as error:
            raise ServiceError(f"git cannot be started: {error}") from error
    if done.returncode != 0:
        raise ServiceError(why(done.stderr.decode(errors="replace")))
    return done.stdout.decode(errors="replace").partition("\t")[0].strip() or None


def push_environment(settings: Settings) -> dict[str, str]:
    """The environment of a push, in which git asks nobody anything and trusts no host that is not known."""
    ssh = ["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=10"]
    if settings.push_ssh_key is not None:
        ssh += ["-i", str(_seen_from_here(settings.push_ssh_key)), "-o", "IdentitiesOnly=yes"]
    if settings.push_known_hosts is not None:
        ssh += ["-o", f"UserKnownHostsFile={_quoted(_seen_from_here(settings.push_known_hosts))}"]
    inherited = passed_on("push")
    return {
        **inherited,
        **_login_environment(settings.push_url or "", int(inherited.get("GIT_CONFIG_COUNT") or 0)),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "SSH_ASKPASS_REQUIRE": "never",
        "GIT_SSH_COMMAND": _dies_with_git(["ssh", *ssh]),
        "GIT_SSH_VARIANT": "ssh",
        "GIT_HTTP_LOW_SPEED_LIMIT": "1000",
        "GIT_HTTP_LOW_SPEED_TIME": "30",
        "LC_ALL": "C",
    }


def _login_environment(url: str, first: int) -> dict[str, str]:
    """A credential helper that gives git the login of an HTTPS URL, out of this environment.

    `first` settings of git are in the environment already.
    """
    _, login = split_login(url)
    if login is None:
        return {}
    # An empty helper comes first. It switches off the helpers of git's configuration: they would be asked for
    # a login, and given this one to keep.
    helpers = ("", _HELPER)
    config = {f"GIT_CONFIG_KEY_{first + place}": "credential.helper" for place in range(len(helpers))}
    config |= {f"GIT_CONFIG_VALUE_{first + place}": helper for place, helper in enumerate(helpers)}
    return {**config, "GIT_CONFIG_COUNT": str(first + len(helpers)), _USER: login[0], _PASSWORD: login[1]}


def _seen_from_here(path: Path) -> Path:
    """The absolute path: git runs ssh in the configs repo, where a relative path means another file."""
    return path.expanduser().absolute()


def _dies_with_git(argv: list[str]) -> str:
    """A command line for the shell that git starts. With it ssh does not outlive a killed git."""
    launcher = [sys.executable, "-I", "-S", str(Path(launch.__file__))]
    identity = [str(int(signal.SIGKILL)), "self", "0", "0"]
    program = shutil.which(argv[0]) or argv[0]
    return f'exec {shlex.join(launcher)} "$PPID" {shlex.join([*identity, program, *argv[1:]])}'


def _quoted(path: Path) -> str:
    """The path in quotes: ssh splits the value of this option at spaces."""
    return f'"{path}"'


_ADVICE = (
    (r"host key verification failed",
     "the host's key is not the known one; check it and put it into DEVICEVAULT_PUSH_KNOWN_HOSTS"),
    (r"\[rejected\]",
     "the remote branch has commits that are not here, and none is overwritten; move them to another branch"),
)  # fmt: skip
_COMPLAINT = re.compile(r"^(?:!|ssh:|fatal:|error:|cannot start|.*permission denied|.*timed out)", re.I)
_LOGIN = re.compile(r"://[^/\s@]+@")


def why(output: str) -> str:
    """Why a push failed, in one line, from the output of git and ssh.

    The line says what a person can do if that is known, or else repeats the first complaint. The first one is
    the cause; later ones are its consequences.
    """
    for sign, advice in _ADVICE:
        if re.search(sign, output, re.I):
            return advice
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    complaint = next(filter(_COMPLAINT.match, lines), lines[0] if lines else "git said nothing")
    if complaint.startswith("!"):
        complaint = "the remote refuses the branch: " + complaint.split("\t")[-1]
    return _LOGIN.sub("://", complaint)[:300]
