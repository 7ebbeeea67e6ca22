"""What a right inventory becomes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipeline.errors import UsageError
from pipeline.values.device import Credential
from pipeline.values.options import Options
from tests.inventory.files import Files, host_key


class TestLayers:
    def test_a_device_takes_what_it_does_not_set_from_group_and_defaults(self, files: Files) -> None:
        device = files.load().device("core-sw1")
        assert device.platform == "cisco_ios"  # group
        assert device.schedule == "hourly"  # group, over the default
        assert device.timeout_s == 90  # group, over the default
        assert device.credential == Credential("lab", "backup", password="env:LAB_PASSWORD")  # default
        assert device.options == Options()  # nobody said otherwise
        assert (device.id, device.group, device.queue_id, device.port) == ("core-sw1", "core", "core", None)
        assert device.path == "core/core-sw1.cfg"

    def test_a_device_overrides_its_group(self, files: Files) -> None:
        device = files.load().device("core-sw2")
        assert (device.platform, device.port) == ("cisco_nxos", 2222)

    def test_a_credential_says_in_which_order_its_secrets_are_offered(self, files: Files) -> None:
        files["credentials.yaml"] = (
            "lab: {username: u, password: env:A, private_key: env:B, order: [password, private_key]}\n"
        )
        assert files.load().device("core-sw1").credential.order == ("password", "private_key")

    def test_a_device_without_a_group_goes_to_the_default_queue(self, files: Files) -> None:
        files["devicevault.yaml"] = "version: 1\ndefaults: {credential: lab, queue_id: main}\n"
        files["devices/new.yaml"] = "new: {address: 192.0.2.9, platform: cisco_ios}\n"
        device = files.load().device("new")
        assert (device.group, device.queue_id, device.path) == (None, None, "ungrouped/new.cfg")

    def test_a_group_without_a_queue_goes_to_the_default_queue(self, files: Files) -> None:
        files["devices/new.yaml"] = "new: {address: 192.0.2.9, platform: cisco_ios, group: edge}\n"
        assert files.load().device("new").queue_id is None

    def test_the_queue_may_have_its_longer_name(self, files: Files) -> None:
        files["groups.yaml"] = "core: {platform: cisco_ios, rabbitmq_queue_id: q7}\n"
        assert files.load().device("core-sw1").queue_id == "q7"

    def test_an_id_outlives_a_new_name(self, files: Files) -> None:
        files["devices/new.yaml"] = "new: {address: 192.0.2.9, platform: cisco_ios, id: rack7-unit3}\n"
        assert files.load().device("new").id == "rack7-unit3"

    def test_groups_and_schedules_are_there_by_name(self, files: Files) -> None:
        inventory = files.load()
        assert inventory.groups["core"].settings["queue_id"] == "core"
        assert "schedule" not in inventory.groups["edge"].settings
        assert inventory.schedules["nightly"].timezone == "Europe/Berlin"
        assert inventory.schedules["hourly"].deadline == timedelta(hours=4)

    def test_devices_come_in_the_order_of_their_names(self, files: Files) -> None:
        files["devices/a.yaml"] = "zz: {address: 192.0.2.8, platform: cisco_ios}\n"
        files["devices/z.yml"] = "aa: {address: 192.0.2.9, platform: cisco_ios}\n"
        assert [device.name for device in files.load().devices] == ["aa", "core-sw1", "core-sw2", "zz"]


class TestLookUp:
    def test_an_unknown_device_comes_with_the_closest_name(self, files: Files) -> None:
        with pytest.raises(UsageError, match=r"no device 'core-sv1' .*did you mean 'core-sw1'\?"):
            files.load().device("core-sv1")

    def test_an_unknown_device_unlike_any_other_comes_without_a_hint(self, files: Files) -> None:
        with pytest.raises(UsageError, match=r"lies on disk$"):
            files.load().device("printer")


class TestHostKeys:
    def test_keys_are_pinned_by_address_or_by_address_and_port(self, files: Files) -> None:
        inventory = files.load()
        assert inventory.device("core-sw1").host_keys == (host_key(1),)
        assert inventory.device("core-sw2").host_keys == (host_key(2),)
        assert inventory.warnings == ()

    def test_keys_are_pinned_by_name_and_several_names_share_a_line(self, files: Files) -> None:
        files["known_hosts"] = f"core-sw1,core-sw2 {host_key(1)} rack 7\nCORE-SW1 {host_key(2)}\r\n"
        inventory = files.load()
        assert inventory.device("core-sw1").host_keys == (host_key(1), host_key(2))
        assert inventory.device("core-sw2").host_keys == (host_key(1),)

    def test_a_key_for_another_port_of_the_address_is_not_taken(self, files: Files) -> None:
        files["known_hosts"] = f"[192.0.2.1]:2222 {host_key(1)}\n[192.0.2.2]:2222 {host_key(2)}\n"
        assert files.load().device("core-sw1").host_keys == ()

    def test_addresses_match_in_any_spelling(self, files: Files) -> None:
        files["devices/new.yaml"] = 'new: {address: "2001:DB8:0::9", platform: cisco_ios, port: 830}\n'
        files["known_hosts"] = f"2001:db8::9 {host_key(1)}\n[2001:db8::9]:830 {host_key(2)}\n"
        assert files.load().device("new").host_keys == (host_key(1), host_key(2))

    def test_a_device_without_a_key_is_a_warning_with_its_place(self, files: Files) -> None:
        del files["known_hosts"]
        first, second = files.load().warnings
        assert str(first).startswith("devices/core.yaml:1:1: core-sw1: no host key")
        assert str(second).startswith("devices/core.yaml:2:1: core-sw2: no host key")


class TestOtherWarnings:
    def test_a_device_that_no_schedule_collects_is_a_warning(self, files: Files) -> None:
        files["devicevault.yaml"] = "version: 1\ndefaults: {credential: lab}\n"
        files["groups.yaml"] = "core: {platform: cisco_ios}\n"
        assert {warning.message for warning in files.load().warnings} == {
            "core-sw1: no schedule",
            "core-sw2: no schedule",
        }

    def test_an_inventory_without_devices_is_a_warning(self, files: Files) -> None:
        files["devices/core.yaml"] = "# none yet\n"
        inventory = files.load()
        assert inventory.devices == ()
        assert [str(warning) for warning in inventory.warnings] == ["devices: no devices yet"]

    @pytest.mark.parametrize("committed", [True, False])
    def test_devices_that_are_a_file_are_not_passed_over(self, files: Files, committed: bool) -> None:
        """It may well hold them, and to say that there are none yet would send its author searching."""
        del files["devices/core.yaml"]
        (files.path / "devices").rmdir()
        files["devices"] = "core-sw1: {address: 192.0.2.1, group: core}\n"
        if committed:
            files.commit()
        told = "devices: a file, and not the directory of the devices' files; move it to devices/all.yaml"
        assert files.problems("HEAD" if committed else None) == [told]


def test_ten_thousand_devices_take_a_second_or_two(files: Files) -> None:
    import time

    for part in range(50):
        files[f"devices/site-{part}.yaml"] = "".join(
            f"site{part}-sw{i}: {{address: 10.{part}.{i}.1, group: core}}\n" for i in range(200)
        )
    commit = files.commit()
    started = time.process_time()
    inventory = files.load("HEAD")
    assert time.process_time() - started < 4  # 0.5 s on a quiet machine
    assert (len(inventory.devices), inventory.commit) == (10_002, commit)
