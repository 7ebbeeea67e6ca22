"""Whoever has a login on this machine or at the Git host: reads nothing, runs nothing, is found out."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from collectors.simulator import Fleet
from pipeline.audit.doctor import Finding, examine
from pipeline.errors import StateError
from pipeline.settings import Settings, load_settings
from pipeline.store.git.changes import Change
from pipeline.store.git.program import git_output
from pipeline.store.git.repack import repack
from pipeline.store.git.repo import ConfigsRepo
from pipeline.system.embedded import Embedded
from pipeline.system.spawn import Identity, plain_identities
from pipeline.transit.connect import connect
from pipeline.transit.results import ResultStream
from tests.journey.deployment import ENABLE, PASSWORD, Deployment
from tests.servers.git_host import GitHost
from tests.servers.processes import descendants
from tests.support.git import git
from tests.support.values import NOW, make_job, success
from tests.support.waiting import until

CONFIG = "core/core-ios.cfg"

on_valkey = pytest.mark.parametrize("on_each_broker", ["valkey"], indirect=True)


@pytest.fixture
def backed_up(guarded: Deployment) -> Deployment:
    """With a backup of each device, whose commits the store has signed."""
    with guarded.running("worker-core", "consumer"):
        guarded.collect("--all")
    return guarded


def found(deployment: Deployment, check: str) -> Finding:
    return next(finding for finding in examine(deployment.settings) if finding.check == check)


def rewrite(
    deployment: Deployment, onto: str, text: str = "hostname owned\n", message: str = "core-ios: +1"
) -> str:
    """Put a commit with another configuration on top of `onto`, as the consumer's author; its id."""
    repo = deployment.settings.configs_path
    work = deployment.folder / "work"
    if not work.exists():
        git(deployment.folder, "clone", "-q", str(repo), str(work))
    git(work, "fetch", "-q")
    git(work, "checkout", "-q", "--detach", onto)
    (work / CONFIG).write_text(text)
    me = ("-c", "user.name=DeviceVault", "-c", "user.email=devicevault@localhost")
    git(work, *me, "commit", "-qam", message)
    git(work, "push", "-q", "--force", "origin", "HEAD:main")
    return git(work, "rev-parse", "HEAD").strip()


@on_valkey
def test_who_rewrites_the_history_at_the_git_host_is_found_out(
    backed_up: Deployment, git_host: GitHost
) -> None:
    backed_up.settings = pushed_to(backed_up, git_host)
    assert found(backed_up, "push").found == "the Git host has 'configs' up to no commit yet"
    backed_up.cli("consume", "--until-empty")
    assert found(backed_up, "push").verdict == "ok"
    forged = git_host.git("commit-tree", "-m", "core-ios: +1", "-p", "main~1", "main^{tree}").strip()
    git_host.git("update-ref", "refs/heads/main", forged)
    finding = found(backed_up, "push")
    assert finding.verdict == "problem"
    assert forged[:10] in finding.found
    backed_up.settings = backed_up.settings.model_copy(update={"push_known_hosts": Path("/dev/null")})
    assert found(backed_up, "push").verdict == "warning"


def pushed_to(deployment: Deployment, git_host: GitHost) -> Settings:
    """The deployment's settings, with a push to this host."""
    update = {
        "push_url": git_host.url,
        "push_ssh_key": git_host.private_key,
        "push_known_hosts": git_host.known_hosts,
    }
    return deployment.settings.model_copy(update=update)


