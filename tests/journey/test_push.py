"""The way to the Git host: what is committed arrives, and nothing that happens there holds up a backup."""

from __future__ import annotations

import base64
import itertools
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipeline.settings import load_settings
from pipeline.store.git.push import Pusher, push_environment, why
from pipeline.system.spawn import is_alive
from pipeline.transit.connect import connect
from pipeline.transit.results import ResultStream
from tests.journey.deployment import Deployment
from tests.servers.git_host import GitHost
from tests.servers.processes import descendants, mentioning
from tests.support.git import git
from tests.support.values import NOW, make_job, success
from tests.support.waiting import until


class Batches:
    """Puts results on the stream as a worker would, and knows what became of them."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._numbers = itertools.count(1)

    def publish(self, repo: str = "configs") -> str:
        """One more version of core-sw1's configuration; its task_identifier."""
        number = next(self._numbers)
        with self._deployment.results() as results:
            [job] = results.expect([make_job(slot=NOW + timedelta(hours=number), repo=repo)])
        with closing(connect(self._deployment.settings.redis_url or "")) as client:
            stream = ResultStream(client, self._deployment.settings.stream)
            stream.publish(success(job, f"hostname core-sw1\nvlan {number}\nend\n"))
        return job.task_identifier

    def store(self, repo: str = "configs") -> str:
        """Publish, wait until it is committed and recorded, and return the commit."""
        identifier = self.publish(repo)
        until(lambda: self._deployment.row(identifier).status == "success")
        commit = self._deployment.row(identifier).commit
        assert commit is not None
        return commit


@pytest.fixture
def pushing(deployment: Deployment, git_host: GitHost) -> Deployment:
    """A deployment whose consumer pushes to the Git host."""
    deployment.write(devicevault="version: 1\n")
    deployment.settings = deployment.settings.model_copy(
        update={
            "push_url": git_host.url,
            "push_ssh_key": git_host.private_key,
            "push_known_hosts": git_host.known_hosts,
        }
    )
    return deployment


@pytest.fixture
def batches(deployment: Deployment) -> Batches:
    return Batches(deployment)


def with_settings(deployment: Deployment, **changes: object) -> None:
    deployment.settings = deployment.settings.model_copy(update=changes)


def remote_head(git_host: GitHost, branch: str = "main") -> str:
    return git_host.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}").strip()


def problems(deployment: Deployment) -> list[str]:
    return [line for line in deployment.said().splitlines() if "push failed" in line]


def pushing_processes(consumer: int) -> list[int]:
    """git, and ssh below it, once both are there."""
    found = [pid for pid in descendants(consumer) if is_alive(pid)]
    return found if any(program(pid) == "ssh" for pid in found) else []


