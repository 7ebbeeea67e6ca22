"""The words that vendors put around a secret, and lines that only look as if they held one.

A platform's file in `wordings/` has what its recordings have not. A heading, `=== snmp`, names what follows;
`«…»` marks exactly what is masked there. Platforms that write most things as IOS does are also held against
the list in test_filters.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import yaml

from collectors.answer.filters import hide_secrets
from collectors.answer.text import without_secrets
from collectors.define import IOS_LIKE
from collectors.define.ios_like import ANYWHERE
from collectors.define.rules import Hide
from collectors.registry import names, platform
from tests.collectors.answer.test_filters import IOS_LIKE as IOS_LINES
from tests.collectors.answer.test_filters import RECORDINGS

PLATFORMS = [name for name in names() if platform(name)]
APIS = [name for name in PLATFORMS if (one := platform(name)) and one.api and one.api.secrets is not None]
SHARED = {rule.text for rule in (*IOS_LIKE, *ANYWHERE)}

FOLDER = Path(__file__).parents[1] / "wordings"


def wordings(name: str) -> dict[str, str]:
    """The marked texts of a platform by their headings."""
    path = FOLDER / f"{name}.txt"
    text = path.read_text() if path.exists() else ""
    _, *parts = re.split(r"^=== (.+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def plain(marked: str) -> str:
    return marked.replace("«", "").replace("»", "")


PUBLIC = {
    "alliedtelesis_awplus": "service password-encryption",
    "aruba_aoscx": "user admin authorized-key ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIpublic admin@jump",
    "checkpoint_gaia": "set password-controls min-password-length 6",
    "juniper_junos": "set system login password minimum-length 8",
    "cisco_asa": "aaa authentication ssh console TACACS LOCAL",
    "cisco_xr": " authentication message-digest",
    "fortinet": "    set password-policy enable",
    "hp_procurve": "password minimum-length 8",
    "huawei_vrp": " peer 192.0.2.9 as-number 64501",
    "nokia_sros": '                            match "password"',
    "paloalto_panos": "        public-key c3NoLWVkMjU1MTk=;",
    "vyos": "set interfaces wireguard wg0 peer hub public-key 'b7wPpublic='",
}


def recorded(name: str) -> list[str]:
    """What the platform's recordings answer: commands by name, or a list of single ones."""
    files = [yaml.safe_load(path.read_text())["commands"] for path in (RECORDINGS / name).glob("*.yaml")]
    parts = [part for file in files for part in (file if isinstance(file, list) else [file])]
    return [text for part in parts for text in part.values()]


def test_wordings_are_a_platforms() -> None:
    assert {path.stem for path in FOLDER.iterdir()} <= {*PLATFORMS, *(f"{name}_api" for name in APIS)}


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name in PLATFORMS for kind in wordings(name)])
def test_exactly_the_secret_of_every_wording_is_masked(name: str, kind: str) -> None:
    definition = platform(name)
    assert definition is not None
    marked = wordings(name)[kind]
    assert "«" in marked
    assert without_secrets(definition, plain(marked)) == re.sub("«.*?»", "<hidden>", marked)


@pytest.mark.parametrize("name", APIS)
def test_exactly_the_secrets_of_what_an_api_answers_are_masked(name: str) -> None:
    definition = platform(name)
    assert definition is not None
    assert definition.api is not None
    assert definition.api.secrets is not None
    over_https = replace(definition, secrets=definition.api.secrets)
    for marked in wordings(f"{name}_api").values():
        assert without_secrets(over_https, plain(marked)) == re.sub("«.*?»", "<hidden>", marked)


def own_rules(name: str) -> list[Hide]:
    """The rules that the platform has beside those that most have."""
    definition = platform(name)
    assert definition is not None
    return [rule for rule in definition.secrets if rule.text not in SHARED]


@cache
def needed_rules(name: str) -> set[str]:
    """The platform's own rules without which one of its recordings or wordings is masked otherwise."""
    definition = platform(name)
    assert definition is not None
    hides = definition.hides
    texts = [*recorded(name), *(plain(marked) for marked in wordings(name).values())]
    masked = [hide_secrets(text, hides) for text in texts]

    def is_needed(rule: Hide) -> bool:
        others = tuple(other for other in hides if other is not rule)
        return any(hide_secrets(text, others) != mask for text, mask in zip(texts, masked, strict=True))

    return {rule.text for rule in own_rules(name) if is_needed(rule)}


@pytest.mark.parametrize("name", PLATFORMS)
def test_no_rule_of_a_platform_could_be_left_out(name: str) -> None:
    """A recording or a wording needs it; of one that several platforms have, those of one of them do."""
    for text in {rule.text for rule in own_rules(name)} - needed_rules(name):
        sharing = [other for other in PLATFORMS if text in [rule.text for rule in own_rules(other)]]
        assert any(text in needed_rules(other) for other in sharing), text


def test_no_rule_that_platforms_share_could_be_left_out() -> None:
    text = (
        "".join(f"{line}\n" for line in IOS_LINES)
        + "-----BEGIN PRIVATE KEY-----\nAbCd\n-----END PRIVATE KEY-----\n"
    )
    text += 'key "-----BEGIN EC PRIVATE KEY-----\\nAbCd\\n-----END EC PRIVATE KEY-----\\n"\n'
    rules = (*IOS_LIKE, *ANYWHERE)
    masked = hide_secrets(text, rules)
    for rule in rules:
        others = tuple(other for other in rules if other is not rule)
        assert hide_secrets(text, others) != masked, rule.text


@pytest.mark.parametrize("name", PUBLIC)
def test_what_is_no_secret_stays(name: str) -> None:
    definition = platform(name)
    assert definition is not None
    assert without_secrets(definition, PUBLIC[name] + "\n") == PUBLIC[name] + "\n"