class Trap:
    """A program that notes that it ran, and a configs repo that names it wherever Git can run one."""

    def __init__(self, folder: Path) -> None:
        self.noted = folder / "noted"
        self.program = folder / "trap"
        self.program.write_text(f'#!/bin/sh\necho "$0 $*" >>{self.noted}\nexit 1\n')
        self.program.chmod(0o755)

    def springs(self) -> bool:
        """Whether it ran since it was asked for the last time."""
        ran = self.noted.exists()
        self.noted.unlink(missing_ok=True)
        return ran

    def lay(self, repo: Path, remote: str) -> None:
        run = str(self.program)
        settings = {
            **dict.fromkeys(RUN, run),
            "core.hooksPath": str(repo / "hooks"),
            "credential.helper": f"!{run}",
            "alias.show": f"!{run}", "alias.diff": f"!{run}", "alias.log": f"!{run}", "alias.push": f"!{run}",
            "alias.repack": f"!{run}",
            f"url.ext::{run} %S .insteadOf": remote,
            "protocol.ext.allow": "always", "protocol.allow": "always",
            "remote.evil.url": f"ext::{run} %S /", "remote.evil.promisor": "true",
            "remote.origin.url": remote, "remote.origin.receivepack": run, "remote.origin.uploadpack": run,
            "remote.origin.fetch": "+refs/heads/*:refs/remotes/origin/*",
            "log.showSignature": "true", "gpg.format": "ssh", "push.gpgSign": "if-asked",
            "diff.trap.binary": "true",
            "core.attributesFile": str(repo / "info" / "attributes"), "safe.directory": "*",
        }  # fmt: skip
        included = repo / "included"
        for number, (name, value) in enumerate(settings.items()):
            # One half of them by way of an include.
            git(repo, "config", "--file", str(included if number % 2 else repo / "config"), name, value)
        git(repo, "config", "--file", str(repo / "config"), "include.path", "included")
        (repo / "info").mkdir(exist_ok=True)
        (repo / "info" / "attributes").write_text("* diff=trap filter=trap merge=trap\n")
        (repo / "hooks").mkdir(exist_ok=True)
        for hook in HOOKS:
            (repo / "hooks" / hook).unlink(missing_ok=True)
            (repo / "hooks" / hook).symlink_to(self.program)


RUN = (
    "core.fsmonitor", "core.pager", "core.sshCommand", "core.askPass", "core.editor", "core.gitProxy",
    "core.alternateRefsCommand", "diff.external", "diff.trap.textconv", "diff.trap.command", "diff.tool",
    "filter.trap.clean", "filter.trap.smudge", "filter.trap.process", "merge.trap.driver", "pager.show",
    "pager.diff", "pager.log", "interactive.diffFilter", "gpg.program", "gpg.ssh.program",
    "gpg.openpgp.program", "gpg.ssh.defaultKeyCommand", "uploadpack.packObjectsHook", "sequence.editor",
    "trailer.trap.command",
    "difftool.trap.cmd", "gc.recentObjectsHook",
)  # fmt: skip
HOOKS = (
    "pre-push", "reference-transaction", "post-index-change", "pre-auto-gc", "post-checkout", "post-commit",
    "pre-commit", "commit-msg", "fsmonitor-watchman", "update", "pre-receive", "post-receive", "post-update",
    "proc-receive", "push-to-checkout", "post-rewrite",
)  # fmt: skip


@on_valkey
def test_history_as_the_store_wrote_it_is_well(backed_up: Deployment) -> None:
    assert found(backed_up, "commits").verdict == "ok"
    assert found(backed_up, "commits").found == "2 newest commits signed by the store"
    allowed = backed_up.folder / "allowed"
    allowed.write_text(backed_up.cli("keys", "allowed-signers"))
    backed_up.configs("-c", f"gpg.ssh.allowedSignersFile={allowed}", "verify-commit", "main", "main~1")


@on_valkey
def test_a_commit_of_somebody_else_is_found_out(backed_up: Deployment) -> None:
    forged = rewrite(backed_up, "origin/main")
    finding = found(backed_up, "commits")
    assert (finding.verdict, forged[:10] in finding.found) == ("problem", True)
    backed_up.cli("doctor", expect=1)


@on_valkey
def test_it_stays_found_out_when_the_store_commits_on_top(backed_up: Deployment) -> None:
    forged = rewrite(backed_up, "origin/main")
    with backed_up.running("worker-core", "consumer"):
        assert backed_up.collect("core-ios")["core-ios"]["changed"]
    assert f"{forged[:10]}, is not signed with our key" in backed_up.said()
    finding = found(backed_up, "commits")
    assert finding.verdict == "problem"
    assert forged[:10] in finding.found


