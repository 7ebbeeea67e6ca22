"""What is wrong is said with file, line and column, all at once, with a hint, and without secrets."""

from __future__ import annotations

import time

import pytest
import yaml

from pipeline.inventory import strict_yaml
from tests.inventory.files import Files, host_key

DEVICE = "new: {address: 192.0.2.9, platform: cisco_ios%s}\n"


def only(files: Files) -> str:
    [problem] = files.problems()
    return problem


def test_all_problems_come_at_once_in_file_order(files: Files) -> None:
    files["groups.yaml"] = "core: {port: 99999}\n"
    files["schedules.yaml"] = 'nightly: {cron: "61 2 * * *"}\n'
    files["devices/core.yaml"] = "core-sw1: {address: a b, platform: cisco_iso}\n"
    assert files.problems() == [
        "devices/core.yaml:1:21: core-sw1: address must be an IP address or a host name",
        "devices/core.yaml:1:36: core-sw1: unknown platform 'cisco_iso' (did you mean 'cisco_ios'?)",
        "groups.yaml:1:14: group 'core': port must be a whole number from 1 to 65535",
        "schedules.yaml:1:17: schedule 'nightly': cron '61 2 * * *' is not understood: Bad minute"
        ' (for example "17 2 * * *" for every night at 02:17)',
    ]


class TestReferences:
    @pytest.mark.parametrize(
        ("setting", "value", "hint"),
        [
            ("group", "cor", "did you mean 'core'?"),
            ("schedule", "nightli", "did you mean 'nightly'?"),
            ("credential", "labb", "did you mean 'lab'?"),
        ],
    )
    def test_a_dangling_reference_is_named_with_what_was_meant(
        self, files: Files, setting: str, value: str, hint: str
    ) -> None:
        files["devices/new.yaml"] = DEVICE % f", {setting}: {value}"
        assert f"new: unknown {setting} '{value}' ({hint})" in only(files)

    def test_references_of_groups_and_defaults_are_checked_where_they_stand(self, files: Files) -> None:
        files["groups.yaml"] = "core: {platform: cisco_ios, schedule: weekly}\n"
        files["devicevault.yaml"] = "version: 1\ndefaults:\n  credential: prod\n"
        first, second = files.problems()
        assert first.startswith("devicevault.yaml:3:15: defaults: unknown credential 'prod'")
        assert second.startswith("groups.yaml:1:39: group 'core': unknown schedule 'weekly'")

    @pytest.mark.parametrize(
        "name", ["groups.yaml", "schedules.yaml", "credentials.yaml", "devicevault.yaml"]
    )
    def test_a_broken_file_is_one_problem_and_not_one_for_each_device(self, files: Files, name: str) -> None:
        files[name] = "a: [\n"
        assert only(files).startswith(f"{name}:2:1: not YAML")

    @pytest.mark.parametrize("missing", ["address", "platform", "credential"])
    def test_a_device_without_what_it_needs_is_an_error(self, files: Files, missing: str) -> None:
        files["devicevault.yaml"] = "version: 1\n"
        settings = {
            "address": "192.0.2.9",
            "platform": "cisco_ios",
            "credential": "lab",
            "schedule": "hourly",
        }
        del settings[missing]
        del files["devices/core.yaml"]
        files["devices/new.yaml"] = "new: {" + ", ".join(f"{k}: {v}" for k, v in settings.items()) + "}\n"
        assert only(files).startswith(f"devices/new.yaml:1:1: new: no {missing}")


