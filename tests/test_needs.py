"""What a test needs is read off its code, and what `make unit` and `make platform` select follows from it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import is_about
from tests.docs.markdown import ROOT
from tests.needs import leads_to_programs
from tests.support import unprivileged
from tests.support.git import git


def run_program() -> None:
    subprocess.run(["true"], check=True)


@contextmanager
def running_program() -> Iterator[None]:
    run_program()
    yield


class Program:
    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        run_program()


class Special(Program):
    pass


class TestThatStands:
    def in_a_class(self) -> None:
        run_program()


def in_a_context() -> None:
    with running_program():
        pass


def in_a_function_inside() -> None:
    def inner() -> None:
        run_program()

    inner()


def by_a_class() -> None:
    Special()


def by_an_import_of_its_own() -> None:
    import subprocess

    subprocess.run(["true"], check=True)


def by_a_module_of_helpers() -> None:
    unprivileged.complaint("raise SystemExit('no')")


def by_git(repo: Path) -> None:
    git(repo, "init")


def in_a_circle(depth: int = 0) -> None:
    if depth:
        in_a_circle(depth - 1)


@pytest.mark.parametrize(
    "function",
    [
        run_program,
        in_a_context,
        in_a_function_inside,
        by_a_class,
        by_an_import_of_its_own,
        by_a_module_of_helpers,
        TestThatStands().in_a_class,
    ],
)
def test_a_program_is_found_wherever_it_is_started(function: object) -> None:
    assert leads_to_programs(function)


@pytest.mark.parametrize("function", [by_git, in_a_circle, len, None])
def test_git_and_what_starts_nothing_needs_nothing(function: object) -> None:
    assert not leads_to_programs(function)


def test_a_test_is_left_out_for_a_server_that_it_asks_for_by_a_fixture() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "--unit",
         "tests/transit/test_results.py", "tests/text/test_markdown.py"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "tests/text/test_markdown.py::" in done.stdout, done.stdout + done.stderr
    assert "tests/transit" not in done.stdout
    assert "deselected" in done.stdout


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("test_exactly_the_secret_of_every_wording_is_masked[cisco_ios-snmp]", True),
        ("test_a_recorded_device[cisco_ios/paged_switch]", True),
        ("test_a_device_of_which_was_reported[cisco_ios: the prompt comes twice]", True),
        ("test_what_is_no_secret_stays[cisco_ios_xe]", False),
        ("test_what_is_no_secret_stays[my_cisco_ios]", False),
        ("test_what_is_no_secret_stays[huawei_vrp]", False),
        ("test_wordings_are_a_platforms", True),
    ],
)
def test_a_platforms_tests_are_those_whose_case_names_it(name: str, about: bool) -> None:
    assert is_about(name, "cisco_ios") is about
