"""Supermicro switches (SSE, SBM) on SMIS, a relative of Aricent ISS.

Source: Supermicro L2/L3 Switches CLI Reference, "show running-config" and "set cli pagination".
"""

from collectors.define import (
    IOS_NOT_SNMP,
    STOPS_AT_THE_LAST_SETTING,
    UPTIME,
    VALUE,
    Command,
    Platform,
    drop,
    hide,
)

PLATFORM = Platform(
    enable="enable",
    setup=("set cli pagination off", "terminal length 0"),
    config=Command("show running-config", known_by=r"^(?:vlan|interface|hostname) ", min_lines=10),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unknown)|^(?:Incomplete|Invalid|Ambiguous) command",
    volatile=(drop(r"^Building configuration"), UPTIME),
    secrets=(
        hide(rf"^ *snmp community (?:index \S+ )?name {VALUE}"),
        hide(rf"^ *snmp-server community {VALUE}"),
        hide(rf"^ *snmp user .*?\bauth \S+ (?:passwd |encrypted )?{VALUE}(?: priv \S+ (?:passwd )?{VALUE})?"),
        *IOS_NOT_SNMP,
    ),
    artefacts={"version": Command("show system information")},
    aliases=("supermicro", "smis", "aricentiss", "aricent_iss"),
)
