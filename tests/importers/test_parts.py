"""The parts that decide by themselves: names, credentials' variables, edits of YAML, globs and ranges."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.importers import env_file
from pipeline.importers.document import Document, scalar
from pipeline.importers.logins import credential_entry, entries_for
from pipeline.importers.names import NamePool, valid_group_name, valid_name
from pipeline.importers.platforms import PlatformMatch, platform_of
from pipeline.importers.source_device import Login, Secret
from pipeline.importers.sources import ansible_tree
from pipeline.importers.sources.cloginrc import CloginRc
from pipeline.inventory import strict_yaml
from pipeline.inventory.problems import Problems
from pipeline.values.names import UNGROUPED, name_problem


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("RTR01.Example.Net", "rtr01.example.net"),
        ("core_sw1", "core_sw1"),
        ("Zürich 1. OG", "zurich-1.-og"),
        ("Größe", "grosse"),
        ("STRAẞE", "strasse"),
        ("Øre-Łódź", "ore-lodz"),
        ("Đà Nẵng", "da-nang"),
        ("Æbeltoft", "aebeltoft"),
        ("Cœur ﬁn", "coeur-fin"),
        ("2001:db8::1", "2001-db8-1"),
        ("-rf", "rf"),
        ("../../etc/passwd", "etc-passwd"),
        (".git", "git"),
        ("CON", "dev-con"),
        ("core.lock", "dev-core-lock"),
        ("sw1.cfg", "dev-sw1-cfg"),
        ("a..b", "a.b"),
        ("sw1.", "sw1"),
    ],
)
def test_a_name_becomes_the_nearest_one_that_is_accepted(theirs: str, ours: str) -> None:
    assert valid_name(theirs) == ours


@given(st.text(max_size=200))
def test_every_name_becomes_one_that_is_accepted_and_stays_it(text: str) -> None:
    name = valid_name(text)
    assert name_problem(name) is None
    assert valid_name(name) == name
    assert name_problem(valid_group_name(text)) is None
    assert valid_group_name(text) != UNGROUPED
    taken = NamePool([name])
    numbered = [taken.take(name) for _ in range(12)]
    assert len({name, *numbered}) == 13
    assert [name_problem(one) for one in numbered] == [None] * 12


def test_names_of_any_script_stay_apart() -> None:
    assert len({valid_name(name) for name in ("路由器", "交换机", "x" * 80, "x" * 81)}) == 4


@pytest.mark.parametrize(
    ("word", "platform", "guessed"),
    [
        ("ios", "cisco_ios", False),
        ("IOS-XE", "cisco_ios", False),
        ("cisco.nxos.nxos", "cisco_nxos", False),
        ("cisco-ios-xe", "cisco_ios", True),
        ("arubaos-cx", "aruba_aoscx", True),
        ("community.routeros.routeros", "mikrotik_routeros", False),
        ("cisco_ios_ssh", "cisco_ios", False),
        ("cisco_ios_telnet", "cisco_ios", False),
        ("acme_ios_telnet", "cisco_ios", True),
        ("cisco_ios_serial", None, False),
        ("netmiko", None, False),
        ("plan9", None, False),
        ("", None, False),
        ("x" * 10_000, None, False),
    ],
)
def test_a_word_for_a_platform_is_known_or_a_guess(word: str, platform: str | None, guessed: bool) -> None:
    assert platform_of(word) == (platform and PlatformMatch(platform, guessed))


LOGIN = Login("backup", Secret("one"), label="backup")


def test_a_login_becomes_references() -> None:
    found = credential_entry("oxidized-core", Login("x", Secret("p"), Secret("e"), "/keys/k"))
    assert found.settings == {
        "username": "x",
        "password": "env:OXIDIZED_CORE_PASSWORD",
        "enable_password": "env:OXIDIZED_CORE_ENABLE",
        "private_key": "file:/keys/k",
    }
    assert found.variables == {"OXIDIZED_CORE_PASSWORD": "p", "OXIDIZED_CORE_ENABLE": "e"}


@pytest.mark.parametrize("username", [None, "env:X", "file:/x", "two\nlines", " x", ""])
def test_a_username_that_cannot_be_written_becomes_a_variable(username: str | None) -> None:
    assert credential_entry("x", Login(username, Secret("p"))).settings["username"] == "env:X_USERNAME"


@pytest.mark.parametrize("secret", [Secret("vault", readable=False), Secret("a\nb"), Secret("a\0b"), None])
def test_a_secret_that_cannot_be_written_is_to_be_filled_in(secret: Secret | None) -> None:
    assert credential_entry("x", Login("u", secret)).variables == {"X_PASSWORD": None}


def test_secrets_have_no_repr() -> None:
    for value in (LOGIN, LOGIN.password, credential_entry("x", LOGIN), CloginRc):
        assert "one" not in repr(value)


@given(st.lists(st.from_regex(r"[a-z0-9._ -]{1,12}", fullmatch=True), min_size=1, max_size=8, unique=True))
def test_no_two_logins_share_a_variable(labels: list[str]) -> None:
    logins = [(Login("u", Secret(f"p{n}"), Secret("e"), label=label), None) for n, label in enumerate(labels)]
    found = entries_for("9-tool", logins, {}, {})
    variables = [name for one in found.values() for name in one.variables]
    assert len(set(variables)) == len(variables) == 2 * len(labels)
    assert not any(name[0].isdigit() for name in variables)


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30))
def test_what_is_written_to_the_secrets_file_is_read_again(value: str) -> None:
    assert env_file._unquote(env_file._quote(value)) == value


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_every_text_is_one_scalar_of_yaml(text: str) -> None:
    written = scalar(text)
    assert yaml.compose(written).value == text  # type: ignore[union-attr]
    if not text.isdecimal():
        assert yaml.safe_load(written) == text


FILE = """\
# The core.
sw1:   # rack 7
  address: 192.0.2.1  # loopback
  platform:   "cisco_ios"
  group: core

