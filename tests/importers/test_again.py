"""The second import: the source has changed, and so have the files that a person owns by then."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.importers.desk import Desk
from tests.support.commands import in_this_process
from tests.support.git import git

SOURCE = """\
core-sw1:192.0.2.1:ios:backup:Canary-one
core-sw2:192.0.2.2:eos:backup:Canary-one
edge-rtr1:192.0.2.3:junos:edge:Canary-two
"""
DEVICES = "inventory/devices/ungrouped.yaml"


@pytest.fixture
def again(desk: Desk) -> Desk:
    """An inventory that was imported once."""
    desk.put("source/router.db", SOURCE)
    assert desk.run("oxidized").status == 0
    return desk


def kept(desk: Desk) -> list[str]:
    return [note["message"] for note in desk.report("oxidized")["notes"] if note["what"] == "kept"]


def test_a_change_is_shown_and_not_written(again: Desk) -> None:
    again.edit("source/router.db", "192.0.2.1:ios", "192.0.2.11:nxos")
    before = again.written()
    answer = again.run("oxidized")
    assert answer.status == 0
    for line in ("-  address: 192.0.2.1", "+  address: 192.0.2.11", "+  platform: cisco_nxos"):
        assert line in answer.out.splitlines()
    assert "--write" in answer.out
    assert again.written() == before


def test_with_write_it_is_written(again: Desk) -> None:
    again.edit("source/router.db", "192.0.2.1:ios", "192.0.2.11:nxos")
    again.run("oxidized", "source", "--write")
    device = again.loaded().device("core-sw1")
    assert (device.address, device.platform) == ("192.0.2.11", "cisco_nxos")
    assert "up to date" in again.run("oxidized").out


def test_a_further_device_still_needs_its_key(again: Desk) -> None:
    pins = "devicevault hostkeys scan --missing --write"
    again.edit("source/router.db", "192.0.2.1:ios", "192.0.2.11:nxos")
    assert pins not in again.run("oxidized", "source", "--write").out
    again.edit("source/router.db", "edge-rtr1:", "core-sw3:192.0.2.9:ios:backup:Canary-one\nedge-rtr1:")
    assert pins in again.run("oxidized", "source", "--write").out


def test_what_the_import_does_not_own_stays_as_it_was_written(again: Desk) -> None:
    again.edit(
        DEVICES, "core-sw1:\n", "# The old one, in rack 7.\ncore-sw1:\n  id: asset-7   # painted on it\n"
    )
    again.edit(DEVICES, "platform: cisco_ios\n", "platform: cisco_ios  # 15.2\n  timeout: 2m\n")
    again.edit("source/router.db", "192.0.2.1:ios", "192.0.2.11:nxos")
    before = (again.folder / DEVICES).read_text()
    again.run("oxidized", "source", "--write")
    expected = before.replace("192.0.2.1\n", "192.0.2.11\n").replace("cisco_ios  #", "cisco_nxos  #")
    assert (again.folder / DEVICES).read_text() == expected


def test_a_setting_that_a_person_changed_stays_and_is_told(again: Desk) -> None:
    again.edit(DEVICES, "platform: cisco_ios", "platform: cisco_xr")
    says = ["its platform is 'cisco_xr' by hand; the source says 'cisco_ios'"]
    assert kept(again) == says
    again.edit("source/router.db", "192.0.2.1:ios", "192.0.2.1:nxos")
    again.run("oxidized", "source", "--write")
    assert again.loaded().device("core-sw1").platform == "cisco_xr"
    assert kept(again) == ["its platform is 'cisco_xr' by hand; the source says 'cisco_nxos'"]


def test_a_setting_that_a_person_removed_stays_away(again: Desk) -> None:
    again.edit(DEVICES, "  credential: oxidized-backup\n", "")
    again.put("inventory/devicevault.yaml", "version: 1\ndefaults: {credential: oxidized-backup}\n")
    assert kept(again) == ["its credential was removed by hand; the source says 'oxidized-backup'"]
    again.run("oxidized", "source", "--write")
    assert (again.folder / DEVICES).read_text().count("credential: oxidized-backup") == 1


def test_a_device_that_a_person_removed_is_not_added_again(again: Desk) -> None:
    text = (again.folder / DEVICES).read_text()
    (again.folder / DEVICES).write_text(text[: text.index("edge-rtr1")])
    assert kept(again) == ["removed from the inventory by hand; it is not added again"]
    again.run("oxidized", "source", "--write")
    assert "edge-rtr1" not in (again.folder / DEVICES).read_text()


def test_a_device_that_a_person_renamed_is_still_followed(again: Desk) -> None:
    again.edit(DEVICES, "core-sw1:", "fra-sw1:")
    again.edit("source/router.db", "192.0.2.1:ios", "192.0.2.1:nxos")
    again.run("oxidized", "source", "--write")
    found = {device.name: device.platform for device in again.loaded().devices}
    assert found["fra-sw1"] == "cisco_nxos"
    assert "core-sw1" not in found
    again.edit("source/router.db", "192.0.2.1:nxos", "192.0.2.99:nxos")
    again.run("oxidized", "source", "--write")
    assert again.loaded().device("fra-sw1").address == "192.0.2.99"


def test_renamed_devices_that_share_an_address_are_told_apart_by_their_ports(desk: Desk) -> None:
    desk.put("source/config", "source: {csv: {map: {name: 0, ip: 1, model: 2}, vars_map: {ssh_port: 3}}}\n")
    desk.put("source/router.db", "r1:192.0.2.1:ios:2201\nr2:192.0.2.1:ios:2202\nr3:192.0.2.1:ios:22\n")
    desk.run("oxidized")
    for old, new in (("r1:", "paris:"), ("r2:", "lyon:"), ("r3:", "nice:")):
        desk.edit(DEVICES, old, new)
    desk.edit(DEVICES, "  port: 22\n", "")
    desk.edit("source/router.db", "r2:192.0.2.1:ios", "r2:192.0.2.1:asa")
    desk.edit("source/router.db", "r3:192.0.2.1:ios", "r3:192.0.2.1:nxos")
    desk.run("oxidized", "source", "--write")
    found = {device.name: (device.port, device.platform) for device in desk.loaded().devices}
    assert found == {"paris": (2201, "cisco_ios"), "lyon": (2202, "cisco_asa"), "nice": (None, "cisco_nxos")}


def test_a_renamed_device_is_taken_for_one_of_the_source_only(again: Desk) -> None:
    again.edit("source/router.db", "192.0.2.1:ios", "192.0.2.1:plan9")
    again.edit("source/router.db", "192.0.2.2:eos", "192.0.2.1:eos")
    text = (again.folder / DEVICES).read_text()
    (again.folder / DEVICES).write_text(text[text.index("core-sw2") :])
    again.run("oxidized", "source", "--write")
    assert again.loaded().device("core-sw2").address == "192.0.2.1"
    again.edit(DEVICES, "core-sw2:", "fra-sw2:")
    again.edit("source/router.db", "192.0.2.1:plan9", "192.0.2.9:junos")
    before = (again.folder / DEVICES).read_text()
    assert kept(again) == ["removed from the inventory by hand; it is not added again"] * 2
    again.run("oxidized", "source", "--write")
    assert (again.folder / DEVICES).read_text() == before


def test_a_device_that_a_person_moved_to_another_file_is_still_followed(again: Desk) -> None:
    text = (again.folder / DEVICES).read_text()
    (again.folder / DEVICES).write_text(text[: text.index("edge-rtr1")])
    again.put("inventory/devices/sites/edge.yaml", text[text.index("edge-rtr1") :])
    again.edit("source/router.db", "192.0.2.3", "192.0.2.33")
    again.run("oxidized", "source", "--write")
    assert "192.0.2.33" in (again.inventory / "devices/sites/edge.yaml").read_text()


def test_a_device_that_left_the_source_stays_until_prune(again: Desk) -> None:
    again.edit("source/router.db", "core-sw2:192.0.2.2:eos:backup:Canary-one\n", "")
    assert "gone: devices/ungrouped.yaml: core-sw2" in again.run("oxidized", "source", "--write").out
    assert again.loaded().device("core-sw2").platform == "arista_eos"
    again.run("oxidized", "source", "--write", "--prune")
    assert {device.name for device in again.loaded().devices} == {"core-sw1", "edge-rtr1"}
    assert "gone" not in again.run("oxidized").out


def test_prune_never_removes_what_was_written_by_hand(again: Desk) -> None:
    again.put(
        "inventory/devices/own.yaml",
        "own-fw1: {address: 192.0.2.50, platform: fortinet, credential: oxidized-edge}\n",
    )
    again.run("oxidized", "source", "--write", "--prune")
    assert again.loaded().device("own-fw1").address == "192.0.2.50"


def test_prune_does_not_remove_what_is_only_left_out(again: Desk) -> None:
    again.edit("source/router.db", "192.0.2.2:eos", "192.0.2.2:plan9")
    answer = again.run("oxidized", "source", "--write", "--prune")
    assert answer.status == 3
    assert again.loaded().device("core-sw2").platform == "arista_eos"


def test_a_device_of_the_same_name_that_is_not_imported_is_left_alone(desk: Desk) -> None:
    desk.put("inventory/devicevault.yaml", "version: 1\n")
    desk.put("inventory/credentials.yaml", "lab: {username: lab, password: env:LAB}\n")
    mine = "core-sw1: {address: 192.0.2.77, platform: cisco_ios, credential: lab}\n"
    desk.put("inventory/devices/mine.yaml", mine)
    desk.put("source/router.db", SOURCE)
    answer = desk.run("oxidized", "source", "--write")
    assert answer.status == 3
    assert "a device 'core-sw1' is there already (devices/mine.yaml), and not from this import" in answer.out
    assert (desk.inventory / "devices/mine.yaml").read_text() == mine
    assert len(desk.loaded().devices) == 3


def test_an_address_that_another_device_has_is_left_out(desk: Desk) -> None:
    desk.put("inventory/devicevault.yaml", "version: 1\n")
    desk.put("inventory/credentials.yaml", "lab: {username: lab, password: env:LAB}\n")
    desk.put("inventory/devices/mine.yaml", "x: {address: 192.0.2.1, platform: cisco_ios, credential: lab}\n")
    desk.put("source/router.db", SOURCE)
    assert "left out: source/router.db:1: core-sw1: device 'x' has its address" in desk.run("oxidized").out


def test_the_example_of_init_is_told_until_it_is_removed(desk: Desk) -> None:
    in_this_process(["init", "."], {}, desk.monkeypatch, desk.capsys, desk.folder)
    desk.put("source/router.db", "core-sw1:192.0.2.9:ios:backup:Canary-one\n")
    note = "to do: credentials.yaml: example: the example of devicevault init is still there"
    answer = desk.run("oxidized", "source", "--write")
    assert answer.status == 0
    assert note in answer.out
    (desk.inventory / "devices/example.yaml").unlink()
    desk.edit("inventory/devicevault.yaml", "  credential: example", "  # credential: example")
    text = (desk.inventory / "credentials.yaml").read_text()
    before, after = text.split("example:\n")
    (desk.inventory / "credentials.yaml").write_text(before + after[after.index("\noxidized") :])
    assert note not in desk.run("oxidized").out


def test_a_new_password_is_told_and_the_secrets_file_stays(again: Desk) -> None:
    before = again.secrets.read_text()
    text = (again.source / "router.db").read_text()
    (again.source / "router.db").write_text(text.replace("Canary-one", "Canary-new"))
    answer = again.run("oxidized", "source", "--write")
    assert "OXIDIZED_BACKUP_PASSWORD has another value than in the source" in answer.out
    assert "Canary" not in answer.out
    assert again.secrets.read_text() == before
    assert again.loaded().device("core-sw1").credential.name == "oxidized-backup"


def test_a_login_that_splits_leaves_the_others_at_their_credential(again: Desk) -> None:
    again.edit("source/router.db", "ios:backup:Canary-one", "ios:backup:Canary-three")
    again.run("oxidized", "source", "--write")
    used = {device.name: device.credential.name for device in again.loaded().devices}
    assert used == {
        "core-sw1": "oxidized-backup-2",
        "core-sw2": "oxidized-backup",
        "edge-rtr1": "oxidized-edge",
    }
    assert "OXIDIZED_BACKUP_2_PASSWORD='Canary-three'" in again.secrets.read_text()


def test_names_of_credentials_stay_where_the_secrets_file_is_not(again: Desk) -> None:
    again.secrets.unlink()
    again.edit("source/router.db", "core-sw1:192.0.2.1:ios:backup:Canary-one\n", "")
    again.put("source/router.db", "aaa:192.0.2.9:ios:backup:Canary-four\n" + SOURCE)
    again.run("oxidized", "source", "--write")
    used = {device.name: device.credential.name for device in again.loaded().devices}
    assert used["core-sw1"] == "oxidized-backup"
    assert used["aaa"] == "oxidized-backup-2"


def test_two_imports_of_one_kind_have_names_of_their_own(again: Desk) -> None:
    again.put("other/router.db", "lab-sw1:192.0.2.90:ios:lab:Canary-lab\n")
    again.run("oxidized", "other", "--as", "lab", "--write", "--prune")
    assert {device.name for device in again.loaded().devices} >= {"core-sw1", "lab-sw1"}
    assert again.loaded().device("lab-sw1").credential.name == "lab-lab"
    assert "up to date" in again.run("oxidized").out
    assert "up to date" in again.run("oxidized", "other", "--as", "lab").out


def test_an_import_that_was_killed_before_its_end_is_taken_up(again: Desk) -> None:
    (again.inventory / ".import" / "oxidized.json").unlink()
    before = again.written()
    answer = again.run("oxidized", "source", "--write")
    assert answer.status == 0
    assert "3 same" in answer.out
    assert set(again.written()) - set(before) == {str(again.inventory / ".import" / "oxidized.json")}
    assert {name: text for name, text in again.written().items() if name in before} == before


def test_what_is_remembered_is_committed_and_holds_no_secret(again: Desk) -> None:
    git(again.folder, "add", "-A")
    assert "inventory/.import/oxidized.json" in git(again.folder, "ls-files")
    stored = json.loads((again.inventory / ".import/oxidized.json").read_text())
    assert set(stored) == {"credentials", "devices", "groups"}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"devices": 1}', "<<<<<<< HEAD\n{}", "[" * 100_000])
def test_a_damaged_memory_is_one_line(again: Desk, text: str) -> None:
    again.put("inventory/.import/oxidized.json", text)
    before = again.written()
    again.run("oxidized", "source", "--write").is_refusal(1, "oxidized.json", "git")
    assert again.written() == before


def test_an_inventory_with_mistakes_is_not_touched(again: Desk) -> None:
    again.edit(DEVICES, "platform: cisco_ios", "platform: cisco_iso")
    before = again.written()
    again.run("oxidized", "source", "--write").is_refusal(1, "devices/ungrouped.yaml", "cisco_ios")
    assert again.written() == before


def test_secrets_are_not_written_where_git_tracks_the_file(desk: Desk) -> None:
    desk.put("inventory/credentials.env", "OLD='x'\n")
    git(desk.folder, "add", "-f", "inventory/credentials.env")
    desk.put("source/router.db", SOURCE)
    before = desk.written()
    desk.run("oxidized").is_refusal(1, "credentials.env", "tracked by Git", "git rm --cached")
    assert desk.written() == before


def test_secrets_are_not_written_where_git_would_take_the_file(desk: Desk) -> None:
    desk.put("inventory/.gitignore", "/credentials.env\n/.credentials.env.new\n!*.env\n")
    desk.put("source/router.db", SOURCE)
    desk.run("oxidized").is_refusal(1, "Git does not ignore", ".gitignore")
    assert not desk.secrets.exists()


def test_lines_of_a_gitignore_stay(desk: Desk) -> None:
    desk.put("inventory/.gitignore", "*.bak")
    desk.put("source/router.db", SOURCE)
    desk.run("oxidized")
    assert (desk.inventory / ".gitignore").read_text().splitlines()[0] == "*.bak"


def test_a_link_in_place_of_the_secrets_is_refused(desk: Desk, tmp_path: Path) -> None:
    desk.put("elsewhere", "")
    desk.inventory.mkdir()
    desk.secrets.symlink_to(tmp_path / "elsewhere")
    desk.put("source/router.db", SOURCE)
    desk.run("oxidized").is_refusal(1, "is a link")
    assert (tmp_path / "elsewhere").read_text() == ""


def test_the_diff_is_coloured_on_a_terminal_only(again: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    again.edit("source/router.db", "192.0.2.1:ios", "192.0.2.11:nxos")
    assert "\x1b" not in again.run("oxidized").out
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert "\x1b[32m+  address: 192.0.2.11\x1b[0m" in again.run("oxidized").out
