"""A hostile pull request gets an error and nothing else: each case is a branch of a real repository."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.inventory import known_hosts, strict_yaml
from pipeline.inventory.problems import MAX_PROBLEMS
from tests.inventory.files import RIGHT, Files, host_key
from tests.support.commands import Run
from tests.support.git import git

MAX_OUTPUT = 1_000_000
NEW = "devices/new.yaml"
ALIASES = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 64))
EVERY_FILE = (NEW, *(name for name in RIGHT if not name.startswith("devices/")), "jump_hosts.yaml")
DEVICE = "{address: 192.0.2.9, platform: cisco_ios}"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository on branch `evil`, which is still what `main` is. Each test changes a copy of it."""
    repo = tmp_path_factory.mktemp("template")
    files = Files(repo / "inventory", repo)
    files.write()
    files.commit()
    git(repo, "checkout", "--quiet", "-b", "evil")
    (repo / "README").write_text("/etc/passwd")
    return repo


@pytest.fixture
def branch(template: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """A repository on branch `evil`, for this test alone."""
    monkeypatch.setenv("DEVICEVAULT_STATE_DIR", str(tmp_path / "state"))
    repo = shutil.copytree(template, tmp_path / "network")
    return Files(repo / "inventory", repo)


def refused(branch: Files, run: Run) -> str:
    """What validate says of the branch, after it and plan have refused it in every form, briefly."""
    branch.commit()
    where = ("--inventory", branch.path)
    said = run("validate", "--ref", "evil", *where)
    assert (said.status, said.out) == (1, "")
    assert all(line.startswith("error: ") for line in said.err.splitlines())
    others = [
        run("plan", "--base", "main", "--head", "evil", *where),
        *(run("validate", "--ref", "evil", "--output", form, *where) for form in ("json", "github", "sarif")),
    ]
    assert {other.status for other in others} == {1}
    for text in (said.err, *(other.out + other.err for other in others)):
        assert len(text) < MAX_OUTPUT
        assert text.replace("\n", "").isprintable()
        assert "Traceback" not in text
    assert others[0].err == said.err
    assert json.loads(others[1].out)["ok"] is False
    return said.err


@pytest.mark.parametrize("file", EVERY_FILE)
@pytest.mark.parametrize(
    "content",
    [
        ALIASES,
        "a: {<<: {b: c}}\n",
        "a: {}\na: {}\n",
        "[" * 20_000,
        "{a: " * 20_000,
        "".join(f"{' ' * depth}a:\n" for depth in range(1000)),
        "{{ cycler.__init__.__globals__ }}: {}\n",
        "a: " + "x" * 2**20 + "\n",
        bytes(range(256)) * 4096,
        "a: {}\n".encode("utf-16"),
        "a: \0{}\n",
    ],
    ids=["aliases", "merge", "duplicates", "lists", "mappings", "indents", "jinja", "line", "binary",
         "utf-16", "nul"],
)  # fmt: skip
def test_what_is_no_plain_data_is_refused_in_every_file(
    branch: Files, run: Run, file: str, content: str | bytes
) -> None:
    branch[file] = content
    assert f"error: {file}:" in refused(branch, run)


NO_NAMES = (
    "../x", "..", ".git", "-rf", "CON", "con", "nul.txt", "SW1", "é", "e\\u0301", "а1", "a\\nb", "a\\e[2J",
     "a\\0b", "{{ x }}", "{% raw %}", "a/b", "a\\\\b", "~", "$(id)", "git~1", "x.lock", "x" * 64, "",
)  # fmt: skip


@pytest.mark.parametrize(
    "file", [NEW, "groups.yaml", "schedules.yaml", "credentials.yaml", "jump_hosts.yaml"]
)
def test_names_that_are_no_names_anywhere_are_refused(branch: Files, run: Run, file: str) -> None:
    right = RIGHT.get(file, "")
    branch[file] = right + "".join(f'"{name}": {{}}\n' for name in NO_NAMES)
    said = refused(branch, run).splitlines()
    for number, name in enumerate(NO_NAMES, len(right.splitlines()) + 1):
        found = [line for line in said if line.startswith(f"error: {file}:{number}:")]
        assert any("is not a name" in line for line in found), name


def test_twins_in_case_or_in_unicode_are_never_two_devices(branch: Files, run: Run) -> None:
    twins = ("sw9", "SW9", "sw９", "sw9\u200b")
    branch[NEW] = "".join(
        f'"{name}": {{address: {n}.example.net, platform: cisco_ios}}\n' for n, name in enumerate(twins)
    )
    assert refused(branch, run).count("is not a name") == len(twins) - 1


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (f"sw9: {DEVICE[:-1]}, commands: [reload]}}\n", "commands live in reviewed code"),
        ("sw9: {address: 203.0.113.7, group: core}\n", "is in none of its group's networks"),
        ("sw9: {address: '::ffff:10.0.0.1', group: core}\n", "is in none of its group's networks"),
        ('sw9: {address: "{{ x }}", platform: cisco_ios}\n', "address must be"),
        ('sw9: {address: "192.0.2.9\\n::error::x", platform: cisco_ios}\n', "address must be one line"),
        ("sw9: {address: 192.0.2.9, platform: '{{ x }}'}\n", "unknown platform"),
    ],
    ids=["commands", "network", "mapped", "jinja", "newline", "platform"],
)
def test_settings_that_reach_further_are_refused(branch: Files, run: Run, content: str, problem: str) -> None:
    branch["groups.yaml"] = "core: {platform: cisco_ios, allowed_networks: [192.0.2.0/24]}\nedge: {}\n"
    branch[NEW] = content
    assert problem in refused(branch, run)


