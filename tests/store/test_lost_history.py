"""The configs repo is lost, replaced or set back: nothing is put on another history, and it is said."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from datetime import timedelta

import pytest

from pipeline.errors import StateError
from pipeline.store.consumer import Consumer
from pipeline.store.git.reader import history_problem
from pipeline.store.git.repo import HistoryLost
from pipeline.store.git.repos import ConfigsRepos
from pipeline.store.ledger.actions import Word
from pipeline.store.ledger.results import Results
from pipeline.values.job import Job
from tests.store.run_consumer import run_and_kill
from tests.support.git import git
from tests.support.store import Store
from tests.support.values import NOW, make_job, success


def publish(store: Store, day: int, text: str, device: str = "sw1") -> Job:
    [job] = store.expect(make_job(device, slot=NOW + timedelta(days=day)))
    store.stream.publish(success(job, text))
    return job


def remove(store: Store) -> None:
    shutil.rmtree(store.path)


def empty(store: Store) -> None:
    shutil.rmtree(store.path)
    store.path.mkdir()


def replace(store: Store) -> None:
    shutil.rmtree(store.path)
    work = store.path.with_name("other")
    git(store.path.parent, "init", "-q", "-b", "main", str(work))
    git(work, "commit", "-q", "--allow-empty", "-m", "another history")
    git(store.path.parent, "clone", "-q", "--bare", str(work), str(store.path))


def delete_ref(store: Store) -> None:
    store.git("update-ref", "-d", "refs/heads/main")


def set_back(store: Store) -> None:
    store.git("update-ref", "refs/heads/main", "main~1")


def rewrite(store: Store) -> None:
    tree = store.git("rev-parse", "main^{tree}").strip()
    other = store.git("commit-tree", tree, "-m", "squashed").strip()
    store.git("update-ref", "refs/heads/main", other)


each_loss = pytest.mark.parametrize("lose", [remove, empty, replace, delete_ref, set_back, rewrite])


def state(store: Store) -> set[tuple[str, bytes]]:
    """Everything that the repo holds, but for locks."""
    return {
        (str(path), path.read_bytes())
        for path in store.path.rglob("*")
        if path.is_file() and not path.name.endswith(".lock")
    }


@each_loss
def test_no_new_history_begins_in_silence(store: Store, lose: Callable[[Store], None]) -> None:
    for day in range(2):
        publish(store, day, f"hostname day{day}\n")
        store.consume()
    lose(store)
    waiting = publish(store, 2, "hostname day2\n")
    before = state(store)
    with pytest.raises(HistoryLost, match=r"git clone --bare URL .*--new-history REASON"):
        store.consume()
    assert state(store) == before
    assert store.row(waiting).status == "queued"
    assert store.stream.waiting() == 1


@each_loss
def test_a_running_consumer_notices_it(store: Store, lose: Callable[[Store], None]) -> None:
    with store.repos() as repos:
        consumer = Consumer(store.stream, repos, store.results, "consumer")
        consumer.recover()
        for day in range(2):
            publish(store, day, f"hostname day{day}\n")
            assert consumer.run_once(1) == 1
        lose(store)
        waiting = publish(store, 2, "hostname day2\n")
        with pytest.raises(HistoryLost):
            consumer.run_once(1)
    assert store.row(waiting).status == "queued"


@each_loss
def test_what_is_brought_back_is_written_to_again(store: Store, lose: Callable[[Store], None]) -> None:
    for day in range(2):
        publish(store, day, f"hostname day{day}\n")
        store.consume()
    copy = store.path.with_name("copy.git")
    shutil.copytree(store.path, copy)
    lose(store)
    publish(store, 2, "hostname day2\n")
    with pytest.raises(HistoryLost):
        store.consume()
    shutil.rmtree(store.path, ignore_errors=True)
    git(store.path.parent, "clone", "-q", "--bare", str(copy), str(store.path))
    assert store.consume() == 1
    assert len(store.commits()) == 3


@each_loss
def test_a_person_may_begin_anew_and_it_is_noted(store: Store, lose: Callable[[Store], None]) -> None:
    publish(store, 0, "hostname day0\n", "sw2")
    for day in range(2):
        last = publish(store, day, f"hostname day{day}\n")
        store.consume()
    lose(store)
    lost = store.results.checkpoints.of("configs")
    problem = history_problem(store.path, "main", lost)
    assert problem is not None
    store.results.checkpoints.begin_new_history("configs", Word("anna@backup1", "the disk broke"))
    assert store.results.actions.subjects("new-history") == {"configs"}
    # An unchanged configuration's row names a commit that exists.
    again = publish(store, 3, "hostname day1\n")
    store.consume()
    row = store.row(again)
    assert row.sha256 == store.row(last).sha256
    assert store.git("show", f"{row.commit}:{row.path}") == "hostname day1\n"
    assert history_problem(store.path, "main", store.results.checkpoints.of("configs")) is None


def test_a_person_s_commit_above_ours_is_no_loss(store: Store) -> None:
    publish(store, 0, "hostname day0\n")
    store.consume()
    tree = store.git("rev-parse", "main^{tree}").strip()
    store.git(
        "update-ref", "refs/heads/main", store.git("commit-tree", tree, "-p", "main", "-m", "x").strip()
    )
    publish(store, 1, "hostname day1\n")
    assert store.consume() == 1
    assert len(store.commits()) == 3


def test_a_second_consumer_with_another_repo_is_refused(store: Store) -> None:
    """Both begin with an empty repo, when the table knows nothing yet."""
    elsewhere = store.path.parent / "elsewhere"
    with Results(store.database_url) as results, store.repos() as repos:
        other_repos = ConfigsRepos(lambda name: elsewhere / f"{name}.git", stored=results.checkpoints.of)
        with other_repos:
            first = Consumer(store.stream, repos, store.results, "one")
            second = Consumer(store.stream, other_repos, results, "two")
            first.recover()
            second.recover()
            publish(store, 0, "hostname day0\n")
            assert first.run_once(1) == 1
            waiting = publish(store, 1, "hostname day1\n")
            with pytest.raises(StateError, match="another consumer stores the configs repo 'configs'"):
                second.run_once(1)
    assert store.row(waiting).status == "queued"


@pytest.mark.parametrize("artefact", [False, True])
def test_a_commit_counts_only_if_it_has_what_the_outcome_has(store: Store, artefact: bool) -> None:
    """Killed between commit and row, and then the stream is lost: the backup is collected a second time."""
    first, second = "hostname before\n", "hostname before\n" if artefact else "hostname after\n"
    [job] = store.expect(make_job("sw1"))
    store.stream.publish(success(job, first))
    assert run_and_kill(store, "committed") == -signal.SIGKILL
    store.client.flushall()
    more = {"artefacts": {"version.txt": "Version 15\n"}} if artefact else {}
    store.stream.publish(success(job, second, **more))
    store.consume()
    row = store.row(job)
    assert row.status == "success"
    assert store.git("show", f"{row.commit}:{row.path}") == second
    assert store.git("show", f"main:{row.path}") == second
    assert len(store.commits()) == 2
    if artefact:
        assert "version.txt" in store.git("ls-tree", "-r", "--name-only", str(row.commit))
