"""The operating systems that the simulator can play: prompts, pagers, noise and refusals of each.

They are described as their users see them. Sources are the vendors' command references.
"""

from __future__ import annotations

import re
from datetime import datetime

from collectors.simulator.personality import Noise, Pager, Personality


def _cisco_time(moment: datetime) -> str:
    return f"{moment:%H:%M:%S} UTC {moment:%a %b} {moment.day} {moment.year}"


def _unix_time(moment: datetime) -> str:
    return f"{moment:%a %b} {moment.day:>2} {moment:%H:%M:%S %Y}"


def _ios(config: str, noise: Noise) -> str:
    """Size, two clocks and the drift of the NTP crystal, which IOS keeps in the configuration."""
    period = f"ntp clock-period {17179800 + noise.answers}\nend\n"
    body = re.sub(r"(?m)^end\n\Z", period, config)
    return (
        f"Building configuration...\n\nCurrent configuration : {len(body)} bytes\n!\n"
        f"! Last configuration change at {_cisco_time(noise.changed_at)} by {noise.changed_by}\n"
        f"! NVRAM config last updated at {_cisco_time(noise.now)} by {noise.changed_by}\n!\n{body}\n"
    )


def _nxos(config: str, noise: Noise) -> str:
    return (
        f"\n!Command: show running-config\n"
        f"!Running configuration last done at: {_unix_time(noise.changed_at)}\n"
        f"!Time: {_unix_time(noise.now)}\n\n{config}\n"
    )


def _eos(config: str, noise: Noise) -> str:
    return f"! Command: show running-config\n! Time: {_unix_time(noise.now)}\n{config}"


def _junos(config: str, noise: Noise) -> str:
    return f"## Last commit: {noise.changed_at:%Y-%m-%d %H:%M:%S} UTC by {noise.changed_by}\n{config}"


def _routeros(config: str, noise: Noise) -> str:
    """A clock in the first line, and the state of a PoE port as a comment in the middle."""
    state = "powered-on" if noise.answers % 2 else "waiting-for-load"
    body = config.replace("/interface bridge port\n", f"# poe-out status: {state}\n/interface bridge port\n")
    return f"# {noise.now:%Y-%m-%d %H:%M:%S} by RouterOS 7.16.2\n{body}"


def _frr(config: str, _: Noise) -> str:
    return f"Building configuration...\n\nCurrent configuration:\n!\n{config}"


CISCO_IOS = Personality(
    platform="cisco_ios",
    prompt="{name}#",
    config=("show running-config", "show running-config view full", "show startup-config"),
    frame=_ios,
    answers=(
        ("show version", "Cisco IOS Software, Simulated Version 15.2(7)E\n\n{name} uptime is 9 weeks\n\n"),
        ("show privilege", "Current privilege level is 15\n"),
    ),
    setup=("terminal width *", "terminal length *", "terminal monitor", "terminal no monitor"),
    paging_off=("terminal length 0",),
    pager=Pager(" --More-- ", "\x08" * 10 + " " * 10 + "\x08" * 10),
    bad_enable="% Bad secrets\n\n",
    banner="Authorised access only. Every session is logged.\n",
    motd="\nWelcome. Core changes need a ticket #\n\n",
    ssh_version="Cisco-1.25",
)

CISCO_NXOS = Personality(
    platform="cisco_nxos",
    prompt="{name}# ",
    config=("show running-config", "show startup-config"),
    frame=_nxos,
    answers=(("show version", "Cisco Nexus Operating System (NX-OS) Software\n  NXOS: version 10.3(4a)\n"),),
    setup=("terminal width *", "terminal length *", "terminal dont-ask", "terminal session-timeout *"),
    paging_off=("terminal length 0",),
    pipes=("no-more", "exclude"),
    pager=Pager("--More--", "\r        \r"),
    unknown="{caret}\n% Invalid command at '^' marker.\n",
    incomplete="% Incomplete command at '^' marker.\n",
    refusal="% Permission denied for the role\n",
    rejected_status=16,
    banner="User Access Verification\n",
    ssh_version="OpenSSH_8.3",
)

ARISTA_EOS = Personality(
    platform="arista_eos",
    prompt="{name}#",
    config=("show running-config", "show startup-config"),
    frame=_eos,
    answers=(("show version", "Arista DCS-7050SX3-48YC8\nSoftware image version: 4.31.2F\n"),),
    setup=("terminal width *", "terminal length *"),
    paging_off=("terminal length 0",),
    pipes=("no-more", "exclude"),
    pager=Pager(" --More-- ", "\r\x1b[K"),
    unknown="% Invalid input\n",
    incomplete="% Incomplete command\n",
    refusal="% Authorization denied for command\n",
    bad_enable="% Error in authentication\n",
    rejected_status=1,
    motd="Last login: Mon Jan  6 09:40:51 2025 from 192.0.2.250\n",
    ssh_version="OpenSSH_8.7",
)

JUNIPER_JUNOS = Personality(
    platform="juniper_junos",
    prompt="\n{username}@{name}> ",
    config=("show configuration", "show configuration | display omit"),
    frame=_junos,
    answers=(("show version", "Hostname: {name}\nModel: mx204\nJunos: 22.4R3.25\n"),),
    setup=("set cli screen-length *", "set cli screen-width *", "set cli complete-on-space off"),
    paging_off=("set cli screen-length 0",),
    pipes=("no-more",),
    pager=Pager("---(more)---", "\r" + " " * 40 + "\r"),
    unknown="{caret}\nunknown command.\n",
    incomplete="error: command is not complete\n",
    refusal="error: permission denied: configuration\n",
    exec_line_end="\n",
    rejected_status=1,
    motd="--- JUNOS 22.4R3.25 Kernel 64-bit\n",
    ssh_version="OpenSSH_7.5",
)

MIKROTIK_ROUTEROS = Personality(
    platform="mikrotik_routeros",
    prompt="[{username}@{name}] > ",
    config=("/export show-sensitive", "export show-sensitive", "/export", "export", "/export terse"),
    frame=_routeros,
    answers=(
        ("/system resource print", "  version: 7.16.2 (stable)\n  board-name: hEX S\n"),
        ("/system identity print", "  name: {name}\n"),
    ),
    abbreviates=False,
    unknown="bad command name {word} (line 1 column 1)\n",
    incomplete="expected end of command (line 1 column 1)\n",
    refusal="not enough permissions (9)\n",
    rejected_status=1,
    leave=("/quit", "quit"),
    ssh_version="ROSSSH",
)

LINUX_FRR = Personality(
    platform="linux_frr",
    prompt="{name}# ",
    config=("show running-config", "write terminal"),
    frame=_frr,
    answers=(("show version", "FRRouting 9.1 ({name}) on Linux(6.1.0-28-amd64).\n"),),
    setup=("terminal length *", "terminal paging", "no terminal paging"),
    paging_off=("terminal length 0",),
    pager=Pager("--More--", "\r\x1b[K"),
    unknown="% Unknown command: {line}\n",
    incomplete="% Command incomplete.\n",
    refusal="% Unknown command: show running-config\n",
    exec_line_end="\n",
    rejected_status=1,
    motd="\nHello, this is FRRouting (version 9.1).\n\n",
    ssh_version="OpenSSH_9.2p1 Debian-2",
)

PERSONALITIES: dict[str, Personality] = {
    personality.platform: personality
    for personality in (
        CISCO_IOS, CISCO_NXOS, ARISTA_EOS, JUNIPER_JUNOS, MIKROTIK_ROUTEROS, LINUX_FRR,
    )
}  # fmt: skip
"""Platform name → personality."""