sw2: {address: 192.0.2.2, platform: cisco_ios}

# Spare.
sw3:
  artefacts:
    - version
  address: 192.0.2.3
"""


def edited(text: str, *steps: tuple[str, ...]) -> str:
    document = Document(text)
    for what, *arguments in steps:
        getattr(document, what)(*arguments)
    found = document.text()
    problems = Problems()
    assert strict_yaml.read("x", found.encode(), problems) is not None, problems.found
    return found


@pytest.mark.parametrize(
    ("steps", "old", "new"),
    [
        ([("set", "sw1", "address", "192.0.2.9")], "192.0.2.1  #", "192.0.2.9  #"),
        ([("set", "sw1", "platform", "junos")], '"cisco_ios"', "junos"),
        ([("set", "sw1", "port", "2222")], "  address: 192.0.2.1", "  port: 2222\n  address: 192.0.2.1"),
        ([("set", "sw2", "address", "2001:db8::1")], "192.0.2.2", '"2001:db8::1"'),
        ([("set", "sw2", "group", "core")], "{address", "{group: core, address"),
        ([("unset", "sw1", "address")], "  address: 192.0.2.1  # loopback\n", ""),
        ([("unset", "sw1", "group")], "  group: core\n", ""),
        ([("unset", "sw2", "address")], "address: 192.0.2.2, ", ""),
        ([("unset", "sw2", "platform")], ", platform: cisco_ios}", "}"),
        ([("remove", "sw2")], "sw2: {address: 192.0.2.2, platform: cisco_ios}\n\n", ""),
        ([("remove", "sw3")], FILE[FILE.index("sw3:") :], ""),
        ([("unset", "sw3", "artefacts")], "  artefacts:\n    - version\n", ""),
    ],
)
def test_an_edit_changes_its_own_place_and_nothing_else(
    steps: list[tuple[str, ...]], old: str, new: str
) -> None:
    assert FILE.count(old) == 1
    assert edited(FILE, *steps) == FILE.replace(old, new)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "b:\n  x: 1\n"),
        ("# head\n", "# head\n\nb:\n  x: 1\n"),
        ("a:\n  x: 1", "a:\n  x: 1\n\nb:\n  x: 1\n"),
        ("a: {}\n\n", "a: {}\n\nb:\n  x: 1\n"),
    ],
)
def test_an_entry_is_added_at_the_end(before: str, after: str) -> None:
    document = Document(before)
    document.add("b", {"x": "1"})
    assert document.text() == after


def test_a_file_in_braces_cannot_grow() -> None:
    assert not Document("{a: {x: 1}}").can_grow
    assert edited("{a: {x: 1}, b: {x: 2}}", ("remove", "a")) == "{b: {x: 2}}"


@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9é-]{0,5}", fullmatch=True),
        st.tuples(st.booleans(), st.from_regex(r"[ -~é€😀]{0,8}", fullmatch=True)),
        min_size=1, max_size=6,
    ),
    st.data(),
)  # fmt: skip
def test_edits_of_any_file_do_what_they_say(
    entries: dict[str, tuple[bool, str]], data: st.DataObject
) -> None:
    text = "".join(
        f"{name}: {{address: {scalar(value)}, port: 1}}  # é\n" if flow
        else f"{name}:\n  # 😀\n  address: {scalar(value)} # x\n  port: 1\n"
        for name, (flow, value) in entries.items()
    )  # fmt: skip
    document = Document(text)
    expected = {name: {"address": value, "port": "1"} for name, (_, value) in entries.items()}
    for name in entries:
        step = data.draw(st.sampled_from(["set", "unset", "remove", "nothing", "new"]))
        if step == "set":
            document.set(name, "address", "é: 2")
            expected[name]["address"] = "é: 2"
        elif step == "new":
            document.set(name, "group", "core")
            expected[name]["group"] = "core"
        elif step == "unset":
            document.unset(name, "port")
            del expected[name]["port"]
        elif step == "remove":
            document.remove(name)
            del expected[name]
    document.add("zzzzzzz", {"address": "1"})
    expected["zzzzzzz"] = {"address": "1"}
    again = Document(document.text())
    assert {name: again.settings(name) for name in again.entries()} == expected


LOGINS = r"""
add user core-*       {first}
add user core-sw1     {second}
add user SW[1-3]?.example.net {ranged}
add user {weird\*name}  "quoted \"word\""
add password {a b} {with {nested} braces} \
    {enable}
