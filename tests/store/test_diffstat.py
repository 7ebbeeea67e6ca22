"""A commit's subject counts what `git diff --stat` counts."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.configs.diffstat import LineCount, count_changes

LINES = st.lists(st.sampled_from(["a", "b", "c", "vlan 1"]), max_size=12).map(
    lambda ls: "".join(f"{x}\n" for x in ls)
)


@pytest.mark.parametrize(
    ("before", "after", "subject"),
    [
        (None, "a\nb\n", "first backup, 2 lines"),
        ("a\n", "a\nb\n", "+1"),
        ("a\nb\n", "a\n", "−1"),
        ("a\nb\nc\n", "a\nx\ny\nc\n", "+2 −1"),
        ("a\r\n", "a\n", "line ends only"),
    ],
)
def test_the_subject_counts_lines(before: str | None, after: str, subject: str) -> None:
    assert str(count_changes(before, after)) == subject


@given(LINES, LINES)
def test_the_difference_of_the_counts_is_the_difference_in_length(before: str, after: str) -> None:
    count = count_changes(before, after)
    assert count.added - count.removed == len(after.splitlines()) - len(before.splitlines())
    assert (count == LineCount(0, 0)) == (before == after)


def test_git_counts_the_same(tmp_path: Path) -> None:
    before = "".join(f"line {number}\n" for number in range(500))
    after = before.replace("line 17\n", "").replace("line 400\n", "line four hundred\nand one\n")
    (tmp_path / "a").write_text(before)
    (tmp_path / "b").write_text(after)
    numstat = subprocess.run(
        ["git", "diff", "--no-index", "--numstat", "a", "b"], cwd=tmp_path, capture_output=True, text=True
    ).stdout
    count = count_changes(before, after)
    assert [str(count.added), str(count.removed)] == numstat.split()[:2]


def test_a_rewrite_of_a_huge_config_is_counted_in_linear_time() -> None:
    before = "".join(f"old {number}\n" for number in range(200_000))
    after = "".join(f"new {number}\n" for number in range(100_000))
    assert str(count_changes(before, after)) == "+100000 −200000"