def test_thousands_of_files_too_large_are_not_read_one_after_another(branch: Files, run: Run) -> None:
    for number, size in enumerate((30, 9, 9)):
        branch[f"devices/{number:02}.yaml"] = b"#" * (size * 2**20)
    assert refused(branch, run) == "error: devices/00.yaml: larger than 8 MiB; split the file\n"


def test_once_it_is_enough_no_further_file_is_read(branch: Files, run: Run) -> None:
    many = "".join(f"d{number}: {{adress: 1}}\n" for number in range(1200))
    for number in range(20):
        branch[f"devices/{number:02}.yaml"] = many
    said = refused(branch, run).splitlines()
    assert len(said) == MAX_PROBLEMS + 2
    assert "error: …: 20 further files were not read" in said  # core.yaml, and all but one of these
    assert "error: …: 2600 more problems are not listed" in said


def test_a_file_of_too_many_values_is_the_last_that_is_read(
    branch: Files, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strict_yaml, "MAX_VALUES", 20_000)
    for number in range(20):
        branch[f"devices/{number:02}.yaml"] = "a: [" + "x," * 21_000 + "]\n"
    first, last = refused(branch, run).splitlines()
    assert "more than 20000 values in one file" in first
    assert last == "error: …: 20 further files were not read"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("h," * 2**20 + f"x {host_key()}\n", "known_hosts:1:1: a line longer than 16384 bytes"),
        (f"{'h,' * 800}x {host_key()}\n" * 20, "known_hosts:13:1: more than 10000 names in all lines"),
        (b"x\n" * 2**17, "more problems are not listed"),
        (b"\n" * 2_000_001, "error: known_hosts: more than 2000000 lines"),
        (b"# \xff\n", "known_hosts:1:1: not UTF-8 text"),
    ],
    ids=["line", "names", "wrong", "lines", "bytes"],
)
def test_known_hosts_is_held_to_limits_of_its_own(
    branch: Files, run: Run, content: str | bytes, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_hosts, "MAX_NAMES", 10_000)
    branch["known_hosts"] = content
    assert problem in refused(branch, run)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("groups.yaml", "core: {platform: cisco_ios, allowed_networks: [%s]}\nedge: {}\n"),
        ("groups.yaml", "core: {platform: cisco_ios, jump: [%s]}\nedge: {}\n"),
        ("devicevault.yaml", "version: 1\nrecipients: [%s]\n"),
        (NEW, "sw9: {address: 192.0.2.9, group: core, artefacts: [%s]}\n"),
        ("credentials.yaml", "lab: {username: u, password: env:A, order: [%s]}\n"),
    ],
    ids=["networks", "jump", "recipients", "artefacts", "order"],
)
def test_no_list_is_so_long_that_every_device_pays_for_it(
    branch: Files, run: Run, file: str, content: str
) -> None:
    branch[file] = content % ", ".join(f"10.0.{number}.0/24" for number in range(101))
    assert "must have at most 100 items" in refused(branch, run)


