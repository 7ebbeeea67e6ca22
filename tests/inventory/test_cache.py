"""A large inventory is read again quickly, and never differently."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import InventoryError, Problem
from pipeline.inventory import Inventory, entries, load
from pipeline.inventory import cache as caching
from pipeline.inventory.cache import Cache
from pipeline.inventory.problems import Problems
from pipeline.inventory.strict_yaml import Entry
from tests.inventory.files import PLATFORMS, Files, host_key


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(caching, "WORTH_BYTES", 0)
    return tmp_path / "cache" / "inventory"


def read(files: Files, folder: Path | None) -> Inventory | tuple[Problem, ...]:
    try:
        return load(files.path, None, platforms=PLATFORMS, cache=folder)
    except InventoryError as error:
        return error.problems


def again(files: Files, folder: Path) -> Inventory | tuple[Problem, ...]:
    """Read with what is kept, twice, and compare with a reading without."""
    fresh = read(files, None)
    assert read(files, folder) == fresh
    assert read(files, folder) == fresh
    return fresh


def test_what_was_kept_is_what_would_be_read(files: Files, folder: Path) -> None:
    files["jump_hosts.yaml"] = "bastion: {address: 192.0.2.9, credential: lab}\n"
    files["devices/edge.yaml"] = (
        "a: {address: 192.0.2.7, platform: cisco_ios, jump: [bastion], artefacts: [version], timeout: 2m}\n"
        "b: {address: b.example.net, platform: cisco_ios, group: edge, max_shrink: 20%, contexts: true}\n"
    )
    again(files, folder)
    assert {entry.stat().st_mode & 0o077 for entry in folder.iterdir()} == {0}
    assert len(list(folder.iterdir())) == 3


def test_only_what_changed_is_parsed_again(
    files: Files, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(files, folder)
    files["devices/new.yaml"] = "new: {address: 192.0.2.99, group: core}\n"
    parsed: list[str] = []
    parse = entries.read_entries

    def watched(file: str, content: bytes, problems: Problems) -> Iterator[Entry] | None:
        parsed.append(file)
        return parse(file, content, problems)

    monkeypatch.setattr(entries, "read_entries", watched)
    read(files, folder)
    assert parsed == ["devices/new.yaml"]


def test_a_change_of_what_devices_refer_to_is_seen(files: Files, folder: Path) -> None:
    again(files, folder)
    files["groups.yaml"] = "core: {platform: juniper_junos, queue_id: other}\nedge: {}\n"
    again(files, folder)
    files["known_hosts"] = f"192.0.2.1 {host_key(9)}\n"
    again(files, folder)
    files["groups.yaml"] = "kern: {platform: juniper_junos}\n"
    problems = again(files, folder)
    assert isinstance(problems, tuple)
    [first, second] = problems
    assert str(first).startswith("devices/core.yaml:1:39: core-sw1: unknown group 'core'")
    assert str(second).startswith("devices/core.yaml:2:")


def test_the_same_file_twice_is_still_a_mistake(files: Files, folder: Path) -> None:
    files["devices/copy.yaml"] = (files.path / "devices/core.yaml").read_bytes()
    problems = again(files, folder)
    assert "a second device 'core-sw1'" in str(problems)


def test_mistakes_are_told_again_with_their_places(files: Files, folder: Path) -> None:
    files["devices/core.yaml"] = "a: {address: x y, group: core}\nb: {adress: 192.0.2.1}\n"
    files["known_hosts"] = "192.0.2.1 ssh-ed25519 AAAA\n"
    problems = again(files, folder)
    assert isinstance(problems, tuple)
    assert len(problems) == 5
    assert not folder.exists()


@pytest.mark.parametrize("damage", [b"", b"[", b"{}", b"\xff"])
def test_an_entry_that_cannot_be_read_costs_only_time(files: Files, folder: Path, damage: bytes) -> None:
    fresh = read(files, folder)
    for entry in folder.iterdir():
        entry.write_bytes(damage)
    assert read(files, folder) == fresh


def test_a_folder_that_cannot_be_used_costs_only_time(files: Files, folder: Path) -> None:
    folder.parent.mkdir(parents=True)
    folder.write_text("a file")
    again(files, folder)


def test_a_small_inventory_leaves_nothing_behind(files: Files, tmp_path: Path) -> None:
    again(files, tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_what_nobody_uses_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path)
    cache.put("x", b"used", 1)
    cache.put("x", b"old", 2)
    for entry in tmp_path.iterdir():
        os.utime(entry, (0, 0))
    assert cache.get("x", b"used") == 1
    cache.forget_old()
    assert (cache.get("x", b"used"), cache.get("x", b"old")) == (1, None)


def test_whatever_a_reader_imports_of_the_pipeline_counts_as_its_code() -> None:
    modules = caching._modules()
    imported = {
        node.module
        for path in modules
        if path.parent.name == "inventory"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("pipeline.")
    }
    root = Path(caching.__file__).parents[2]
    files = {root.joinpath(*name.split(".")).with_suffix(".py") for name in imported - {"pipeline.inventory"}}
    assert {"pipeline.values.names", "pipeline.values.schedule"} <= imported
    assert files <= set(modules)


def test_another_version_of_the_code_reads_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path)
    cache.put("x", b"content", 1)
    monkeypatch.setattr(caching, "_code_hash", lambda: b"another")
    assert cache.get("x", b"content") is None


def test_known_hosts_with_a_mistake_is_not_kept_among_more_mistakes_than_are_listed(
    files: Files, folder: Path
) -> None:
    right = (files.path / "groups.yaml").read_text()
    files["groups.yaml"] = right + "".join(f"g{number}: {{nonsense: 1}}\n" for number in range(1100))
    files["known_hosts"] = f"192.0.2.1 {host_key(1)}\nnonsense\n"
    read(files, folder)
    files["groups.yaml"] = right
    assert "known_hosts" in str(again(files, folder))
