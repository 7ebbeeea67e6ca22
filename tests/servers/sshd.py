"""OpenSSH's server on a loopback port, for the user who runs the tests, with keys of its own.

It leaves nothing outside its folder, and no process.
"""

from __future__ import annotations

import grp
import os
import pwd
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Self

from pipeline.system.spawn import spawn
from tests.servers.processes import free_port, listens, missing, require, stop_tree, until_ready

# As root sshd wants /run/sshd, and notes logins in /run and /var/log: both are the tests' own here.
_PRIVATE_DIRS = "mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /var/log && mkdir -m 0755 /run/sshd"


@dataclass
class Sshd:
    """One server. `command` replaces whatever a client asks for; `port` stays over a restart.

    `settings` are those of sshd_config, on top of our own; `host_key_type` is what follows `ssh-keygen -t`.
    """

    folder: Path
    command: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    host_key_type: tuple[str, ...] = ("ed25519",)
    port: int = field(default_factory=free_port)
    user: str = field(default_factory=lambda: pwd.getpwuid(os.geteuid()).pw_name)
    _process: subprocess.Popen[bytes] | None = None
    _made_run_dir: bool = False

    def __post_init__(self) -> None:
        require("/usr/sbin/sshd", "openssh-server")
        require("ssh-keygen", "openssh-client")
        shell = pwd.getpwnam(self.user).pw_shell
        if shell.endswith(("nologin", "false")):
            missing(f"the user {self.user} may not log in: its shell is {shell}")
        self.folder.mkdir(exist_ok=True)
        _keygen(self.folder / "host_key", *self.host_key_type)
        _keygen(self.client_key, "ed25519")
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {self.host_key}\n")
        settings = {
            "ListenAddress": "127.0.0.1",
            "Port": self.port,
            "HostKey": self.folder / "host_key",
            "AuthorizedKeysFile": self.folder / "client_key.pub",
            "AllowUsers": self.user,
            "AuthenticationMethods": "publickey",
            "StrictModes": "no",
            "UsePAM": "no",
            "PidFile": "none",
            "PrintMotd": "no",
            "PrintLastLog": "no",
            "MaxStartups": "100",
            "Subsystem": "sftp internal-sftp",
            **({"ForceCommand": self.command} if self.command else {}),
            **self.settings,
        }
        lines = [f"{name} {value}\n" for name, value in settings.items()]
        (self.folder / "sshd_config").write_text("".join(lines))

    @property
    def client_key(self) -> Path:
        """The private key that may log in."""
        return self.folder / "client_key"

    @property
    def known_hosts(self) -> Path:
        """A known_hosts file with this server's key."""
        return self.folder / "known_hosts"

    @property
    def host_key(self) -> str:
        """This server's key: `ssh-ed25519 AAAA...`."""
        kind, key = (self.folder / "host_key.pub").read_text().split()[:2]
        return f"{kind} {key}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start and wait for the greeting."""
        argv = ["/usr/sbin/sshd", "-D", "-e", "-f", str(self.folder / "sshd_config")]
        if os.geteuid() == 0:
            if _can_mount():
                argv = ["unshare", "--mount", "/bin/sh", "-c", f'{_PRIVATE_DIRS} && exec "$@"', "sh", *argv]
            elif not Path("/run/sshd").exists():
                Path("/run/sshd").mkdir(mode=0o755)
                self._made_run_dir = True
        log = self.folder / "sshd.log"
        with log.open("ab") as output:
            self._process = spawn(argv, death_signal=signal.SIGTERM, stdout=output, stderr=output)
        until_ready(lambda: listens(self.port, b"SSH-2.0"), self._process, log, 10)

    def stop(self) -> None:
        """End the server and every session. Idempotent."""
        if self._process is not None:
            stop_tree(self._process)
            self._process = None
        if self._made_run_dir:
            Path("/run/sshd").rmdir()
            self._made_run_dir = False


def terminals_have_their_group() -> bool:
    """Whether a new terminal belongs to the group tty, as sshd demands; only root could change it."""
    ours, theirs = os.openpty()
    try:
        return os.fstat(theirs).st_gid == grp.getgrnam("tty").gr_gid
    finally:
        os.close(ours)
        os.close(theirs)


@cache
def _can_mount() -> bool:
    script = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/run"]
    return subprocess.run(script, capture_output=True, check=False).returncode == 0


def _keygen(path: Path, *kind: str) -> None:
    argv = ["ssh-keygen", "-q", "-N", "", "-C", "", "-f", str(path), "-t", *kind]
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, timeout=60)
