"""`devicevault platforms`: what a person sees of a platform's rules."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.shell import Shell

CONFIG = """\
hostname r1
username keeper secret 9 $9$abcdefgh
cluster key Harbour1
 neighbor X password shared-secret profile DECK algorithm A
"""


def test_it_shows_what_is_hidden_by_which_rule_and_what_came_close(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "config.txt").write_text(CONFIG)
    answer = shell("platforms", "cisco_ios", "--secrets", str(tmp_path / "config.txt"))
    assert answer.status == 0
    lines = answer.out.splitlines()
    assert lines[0] == "     2  username keeper secret 9 <hidden>"
    assert lines[1].startswith("        hidden by rule ^")
    assert lines[2:] == [
        "     3  cluster key <hidden>",
        "        hidden by the net: it follows 'key'",
        "     4   neighbor X password shared-secret profile DECK algorithm A",
        "        left: profile (a name)",
    ]
    assert "Harbour1" not in answer.out


def test_a_script_reads_the_same(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "config.txt").write_text(CONFIG)
    answer = shell("platforms", "cisco_ios", "--secrets", str(tmp_path / "config.txt"), "--output", "json")
    remarks = json.loads(answer.out)
    assert [(each["number"], each["hidden"]) for each in remarks] == [(2, True), (3, True), (4, False)]


def test_secrets_need_a_platform(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "config.txt").write_text(CONFIG)
    answer = shell("platforms", "--secrets", str(tmp_path / "config.txt"))
    assert answer.status == 2
    assert "needs the name of a platform" in answer.err