@on_valkey
def test_a_rewritten_history_is_found_out(backed_up: Deployment) -> None:
    repo = backed_up.settings.configs_path
    # All of it anew, with no signature to be seen.
    rebuilt = git(repo, "commit-tree", "-m", "core-ios: first backup", "main^{tree}")
    git(repo, "update-ref", "refs/heads/main", rebuilt.strip())
    assert found(backed_up, "configs repo").verdict == "problem"


@on_valkey
def test_a_history_that_was_set_back_is_found_out(backed_up: Deployment) -> None:
    backed_up.configs("update-ref", "refs/heads/main", "main~1")
    finding = found(backed_up, "configs repo")
    assert finding.verdict == "problem"
    assert "the branch main does not hold what was stored there" in finding.found


@on_valkey
def test_what_a_configs_repo_names_is_never_run(backed_up: Deployment, git_host: GitHost) -> None:
    repo, trap = backed_up.settings.configs_path, Trap(backed_up.folder)
    rewrite(backed_up, "origin/main", "hostname two\n")
    work = backed_up.folder / "work"
    (work / ".gitattributes").write_text("* diff=trap filter=trap\n")
    git(work, "add", ".")
    git(work, "commit", "-qm", "attributes")
    git(work, "push", "-q", "origin", "HEAD:main")
    trap.lay(repo, git_host.url)
    for arguments in ("show main", "diff main~1 main", "ls-remote origin"):
        subprocess.run(["git", "-C", repo, *arguments.split()], check=False, capture_output=True)
        assert trap.springs(), f"the trap is none for {arguments}"

    backed_up.settings = pushed_to(backed_up, git_host)
    with backed_up.running("worker-core", "consumer"):
        first = backed_up.collect("core-ios", "core-nxos")["core-ios"]["task_identifier"]
        second = backed_up.collect("core-ios")["core-ios"]["task_identifier"]
        head = backed_up.configs("rev-parse", "main")
        until(lambda: git_host.git("for-each-ref", "--format=%(objectname)") == head)
    for status, command in (
        (0, "show core-ios"), (0, "show core-ios --config"), (0, "log core-ios"), (0, "diff core-ios"),
        (0, f"diff {first} {second}"), (0, "status"), (0, "drift --all"), (2, "accept core-ios"),
        (1, "doctor"),
        (0, "consume --until-empty"), (2, "restore core-ios --identity nobody"),
    ):  # fmt: skip
        backed_up.cli(*command.split(), expect=status)
        assert not trap.springs(), command
    # dulwich refuses this one.
    git(repo, "config", "--file", str(repo / "config"), "extensions.partialClone", "evil")
    assert "partialClone" in backed_up.cli("consume", "--until-empty", expect=1)
    assert repack(repo)
    git_output(repo, "log", "--stat", "-p", "--show-signature", head.strip())
    with pytest.raises(StateError):
        git_output(repo, "show", "f" * 40)
    assert not trap.springs()


@on_valkey
def test_what_the_inventorys_repository_names_is_never_run(guarded: Deployment) -> None:
    """Neither when it is read at a revision, nor with the files as they lie on disk."""
    trap = Trap(guarded.folder)
    guarded.write(devicevault="version: 1\ndefaults: {credential: lab, timeout: 20}\n")
    (guarded.inventory / ".gitattributes").write_text("* diff=trap filter=trap\n")
    (guarded.inventory / "devicevault.yaml").write_text("version: 1\ndefaults: {credential: lab}\n")
    trap.lay(guarded.inventory.parent / ".git", "https://git.example.net/network.git")
    subprocess.run(["git", "-C", guarded.inventory, "status"], check=False, capture_output=True)
    assert trap.springs()
    for command in (
        "validate", "validate --worktree", "plan --base HEAD~1", "plan --base HEAD --worktree",
        "collect --all --dry-run", "hostkeys scan --missing", "drift --all",
    ):  # fmt: skip
        done = subprocess.run(
            guarded.command(*command.split()), env=guarded.environment, capture_output=True, text=True
        )
        assert done.returncode in (0, 3), (command, done.stderr)
        assert not trap.springs(), command


