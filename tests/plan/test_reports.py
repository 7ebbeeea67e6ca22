"""What people read: three whole reports, and the rules that hold of any."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import Problem
from pipeline.plan import Plan
from pipeline.plan.as_json import as_json
from pipeline.plan.markdown import MARKER, page
from pipeline.plan.sections import summary
from pipeline.plan.text import lines
from pipeline.text.markdown import COMMENT_BYTES
from tests.inventory.files import Files, host_key
from tests.plan.inventories import device, planned
from tests.support.commands import Run
from tests.support.git import git

GOLDEN = Path(__file__).parent / "golden"


def golden(name: str, found: str, files: Files) -> None:
    """Compare with the file of that name; commits, which differ with the clock, by what they are."""
    for ref in ("main", "change"):
        commit = git(files.repo, "rev-parse", ref).strip()
        found = found.replace(commit, ref.upper()).replace(commit[:12], ref.upper())
    assert found == (GOLDEN / name).read_text(encoding="utf-8")


REPORTS = [("text", "plan.txt"), ("markdown", "plan.md"), ("json", "plan.json")]


@pytest.mark.parametrize(("output", "name"), REPORTS)
def test_a_branch_that_does_one_of_everything(branch: Files, run: Run, output: str, name: str) -> None:
    provided = branch.repo / "provided.env"
    provided.write_text("NEW_PASSWORD=hunter2\nEDGE_USER\n")
    said = run(
        "plan", "--inventory", branch.path, "--provided", provided, "--now", "2026-03-02T12:00:00Z",
        "--output", output,
    )  # fmt: skip
    assert (said.status, said.err) == (0, "")
    golden(name, said.out, branch)


def many(count: int) -> Plan:
    return planned([], [device(f"sw{number}", host_keys=()) for number in range(count)])


class TestLarge:
    @pytest.mark.parametrize("count", [60, 3000])
    def test_a_comment_stays_readable(self, count: int) -> None:
        text = page(many(count))
        assert len(text.encode()) < COMMENT_BYTES
        assert text.count("\n") < 300
        assert f"{count} devices added" in text
        assert f"… and {count - 50} more" in text
        assert text.count("<details>") == text.count("</details>") > 0

    def test_what_no_longer_fits_is_named_in_the_last_line(self) -> None:
        long = "x" * 63
        before = [device(f"{long[:50]}{n}", address=f"{long}.{long}.{n}.net") for n in range(800)]
        after = [
            device(f"{long[:50]}{n}", id=f"{n}", address=f"{long}.{long}.{n}.org", port=n + 1,
                   repo=long, host_keys=tuple(host_key(k) for k in range(n, n + 9)), timeout_s=n + 1)
            for n in range(400)
        ]  # fmt: skip
        after += [device(f"{long[:50]}-{n}", address=f"{long}.{long}.{n}.com") for n in range(400)]
        text = page(planned(before, after))
        assert len(text.encode()) < COMMENT_BYTES
        *_, last = text.splitlines()
        assert last.startswith("Left out, because a comment holds no more: ")
        assert "Host keys (400)" in last

    def test_a_terminal_gets_two_hundred_of_each(self) -> None:
        text = list(lines(many(3000)))
        assert "    … and 2800 more rows; --output json has all" in text
        assert len(text) < 1000

    def test_json_has_all(self) -> None:
        assert len(as_json(many(3000))["added"]) == 3000


class TestHostile:
    """The reader refuses such names; whoever reads the report does not have to trust that."""

    NAME = "a|b <img src=x> [l](http://x) @all `c` \x1b[31m\u202e\n::error::x"

    def plan(self) -> Plan:
        return planned([device("x")], [device("x", platform=self.NAME, schedule="hourly")])

    def test_markup_is_text(self) -> None:
        [row] = [line for line in page(self.plan()).splitlines() if "platform" in line]
        assert row.count("|") - row.count("\\|") == 6
        assert re.search(r"(?<!\\)[<\[`]|@all|://", row) is None

    def test_no_line_is_forged_and_no_terminal_steered(self) -> None:
        text = list(lines(self.plan()))
        assert not any(line.startswith("::") for line in text)
        assert all(line.isprintable() for line in text)


class TestWords:
    def test_the_first_line_of_a_comment_is_the_marker(self) -> None:
        assert page(planned([], [])).splitlines()[0] == MARKER == "<!-- devicevault-plan -->"

    @pytest.mark.parametrize(
        ("before", "after", "words"),
        [
            ([], [], "no changes; 0 devices afterwards"),
            (["a"], ["a", "b", "c"], "2 devices added; 3 devices afterwards"),
            (["a", "b"], ["b"], "1 device removed; 1 device afterwards"),
        ],
    )
    def test_one_line_says_what_happens(self, before: list[str], after: list[str], words: str) -> None:
        assert summary(planned(map(device, before), map(device, after))) == words

    def test_a_device_at_the_address_of_a_removed_one_comes_with_the_id_to_set(self) -> None:
        old, new = device("old", id="asset-1", address="192.0.2.1"), device("new", address="192.0.2.1")
        assert "give it 'id: asset-1'" in "\n".join(lines(planned([old], [new])))

    def test_a_base_that_cannot_be_read_leaves_what_is_known(self) -> None:
        plan = replace(many(30), base_problems=(Problem("groups.yaml", 1, 2, "broken"),))
        text = "\n".join(lines(plan))
        assert "cannot be compared: the base has 1 problem; the branch has 30 devices" in text
        assert "groups.yaml:1:2: broken" in text
        assert "core   30" in text
        assert "Added" not in text
        report: dict[str, Any] = json.loads(json.dumps(as_json(plan)))
        assert (report["has_changes"], report["base_problems"][0]["file"]) == (True, "groups.yaml")

    def test_an_hour_that_at_least_doubles_is_marked(self) -> None:
        text = list(lines(planned([device("a")], [device("a"), device("b")])))
        assert [line[:8] for line in text if " after " in line] == ["  ! core"]