class TestNames:
    @pytest.mark.parametrize(
        "name", ["..", ".git", "a/b", "con", "x.lock", "-x", "sw1.cfg", "a b", "ungültig", "x" * 64]
    )
    def test_a_name_that_git_or_a_checkout_would_refuse_is_refused(self, files: Files, name: str) -> None:
        files["devices/new.yaml"] = f'"{name}": {{address: 192.0.2.9, platform: cisco_ios}}\n'
        assert "is not a name" in only(files)

    def test_capital_letters_are_refused_with_the_name_that_would_do(self, files: Files) -> None:
        files["devices/new.yaml"] = "NEW: {address: 192.0.2.9, platform: cisco_ios}\n"
        assert only(files).endswith("(did you mean 'new'?)")

    @pytest.mark.parametrize("name", ["on", "no", "010", "1e3", "null", "12_3", "1.0", "0x1f", "2025-01-31"])
    def test_words_that_yaml_takes_for_other_types_are_names(self, files: Files, name: str) -> None:
        files["devices/new.yaml"] = f"{name}: {{address: 192.0.2.9, platform: cisco_ios}}\n"
        assert files.load().device(name).address == "192.0.2.9"

    def test_two_devices_of_one_name_in_two_files_are_an_error(self, files: Files) -> None:
        files["devices/more.yaml"] = "core-sw1: {address: 192.0.2.9, platform: cisco_ios}\n"
        assert only(files) == (
            "devices/more.yaml:1:1: a second device 'core-sw1'; the first is in devices/core.yaml:1"
        )

    def test_two_devices_of_one_id_are_an_error(self, files: Files) -> None:
        files["devices/new.yaml"] = DEVICE % ", id: core-sw1"
        assert only(files) == "devices/new.yaml:1:1: new: the id 'core-sw1' is that of device 'core-sw1'"

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ("192.0.2.9", "192.0.2.9, port: 22"),
            ("2001:DB8::1", "2001:db8:0::1"),
            ("SW.example.net", "sw.example.net."),
        ],
    )
    def test_two_devices_at_one_address_and_port_are_an_error(
        self, files: Files, first: str, second: str
    ) -> None:
        files["devices/new.yaml"] = (
            f"new1: {{address: '{first}', platform: cisco_ios}}\n".replace("'", '"')
            + f"new2: {{platform: cisco_ios, address: {second}}}\n"
        )
        assert "new2: same address and port as device 'new1'" in only(files)

    def test_one_address_with_two_ports_is_two_devices(self, files: Files) -> None:
        files["devices/new.yaml"] = DEVICE % ", port: 2201" + (DEVICE % ", port: 2202").replace(
            "new", "other"
        )
        assert len(files.load().devices) == 4

    def test_the_folder_of_ungrouped_devices_is_no_group(self, files: Files) -> None:
        files["groups.yaml"] = "core: {platform: cisco_ios}\nungrouped: {}\n"
        assert only(files).startswith("groups.yaml:2:1: the name 'ungrouped' is kept")

    @pytest.mark.parametrize("name", ["manual", "event", "a:b"])
    def test_a_schedule_cannot_be_mistaken_for_another_kind_of_backup(self, files: Files, name: str) -> None:
        files["schedules.yaml"] = (
            f'nightly: {{cron: "1 1 * * *"}}\nhourly: {{cron: "1 * * * *"}}\n'
            f'"{name}": {{cron: "0 0 * * *"}}\n'
        )
        assert "is not a name" in only(files)