def program(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A host that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def stalled_host(git_host: GitHost) -> Iterator[GitHost]:
    """A host that takes the whole push, and then waits for ever before it answers."""
    gate = git_host.repo.parent / "gate"
    os.mkfifo(gate)
    hook = git_host.repo / "hooks" / "pre-receive"
    hook.write_text(f"#!/bin/sh\nexec cat {gate}\n")
    hook.chmod(0o755)
    yield git_host
    # The host's side of a push that was ended here still waits, an orphan by now.
    os.close(os.open(gate, os.O_RDWR))
    until(lambda: not [line for line in mentioning(git_host.repo.parent) if "sshd" not in line])


def command_lines() -> Iterator[str]:
    """Of every process that runs now, as any user can read them."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            yield entry.read_bytes().decode(errors="replace")


def test_each_batch_arrives_at_the_git_host(pushing: Deployment, git_host: GitHost, batches: Batches) -> None:
    with_settings(pushing, push_branch="backups")
    with pushing.running("consumer"):

        def has_arrived(commit: str) -> bool:
            return remote_head(git_host, "backups") == commit

        for _ in range(3):
            until(partial(has_arrived, batches.store()))
    assert git_host.git("for-each-ref", "--format=%(refname)").split() == ["refs/heads/backups"]
    assert git_host.git("rev-list", "backups") == pushing.configs("rev-list", "backups")
    assert git_host.git("show", "backups:core/core-sw1.cfg") == "hostname core-sw1\nvlan 3\nend\n"
    git_host.git("fsck", "--strict", "--full")


def test_each_configs_repo_has_a_remote_of_its_own(deployment: Deployment, batches: Batches) -> None:
    deployment.write(devicevault="version: 1\n")
    remotes = {name: deployment.folder / "host" / f"{name}.git" for name in ("configs", "finance")}
    for path in remotes.values():
        git(deployment.folder, "init", "-q", "--bare", "-b", "main", str(path))
    with_settings(deployment, push_url=f"{deployment.folder}/host/{{repo}}.git")
    with deployment.running("consumer"):
        heads = {name: batches.store(name) for name in remotes}
    # What an earlier run could not push is pushed after a start, though nothing new is stored.
    git(remotes["finance"], "update-ref", "-d", "refs/heads/main")

    def has_arrived(name: str) -> bool:
        return git(remotes[name], "for-each-ref").startswith(heads[name])

    with deployment.running("consumer"):
        for name in remotes:
            until(partial(has_arrived, name))


def test_a_configs_repo_without_a_remote_is_told(deployment: Deployment, batches: Batches) -> None:
    deployment.write(devicevault="version: 1\n")
    with_settings(deployment, push_url=str(deployment.folder / "host.git"))
    with deployment.running("consumer"):
        batches.store("finance")
        until(lambda: "holds no {repo}: the configs repo 'finance' is not pushed" in deployment.said())


def test_a_bare_repository_on_disk_is_a_remote_too(deployment: Deployment, batches: Batches) -> None:
    bare = deployment.folder / "mirror.git"
    subprocess.run(["git", "init", "-q", "--bare", str(bare)], check=True)
    with_settings(deployment, push_url=bare.as_uri())
    batches.publish()
    deployment.cli("consume", "--until-empty")
    assert git(bare, "rev-parse", "main") == deployment.configs("rev-parse", "main")


def test_a_host_that_is_away_holds_up_no_backup_and_catches_up(
    pushing: Deployment, git_host: GitHost, batches: Batches
) -> None:
    git_host.stop()
    with pushing.running("consumer"):
        batches.store()
        until(lambda: problems(pushing))
        commit = batches.store()
        assert pushing.configs("rev-list", "--count", "main").strip() == "2"
        git_host.start()
        until(lambda: remote_head(git_host) == commit)
    problem, *_ = problems(pushing)  # how many there are depends on how long the host was away
    assert "DEVICEVAULT_PUSH_URL: push failed: ssh: connect to host 127.0.0.1" in problem
    assert "Connection refused; trying again in 5 s" in problem
    assert "Traceback" not in pushing.said()


def test_a_host_whose_key_is_unknown_gets_nothing(
    pushing: Deployment, git_host: GitHost, batches: Batches
) -> None:
    nobody = pushing.folder / "known hosts of nobody"
    nobody.touch()
    with_settings(pushing, push_known_hosts=nobody)
    identifier = batches.publish()
    complaint = pushing.cli("consume", "--until-empty", expect=1).splitlines()[-1]
    assert complaint == (
        "error: DEVICEVAULT_PUSH_URL: push failed: the host's key is not the known one; check it and put it "
        "into DEVICEVAULT_PUSH_KNOWN_HOSTS"
    )
    assert pushing.row(identifier).status == "success"
    assert remote_head(git_host) == ""
    assert "Accepted publickey" not in (git_host.repo.parent / "sshd.log").read_text()


def test_a_host_that_never_answers_is_given_up_at_the_limit_while_backups_go_on(
    pushing: Deployment, silent_port: int, batches: Batches
) -> None:
    with_settings(pushing, push_url=f"ssh://git@127.0.0.1:{silent_port}/configs.git")
    with pushing.running("consumer") as processes:
        batches.store()
        until(lambda: pushing_processes(processes.pids()["consumer"]))
        batches.store()
        assert pushing_processes(processes.pids()["consumer"])
    assert problems(pushing) == []
    with_settings(pushing, push_timeout=2.0)
    with pushing.running("consumer") as processes:
        until(lambda: problems(pushing))
        until(lambda: not pushing_processes(processes.pids()["consumer"]))
        batches.store()
    assert "no answer within 2 s (DEVICEVAULT_PUSH_TIMEOUT); trying again in 5 s" in problems(pushing)[0]


def test_what_others_committed_at_the_host_is_never_overwritten(
    pushing: Deployment, git_host: GitHost, batches: Batches
) -> None:
    tree = git_host.git("write-tree").strip()
    theirs = git_host.git("commit-tree", "-m", "by hand", tree).strip()
    git_host.git("update-ref", "refs/heads/main", theirs)
    identifier = batches.publish()
    said = pushing.cli("consume", "--until-empty", expect=1)
    assert "the remote branch has commits that are not here, and none is overwritten" in said
    assert remote_head(git_host) == theirs
    assert pushing.row(identifier).status == "success"

    git_host.git("branch", "-m", "main", "by-hand")
    pushing.cli("consume", "--until-empty")
    assert remote_head(git_host) == pushing.row(identifier).commit
    assert remote_head(git_host, "by-hand") == theirs


def test_a_killed_consumer_leaves_no_push_behind_and_the_next_one_pushes(
    pushing: Deployment, stalled_host: GitHost, batches: Batches
) -> None:
    with pushing.running("consumer") as processes:
        commit = batches.store()
        consumer = processes.pids()["consumer"]
        until(lambda: pushing_processes(consumer))
        hanging = pushing_processes(consumer)
        os.kill(consumer, signal.SIGKILL)
        until(lambda: not any(map(is_alive, hanging)))
        (stalled_host.repo / "hooks" / "pre-receive").unlink()
        until(lambda: processes.watch(0.1) and remote_head(stalled_host) == commit)


def test_a_killed_consumer_leaves_no_ssh_waiting_at_a_silent_host(
    pushing: Deployment, silent_port: int, batches: Batches
) -> None:
    with_settings(pushing, push_url=f"ssh://git@127.0.0.1:{silent_port}/configs.git")
    with pushing.running("consumer") as processes:
        batches.store()
        consumer = processes.pids()["consumer"]
        until(lambda: pushing_processes(consumer))
        hanging = pushing_processes(consumer)
        os.kill(consumer, signal.SIGKILL)
        until(lambda: not any(map(is_alive, hanging)))


def test_stopping_the_consumer_in_mid_push_is_quick_and_ends_the_push(
    pushing: Deployment, stalled_host: GitHost, batches: Batches
) -> None:
    with pushing.running("consumer") as processes:
        commit = batches.store()
        consumer = processes.pids()["consumer"]
        until(lambda: pushing_processes(consumer))
        hanging = pushing_processes(consumer)
    assert not any(map(is_alive, hanging))
    assert "killed: still there" not in pushing.said()
    (stalled_host.repo / "hooks" / "pre-receive").unlink()
    pushing.cli("consume", "--until-empty")
    assert remote_head(stalled_host) == commit


def test_a_push_is_tried_again_later_each_time(tmp_path: Path) -> None:
    now = 0.0
    settings = load_settings(configs_repo=tmp_path, push_url=str(tmp_path / "nowhere"))
    pusher = Pusher(settings, clock=lambda: now)
    attempts: list[float] = []
    while len(attempts) < 8:
        pusher.problem = None
        pusher.poke("0" * 40)
        while pusher.problem is None and pusher._running is not None:
            pusher._running.process.wait()
            pusher.poke(None)
        if pusher.problem:
            attempts.append(now)
        now += 5
    assert [after - before for before, after in itertools.pairwise(attempts)] == [5, 10, 20, 40, 80, 160, 300]


def test_without_git_a_push_is_a_problem_and_not_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    pusher = Pusher(load_settings(configs_repo=tmp_path, push_url="file:///srv/mirror.git"))
    pusher.poke("0" * 40)
    assert pusher.problem == "DEVICEVAULT_PUSH_URL: push failed: git cannot be started: no program 'git'"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("", "git said nothing"),
        ("To ssh://h/r\n!\tabc:refs/heads/main\t[remote rejected] (pre-receive hook declined)\nDone\n",
         "the remote refuses the branch: [remote rejected] (pre-receive hook declined)"),
        ("git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.\n",
         "git@h: Permission denied (publickey)."),
        ("fatal: unable to access 'https://ada:canary@h/r.git/': Could not resolve host: h\n",
         "fatal: unable to access 'https://h/r.git/': Could not resolve host: h"),
    ],
)  # fmt: skip
def test_why_a_push_failed_is_one_line_without_a_password(said: str, told: str) -> None:
    assert why(said) == told


def test_the_login_of_a_push_url_reaches_the_host_and_no_command_line(tmp_path: Path) -> None:
    given: list[str] = []
    seen: list[str] = []

    class Host(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            login = self.headers.get("Authorization", "")
            given.append(base64.b64decode(login.partition(" ")[2]).decode())
            seen.extend(words for words in command_lines() if "can%61ry" in words or "canary@" in words)
            self.send_response(404 if login else 401)
            self.send_header("WWW-Authenticate", 'Basic realm="configs"')
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "c.git")], check=True)
    with ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        url = f"http://ada:can%61ry%40@127.0.0.1:{server.server_port}/configs.git"
        pusher = Pusher(load_settings(configs_repo=tmp_path / "c.git", push_url=url))
        assert not pusher.wait("0" * 40, threading.Event())
        server.shutdown()
        thread.join()
    assert (given, seen) == (["", "ada:canary@"], [])
    assert "not found" in str(pusher.problem)


def test_a_relative_key_file_is_the_one_seen_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings(push_ssh_key=Path("keys/push"), push_known_hosts=Path("keys/hosts"))
    command = push_environment(settings)["GIT_SSH_COMMAND"]
    assert f"-i {tmp_path}/keys/push " in command
    assert f'UserKnownHostsFile="{tmp_path}/keys/hosts"' in command
