"""HEAD is the live network: renamed, moved and removed devices, in one configs repo and in several."""

from __future__ import annotations

import signal
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.errors import StateError
from pipeline.store.git.commit_message import read_trailers
from pipeline.store.git.repos import ConfigsRepos
from pipeline.values.device import Credential, Device
from pipeline.values.job import Job
from tests.store.run_consumer import run_and_kill
from tests.support.git import git
from tests.support.store import Store
from tests.support.values import NOW, make_job, success


def device(name: str, group: str = "core", repo: str = "configs", ident: str = "") -> Device:
    credential = Credential("lab", "backup", password="env:LAB_PASSWORD")
    return Device(ident or name, name, "127.0.0.1", "cisco_ios", credential, group=group, repo=repo)


class Network:
    """An inventory in force, and backups of its devices."""

    def __init__(self, store: Store) -> None:
        self.store, self.commit, self.slot = store, "", 0

    def becomes(self, *devices: Device) -> str:
        """The next version of the inventory; returns its commit."""
        before, self.commit = self.commit or None, f"{int(self.commit or '0', 16) + 1:040x}"
        assert self.store.results.rosters.adopt(self.commit, devices, before)
        return self.commit

    def back_up(self, *devices: Device, text: str = "hostname {}\n") -> list[Job]:
        self.slot += 1
        jobs = self.store.expect(
            *(
                make_job(d.name, NOW + timedelta(days=self.slot), device_id=d.id, group=d.group, repo=d.repo)
                for d in devices
            )
        )
        for job in jobs:
            self.store.stream.publish(success(job, text.format(job.device.id)))
        self.store.consume()
        return jobs

    def head(self, repo: str = "configs") -> dict[str, str]:
        """What HEAD holds: the text of each file by path."""
        path = self.store.path_of(repo)
        files = git(path, "ls-tree", "-r", "--name-only", "HEAD").split()
        return {file: git(path, "show", f"HEAD:{file}") for file in files}

    def log(self, repo: str = "configs", *arguments: str) -> list[str]:
        return git(self.store.path_of(repo), "log", "--format=%s", *arguments).splitlines()


@pytest.fixture
def network(store: Store) -> Network:
    return Network(store)


def test_a_renamed_device_keeps_its_history(network: Network, store: Store) -> None:
    old = device("sw1", ident="asset-7")
    network.becomes(old, device("sw2"))
    network.back_up(old, device("sw2"))
    new = replace(old, name="core-sw1")
    commit = network.becomes(new, device("sw2"))
    store.consume()
    assert network.head() == {"core/core-sw1.cfg": "hostname asset-7\n", "core/sw2.cfg": "hostname sw2\n"}
    assert network.log()[0] == "sw1: renamed to core-sw1"
    trailers = read_trailers(store.git("log", "-1", "--format=%B", "main").encode())
    assert trailers == {"Device": "core-sw1", "Inventory-Commit": commit, "Inventory-Version": "2"}
    followed = network.log("configs", "--follow", "--", "core/core-sw1.cfg")
    assert followed == ["sw1: renamed to core-sw1", "sw1: first backup, 1 line"]
    [job] = network.back_up(new)
    row = store.row(job)
    assert (row.changed, row.path) == (False, "core/core-sw1.cfg")
    assert store.git("show", f"{row.commit}:{row.path}") == "hostname asset-7\n"
    assert [row.device for row in store.results.history("core-sw1")] == ["core-sw1", "sw1"]


def test_a_removed_device_leaves_head_and_stays_in_history(network: Network, store: Store) -> None:
    network.becomes(device("sw1"), device("sw2", "edge"))
    network.back_up(device("sw1"), device("sw2", "edge"))
    commit = network.becomes(device("sw1"))
    store.consume()
    assert network.head() == {"core/sw1.cfg": "hostname sw1\n"}
    assert network.log()[0] == "sw2: removed from the inventory"
    assert f"Inventory-Commit: {commit}" in store.git("log", "-1", "--format=%B")
    assert store.git("show", "HEAD~1:edge/sw2.cfg") == "hostname sw2\n"
    assert {row.device for row in store.results.latest()} == {"sw1"}