class TestValues:
    @pytest.mark.parametrize(
        "address",
        ["a b", "-oProxyCommand=x", "192.0.2.300", "010.0.0.1", "1.2.3", "192.0.2.1/24",
         "0x7f000001", "0X7F.1", "127.0.0.0x1", "0177.0.0.1", "017700000001", "2130706433", "127.1", "127.1.",
         "2001:db8::1%eth0", "192.0.2.1%eth0", '"::1%.evil.example"', "fe80::1%x.evil.example.net",
         "192.0.2.1:22", '"[::1]:22"', "a..b", '"a\\u0000b"', '"a\\nb"', "x" * 254, "fe80::1::2",
         "bücher.example", "$(id)", "a;b"],
    )  # fmt: skip
    def test_an_address_is_an_ip_address_or_a_host_name(self, files: Files, address: str) -> None:
        files["devices/new.yaml"] = f"new: {{platform: cisco_ios, address: {address}}}\n"
        assert ": new: address " in only(files)

    @pytest.mark.parametrize(
        "address", ["192.0.2.9", "2001:db8::9", "fe80::1%eth0", "sw-1.example.net", "sw_1", "localhost"]
    )
    def test_usual_addresses_are_taken_as_written(self, files: Files, address: str) -> None:
        files["devices/new.yaml"] = f'new: {{platform: cisco_ios, address: "{address}"}}\n'
        assert files.load().device("new").address == address

    @pytest.mark.parametrize("port", ["0", "65536", "ssh", "22.5", "-1", "0x16", "9" * 5000, "[22]", ""])
    def test_a_port_is_a_number_of_a_port(self, files: Files, port: str) -> None:
        files["devices/new.yaml"] = DEVICE % f", port: {port}"
        assert ": new: port " in only(files)

    @pytest.mark.parametrize("timeout", ["0", "-5", "2d", "soon", "1w", "9" * 400, "inf", "nan", "60 60"])
    def test_a_timeout_is_a_time(self, files: Files, timeout: str) -> None:
        files["devices/new.yaml"] = DEVICE % f", timeout: {timeout}"
        assert ": new: timeout " in only(files)

    @pytest.mark.parametrize(("timeout", "seconds"), [("90", 90), ("30s", 30), ("2m", 120), ("1.5", 1.5)])
    def test_a_timeout_has_a_unit_or_is_in_seconds(self, files: Files, timeout: str, seconds: float) -> None:
        files["devices/new.yaml"] = DEVICE % f", timeout: {timeout}"
        assert files.load().device("new").timeout_s == seconds

    def test_what_happens_to_secrets_is_one_of_two_words(self, files: Files) -> None:
        files["devices/new.yaml"] = DEVICE % ", secrets: show"
        assert "new: secrets must be 'hide' or 'keep'" in only(files)

    def test_a_setting_without_a_value_is_not_taken_for_a_default(self, files: Files) -> None:
        files["devices/new.yaml"] = DEVICE % ", schedule: "
        assert "schedule has no value (give it one or remove the line)" in only(files)

    @pytest.mark.parametrize(
        ("schedule", "problem"),
        [
            ("{}", "'cron' is missing"),
            ('{cron: "@daily"}', "5 fields"),
            ('{cron: "0 0 30 2 *"}', "day-of-month"),
            ('{cron: "0 0 * * *", timezone: Europe/Berlyn}', "not an IANA time zone"),
            ('{cron: "0 0 * * *", deadline: 40d}', "deadline must be"),
            ('{cron: "0 0 * * *", every: 4h}', "unknown setting 'every'"),
            ("{cron: * * * * *}", "put it in quotes"),
            ("hourly", "must be a mapping of settings"),
        ],
    )
    def test_a_schedule_that_means_nothing_is_explained(
        self, files: Files, schedule: str, problem: str
    ) -> None:
        files["schedules.yaml"] = f'nightly: {{cron: "1 1 * * *"}}\nhourly: {schedule}\n'
        assert problem in only(files)


