"""Which devices a selection means, of a repository with two revisions of an inventory."""

from __future__ import annotations

import pytest

from pipeline.errors import StateError, UsageError
from pipeline.plan.selection import Selection, select
from pipeline.settings import load_settings
from tests.inventory.files import PLATFORMS, Files

CORE = [f"core-sw{number}" for number in ("01", 3, 4, 5, 6, 7, 8)]


def names(files: Files, selection: Selection) -> list[str]:
    settings = load_settings(inventory=files.path, state_dir=files.repo / "state")
    return [device.name for device in select(selection, files.load("HEAD"), settings, PLATFORMS)]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(names=("core-sw4",)), ["core-sw4"]),
        (Selection(names=("edge-rtr9", "core-sw4", "core-sw4")), ["core-sw4", "edge-rtr9"]),
        (Selection(groups=("edge",)), ["core-sw3", "edge-rtr9"]),
        (Selection(names=("core-sw4",), groups=("edge", "lab")), ["core-sw3", "core-sw4", "edge-rtr9"]),
        (Selection(everything=True), [*CORE, "edge-rtr9"]),
        (Selection(names=("core-sw4",), everything=True), [*CORE, "edge-rtr9"]),
        (Selection(changed_since="main"), [*CORE, "edge-rtr9"]),  # the credential's password is another one
        (Selection(changed_since="HEAD"), []),
        (Selection(names=("core-sw4",), changed_since="HEAD"), ["core-sw4"]),
    ],
)
def test_a_selection_is_its_parts_together(branch: Files, selection: Selection, expected: list[str]) -> None:
    assert names(branch, selection) == expected


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        (Selection(names=("core-sw2",)), "no device 'core-sw2'"),
        (Selection(groups=("old",)), "no group 'old' in .*; there are: core, edge, lab"),
        (Selection(groups=("lab",)), "no device matches in "),
        (Selection(changed_since="nowhere"), "no revision 'nowhere'"),
    ],
)
def test_what_is_not_there_is_named(branch: Files, selection: Selection, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        names(branch, selection)


def test_an_earlier_inventory_with_a_mistake_cannot_be_compared_with(branch: Files) -> None:
    branch["devices/bad.yaml"] = "sw9: {address: [}\n"
    bad = branch.commit()
    del branch["devices/bad.yaml"]
    branch.commit()
    with pytest.raises(StateError, match=f"at {bad} cannot be compared with: devices/bad.yaml:1:"):
        names(branch, Selection(changed_since=bad))


def test_an_empty_selection_asks_for_nothing() -> None:
    assert not Selection()
    assert Selection(changed_since="")
