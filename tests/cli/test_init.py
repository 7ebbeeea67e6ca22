"""`devicevault init`: an inventory repository that validates at once, and never a file that is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from types import MappingProxyType

import pytest
import yaml

from collectors import registry
from pipeline.inventory import load
from pipeline.scaffold import repository
from pipeline.scaffold.repository import contents, installed_from
from tests.docs.markdown import ROOT
from tests.support import unprivileged
from tests.support.commands import Answer
from tests.support.git import git

NOBODY = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "EMAIL": ""}
"""A machine on which git knows nobody, and cannot guess who it might be."""
ADA = {
    "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.net",
    "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.net",
}  # fmt: skip


def run(
    *arguments: str | Path,
    cwd: Path | None = None,
    prefix: Sequence[str] = (),
    env: Mapping[str, str] = MappingProxyType({}),
) -> Answer:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        [*prefix, sys.executable, "-m", "pipeline.cli.main", *map(str, arguments)],
        cwd=cwd, env={**variables, **NOBODY, **env}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return Answer(done.returncode, done.stdout, done.stderr)


def listing(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "network"


def test_the_new_inventory_validates_and_all_of_it_is_committed(folder: Path) -> None:
    answer = run("init", folder, env=ADA)
    assert (answer.status, answer.err) == (0, "")
    assert git(folder, "status", "--porcelain", "--ignored") == ""
    assert (
        git(folder, "log", "--format=%an <%ae> %s", "main") == "Ada <ada@example.net> Begin the inventory\n"
    )
    checked = run("validate", "--inventory", folder / "inventory")
    assert checked.out.startswith("ok: 1 device, 1 group, 1 schedule")
    assert "example-sw1: no host key" in checked.err


def test_its_example_is_sent_nothing_if_somebody_runs_it(folder: Path) -> None:
    """Its address is one of RFC 5737, for documentation, and no host key is pinned for it."""
    run("init", folder)
    [device] = load(folder / "inventory", platforms=registry.KnownNames()).devices
    assert (device.address, device.host_keys, device.credential.password) == (
        "192.0.2.1", (), "env:EXAMPLE_PASSWORD",
    )  # fmt: skip


def test_a_second_run_changes_nothing(folder: Path) -> None:
    run("init", folder)
    before = listing(folder)
    answer = run("init", folder)
    assert answer == Answer(0, f"nothing to do: '{folder}' has every file\n", "")
    assert listing(folder) == before
    assert git(folder, "rev-list", "--count", "HEAD") == "1\n"


def test_what_a_person_has_edited_is_kept_and_told_and_what_is_missing_is_written(folder: Path) -> None:
    run("init", folder)
    (folder / "README.md").write_text("ours\n")
    (folder / "inventory" / "jump_hosts.yaml").unlink()
    answer = run("init", folder)
    assert answer.status == 0
    assert "1 file written" in answer.out
    assert "kept: README.md differs from what init would write\n" in answer.out
    assert "not committed: look at the files, and commit them\n" in answer.out
    assert git(folder, "status", "--porcelain") == " M README.md\n"
    assert (folder / "README.md").read_text() == "ours\n"


def test_the_example_does_not_come_back_once_it_is_removed(folder: Path) -> None:
    run("init", folder)
    example = folder / "inventory" / "devices" / "example.yaml"
    example.rename(example.with_name("frankfurt.yaml"))
    (folder / ".github" / "CODEOWNERS").unlink()
    assert "1 file written" in run("init", folder).out
    assert not example.exists()
    assert list(contents(None)).index(repository._EXAMPLE) < list(contents(None)).index(repository._BEGUN)


def test_an_accident_before_the_commit_is_made_good_by_the_next_run(folder: Path) -> None:
    run("init", folder)
    whole = listing(folder)
    subprocess.run(["rm", "-r", folder / ".git", folder / "inventory" / "groups.yaml"], check=True)
    git(folder, "init", "--quiet")
    assert "committed as" in run("init", folder).out
    assert listing(folder) == whole
    assert git(folder, "status", "--porcelain") == ""


def test_git_without_a_name_gets_one_for_this_commit_alone(folder: Path) -> None:
    folder.mkdir()
    git(folder, "init", "--quiet")
    git(folder, "config", "user.useConfigOnly", "true")
    assert run("init", folder).status == 0
    assert git(folder, "log", "--format=%an <%ae>") == "DeviceVault <devicevault@localhost>\n"
    assert "DeviceVault" not in (folder / ".git" / "config").read_text()


def test_a_fresh_clone_gets_the_first_commit_of_our_files_alone(folder: Path) -> None:
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "trunk")
    (folder / "notes.txt").write_text("mine\n")
    git(folder, "add", "notes.txt")
    assert run("init", folder).status == 0
    assert git(folder, "symbolic-ref", "--short", "HEAD") == "trunk\n"
    assert git(folder, "status", "--porcelain") == "A  notes.txt\n"


def test_a_repository_with_commits_is_written_to_and_not_committed_to(folder: Path) -> None:
    folder.mkdir()
    git(folder, "init", "--quiet")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "theirs")
    answer = run("init", folder)
    assert "not committed: look at the files, and commit them" in answer.out
    assert git(folder, "log", "--format=%s") == "theirs\n"


def test_inside_another_repository_no_second_one_is_made(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    answer = run("init", tmp_path / "net" / "inventory")
    assert answer.status == 0
    assert "not committed" in answer.out
    assert f"is inside the Git repository '{tmp_path}'" in answer.err
    assert not (tmp_path / "net" / "inventory" / ".git").exists()


def test_the_variables_of_a_hook_do_not_lead_to_its_repository(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    assert run("init", folder, env={"GIT_DIR": str(other / ".git"), "GIT_WORK_TREE": str(other)}).status == 0
    assert git(folder, "rev-list", "--count", "HEAD") == "1\n"
    assert list(other.iterdir()) == [other / ".git"]


def _a_file(folder: Path) -> None:
    folder.write_text("notes\n")


def _below_a_file(folder: Path) -> None:
    folder.mkdir()
    (folder / "inventory").write_text("notes\n")


def _a_dangling_link(folder: Path) -> None:
    folder.symlink_to("nowhere")


@pytest.mark.parametrize("make", [_a_file, _below_a_file, _a_dangling_link])
def test_a_place_that_cannot_be_a_directory_is_named_and_nothing_is_written(
    folder: Path, make: Callable[[Path], None]
) -> None:
    make(folder)
    before = listing(folder.parent)
    run("init", folder).is_refusal(2, str(folder), "is not a directory")
    assert listing(folder.parent) == before


def test_a_folder_that_is_read_only_is_named_and_nothing_is_written(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o500)
    try:
        answer = run("init", folder, prefix=unprivileged.PREFIX)
        answer.is_refusal(1, str(folder), "cannot be written to")
        run("init", folder / "new", prefix=unprivileged.PREFIX).is_refusal(1, "cannot be written to")
    finally:
        folder.chmod(0o700)
    assert list(folder.iterdir()) == []


def test_inside_a_bare_repository_nothing_is_written(folder: Path) -> None:
    folder.mkdir()
    git(folder, "init", "--quiet", "--bare")
    run("init", folder / "inventory").is_refusal(1, "must be run in a work tree")
    assert not (folder / "inventory").exists()


def test_without_git_nothing_is_written(folder: Path) -> None:
    run("init", folder, env={"PATH": "/nonexistent"}).is_refusal(1, "git is not installed")
    assert not folder.exists()


def test_a_commit_that_git_refuses_is_told_in_one_line_and_can_be_made_up_for(folder: Path) -> None:
    folder.mkdir()
    git(folder, "init", "--quiet")
    hook = folder / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\necho 'error: ask the change board first' >&2\nexit 1\n")
    hook.chmod(0o755)
    run("init", folder).is_refusal(1, "not committed: error: ask the change board first")
    hook.unlink()
    assert "committed as" in run("init", folder).out


def test_a_name_cannot_forge_lines(tmp_path: Path) -> None:
    place = tmp_path / "net\n::error::forged\x1b[2J"
    answer = run("init", place)
    assert answer.status == 0
    assert not [line for line in answer.out.splitlines() if line.startswith("::")]
    assert "\x1b" not in answer.out


def test_every_schema_line_leads_to_a_schema(folder: Path) -> None:
    run("init", folder)
    for path in (folder / "inventory").rglob("*.yaml"):
        head = path.read_text().partition("\n")[0]
        assert head.startswith("# yaml-language-server: $schema=")
        schema = path.parent / head.partition("=")[2]
        assert json.loads(schema.read_text())["$schema"].startswith("http://json-schema.org/draft-07/")
        program = str(Path(sys.executable).with_name("check-jsonschema"))
        command = [program, "--schemafile", str(schema), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout


def test_secrets_beside_the_inventory_are_ignored(folder: Path) -> None:
    run("init", folder)
    for name in ("credentials.env", ".env", "inventory/credentials.env"):
        (folder / name).write_text("EXAMPLE_PASSWORD=hunter2\n")
    assert git(folder, "status", "--porcelain") == ""


def test_the_readmes_device_can_be_added_as_it_says(folder: Path) -> None:
    run("init", folder)
    _, _, rest = (folder / "README.md").read_text().partition("```yaml\n")
    block = "\n".join(line.removeprefix("   ") for line in rest.partition("```")[0].splitlines())
    assert list(yaml.safe_load(block)) == ["frankfurt-sw1"]
    (folder / "inventory" / "devices" / "frankfurt.yaml").write_text(block + "\n")
    assert run("validate", "--worktree", cwd=folder).out.startswith("ok: 2 devices")


ORIGINS = [
    (None, f"devicevault=={metadata.version('devicevault')}"),
    (
        {"url": "https://git.example.net/devicevault", "vcs_info": {"vcs": "git", "commit_id": "c" * 40}},
        f"devicevault @ git+https://git.example.net/devicevault@{'c' * 40}",
    ),
    (
        {"url": "https://files.example.net/dv.whl", "archive_info": {}},
        "devicevault @ https://files.example.net/dv.whl",
    ),
    ({"url": "file:///home/ada/devicevault", "dir_info": {"editable": True}}, None),
]


@pytest.mark.parametrize(("origin", "requirement"), ORIGINS)
def test_runners_install_what_was_installed_here(
    origin: object, requirement: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name is only written where an index gave it to us: anybody could register it at another."""
    info = tmp_path / f"devicevault-{metadata.version('devicevault')}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: devicevault\nVersion: {metadata.version('devicevault')}\n")
    if origin is not None:
        (info / "direct_url.json").write_text(json.dumps(origin))
    monkeypatch.syspath_prepend(str(tmp_path))
    assert installed_from() == requirement
    lines = contents(requirement)[".devicevault/requirements.txt"].splitlines()
    assert [line for line in lines if not line.startswith("#")] == [requirement] * bool(requirement)


def test_without_a_place_to_install_from_the_next_step_is_told(folder: Path) -> None:
    assert installed_from() is None, "these tests run from a checkout"
    assert run("init", folder).out.endswith(
        "next: say in .devicevault/requirements.txt where the workflows get DeviceVault from\n"
    )


def test_the_wheel_holds_every_template_and_schema(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    [wheel] = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("templates", "schemas"):
        files = [path for path in (ROOT / "pipeline" / "scaffold" / folder).rglob("*") if path.is_file()]
        assert files
        assert {str(path.relative_to(ROOT)) for path in files} <= held


def test_no_template_is_left_unused() -> None:
    templates = ROOT / "pipeline" / "scaffold" / "templates"
    used = {f"{name}.j2" for name in repository._FILES.values()}
    used |= {f"workflows/{name}.j2" for name in (*repository.WORKFLOWS, "install.yml")}
    assert {str(path.relative_to(templates)) for path in templates.rglob("*.j2")} == used
