"""Packs and trees that Git itself finds nothing wrong with."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from dulwich.objects import Tree
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.store.git.pack import BLOB, COMMIT, Object, make_object, write_pack
from pipeline.store.git.trees import Trees

NAMES = st.text("ab.-_0", min_size=1, max_size=3).filter(lambda name: name.strip(".") != "")
EMPTY_REPO: dict[bytes, bytes] = {}
PUTS = st.lists(st.tuples(NAMES, NAMES, st.binary(min_size=20, max_size=20)), min_size=1, max_size=30)


def parsed(trees: dict[bytes, bytes], root: bytes) -> dict[str, bytes]:
    """Path → id, as dulwich reads the trees; fails where an order is not Git's."""
    found = {}
    for entry in Tree.from_string(trees[root]).iteritems():
        if entry.mode == 0o40000:
            below = parsed(trees, bytes.fromhex(entry.sha.decode()))
            found.update({f"{entry.path.decode()}/{name}": sha for name, sha in below.items()})
        else:
            found[entry.path.decode()] = bytes.fromhex(entry.sha.decode())
    Tree.from_string(trees[root]).check()
    return found


@given(PUTS)
def test_trees_hold_what_was_put_in_the_order_of_git(puts: list[tuple[str, str, bytes]]) -> None:
    made: dict[bytes, bytes] = {}
    trees = Trees(None, made.__getitem__)
    expected: dict[str, bytes] = {}
    for folder, name, sha in puts:
        path = f"{folder}/{name}.cfg"
        new = trees.put({path: sha})
        made.update((obj.id, obj.data) for obj in new)
        expected[path] = sha
        assert trees.get(path) == sha
        assert parsed(made, new[-1].id) == expected
        assert parsed(made, Trees(new[-1].id, made.__getitem__).put({path: sha})[-1].id) == expected


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 300), st.binary(max_size=200)), min_size=1, max_size=60))
def test_git_reads_every_object_of_a_pack_with_deltas(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, bytes]]
) -> None:
    repo = tmp_path_factory.mktemp("repo")
    _git(repo, "init", "-q", "--bare")
    made: dict[bytes, Object] = {}
    objects: list[Object] = []
    trees = Trees(None, lambda sha: made[sha].data)
    parent = ""
    for number, content in [*((number, b"") for number in range(0, 300, 3)), *changes]:
        blob = make_object(BLOB, content)
        new = [blob, *trees.put({f"group/device-{number}.cfg": blob.id})]
        who = "A <a@example.net> 1700000000 +0000"
        text = f"tree {new[-1].id.hex()}\n{parent}author {who}\ncommitter {who}\n\nsubject\n"
        new.append(make_object(COMMIT, text.encode()))
        parent = f"parent {new[-1].id.hex()}\n"
        objects += new
        made.update((obj.id, obj) for obj in new)
    pack = write_pack(repo / "objects" / "pack", objects)
    _git(repo, "update-ref", "refs/heads/main", parent.split()[1])
    _git(repo, "fsck", "--strict", "--full")
    listed = _git(repo, "verify-pack", "-v", str(pack.with_suffix(".idx")))
    assert all(obj.id.hex() in listed for obj in made.values())
    last = dict(changes)
    for number, content in last.items():
        assert _run_git(repo, "show", f"main:group/device-{number}.cfg").stdout == content


def test_a_tree_that_changes_back_within_a_batch_is_no_delta_of_itself(tmp_path: Path) -> None:
    trees = Trees(None, EMPTY_REPO.__getitem__)
    one, two = make_object(BLOB, b"1"), make_object(BLOB, b"2")
    first = trees.put({"group/a.cfg": one.id})
    changed = trees.put({"group/a.cfg": two.id})
    back = trees.put({"group/a.cfg": one.id})
    assert back == first
    assert all(obj.base is not None for obj in changed)


def test_deltas_keep_a_large_directory_small(tmp_path: Path) -> None:
    trees = Trees(None, EMPTY_REPO.__getitem__)
    blobs = [make_object(BLOB, b"%d\n" % number) for number in range(2100)]
    for number in range(2000):
        trees.put({f"group/device-{number}.cfg": blobs[number].id})
    trees.forget_bases()
    objects = [
        obj
        for number in range(100)
        for obj in trees.put({f"group/device-{number}.cfg": blobs[2000 + number].id})
    ]
    whole = sum(len(obj.data) for obj in objects)
    assert write_pack(tmp_path, objects).stat().st_size < whole / 20


def test_a_failed_write_leaves_nothing_that_git_would_see(tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.mkdir()
    pack = write_pack(good, [make_object(BLOB, b"x")])
    (bad / pack.with_suffix(".idx").name / "in the way").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        write_pack(bad, [make_object(BLOB, b"x")])
    # The pack is there; without its index Git does not know it, and the next attempt replaces it.
    assert {path.name for path in bad.iterdir()} == {pack.name, pack.with_suffix(".idx").name}


def _git(repo: Path, *arguments: str) -> str:
    """What git prints, its errors too."""
    done = _run_git(repo, *arguments)
    return done.stdout.decode() + done.stderr.decode()


def _run_git(repo: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    # A pack that is wrong can send Git round in circles until memory ends.
    limited = ["prlimit", "--as=2000000000", "git", "-C", str(repo), *arguments]
    return subprocess.run(limited, check=True, capture_output=True, timeout=60)