CANARIES = {
    name: f"canary-{number:02}"
    for number, name in enumerate(
        ("OTHER_DEVICE", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "VAULT_TOKEN", "PGPASSWORD",
         "GIT_CREDENTIAL",
         "DEVICEVAULT_OF_SOMEBODY", "LC_SECRET", "PYTHON_SECRET", "XDG_SECRET")
    )
} | {"LAB_PASSWORD": PASSWORD, "LAB_ENABLE": ENABLE}  # fmt: skip
PUSH = "canary-push"
"""A part of the URL that batches are pushed to."""
MAY_SEE: dict[str, set[str]] = {
    "beat": {"PGPASSWORD"},
    "consume": {"PGPASSWORD", "GIT_CREDENTIAL", PUSH},
    "worker": {"LAB_PASSWORD", "LAB_ENABLE"},
    "git": {"GIT_CREDENTIAL"},
    "ssh": {"GIT_CREDENTIAL"},
    "valkey": set(),
    "postgres": set(),
}


def kind_of(pid: int) -> str:
    """Which process it is: a command of ours, or a program."""
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    if "pipeline.cli.main" in words:
        return words[words.index("pipeline.cli.main") + 1]
    name = Path(f"/proc/{pid}/comm").read_text().strip()
    return next((kind for kind in ("valkey", "postgres", "git", "ssh") if name.startswith(kind)), name)


def secrets_of_processes(parent: int) -> dict[str, set[str]]:
    """What the processes below `parent` have in their environment, by kind."""
    found: dict[str, set[str]] = {}
    for pid in descendants(parent):
        with suppress(OSError):  # it has just ended
            kind, given = kind_of(pid), Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
            secrets = {name for name, canary in CANARIES.items() if canary in given}
            found.setdefault(kind, set()).update(secrets | ({PUSH} & {*re.findall(PUSH, given)}))
    return found


@pytest.mark.parametrize("with_policy", [True, False])
def test_each_process_of_up_has_the_secrets_that_it_needs(
    tmp_path: Path, fleet: Fleet, with_policy: bool
) -> None:
    """Without a policy file a worker has all that is not another's: to narrow that is the policy's work."""
    settings = load_settings(state_dir=tmp_path / "state", inventory=tmp_path / "network" / "inventory")
    machine = Deployment(tmp_path, settings)
    yearly = "version: 1\ndefaults: {credential: lab, timeout: 15, schedule: yearly}\n"
    machine.write_fleet(
        [fleet["core-ios"], fleet["edge-frr"]], devicevault=yearly, schedules='yearly: {cron: "0 0 1 1 *"}\n'
    )
    settings.state_dir.mkdir(mode=0o700)
    if with_policy:
        policy = settings.state_dir / "policy.yaml"
        policy.write_text("version: 1\nrules:\n  - {secrets: [env:LAB_*], networks: [127.0.0.0/8]}\n")
        policy.chmod(0o600)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"ssh://git@127.0.0.1:{silent.getsockname()[1]}/{PUSH}.git"
        env = {**machine.environment, **CANARIES, "DEVICEVAULT_PUSH_URL": url}
        log = machine.logs / "up.log"
        with (
            log.open("ab") as output,
            subprocess.Popen(
                machine.command("up", "--inventory", str(machine.inventory)),
                env=env,
                stdout=output,
                stderr=output,
            ) as up,
        ):
            try:
                until(lambda: secrets_of_processes(up.pid).keys() >= MAY_SEE.keys())
                found = secrets_of_processes(up.pid)
            finally:
                up.send_signal(signal.SIGTERM)
                assert up.wait(60) == 0
    for kind, seen in found.items():
        if kind == "worker" and not with_policy:
            assert not seen & {PUSH, "PGPASSWORD", "GIT_CREDENTIAL", "DEVICEVAULT_OF_SOMEBODY"}
        else:
            assert seen <= MAY_SEE.get(kind, set()), kind
    assert found["worker"] >= {"LAB_PASSWORD", "LAB_ENABLE"}
    assert PUSH in found["consume"]