def test_words_are_not_compared_with_ten_thousands_of_names(branch: Files, run: Run) -> None:
    branch["groups.yaml"] = RIGHT["groups.yaml"] + "".join(
        f"g{number:062}: {{}}\n" for number in range(10_001)
    )
    branch[NEW] = "".join(f"x{n}: {{address: x{n}, group: g{n:061}}}\n" for n in range(500))
    assert "did you mean" not in refused(branch, run)


def test_a_thousand_forbidden_addresses_do_not_repeat_all_networks(branch: Files, run: Run) -> None:
    networks = ", ".join(f"2001:db8:{number:x}:1111:2222:3333:4444:0/112" for number in range(100))
    branch["groups.yaml"] = f"core: {{platform: cisco_ios, allowed_networks: [{networks}]}}\nedge: {{}}\n"
    branch[NEW] = "".join(f"x{n}: {{address: 10.0.{n // 250}.{n % 250}, group: core}}\n" for n in range(1100))
    assert ":4:1111:2222:3333:4444:0/112, …)" in refused(branch, run)


@pytest.mark.parametrize("link", ["devices/link.yaml", "devices/folder", "devicevault.yaml", "known_hosts"])
@pytest.mark.parametrize("mode", ["120000", "160000"], ids=["symlink", "submodule"])
def test_neither_links_nor_submodules_are_followed(branch: Files, run: Run, mode: str, link: str) -> None:
    target = branch.commit() if mode == "160000" else git(branch.repo, "hash-object", "-w", "README").strip()
    git(branch.repo, "update-index", "--add", "--cacheinfo", f"{mode},{target},inventory/{link}")
    git(branch.repo, "commit", "--quiet", "--message", "link")
    said = run("validate", "--ref", "evil", "--inventory", branch.path)
    assert said.err == f"error: {link}: not a plain file; links and submodules are not followed\n"


@pytest.mark.parametrize("name", ["a\nb", "\x1b[2J", "\udcff", "\u202e", "\x85"])
def test_a_file_s_name_that_is_not_printable_is_refused(branch: Files, run: Run, name: str) -> None:
    branch[f"devices/{name}.yaml"] = "a: {address: 192.0.2.9}\n"
    assert refused(branch, run) == (
        f"error: devices/{repr(name)[1:-1]}.yaml: "
        "a file's name must be one line of UTF-8 without control characters\n"
    )


def test_a_file_s_name_of_a_megabyte_is_not_repeated(branch: Files, run: Run) -> None:
    blob = git(branch.repo, "hash-object", "-w", "README").strip()
    name = f"devices/{'x' * 2**20}.yaml"
    tree = put_tree(branch, f"100644 blob {blob}\tdevicevault.yaml\n", f"100644 blob {blob}\t{name[8:]}\n")
    said = run("validate", "--ref", tree, "--inventory", branch.path)
    assert said.err.startswith("error: devices/xxxx")
    assert said.err.endswith("...: a file's path is at most 500 characters long\n")
    assert len(said.err) < 1000


def put_tree(branch: Files, top: str, devices: str) -> str:
    """A commit of an inventory with these files, which no checkout could hold."""

    def make(lines: str) -> str:
        command = ["git", "-C", str(branch.repo), "mktree"]
        return subprocess.run(command, input=lines, text=True, check=True, capture_output=True).stdout.strip()

    inventory = make(f"{top}040000 tree {make(devices)}\tdevices\n")
    root = make(f"040000 tree {inventory}\tinventory\n")
    return git(branch.repo, "commit-tree", "-m", "evil", root).strip()


def test_thousands_of_links_are_not_all_listed(branch: Files, run: Run) -> None:
    blob = git(branch.repo, "hash-object", "-w", "README").strip()
    links = "".join(f"120000 blob {blob}\tl{number:04}.yaml\n" for number in range(10_001))
    commit = put_tree(branch, f"100644 blob {blob}\tdevicevault.yaml\n", links)
    said = run("validate", "--ref", commit, "--inventory", branch.path)
    assert len(said.err.splitlines()) == MAX_PROBLEMS


@pytest.mark.parametrize("name", ["::error::x", "x" * 250, "a b,c=d", "%0Ax"])
def test_a_file_s_name_forges_nothing_in_any_output(branch: Files, run: Run, name: str) -> None:
    branch[f"devices/{name}.yaml"] = "a: {address: 192.0.2.9}\n"
    assert ": a: no platform" in refused(branch, run)