add autoenable * 1 ; # and a comment
add method * {ssh:2222} {telnet}
"""


@pytest.mark.parametrize(
    ("setting", "device", "values"),
    [
        ("user", "core-sw1", ("first",)),
        ("user", "CORE-SW9", ("first",)),
        ("user", "sw2x.example.net", ("ranged",)),
        ("user", "sw4x.example.net", ()),
        ("user", "weird*name", ('quoted "word"',)),
        ("user", "weirdXname", ()),
        ("password", "a b", ("with {nested} braces", "enable")),
        ("autoenable", "anything", ("1",)),
        ("method", "x", ("ssh:2222", "telnet")),
    ],
)
def test_the_first_glob_of_cloginrc_decides(
    setting: str, device: str, values: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / ".cloginrc"
    path.write_text(LOGINS)
    assert CloginRc(path).find(setting, device) == values


def test_cloginrc_includes_another_file(tmp_path: Path) -> None:
    (tmp_path / "more").write_text("add user * {included}\n")
    (tmp_path / ".cloginrc").write_text("include {more}\n")
    assert CloginRc(tmp_path / ".cloginrc").find("user", "x") == ("included",)


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("sw1", ["sw1"]),
        ("sw[08:11]", ["sw08", "sw09", "sw10", "sw11"]),
        ("sw[1:5:2].x", ["sw1.x", "sw3.x", "sw5.x"]),
        ("[a:c]1", ["a1", "b1", "c1"]),
        ("r[1:2]-[a:b]", ["r1-a", "r1-b", "r2-a", "r2-b"]),
        ("x[1]", ["x[1]"]),
    ],
)
def test_a_range_stands_for_its_hosts(pattern: str, names: list[str]) -> None:
    assert ansible_tree.expand(pattern, "hosts:1") == names
