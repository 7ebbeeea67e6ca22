"""Edgecore (Accton) ECS switches, and the switches of others that they build.

Source: ECS4120 Series CLI Reference Guide, "show running-config". The `end` is followed by one more `!`.
"""

from collectors.define import (
    CHANGED,
    IOS_NOT_SNMP,
    SNMP_PEERS,
    UPTIME,
    VALUE,
    Command,
    Platform,
    drop,
    hide,
    lacks_line,
)

PLATFORM = Platform(
    enable="enable",
    setup=("terminal length 0",),
    config=Command(
        "show running-config",
        known_by=r"^ *(?:hostname|username|vlan database|interface|snmp-server)\b",
        fault=lacks_line(r"^end$"),
        min_lines=10,
    ),
    rejected=r"^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unknown)|^(?:Error|Failed)",
    volatile=(drop(r"^Building (?:running|startup) configuration"), CHANGED, UPTIME),
    secrets=(
        hide(rf"^enable password \d level \d+ {VALUE}"),
        hide(rf"^ *snmp-server community {VALUE}"),
        hide(rf"^ *snmp-server host \S+(?: inform.*?)? (?!traps |informs ){VALUE} version (?:1|2c)"),
        *SNMP_PEERS[1:],
        *IOS_NOT_SNMP,
    ),
    artefacts={"version": Command("show version"), "vlan": Command("show vlan")},
    aliases=("edgecos", "edge_core", "accton", "edgecore_ecs"),
)