def test_what_lies_beside_a_configuration_moves_with_it(network: Network, store: Store) -> None:
    old = device("sw1", ident="asset-7")
    network.becomes(old)
    [job] = store.expect(make_job("sw1", device_id="asset-7"))
    store.stream.publish(success(job, "hostname sw1\n", artefacts={"version": "15.2\n"}))
    store.consume()
    network.becomes(replace(old, name="sw9", group="edge"))
    store.consume()
    assert network.head() == {"edge/sw9.cfg": "hostname sw1\n", "edge/sw9/version": "15.2\n"}
    assert network.log()[0] == "sw9: moved from core to edge"
    network.becomes()
    store.consume()
    assert network.head() == {}


def test_what_happened_to_several_devices_is_counted_in_the_subject(network: Network, store: Store) -> None:
    a, b, c = device("sw1", ident="a"), device("sw2", ident="b"), device("sw3", ident="c")
    network.becomes(a, b, c)
    network.back_up(a, b, c)
    network.becomes(replace(a, name="sw9"), replace(b, name="sw8"), replace(c, group="edge"))
    store.consume()
    assert sorted(network.log()[0].split(", ")) == ["1 device moved", "2 devices renamed"]


def test_two_devices_that_swap_their_names_swap_their_files(network: Network, store: Store) -> None:
    a, b = device("sw1", ident="a"), device("sw2", ident="b")
    network.becomes(a, b)
    network.back_up(a, b)
    network.becomes(replace(a, name="sw2"), replace(b, name="sw1"))
    store.consume()
    assert network.head() == {"core/sw1.cfg": "hostname b\n", "core/sw2.cfg": "hostname a\n"}
    assert network.log()[0] == "2 devices renamed"
    assert "sw1: renamed to sw2" in store.git("log", "-1", "--format=%b")


def test_a_device_of_another_configs_repo_ends_here_and_begins_there(network: Network, store: Store) -> None:
    network.becomes(device("sw1"), device("sw2"))
    network.back_up(device("sw1"), device("sw2"))
    moved = device("sw1", "vault", "finance")
    network.becomes(moved, device("sw2"))
    store.consume()
    assert network.head() == {"core/sw2.cfg": "hostname sw2\n"}
    assert network.head("finance") == {"vault/sw1.cfg": "hostname sw1\n"}
    assert network.log()[0] == "sw1: moved to the configs repo 'finance'"
    assert network.log("finance") == ["sw1: moved here from the configs repo 'configs'"]
    [job] = network.back_up(moved)
    row = store.row(job)
    assert (row.changed, row.repo, row.path) == (False, "finance", "vault/sw1.cfg")
    assert git(store.path_of("finance"), "show", f"{row.commit}:{row.path}") == "hostname sw1\n"
    git(store.path_of("finance"), "fsck", "--strict", "--full")


def test_a_result_goes_where_its_device_is_by_now(network: Network, store: Store) -> None:
    """Its job was queued before the inventory changed; it was collected after."""
    old, gone = device("sw1", ident="asset-7"), device("sw2")
    network.becomes(old, gone)
    renamed, removed = store.expect(make_job("sw1", device_id="asset-7"), make_job("sw2"))
    network.becomes(replace(old, name="sw9", group="edge"))
    store.stream.publish(success(renamed, "hostname sw9\n"))
    store.stream.publish(success(removed, "hostname sw2\n"))
    store.consume()
    assert network.head() == {"edge/sw9.cfg": "hostname sw9\n"}
    assert (store.row(renamed).status, store.row(renamed).path) == ("success", "edge/sw9.cfg")
    assert (store.row(removed).status, store.row(removed).reason) == ("failure", "unlisted")


def test_for_a_device_that_is_gone_no_repo_is_made(network: Network, store: Store) -> None:
    network.becomes(device("sw1"))
    [job] = store.expect(make_job("sw2", repo="finance"))
    store.stream.publish(success(job, "hostname sw2\n"))
    store.consume()
    assert store.row(job).reason == "unlisted"
    assert not store.path_of("finance").exists()


def test_two_configs_repos_in_one_place_are_refused(tmp_path: Path) -> None:
    """A repo has its name in its path; the default one lies where a setting says."""
    with ConfigsRepos(lambda name: tmp_path / "core.git") as repos:
        repos.get("configs")
        with pytest.raises(StateError, match=r"core\.git: the configs repos 'configs' and 'core' would both"):
            repos.get("core")


