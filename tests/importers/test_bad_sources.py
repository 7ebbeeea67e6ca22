"""Sources that cannot be imported: one line that says where and what to do, and nothing is written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.importers.sources import files as source_files
from pipeline.importers.sources import loose_yaml
from tests.importers.desk import Desk

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGES = "a: &a {" + ", ".join(f"k{n}: 1" for n in range(2000)) + "}\n" + "x: {<<: *a}\n" * 2000
DEEP = "[" * 20_000


@pytest.mark.parametrize(
    ("kind", "files", "words"),
    [
        ("oxidized", {"router.db": ""}, ("router.db", "holds no devices")),
        ("oxidized", {"router.db": "# nothing\n"}, ("holds no devices",)),
        ("oxidized", {"router.db": "a:ios\n", "config": "a: [\n"}, ("source/config:2", "not YAML")),
        ("oxidized", {"router.db": "a:ios\n", "config": "- a\n"}, ("source/config:1", "mapping")),
        ("oxidized", {"router.db": "a:ios\n", "config": f"a: {DEEP}"}, ("source/config:1", "nested deeper")),
        ("oxidized", {"router.db": "a:ios\n", "config": "a: &a [*a]\n"}, ("source/config:1", "alias")),
        ("oxidized", {"router.db": "a:ios\n", "config": MERGES}, ("source/config:", "more than")),
        (
            "oxidized",
            {"router.db": "a:ios\n", "config": "source: {default: http}\n"},
            ("source/config", "'http'", "router.db"),
        ),
        (
            "oxidized",
            {"router.db": "a:ios\n", "config": "source: {csv: {map: {name: x}}}\n"},
            ("source/config:1", "a column must be a number"),
        ),
        (
            "oxidized",
            {"router.db": "a:ios\n", "config": "source: {csv: {map: {model: 1}}}\n"},
            ("source/config:1", "no 'name'"),
        ),
        (
            "oxidized",
            {"router.db": "a:ios\n", "config": "source: {csv: {delimiter: !ruby/regexp '/(a+)+$/'}}\n"},
            ("source/config:1", "delimiter"),
        ),
        (
            "oxidized",
            {"router.db": "a:ios\n", "config": f"source: {{csv: {{file: {'x' * 300}}}}}\n"},
            ("cannot be read: File name too long",),
        ),
        ("oxidized", {"router.db": "a:ios\n", "config": "source: {csv: {file: ..}}\n"}, ("not a plain",)),
        ("oxidized", {"router.db": "a;192.0.2.1;ios;Canary\n"}, ("no line has a second column", "--config")),
        ("oxidized", {"router.db": "a:" + "x" * 20_000}, ("router.db:1", "longer than")),
        ("oxidized", {"router.db": b"a:ios\n\x85\xff:ios\n"}, ("router.db:2", "not UTF-8")),
        ("rancid", {"README": ""}, ("source", "holds no router.db")),
        ("rancid", {"a/router.db": "a;cisco;up\n", ".cloginrc": "add user * {x"}, (".cloginrc:1", "braces")),
        (
            "rancid",
            {"core/router.db": "a;cisco;up\n", ".cloginrc": "include .cloginrc\n"},
            (".cloginrc", "include one another"),
        ),
        ("ansible", {"notes.md": ""}, ("source", "no inventory file")),
        ("ansible", {"hosts": "#!/usr/bin/env python3\n"}, ("hosts", "program", "ansible-inventory")),
        ("ansible", {"hosts": "$ANSIBLE_VAULT;1.1;AES256\n"}, ("hosts", "ansible-vault")),
        ("ansible", {"hosts": "sw1 ansible_host='x\n"}, ("hosts:1", "quotes")),
        ("ansible", {"hosts": "sw1 Canary\n"}, ("hosts:1", "name=value")),
        ("ansible", {"hosts": "[a]\nansible_password=Canary\n"}, ("hosts:2", "[group:vars]")),
        ("ansible", {"hosts": "sw[1:999999999]\n"}, ("hosts:1", "range")),
        ("ansible", {"hosts": "sw[5:1]\n"}, ("hosts:1", "range")),
        ("ansible", {"hosts": "[0:9]" * 9}, ("hosts:1", "range")),
        ("ansible", {"hosts": "[a:children]\nb\n[b:children]\na\n"}, ("circle",)),
        ("ansible", {"hosts.yml": BOMB}, ("holds no devices",)),
        ("ansible", {"hosts": "sw1\n", "group_vars/all": "a: *b\n"}, ("group_vars/all:1", "alias")),
        ("nornir", {"README": ""}, ("source", "no hosts.yaml")),
        ("nornir", {"hosts.yaml": "- a\n"}, ("hosts.yaml:1", "mapping")),
        ("nornir", {"hosts.yaml": "a: {platform: ios}\n", "groups.yaml": "a: }\n"}, ("groups.yaml:1",)),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_line_with_its_place(
    desk: Desk, kind: str, files: dict[str, str | bytes], words: tuple[str, ...]
) -> None:
    for name, text in files.items():
        desk.put(f"source/{name}", text)
    done = desk.run(kind)
    done.is_refusal(1, *words)
    assert "Canary" not in done.err
    assert not desk.inventory.exists()


@pytest.mark.parametrize("kind", ["oxidized", "rancid", "ansible", "nornir"])
def test_a_source_that_is_not_there_is_wrong_usage(desk: Desk, kind: str) -> None:
    desk.run(kind, "nowhere").is_refusal(2, "nowhere")


def test_the_file_that_oxidized_reads_is_taken_by_its_name(desk: Desk) -> None:
    desk.put("source/config", "source: {csv: {file: /home/oxidized/nodes.csv, map: {name: 0, model: 1}}}\n")
    desk.put("source/nodes.csv", "right:ios\n")
    desk.put("source/router.db", "old:ios\n")
    assert desk.run("oxidized").status == 0
    assert [device.name for device in desk.loaded().devices] == ["right"]


@pytest.mark.parametrize("file", ["~/other.db", '"\\0"', '"a/\\e[31mb"'])
def test_another_file_than_oxidized_reads_is_not_taken_for_it(desk: Desk, file: str) -> None:
    desk.put("source/config", f"source:\n  csv:\n    file: {file}\n")
    desk.put("source/router.db", "old:ios\n")
    desk.run("oxidized").is_refusal(2, "there is no file", "source/config:3 means", "give the file itself")
    assert desk.run("oxidized", "source/router.db").status == 0


@pytest.mark.parametrize("file", ["/", "''", "~/.config/oxidized/router.db"])
def test_a_config_that_names_no_other_file_means_router_db(desk: Desk, file: str) -> None:
    desk.put("source/config", f"source: {{csv: {{file: {file}}}}}\n")
    desk.put("source/router.db", "old:ios\n")
    assert desk.run("oxidized").status == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("oxidized", "source", "--token-from", "env:X"), "--token-from is for netbox and librenms"),
        (("ansible", "source", "--config", "x"), "--config is for oxidized and rancid"),
        (("librenms", "https://x", "--token-from", "env:X", "--filter", "a=b"), "--filter is for netbox"),
        (("nornir", "source", "--timeout", "5"), "--timeout is for netbox and librenms"),
        (("netbox", "https://x"), "netbox needs --token-from"),
        (("puppet", "source"), "'puppet' is not one of"),
        (("oxidized", "source", "--as", "../x"), "--as: use 1 to 63"),
        (("oxidized", "source", "--into", "source/router.db"), "--into: source/router.db is not a dir"),
        (("oxidized", "source", "--into", "source/router.db/x"), "--into: source/router.db is not a dir"),
        (("oxidized", "source", "--config", "none"), "there is no file none"),
    ],
)
def test_wrong_usage_is_told(desk: Desk, arguments: tuple[str, ...], words: str) -> None:
    desk.put("source/router.db", "a:ios\n")
    done = desk.run(*arguments)
    assert done.status == 2
    assert words in done.err
    assert not desk.inventory.exists()


@pytest.mark.parametrize("query", ["site", "a=b&c", "=&&"])
def test_a_filter_that_is_no_query_is_told(desk: Desk, query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_TOKEN", "x")
    done = desk.run("netbox", "https://127.0.0.1:1", "--token-from", "env:THE_TOKEN", "--filter", query)
    done.is_refusal(2, "--filter", "site=fra")


def test_the_second_device_at_an_address_is_told_the_first(desk: Desk) -> None:
    desk.put("source/router.db", "vy1:192.0.2.1:vyos:x:p\nwrongpw:192.0.2.1:vyos:x:p\n")
    done = desk.run("oxidized")
    assert done.status == 3
    says = "has the same address and port as 'vy1' (source/router.db:1)"
    assert f"left out: source/router.db:2: wrongpw: {says}" in done.out.splitlines()


def test_a_huge_file_is_refused_unread(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_files, "MAX_BYTES", 2**20)
    desk.put("source/router.db", "a:ios\n" * 200_000)
    desk.run("oxidized").is_refusal(1, "router.db", "larger than 1 MiB")


def test_a_device_file_is_not_read(desk: Desk) -> None:
    (desk.folder / "source").mkdir()
    os.mkfifo(desk.folder / "source" / "router.db")
    desk.run("oxidized", "source/router.db").is_refusal(1, "router.db", "not a plain file")


def test_an_alias_is_never_a_copy(tmp_path: Path) -> None:
    path = tmp_path / "bomb.yaml"
    path.write_text(BOMB)
    found = loose_yaml.load(path)
    last = found["i"]
    assert isinstance(last, list)
    assert all(item is found["h"] for item in last)


def test_what_a_hostile_source_says_forges_nothing(desk: Desk) -> None:
    desk.put(
        "source/hosts.yaml",
        '"x\\e[31m\\nerror: forged": {platform: "ios\\nerror: forged", hostname: 192.0.2.1}\n'
        '"ok\\nerror: forged": {platform: ios, hostname: 192.0.2.2, groups: ["g\\nerror: forged"]}\n',
    )
    done = desk.run("nornir")
    assert done.status == 3
    assert "\x1b" not in done.out
    assert [line for line in done.out.splitlines() if line.startswith("error")] == []
    assert [device.name for device in desk.loaded().devices] == ["ok-error-forged"]


def test_nothing_is_written_where_nothing_could_be_taken_over(desk: Desk) -> None:
    desk.put("source/router.db", "a:192.0.2.1:plan9\n")
    done = desk.run("oxidized")
    assert done.status == 1
    assert done.out.splitlines()[-1] == "nothing was written"
    assert not desk.inventory.exists()


def test_a_line_that_is_not_split_is_not_shown(desk: Desk) -> None:
    desk.put("source/router.db", "a:192.0.2.1:ios:x:p\nb;192.0.2.2;ios;x;Canary\n")
    done = desk.run("oxidized")
    assert done.status == 3
    assert "router.db:2: the line has too few columns" in done.out
    assert "Canary" not in done.out


@pytest.mark.parametrize("line", ["b:192.0.2.2:Canary!:ios", "b:Canary!:junos:x", "b:Canary:Canary:Canary"])
def test_where_columns_are_guessed_no_word_of_them_is_shown(desk: Desk, line: str) -> None:
    desk.put("source/router.db", f"a:192.0.2.1:ios:x:p\n{line}\n")
    done = desk.run("oxidized")
    assert "router.db:2: b: " in done.out
    assert "Canary" not in done.out


def test_blanks_and_signs_of_a_password_stay(desk: Desk) -> None:
    desk.put("source/router.db", "a:192.0.2.1:ios:x: p # \n")
    desk.put(
        "other/hosts", "[g]\nb ansible_network_os=ios\n[g:vars]\nansible_password=p #1\nansible_user=x\n"
    )
    desk.run("oxidized")
    desk.run("ansible", "other", "--write")
    assert "OXIDIZED_X_PASSWORD=' p # '" in desk.secrets.read_text().splitlines()
    assert "ANSIBLE_X_PASSWORD='p #1'" in desk.secrets.read_text().splitlines()


def test_a_long_list_is_cut_for_people_and_whole_for_scripts(desk: Desk) -> None:
    lines = [f"sw{n}:192.0.2.{n}:plan9" for n in range(100)]
    desk.put("source/router.db", "\n".join(["ok:192.0.2.200:ios", "ok2:192.0.2.201:ios", *lines]))
    done = desk.run("oxidized")
    assert "left out: 75 more; --output json lists them" in done.out
    report = desk.report("oxidized")
    assert sum(note["what"] == "left out" for note in report["notes"]) == 100
    assert report["counts"]["left_out"] == 100
