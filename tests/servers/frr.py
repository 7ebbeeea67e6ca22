"""A real network operating system: FRRouting's daemons behind SSH, with vtysh as the login shell.

The daemons run in network, mount and process namespaces of their own: they neither see nor touch the
machine's interfaces, routes and files, and the kernel ends all of them with the first.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.system.spawn import spawn
from tests.servers.processes import free_port, listens, missing, require, stop_tree, until_ready
from tests.servers.sshd import Sshd, terminals_have_their_group

_HOME = Path("/usr/lib/frr")
# mgmtd is newer than Debian 12's FRR, which has zebra and staticd do its work.
_DAEMONS = tuple(name for name in ("zebra", "mgmtd", "staticd", "bgpd", "ospfd") if (_HOME / name).exists())

# FRR writes to fixed places: they are the namespace's own, unless the tests' files are in there.
_OWN_FOLDERS = """\
for folder in /etc/frr /var/lib/frr /run /var/tmp; do
    case $PWD in $folder/*) ;; *) [ ! -d $folder ] || mount -t tmpfs tmpfs $folder ;; esac
done
[ -d /run/frr ] || mkdir /run/frr
"""

# FRR wants its user in the group `frrvty`: the namespace's own /etc/group says so.
_START = f"""\
mount --bind group /etc/group
{_OWN_FOLDERS}
ip link set lo up
for daemon in "$@"; do
    touch $daemon.conf
    /usr/lib/frr/$daemon -f $PWD/$daemon.conf -i $PWD/$daemon.pid -z $PWD/zserv.api \\
        --vty_socket $PWD -P 0 -u root -g root --log stdout &
done
wait
"""

# As a login shell would: a command when the client sends one, a session otherwise. In the daemons' mount
# namespace: vtysh, too, makes a /var/tmp/frr and leaves it.
_SHELL = """\
#!/bin/sh
export HOME={folder} VTYSH_HISTFILE={folder}/history
if [ -n "$SSH_ORIGINAL_COMMAND" ]; then set -- -c "$SSH_ORIGINAL_COMMAND"; fi
exec nsenter --target {pid} {namespaces} vtysh --vty_socket {folder} --config_dir {folder} "$@"
"""

_CONFIG = (
    "interface lo",
    "ip address 192.0.2.1/32",
    "router bgp 65001",
    "neighbor 192.0.2.9 remote-as 65002",
    "neighbor 192.0.2.9 description transit",
    "neighbor 192.0.2.9 password s3cret-of-the-session",
    "router ospf",
    "network 192.0.2.0/24 area 0",
)


@dataclass(frozen=True)
class FrrRouter:
    """How to reach the router, and how to change it."""

    port: int
    username: str
    private_key: str
    host_key: str
    folder: Path
    address: str = "127.0.0.1"

    def vtysh(self, *commands: str) -> str:
        """Run commands on the router itself: `vtysh("configure terminal", "ip route ...")`."""
        words = [word for command in commands for word in ("-c", command)]
        done = subprocess.run(
            [self.folder / "shell", *words], capture_output=True, text=True, timeout=30, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def frr_router(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrrRouter]:
    """A router of this test's own, with a small BGP and OSPF configuration."""
    with serve_frr(tmp_path_factory.mktemp("frr")) as router:
        yield router


@contextmanager
def serve_frr(folder: Path) -> Iterator[FrrRouter]:
    """Run a router in `folder`."""
    for name in (str(_HOME / "zebra"), "vtysh"):
        require(name, "frr")
    namespaces = _unshare("--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
    if os.geteuid() != 0 and not terminals_have_their_group():
        missing(
            "only root can give sessions a terminal here: /dev/pts is mounted without the tty group's gid"
        )
    (folder / "group").write_text("root:x:0:\nfrrvty:x:0:root\n")
    shell = folder / "shell"
    sshd = Sshd(folder, command=str(shell))
    log = folder / "frr.log"
    with ExitStack() as running:
        with log.open("ab") as output:
            # unshare itself holds back SIGTERM; killed, it takes the process namespace with it.
            process = spawn(
                [*namespaces, "/bin/sh", "-e", "-c", _START, "sh", *_DAEMONS],
                death_signal=signal.SIGKILL,
                cwd=folder,
                stdout=output,
                stderr=output,
            )
        running.callback(stop_tree, process, signal.SIGKILL)
        enter = "--mount" if os.geteuid() == 0 else "--mount --user --preserve-credentials"
        shell.write_text(_SHELL.format(folder=folder, pid=process.pid, namespaces=enter))
        shell.chmod(0o700)
        sockets = [folder / f"{name}.vty" for name in _DAEMONS]
        until_ready(lambda: all(path.exists() for path in sockets), process, log, 20)
        running.enter_context(sshd)
        key = sshd.client_key.read_text()
        router = FrrRouter(sshd.port, sshd.user, key, sshd.host_key, folder)
        router.vtysh("configure terminal", *_CONFIG)
        yield router


@contextmanager
def serve_bgpd(folder: Path, config: str) -> Iterator[int]:
    """Run bgpd in `folder`, which knows no router around it and is managed over Telnet; the port."""
    bgpd = require(str(_HOME / "bgpd"), "frr")
    (folder / "bgpd.conf").write_text(config)
    port, log = free_port(), folder / "bgpd.log"
    alone = [
        "-n",
        "-p",
        "0",
        "-S",
        "-z",
        "none",
        "--vty_socket",
        str(folder),
        "-A",
        "127.0.0.1",
        "-P",
        str(port),
    ]
    files = ["-f", str(folder / "bgpd.conf"), "-i", str(folder / "pid"), "--log", "stdout"]
    start = ["/bin/sh", "-e", "-c", f'{_OWN_FOLDERS}exec "$@"', "sh", bgpd, *alone, *files]
    with log.open("ab") as output:
        process = spawn(
            [*_unshare("--mount"), *start],
            death_signal=signal.SIGTERM,
            cwd=folder,
            stdout=output,
            stderr=output,
        )
    try:
        until_ready(lambda: listens(port), process, log, 20)
        yield port
    finally:
        stop_tree(process)


def _unshare(*namespaces: str) -> list[str]:
    """What begins a command line in namespaces of its own."""
    command = ["unshare", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"]), *namespaces]
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode != 0:
        missing("namespaces for FRRouting are not permitted here")
    return command