class TestSecrets:
    @pytest.mark.parametrize("field", ["password", "enable_password", "passphrase", "private_key"])
    def test_a_secret_in_the_inventory_is_refused_and_not_repeated(self, files: Files, field: str) -> None:
        base = {"username": "backup", "password": "env:A", "private_key": "file:/key", field: "hunter2"}
        files["credentials.yaml"] = "lab: {" + ", ".join(f"{k}: {v}" for k, v in base.items()) + "}\n"
        problem = only(files)
        assert f"lab': {field} must be a reference" in problem
        assert "hunter2" not in problem

    @pytest.mark.parametrize(
        "body",
        [
            "{username: u, password: &hunter2 x}",
            "{username: u, password: *hunter2}",
            "{username: u, password: !hunter2 x}",
            "{username: u, password hunter2}",
            "{username: u, password: {hunter2: }}",
            "{username: u, password: [hunter2]}",
            "{username: u, password: 'hunter2}",
            "{username: u, password: @hunter2}",
            "{username: u, password: %hunter2}",
            "{username: u, password: !hunter2!x y}",
            '{username: u, password: "\\hunter2"}',
            "hunter2",
            "u:hunter2",
        ],
    )
    @pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
    def test_a_secret_is_not_repeated_however_it_is_written(
        self, files: Files, body: str, loader: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(strict_yaml, "_LOADER", getattr(yaml, loader))
        files["credentials.yaml"] = f"lab: {body}\n"
        assert not any("hunter2" in problem for problem in files.problems())

    @pytest.mark.parametrize(
        "reference", ["env:", "env:A B", "env:1A", "file:key", "file:", "ENV:A", "vault:x"]
    )
    def test_a_reference_is_env_or_an_absolute_file(self, files: Files, reference: str) -> None:
        files["credentials.yaml"] = f'lab: {{username: u, password: "{reference}"}}\n'
        assert "must be a reference, env:NAME or file:/path" in only(files)

    @pytest.mark.parametrize(
        ("body", "problem"),
        [
            ("{password: env:A}", "'username' is missing"),
            ("{username: u}", "needs a 'password' or a 'private_key'"),
            ("{username: u, password: env:A, passphrase: env:B}", "'passphrase' without a 'private_key'"),
            ("{username: 'env:', password: env:A}", "username must be a reference"),
            (
                "{username: u, password: env:A, order: [private_key]}",
                "'order' names 'private_key', which is missing",
            ),
            ("{username: u, password: env:A, order: [agent]}", "order must be [private_key, password] or"),
        ],
    )
    def test_a_credential_is_complete(self, files: Files, body: str, problem: str) -> None:
        files["credentials.yaml"] = f"lab: {body}\n"
        assert problem in only(files)

    @pytest.mark.parametrize("key", ["password", "username"])
    def test_a_device_names_a_credential_and_holds_none(self, files: Files, key: str) -> None:
        files["devices/new.yaml"] = DEVICE % f", {key}: hunter2"
        problem = only(files)
        assert "name a credential of credentials.yaml" in problem
        assert "hunter2" not in problem


class TestSettings:
    @pytest.mark.parametrize("place", ["devices/new.yaml", "groups.yaml"])
    def test_commands_live_in_reviewed_code(self, files: Files, place: str) -> None:
        files[place] = "core: {address: 192.0.2.9, platform: cisco_ios, commands: [reload]}\n"
        assert any("commands live in reviewed code" in problem for problem in files.problems())

    def test_an_unknown_setting_comes_with_what_was_meant(self, files: Files) -> None:
        files["devices/new.yaml"] = DEVICE % ", credentail: lab"
        assert only(files) == (
            "devices/new.yaml:1:48: new: unknown setting 'credentail' (did you mean 'credential'?)"
        )

    def test_a_queue_belongs_to_a_group(self, files: Files) -> None:
        files["devices/new.yaml"] = DEVICE % ", queue_id: fast"
        assert "set it on the device's group" in only(files)

    def test_a_queue_is_given_once(self, files: Files) -> None:
        files["groups.yaml"] = "core: {platform: cisco_ios, queue_id: a, rabbitmq_queue_id: b}\n"
        assert "given twice" in only(files)

    def test_the_version_is_one_that_is_known(self, files: Files) -> None:
        files["devicevault.yaml"] = "version: 2\ndefaults: {credential: lab}\n"
        assert only(files).startswith("devicevault.yaml:1:10: this DeviceVault reads version 1")
        files["devicevault.yaml"] = "defaults: {credential: lab}\n"
        assert "version is missing" in only(files)

    def test_an_empty_directory_is_not_an_inventory_without_devices(self, files: Files) -> None:
        del files["devicevault.yaml"]
        assert only(files).startswith("devicevault.yaml: missing")

    @pytest.mark.parametrize(
        ("name", "hint"),
        [("group.yaml", "did you mean 'groups.yaml'?"), ("groups.yml", "did you mean 'groups.yaml'?"),
         ("berlin.yaml", "device files belong into devices/")],
    )  # fmt: skip
    def test_a_misplaced_file_is_not_passed_over(self, files: Files, name: str, hint: str) -> None:
        files[name] = ""
        assert only(files) == f"{name}: not a file of an inventory ({hint})"


class TestHostileYaml:
    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("a: &x {}\nb: *x\n", "devices/x.yaml:1:4: anchors (&) are not used here"),
            ("a: *x\n", "devices/x.yaml:1:4: aliases (*) are not used here"),
            ("a: {<<: {b: c}, address: 192.0.2.9, platform: cisco_ios}\n", "devices/x.yaml:1:5: merge keys"),
            ("a: !!python/object/apply:os.system [id]\n", "devices/x.yaml:1:4: tags (!) are not used here"),
            ("a: {id: 1, id: 2, address: a, platform: cisco_ios}\n", "1:12: duplicate key 'id', first on"),
            ("{}\n---\n{}\n", "devices/x.yaml:2:1: a second YAML document"),
            ("? [a]\n: {}\n", "devices/x.yaml:1:3: a key must be plain text"),
            ("a:\n\tb: c\n", "indent with spaces, not tabs"),
            ("- a\n", "devices/x.yaml:1:1: the file must be a mapping"),
            ("a: \0\n", "not YAML"),
            (b"a: 1\nb: \xff\n", "devices/x.yaml:2:4: not UTF-8 text"),
            ("a: [", "not YAML"),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
    def test_only_plain_data_is_read(
        self, files: Files, text: str | bytes, problem: str, loader: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(strict_yaml, "_LOADER", getattr(yaml, loader))
        files["devices/x.yaml"] = text
        assert problem in only(files)

    @pytest.mark.parametrize(
        "bomb",
        [
            "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 64)),
            "[" * 2**20,
            "{a: " * 2**18,
            "- " * 2**20,
            "? " * 2**20,
            "a: [" + "x, " * 2**20,
            '"' + "x" * 2**22,
            "x" * 2**22,
            "a: b\n" * 2**18,
            "a: |\n" + "  b\n" * 2**20,
            "k" * 5000 + ": {address: x}\n",
        ],
        ids=[
            "aliases",
            "lists",
            "mappings",
            "dashes",
            "keys",
            "values",
            "quote",
            "word",
            "same",
            "block",
            "name",
        ],
    )
    def test_a_hostile_file_is_answered_at_once(self, files: Files, bomb: str) -> None:
        files["devices/bomb.yaml"] = bomb
        started = time.process_time()
        problems = files.problems()
        assert time.process_time() - started < 2  # a second on a quiet machine
        assert all(problem.startswith(("devices/bomb.yaml", "…")) for problem in problems)
        assert max(map(len, problems)) < 300

    def test_thousands_of_problems_are_counted_and_not_all_listed(self, files: Files) -> None:
        files["devices/many.yaml"] = "".join(f"d{i}: {{platform: nope}}\n" for i in range(2000))
        problems = files.problems()
        assert len(problems) == 1001
        assert problems[-1] == "…: 3000 more problems are not listed"

    def test_an_inventory_cannot_forge_a_line_of_the_log(self, files: Files) -> None:
        files["devices/new.yaml"] = '"a\\n::error::forged": {platform: "b\\n::error::x", "c\\nd": 1}\n'
        assert all(problem.startswith("devices/new.yaml:1:") for problem in files.problems())


class TestKnownHosts:
    @pytest.mark.parametrize(
        ("line", "problem"),
        [
            ("|1|c2FsdA==|aGFzaA== " + host_key(), "hashed names"),
            ("*.example.net " + host_key(), "patterns"),
            ("@cert-authority x " + host_key(), "markers"),
            ("192.0.2.9 ssh-ed25519", "a line must be"),
            ("192.0.2.9 " + host_key()[:-8], "the key is damaged") ,
            ("192.0.2.9 ssh-rsa " + host_key().split()[1], "the key is damaged or not of the type"),
            ("192.0.2.9 ssh-ed25519 ####", "the key is damaged"),
        ],
    )  # fmt: skip
    def test_a_line_that_pins_nothing_is_refused(self, files: Files, line: str, problem: str) -> None:
        files["known_hosts"] = f"# keys\n\n{line}\n"
        assert only(files).startswith(f"known_hosts:3:1: {problem}")
