"""Fingerprints of secrets: they show that a secret changed, and nothing else."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.answer.filters import hide_secrets
from collectors.answer.masks import fingerprints
from collectors.collect import collect_by
from collectors.contract import CollectorResult
from collectors.define import Command, Platform, hide
from tests.collectors.asyncssh_server import asyncssh_server
from tests.collectors.contract import config_for
from tests.collectors.shells import Shell, over_ssh, table
from tests.collectors.threads import no_thread_is_left

__all__ = ["no_thread_is_left"]

RULES = (hide(r"^key (\S+)"), hide(r"^psk (\S+)"), hide(r"\bkey (\S+)"))
CONFIG = "hostname r1\nkey alpha\npsk alpha\nkey beta\nend\n"
PLATFORM = Platform(config=Command("show config", ends_with=r"^end$"), secrets=RULES)
MARK = re.compile(r"<hidden:[a-z2-7]{10}>")
KEY = "worker-key"
secrets = st.text(st.characters(exclude_categories=["Cs"], exclude_characters='"\n<'), min_size=1)


def run(config: str = CONFIG, **changes: Any) -> dict[str, Any]:
    with asyncssh_server(over_ssh(lambda: Shell(table({"show config": config})))) as server:
        return collect_by(PLATFORM, config_for(server, **changes), 10)


def lines(result: dict[str, Any]) -> list[str]:
    return str(result["device_config"]).splitlines()


def test_equal_secrets_of_a_device_have_one_fingerprint_and_others_another() -> None:
    kept = lines(run(fingerprint_key=KEY, options={"secrets": "fingerprint"}))
    marks = [MARK.findall(line) for line in kept]
    assert [len(each) for each in marks] == [0, 1, 1, 1, 0]
    assert marks[1] == marks[2] != marks[3]
    assert kept[1].startswith("key <hidden:")
    assert "alpha" not in "".join(kept)


def test_a_fingerprint_tells_nothing_across_devices_or_keys() -> None:
    options = {"secrets": "fingerprint"}
    first = run(fingerprint_key=KEY, options=options, device_id="id-1")
    others = [
        run(fingerprint_key=KEY, options=options, device_id="id-2"),
        run(fingerprint_key="another", options=options, device_id="id-1"),
    ]
    assert all(not set(MARK.findall(str(other))) & set(MARK.findall(str(first))) for other in others)


def test_a_renamed_device_keeps_its_fingerprints() -> None:
    options = {"secrets": "fingerprint"}
    old = run(fingerprint_key=KEY, options=options, device_id="id-1", device="old-name")
    new = run(fingerprint_key=KEY.encode(), options=options, device_id="id-1", device="new-name")
    assert old["device_config"] == new["device_config"]


@pytest.mark.parametrize(
    ("key", "policy", "expected"),
    [
        (None, "fingerprint", "key <hidden>"),
        ("", "fingerprint", "key <hidden>"),
        (None, None, "key <hidden>"),
        (KEY, "hide", "key <hidden>"),
        (KEY, "keep", "key alpha"),
    ],
)
def test_without_a_key_secrets_are_hidden_and_other_policies_stay(
    key: str | None, policy: str | None, expected: str
) -> None:
    assert lines(run(fingerprint_key=key, options={"secrets": policy}))[1] == expected


def test_with_a_key_a_fingerprint_is_what_is_stored_unless_something_else_was_chosen() -> None:
    assert MARK.search(lines(run(fingerprint_key=KEY, options={}))[1])


def test_the_key_is_nowhere_in_the_result() -> None:
    result = run(fingerprint_key=KEY, options={"secrets": "fingerprint"})
    assert KEY not in json.dumps(CollectorResult.from_dict(result).to_dict())


def test_a_key_that_is_no_text_is_a_bad_request_that_does_not_show_it() -> None:
    result = collect_by(PLATFORM, {"device": "r1", "task_id": "t", "address": "a", "fingerprint_key": [KEY]})
    assert result["reason"] == "bad_request"
    assert KEY not in json.dumps(result)


@given(secrets, st.binary(min_size=1))
def test_a_fingerprint_is_short_and_never_masked_again(secret: str, key: bytes) -> None:
    mask = fingerprints(key, "id-1")
    assert MARK.fullmatch(mask(secret))
    assert mask(mask(secret)) == mask(secret) == mask(f'"{secret}"')


def test_a_secret_that_two_rules_find_has_the_fingerprint_of_the_secret() -> None:
    mask = fingerprints(b"key", "id-1")
    assert hide_secrets("key alpha\n", RULES, mask) == f"key {mask('alpha')}\n"
