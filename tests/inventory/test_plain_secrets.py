"""A secret in the inventory is an error wherever it lies, and no output ever repeats it."""

from __future__ import annotations

import json

import pytest

from tests.inventory.files import Files, host_key
from tests.support.commands import Run

CANARY = "hunter2"
DEVICE = "new: {{address: 192.0.2.9, platform: cisco_ios, {}}}\n"
PEM = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{CANARY}AAAAbm9uZQ\n-----END OPENSSH PRIVATE KEY-----\n"
PUTTY = f"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPrivate-Lines: 1\n{CANARY}\n"
AGE = f"# created: today\nAGE-SECRET-KEY-1{CANARY}\n"

WHERE = {
    "a device's password": ("devices/new.yaml", DEVICE.format(f"password: {CANARY}")),
    "in capitals": ("devices/new.yaml", DEVICE.format(f"Password: {CANARY}")),
    "as Ansible calls it": ("devices/new.yaml", DEVICE.format(f"ansible_ssh_pass: {CANARY}")),
    "an enable secret": ("devices/new.yaml", DEVICE.format(f"enable-secret: {CANARY}")),
    "run into its key": ("devices/new.yaml", DEVICE.format(f"password_{CANARY}: x")),
    "run into a key without end": (
        "devices/new.yaml",
        DEVICE.format(f"? password_{CANARY}{'pass_' * 99_999} : x"),
    ),
    "a community of a group": ("groups.yaml", f"core: {{platform: cisco_ios, snmp_community: {CANARY}}}\n"),
    "a token among the defaults": (
        "devicevault.yaml",
        f"version: 1\ndefaults: {{credential: lab, api_token: {CANARY}}}\n",
    ),
    "at the top of the main file": (
        "devicevault.yaml",
        f"version: 1\ndefaults: {{credential: lab}}\npassword: {CANARY}\n",
    ),
    "a jump host's": (
        "jump_hosts.yaml",
        f"bastion: {{address: 192.0.2.7, credential: lab, password: {CANARY}}}\n",
    ),
    "in a credential": (
        "credentials.yaml",
        f"lab: {{username: u, password: {CANARY}}}\ncore: {{username: u, password: env:A}}\n",
    ),
    "in an address": (
        "devices/new.yaml",
        f"new: {{address: admin:{CANARY}@192.0.2.9, platform: cisco_ios}}\n",
    ),
    "in a URL": (
        "devices/new.yaml",
        f"new: {{address: ssh://admin:{CANARY}@192.0.2.9, platform: cisco_ios}}\n",
    ),
    "a private key in known_hosts": ("known_hosts", f"192.0.2.1 {host_key(1)}\n{PEM}"),
    "a PuTTY key in known_hosts": ("known_hosts", PUTTY),
    "a private key in a device file": ("devices/new.yaml", DEVICE.format("group: edge") + PEM),
    "in a comment": ("devices/new.yaml", "".join(f"# {line}\n" for line in PEM.splitlines())),
    "as a block": (
        "devices/new.yaml",
        "new:\n  note: |\n" + "".join(f"    {line}\n" for line in PEM.splitlines()),
    ),
    "as keys": ("devices/new.yaml", f"# {PEM.splitlines()[0]}\n{CANARY}AAAA: {{}}\n"),
    "an age identity among the recipients": (
        "devicevault.yaml",
        f"version: 1\ndefaults: {{credential: lab}}\nrecipients:\n  - AGE-SECRET-KEY-1{CANARY}\n",
    ),
    "an age identity": ("devices/new.yaml", AGE),
}


@pytest.mark.parametrize(("file", "content"), WHERE.values(), ids=WHERE)
def test_it_is_an_error_of_its_own_kind_and_is_not_repeated(
    files: Files, run: Run, file: str, content: str
) -> None:
    files[file] = content
    outputs = {
        output: run("validate", "--inventory", files.path, "--worktree", "--output", output)
        for output in ("text", "json", "github", "sarif")
    }
    for output, done in outputs.items():
        assert done.status == 1, output
        assert CANARY not in done.out + done.err, output
    kinds = [problem["rule"] for problem in json.loads(outputs["json"].out)["problems"]]
    assert kinds == ["secret"]


@pytest.mark.parametrize("line", [f"@{CANARY} x y", f"|{CANARY}", f"*{CANARY}", CANARY, f"a b {CANARY}"])
def test_a_line_of_known_hosts_that_is_not_understood_is_not_repeated(files: Files, line: str) -> None:
    files["known_hosts"] = f"{line}\n"
    assert not any(CANARY in problem for problem in files.problems())


def test_a_private_key_is_named_with_its_line_and_says_what_to_do(files: Files) -> None:
    files["known_hosts"] = f"192.0.2.1 {host_key(1)}\n{PEM}"
    [problem] = files.problems()
    assert problem == (
        "known_hosts:2:1: a private key lies open here; the file is not read (remove it, and change it if it "
        "was committed; workers read private keys by reference, file:/path)"
    )


def test_a_reference_in_the_wrong_place_is_an_error_but_no_secret(files: Files, run: Run) -> None:
    files["devices/new.yaml"] = DEVICE.format("password: env:LAB_PASSWORD")
    done = run("validate", "--inventory", files.path, "--worktree", "--output", "json")
    [problem] = json.loads(done.out)["problems"]
    assert (problem["rule"], "change it" in problem["hint"]) == ("invalid", False)


def test_a_policy_for_secrets_that_lacks_a_letter_is_no_secret(files: Files) -> None:
    files["devices/new.yaml"] = DEVICE.format("secret: keep")
    assert files.problems()[0].endswith("new: unknown setting 'secret' (did you mean 'secrets'?)")