def test_the_hooks_of_a_host_on_this_machine_see_no_secret(deployment: Deployment) -> None:
    host, seen = deployment.folder / "host.git", deployment.folder / "seen"
    git(deployment.folder, "init", "-q", "--bare", "-b", "main", str(host))
    hook = host / "hooks" / "post-receive"
    hook.write_text(f"#!/bin/sh\nenv >{seen}\n")
    hook.chmod(0o755)
    deployment.settings = deployment.settings.model_copy(update={"push_url": str(host)})
    deployment.env = CANARIES
    store_one(deployment)
    deployment.cli("consume", "--until-empty")
    given = seen.read_text()
    assert {name for name, canary in CANARIES.items() if canary in given} == {"GIT_CREDENTIAL"}
    assert "DEVICEVAULT_" not in given


def store_one(deployment: Deployment, text: str = "hostname core-sw1\nend\n", slot: datetime = NOW) -> None:
    """Put a result on the stream, as a worker would."""
    assert deployment.settings.redis_url
    with deployment.results() as results, closing(connect(deployment.settings.redis_url)) as client:
        [job] = results.expect([make_job(slot=slot)])
        ResultStream(client, deployment.settings.stream).publish(success(job, text))


def test_nobody_else_can_read_a_configuration_wherever_it_lies(
    deployment: Deployment, git_host: GitHost
) -> None:
    """Whatever umask the processes were started with, and whatever the directories above allow."""
    path = deployment.folder / "srv" / "configs.git"
    deployment.settings = deployment.settings.model_copy(update={"configs_repo": path})
    deployment.folder.chmod(0o777)
    for number in range(3):
        store_one(deployment, slot=NOW + timedelta(hours=number), text=f"vlan {number}\n")
        consume = deployment.command("consume", "--until-empty")
        subprocess.run(consume, env=deployment.environment, umask=0, check=True, capture_output=True)
    before = os.umask(0)
    try:
        with ConfigsRepo(path) as repo:
            repo.quarantine(Change("core/x.cfg", "a\n", "x", NOW, {}))
            repo.store([Change("edge/y.cfg", "a\n", "y", NOW, {})])
            repo.release("core/x.cfg")
        assert repack(path)
    finally:
        os.umask(before)
    assert len(list((path / "objects" / "pack").glob("*.pack"))) < 5
    modes = {each: stat.S_IMODE(each.lstat().st_mode) for each in (path, *path.rglob("*"))}
    assert len(modes) > 15
    assert not {each: oct(mode) for each, mode in modes.items() if mode & 0o077}
    assert found(deployment, "configs repo").verdict == "ok"
    assert "rights" not in {finding.check for finding in examine(deployment.settings)}
    # By git's own hand, too.
    subprocess.run(["git", "-C", path, "-c", "safe.directory=*", "gc", "-q"], umask=0, check=True)
    assert not {str(each) for each in (path / "objects").rglob("*") if each.lstat().st_mode & 0o077}


def test_a_repository_that_others_can_read_is_told_with_what_to_do(deployment: Deployment) -> None:
    path = deployment.settings.configs_path
    before = os.umask(0o022)
    git(deployment.folder, "init", "-q", "--bare", "-b", "main", str(path))
    os.umask(before)
    store_one(deployment)
    deployment.cli("consume", "--until-empty")
    finding = found(deployment, "rights")
    assert finding.verdict == "problem"
    assert finding.found.startswith(f"{path}: other users of this machine may have ")
    subprocess.run(finding.advice, shell=True, check=True)
    assert "rights" not in {finding.check for finding in examine(deployment.settings)}


@pytest.mark.parametrize("identity", plain_identities(), ids=lambda identity: identity.kind)
def test_what_up_keeps_is_for_its_user_alone(identity: Identity) -> None:
    """Its results that are not in Git yet, for instance, which the append-only file holds.

    Root runs Postgres as nobody, who has to reach it; so the directories above are open to everybody.
    """
    with TemporaryDirectory(dir="/tmp") as folder:
        above, state = Path(folder), Path(folder) / "new" / "state"
        above.chmod(0o755)
        before = os.umask(0)
        try:
            with (
                Embedded(state, identities=[identity]) as services,
                closing(connect(str(services.redis_url))) as client,
            ):
                client.set("configuration", "secret")
        finally:
            os.umask(before)
        assert stat.S_IMODE(state.stat().st_mode) == (0o711 if identity.owner else 0o700)
        public = {each.relative_to(state) for each in state.rglob("*") if each.lstat().st_mode & 0o077}
        assert not public
