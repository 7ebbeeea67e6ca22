"""Cisco NX-OS. Its configuration has no end marker: the prompt and the length have to do.

Source: Cisco Nexus 9000 Series NX-OS Fundamentals Configuration Guide.
"""

from collectors.define import IOS_LIKE, STOPS_AT_THE_LAST_SETTING, Command, Platform, drop, fact

PLATFORM = Platform(
    setup=("terminal length 0",),
    config=Command("show running-config", min_lines=6, known_by=r"^(?:version|hostname|feature) "),
    no_end=STOPS_AT_THE_LAST_SETTING,
    grant="the role network-operator or network-admin",
    rejected=r"^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Permission denied|Authorization failed)"
    r"|^(?:Syntax error|Error: AAA [Aa]uthorization failed|Permission denied)",
    busy=r"^(?:ERROR|Error):.*(?:busy|try again|timed out)",
    volatile=(
        drop(r"^!Time:"),
        drop(r"^!(?:Running configuration last done at:|No configuration change since)"),
    ),
    secrets=IOS_LIKE,
    facts=(
        fact("os_version", r"^version (\S+)"),
        fact("changed_at", r"^!Running configuration last done at: (.+)"),
    ),
    recorded=True,
    aliases=(
        "nxos",
        "nx_os",
        "cisco_nx",
        "cisco.nxos.nxos",
        "nexus",
        "ios_nx",
    ),
)
