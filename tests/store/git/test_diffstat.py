"""A commit's subject counts what `git diff --stat` counts."""

from __future__ import annotations

import subprocess
from itertools import takewhile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.store.git.diffstat import LineCount, count_changes

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
        ("a\nb", "a\nb\n", "line ends only"),
        ("xa\nb\n", "a\nb\n", "+1 −1"),
        ("a\nb\n", "a\nb\na\nb\n", "+2"),
        ("", "a", "+1"),
        (None, "a\nb", "first backup, 2 lines"),
    ],
)
def test_the_subject_counts_lines(before: str | None, after: str, subject: str) -> None:
    assert str(count_changes(before, after)) == subject


@given(LINES, LINES)
def test_the_difference_of_the_counts_is_the_difference_in_length(before: str, after: str) -> None:
    count = count_changes(before, after)
    assert count.added - count.removed == len(after.splitlines()) - len(before.splitlines())
    assert (count == LineCount(0, 0)) == (before == after)


TEXTS = st.text(st.sampled_from("ab\n"), max_size=16)


@given(TEXTS, TEXTS)
def test_what_counts_as_kept_stands_in_both_in_the_same_order(before: str, after: str) -> None:
    old, new = before.splitlines(), after.splitlines()
    count = count_changes(before, after)
    kept = len(old) - count.removed
    assert kept == len(new) - count.added
    same = takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False))
    assert len(list(same)) <= kept <= _longest_common_run(old, new)


def _longest_common_run(old: list[str], new: list[str]) -> int:
    """Lines of the longest sequence that both hold, other lines between them or not."""
    if not old or not new:
        return 0
    if old[0] == new[0]:
        return 1 + _longest_common_run(old[1:], new[1:])
    return max(_longest_common_run(old[1:], new), _longest_common_run(old, new[1:]))


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
