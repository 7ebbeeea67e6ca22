"""Are the services fit to keep backups? Each check says what it found and what to do about it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import Literal, cast

from pipeline.audit.signatures import check_branch
from pipeline.errors import DeviceVaultError, ServiceError
from pipeline.settings import PREFIX, Settings, misspelt
from pipeline.store.connect import open_results
from pipeline.store.git.program import git_version
from pipeline.store.git.push import remote_head
from pipeline.store.git.reader import NoRepository, history_problem, open_reader
from pipeline.store.ledger.database import UTF8
from pipeline.store.ledger.results import Results
from pipeline.system.private_files import PRIVATE, open_to_others
from pipeline.text.words import counted
from pipeline.transit.broker import check_broker, make_app
from pipeline.transit.connect import open_redis, service_errors
from pipeline.transit.dead_letters import DeadLetterStreams
from pipeline.transit.endpoint import CA_SETTING, NO_LOGIN_SETTING, endpoints
from pipeline.transit.results import ResultStream
from pipeline.transit.signers import Signers, read_signers
from pipeline.values.names import DEFAULT_REPO
from pipeline.values.showing import WORDS
from pipeline.worker.policy import open_policy
from pipeline.worker.secret_rules import SAFE_WAYS

Verdict = Literal["ok", "warning", "problem"]
_MAX_CLOCK_SKEW_S = 5.0
_ENCRYPT = f"use rediss://, amqps:// or sslmode=verify-full, with {CA_SETTING} for a CA of your own"
_CHECK = f"leave out what switches it off, or use sslmode=verify-full, with {CA_SETTING} for a CA of your own"
_NETWORKS = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `advice` says what to do, and is empty if all is well."""

    check: str
    verdict: Verdict
    found: str
    advice: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Run every check. `settings` name the services; see `pipeline.services.locate`.

    Changes nothing but the schema of the table.
    """
    checks: tuple[tuple[str, Callable[[Settings], Iterator[Finding]]], ...] = (
        ("settings", _settings),
        ("rights", _state),
        ("signers", _signers),
        ("connections", _connections),
        ("policy", _policy),
        ("broker", _broker),
        ("redis", _redis),
        ("postgres", _postgres),
        ("configs repo", _configs_repos),
        ("git", _git),
    )
    for name, check in checks:
        try:
            yield from check(settings)
        except DeviceVaultError as error:
            yield Finding(name, "problem", str(error), "start it, or correct the setting that the line names")


def _settings(_: Settings) -> Iterator[Finding]:
    for line in misspelt():
        yield Finding("settings", "warning", line, "correct the variable's name, or remove it")


def _signers(settings: Settings) -> Iterator[Finding]:
    path = settings.signers_path
    if path is None:
        yield Finding(
            "signers",
            "problem",
            "none: whoever can write to the broker or to Redis is believed",
            "give each process a key: see `devicevault keys --help`",
        )
        return
    signers = read_signers(path, f"{PREFIX}SIGNERS")
    expired = [signer.name for signer in signers if signer.is_over()]
    yield Finding("signers", "ok", f"{counted(len(signers) - len(expired), 'key')} of {path}")


def _connections(settings: Settings) -> Iterator[Finding]:
    """Whether somebody on the way to another machine could read what is sent there, or pass for it."""
    for endpoint in endpoints(settings):
        if endpoint.is_local:
            continue
        check = endpoint.setting.removeprefix(PREFIX).removesuffix("_URL").lower() + " connection"
        if not endpoint.has_login:
            found = f"{endpoint.host} asks for no login, which {NO_LOGIN_SETTING} allows"
            yield Finding(check, "warning", found, "give it users and passwords: `devicevault redis-acl`")
        if endpoint.is_checked:
            yield Finding(check, "ok", f"{endpoint.host} over TLS, and its certificate is checked")
        elif endpoint.is_encrypted:
            found = f"not checked: whoever is on the way can pass for {endpoint.host}"
            yield Finding(check, "warning", found, _CHECK)
        else:
            found = f"not encrypted: whoever is on the way to {endpoint.host} reads the password and the rest"
            yield Finding(check, "warning", found, _ENCRYPT)


def _policy(settings: Settings) -> Iterator[Finding]:
    policy = open_policy(settings)
    if settings.policy_path is None:
        yield Finding(
            "policy",
            "warning",
            f"none: {settings.secret_variables} and files in {settings.secret_dir} may be sent wherever the "
            "inventory says",
            f"say to which networks: `devicevault policy --output {settings.local_policy_path}`",
        )
        return
    yield Finding("policy", "ok", f"{counted(len(policy.rules), 'rule')} of {policy.source}")
    for rule in policy.rules:
        if open_ways := sorted(rule.ways - SAFE_WAYS):
            words = " and ".join(WORDS[way] for way in open_ways)
            networks = ", ".join(map(str, rule.networks[:_NETWORKS])) + (
                ", …" if rule.networks[_NETWORKS:] else ""
            )
            yield Finding("policy", "ok", f"{rule.place}: {', '.join(rule.secrets)} over {words}: {networks}")


def _broker(settings: Settings) -> Iterator[Finding]:
    with closing(make_app(settings)) as app:
        yield Finding("broker", "ok", check_broker(app))


def _redis(settings: Settings) -> Iterator[Finding]:
    with open_redis(settings) as client, service_errors():
        asked = time.time()
        seconds, micros = client.time()
        yield _clock("redis clock", seconds + micros / 1e6 - (asked + time.time()) / 2)
        memory = cast("dict[str, str]", client.info("memory"))
        policy = memory.get("maxmemory_policy", "unknown")
        if policy == "noeviction":
            yield Finding("redis eviction", "ok", policy)
        else:
            yield Finding(
                "redis eviction", "problem", policy, "set maxmemory-policy noeviction, or results vanish"
            )
        persistence = cast("dict[str, object]", client.info("persistence"))
        if persistence.get("aof_enabled"):
            yield Finding("redis persistence", "ok", "append-only file")
        else:
            yield Finding(
                "redis persistence",
                "warning",
                "no append-only file",
                "set appendonly yes: a crash would lose results that no consumer has read",
            )
        stream = ResultStream(client, settings.stream)
        waiting = counted(stream.waiting(), "result")
        yield Finding("result stream", "ok", f"{waiting} waiting for the consumer")
        dead = DeadLetterStreams(client, settings.stream).count()
        if dead:
            yield Finding(
                "dead letters",
                "warning",
                f"{counted(dead, 'message')} refused",
                "look at them with `devicevault deadletter list`",
            )


def _postgres(settings: Settings) -> Iterator[Finding]:
    with open_results(settings) as results:
        yield Finding("postgres", "ok", f"schema version {results.migrate()}")
        if (encoding := results.encoding()) != UTF8:
            advice = "dump it, and restore it into a database with ENCODING 'UTF8' TEMPLATE template0"
            yield Finding("postgres encoding", "warning", f"{encoding}, not UTF-8", advice)
        yield _clock("postgres clock", (results.clock() - datetime.now(UTC)).total_seconds())
        yield _overdue(results)


def _overdue(results: Results) -> Finding:
    overdue = len(results.overdue(datetime.now(UTC)))
    if overdue:
        return Finding(
            "ledger",
            "warning",
            f"{counted(overdue, 'backup')} past the deadline without an outcome",
            "run `devicevault beat` or `devicevault collect --due`, and the consumer",
        )
    return Finding("ledger", "ok", "no backup is past its deadline")


def _clock(check: str, skew_s: float) -> Finding:
    if abs(skew_s) <= _MAX_CLOCK_SKEW_S:
        return Finding(check, "ok", f"{abs(skew_s):.1f} s from ours")
    return Finding(check, "warning", f"{skew_s:+.0f} s from ours", "synchronise the clocks (NTP)")


def _configs_repos(settings: Settings) -> Iterator[Finding]:
    stored: dict[str, str | None] = {DEFAULT_REPO: None}
    try:
        with open_results(settings) as results:
            names = (DEFAULT_REPO, *sorted(results.rosters.repos() - {DEFAULT_REPO}))
            stored = {name: results.checkpoints.of(name) for name in names}
    except ServiceError:  # which is a finding of its own
        pass
    for name, commit in stored.items():
        yield from _configs_repo(settings, name, commit)
        if settings.push_url and not settings.push_url_of(name):
            advice = "write {repo} in its place into DEVICEVAULT_PUSH_URL"
            yield Finding("push", "warning", f"the configs repo '{name}' has no remote", advice)


def _configs_repo(settings: Settings, name: str, stored: str | None) -> Iterator[Finding]:
    path = settings.repo_path(name)
    if stored is None and not path.exists():
        yield Finding("configs repo", "ok", f"{path} will be created by the first backup")
        return
    try:
        if problem := history_problem(path, settings.push_branch, stored):
            yield Finding("configs repo", "problem", problem, "nothing is stored until then")
            return
        with open_reader(path, settings.push_branch) as repo:
            head, is_bare = repo.head, repo.is_bare
    except NoRepository:
        yield Finding(
            "configs repo",
            "problem",
            f"{path} is not a Git repository",
            "point DEVICEVAULT_CONFIGS_REPO at an empty directory or a bare repository",
        )
        return
    if not is_bare:
        yield Finding(
            "configs repo",
            "problem",
            f"{path} has a working tree",
            "give DEVICEVAULT_CONFIGS_REPO a bare repository (git clone --bare)",
        )
        return
    yield Finding("configs repo", "ok", f"{path} at {head[:10] if head else 'no commit yet'}")
    yield from _rights(path)
    if head is not None:
        yield _commits(settings, path)
        if settings.push_url_of(name):
            yield _remote(settings, name)


def _rights(repo: Path) -> Iterator[Finding]:
    """A problem if other users of this machine have any right in a configs repo."""
    paths = list(open_to_others(repo))
    if paths:
        yield Finding(
            "rights",
            "problem",
            f"{repo}: other users of this machine may have {counted(len(paths), 'path')} of it, "
            f"such as {paths[0]}",
            # The second half is for what Git will write.
            f"chmod -R go= {quote(str(repo))} && git -C {quote(str(repo))} config core.sharedRepository 0600",
        )


def _remote(settings: Settings, name: str) -> Finding:
    """Whether the Git host has the history that is here, or the beginning of it."""
    try:
        theirs = remote_head(settings, name)
    except ServiceError as error:
        advice = "run this as the consumer's user, with its settings"
        return Finding("push", "warning", f"the Git host of '{name}' cannot be asked: {error}", advice)
    with open_reader(settings.repo_path(name), settings.push_branch) as repo:
        if theirs is None or repo.reaches(theirs):
            found = f"the Git host has '{name}' up to {theirs[:10] if theirs else 'no commit yet'}"
            return Finding("push", "ok", found)
    return Finding(
        "push",
        "problem",
        f"the Git host has '{name}' at {theirs[:10]}, which is not in the history here: somebody rewrote it",
        "move their commits to another branch there, and the next push restores this one",
    )


def _state(settings: Settings) -> Iterator[Finding]:
    """What the embedded servers keep: results that are not in Git yet, and outcomes."""
    # Below these folders files belong to the servers; nobody else gets there.
    for name in ("valkey", "postgres", "log", "keys", "cache"):
        folder = settings.state_dir / name
        if folder.exists() and folder.stat().st_mode & PRIVATE:
            advice = f"chmod go= {quote(str(folder))}"
            yield Finding("rights", "problem", f"{folder}: other users of this machine may look in", advice)


def _commits(settings: Settings, path: Path) -> Finding:
    """Whether the history is what the store made."""
    signers = settings.signers_path
    known = () if signers is None else read_signers(signers, f"{PREFIX}SIGNERS")
    stores = [signer for signer in known if signer.role == "store"]
    if not stores:
        advice = "give the consumer a key: `devicevault keys make store NAME`, and its line to the signers"
        return Finding("commits", "warning", f"{path}: nobody can tell who made its commits", advice)
    with open_reader(path, settings.push_branch) as repo:
        found = check_branch(repo.newest_commits(), Signers(known))
    if found.foreign:
        others = f"{counted(len(found.foreign), 'commit')}, such as {found.foreign[0][:10]}"
        return Finding(
            "commits",
            "problem",
            f"{path}: {others}: not signed by the store, above commits that are",
            "somebody else wrote them: look at them with `git show`; the host's copy may be the right one",
        )
    if not found.signed:
        advice = "if the store has just got its key, its next commit is; otherwise the history was rewritten"
        return Finding("commits", "warning", f"{path}: no commit is signed by the store", advice)
    return Finding("commits", "ok", f"{counted(found.signed, 'newest commit')} signed by the store")


def _git(_: Settings) -> Iterator[Finding]:
    version = git_version()
    if version is None:
        what = "install git: without it packs pile up, and push, `diff` and `show` do not work"
        yield Finding("git", "problem", "there is no git command", what)
        return
    yield Finding("git", "ok", version)