def test_the_first_inventory_in_force_takes_out_what_was_removed_before(
    network: Network, store: Store
) -> None:
    """Backups from before the table knew of inventories."""
    network.back_up(device("sw1"), device("sw2"), device("sw3", ident="c"))
    network.becomes(device("sw1"), device("sw4", ident="c"))
    store.consume()
    assert network.head() == {"core/sw1.cfg": "hostname sw1\n", "core/sw4.cfg": "hostname c\n"}


def test_files_that_no_backup_brought_stay(network: Network, store: Store) -> None:
    network.becomes(device("sw1"))
    network.back_up(device("sw1"))
    clone = store.path.with_name("clone")
    git(store.path.parent, "clone", "-q", str(store.path), str(clone))
    (clone / "README.md").write_text("ours\n")
    git(clone, "add", "-A")
    git(clone, "commit", "-qm", "readme")
    git(clone, "push", "-q", "origin", "HEAD:main")
    network.becomes()
    store.consume()
    assert network.head() == {"README.md": "ours\n"}


def test_a_version_that_moves_nothing_makes_no_commit(network: Network, store: Store) -> None:
    network.becomes(device("sw1"))
    network.back_up(device("sw1"))
    before = store.commits()
    network.becomes(replace(device("sw1"), address="192.0.2.1"))
    network.becomes(device("sw1"), device("new"))
    store.consume()
    assert store.commits() == before


def test_versions_that_nobody_applied_are_applied_at_once(network: Network, store: Store) -> None:
    a = device("sw1", ident="a")
    network.becomes(a)
    network.back_up(a)
    network.becomes(replace(a, name="sw2"))
    network.becomes(replace(a, name="sw3"), device("sw1", ident="b"))
    store.consume()
    assert network.head() == {"core/sw3.cfg": "hostname a\n"}
    assert network.log()[0] == "sw1: renamed to sw3"


@pytest.mark.parametrize("step", ["moved", "followed"])
def test_a_consumer_killed_in_a_move_comes_to_the_same_commits(
    network: Network, store: Store, step: str
) -> None:
    """Names that go round in a ring over two repos: done twice, it would be undone."""
    ring = [device("sw1", ident="a"), device("sw2", ident="b"), device("sw3", "vault", "finance", "c")]
    network.becomes(*ring, device("sw4"))
    network.back_up(*ring, device("sw4"))
    a, b, c = ring
    network.becomes(
        replace(a, name="sw2"),
        replace(b, name="sw3", group="vault", repo="finance"),
        replace(c, name="sw1", group="core", repo="configs"),
    )
    kills = _killed_at(store, step)
    assert kills == {"moved": 2, "followed": 1}[step]
    store.consume()
    assert network.head() == {"core/sw1.cfg": "hostname c\n", "core/sw2.cfg": "hostname a\n"}
    assert network.head("finance") == {"vault/sw3.cfg": "hostname b\n"}
    assert len(network.log()) == 4
    assert len(network.log("finance")) == 2


def _killed_at(store: Store, step: str) -> int:
    """Start the consumer until it is not killed any more; how often it was."""
    [job] = store.expect(make_job("sw9"))
    store.stream.publish(success(job, "hostname sw9\n"))
    return sum(1 for _ in _kills(store, step))


def _kills(store: Store, step: str) -> Iterable[None]:
    for _ in range(5):
        if run_and_kill(store, step) != -signal.SIGKILL:
            return
        yield


@pytest.mark.parametrize("killed_again", [False, True])
def test_a_commit_without_a_row_keeps_its_place_when_the_inventory_moves_on(
    network: Network, store: Store, killed_again: bool
) -> None:
    old = device("sw1", ident="asset-7")
    network.becomes(old)
    [job] = store.expect(make_job("sw1", device_id="asset-7"))
    store.stream.publish(success(job, "hostname sw1\n"))
    assert run_and_kill(store, "committed") == -signal.SIGKILL
    network.becomes(replace(old, name="sw9"))
    if killed_again:
        assert run_and_kill(store, "followed") == -signal.SIGKILL
    store.consume()
    row = store.row(job)
    assert row.changed
    assert store.git("show", f"{row.commit}:{row.path}") == "hostname sw1\n"
    assert network.log() == ["sw1: renamed to sw9", "sw1: first backup, 1 line"]
    assert network.head() == {"core/sw9.cfg": "hostname sw1\n"}
