"""The net below the rules: secrets that no rule of a platform knows, and words that only look like secrets.

`«…»` marks exactly what is masked in a line of the platform named before it. Names and secrets are invented.
"""

from __future__ import annotations

import re
import time

import pytest

from collectors.answer.masks import fingerprints
from collectors.answer.text import artefact_text, without_secrets
from collectors.define import Command, Platform, hide, public
from collectors.registry import names, platform
from tests.collectors.answer.lines import marked_lines

THIRD_PARTY = Platform(config=Command("show"))
PLATFORMS = [name for name in names() if platform(name)]
ANYWHERE = """\
 frob authentication ah-md5 3 «c0ffee00c0ffee01»
widget shared-secondary-secret index 1 7 «0A1B2C3D4E»
   uplink auth key-id 4 algorithm sha-512 key 0 «h4rbour1»
backend api-token «Tok3nOfAShip»
  passphrase 0 «ab12cd34ef»
service user-pin 0 «24681357»
gadget private_key_pwd '«K3yOfTheKey»'
gadget set passphrase = "«two words 1»"
  "client_secret": "«s3cretOfJson»",
  <sharedSecret>«s3cretOfXml»</sharedSecret>
  <item password="«s3cretOfAttr»" state="on"/>
run job "-e HARBOUR_ACCOUNT_TOKEN=«abc123def»"
script "login user=u password=\\"«Scr1pt W0rd»\\" now"
 http header "Authorization: Bearer «t0kenOfShips»"
call-home server keeper:«M4ilPw»@smtp.example.com priority 1
call-home ftp://keeper:«M4il@Pw»@ftp.example.com/x
 licence «$9$abcdefgh»
 licence 7 «0822455D0A16»
 licence "«$2y$10$abcdefghijk»"
 licence «-AQ==abcdef»
 licence ENC «abcdEFGH12==»
"""
"""What is hidden on every platform and on those of third parties: no rule has to know it."""


def of(name: str) -> Platform:
    definition = platform(name)
    assert definition is not None
    return definition


def plain(marked: str) -> str:
    return marked.replace("«", "").replace("»", "")


def masked(marked: str) -> str:
    return re.sub("«.*?»", "<hidden>", marked)


def without_quotes(text: str) -> str:
    """Some rules mask the quotes of a secret with it."""
    return re.sub("""["']<hidden>["']""", "<hidden>", text)


@pytest.mark.parametrize(("name", "marked"), marked_lines("secret"))
def test_exactly_the_secret_of_a_line_is_masked(name: str, marked: str) -> None:
    assert without_quotes(without_secrets(of(name), plain(marked))) == without_quotes(masked(marked))


@pytest.mark.parametrize(("name", "line"), marked_lines("public"))
def test_what_only_looks_like_a_secret_stays(name: str, line: str) -> None:
    assert without_secrets(of(name), line) == line


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_same_shapes_are_hidden_on_every_platform(name: str) -> None:
    stored = without_secrets(of(name), plain(ANYWHERE))
    for secret in re.findall("«(.*?)»", ANYWHERE):
        assert secret not in stored, secret


def test_a_platform_of_a_third_party_without_any_rule_has_the_net_too() -> None:
    assert without_secrets(THIRD_PARTY, plain(ANYWHERE)) == masked(ANYWHERE)


def test_artefacts_have_the_net_too() -> None:
    assert artefact_text(THIRD_PARTY, "up\nlast sync with token Tok3nOfAShip\n") == (
        "up\nlast sync with token <hidden>\n"
    )


def test_nothing_is_hidden_where_secrets_are_kept() -> None:
    assert artefact_text(THIRD_PARTY, plain(ANYWHERE), mask=None) == plain(ANYWHERE)


def test_a_rule_that_has_masked_wins() -> None:
    definition = Platform(config=Command("show"), secrets=(hide(r"^pair psk \S+ secret (\S+)"),))
    assert without_secrets(definition, "pair psk hub secret Abc123\n") == "pair psk hub secret <hidden>\n"


def test_what_a_platform_calls_public_stays() -> None:
    definition = Platform(config=Command("show"), public=(public(r"^badge token \S+", "a colour"),))
    text = "badge token Blue42\nother token Blue42\n"
    assert without_secrets(definition, text) == "badge token Blue42\nother token <hidden>\n"


def test_a_fingerprint_is_made_once() -> None:
    definition = Platform(config=Command("show"), secrets=(hide(r"^ring key (\S+)"),))
    mask = fingerprints(b"a key of sixteen or more", "device-1")
    stored = without_secrets(definition, "ring key Abc123\nring other-key Abc123\n", mask)
    assert re.fullmatch(r"ring key (<hidden:\w{10}>)\nring other-key \1\n", stored)


SEVERAL_LINES = [
    ('v {\n    passphrase "one two\nthree\nfour"\n    size 2\n}\n', ["one", "three", "four"], "    size 2"),
    ("<a>\n  <psk-key>\n    QUJD\n    REVG\n  </psk-key>\n  <b>x</b>\n</a>\n", ["QUJD"], "  <b>x</b>"),
    ("a:\n  secret: |\n    one two\n    three\n  size: 2\n", ["one", "three"], "  size: 2"),
    (
        "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: a key\nQUJD1234\n"
        "---- END SSH2 PRIVATE KEY ----\nend\n",
        ["QUJD1234"],
        "Comment: a key",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "secrets", "stays"), SEVERAL_LINES)
def test_a_secret_of_several_lines_is_hidden_to_its_end(text: str, secrets: list[str], stays: str) -> None:
    stored = without_secrets(THIRD_PARTY, text)
    assert [secret for secret in secrets if secret in stored] == []
    assert stays in stored.split("\n")
    assert stored.count("\n") == text.count("\n")


def test_an_element_that_holds_others_is_no_secret() -> None:
    text = "<secret>\n  <name>x</name>\n</secret>\n"
    assert without_secrets(THIRD_PARTY, text) == text


def test_a_lone_quote_does_not_hide_what_follows() -> None:
    text = 'the password "old\nhostname r1\nbanner "hello\n'
    assert without_secrets(THIRD_PARTY, text).endswith('\nhostname r1\nbanner "hello\n')


NASTY = [
    "key ", "password ", '"key ', "key '", 'key \\"', "<key ", "<key>", "$1$", "%^%#", "a:b@", "auth md5 ",
    "7 0", "key=", "snmp host version 2c ", "secret-", "ENC ", "public-key ", "x:", "key 7 <hidden> ", "0a",
    "aA1+",
]  # fmt: skip


@pytest.mark.parametrize("part", NASTY)
def test_the_time_for_a_line_grows_with_its_length_and_no_faster(part: str) -> None:
    def seconds(size: int) -> float:
        text = "key " + part * (size // len(part)) + "\n"
        started = time.process_time()
        without_secrets(THIRD_PARTY, text)
        return time.process_time() - started

    assert seconds(40_000) < 8 * seconds(10_000) + 0.3
