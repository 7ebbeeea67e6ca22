"""Quanta Mesh (QuantaMesh BMS, FASTPATH).

Source: QuantaMesh Ethernet Switch CLI Guide, "show running-config". The prompt stands in parentheses.
"""

from collectors.define import (
    IOS_NOT_SNMP,
    STOPS_AT_THE_LAST_SETTING,
    UPTIME,
    VALUE,
    Command,
    Platform,
    drop,
    fact,
    hide,
)

PLATFORM = Platform(
    prompt=r"\([^)\n]+\) ?(?:\([^)\n]+\))?[>#]",
    enable="enable",
    setup=("terminal length 0",),
    config=Command("show running-config", known_by=r"^!(?:Current Configuration|System)", min_lines=10),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*(?:% ?Invalid|Command not found|Incomplete command|Ambiguous command|\^)",
    volatile=(drop(r"^!System Up Time "), drop(r"^!(?:Current (?:SNTP Synchronized|System) Time)"), UPTIME),
    secrets=(
        hide(rf"^ *snmp-server community (?:r[ow] )?{VALUE}"),
        hide(rf"^ *snmp(?:-server host|trap) \S+ (?:traps version \S+ )?{VALUE}"),
        hide(rf"^ *snmp-server user .*?\b(?:auth-(?:md5|sha)(?:-key)?) {VALUE}"),
        hide(rf"^ *snmp-server user .*?\bpriv-(?:des|aes)(?:-key)? {VALUE}"),
        hide(rf"^ *(?:passwords|users) passwd (?:\S+ )?{VALUE}"),
        hide(rf"^ *(?:radius|tacacs-server|tacacs) (?:server )?key (?:\S+ \S+ )?(?:encrypted )?{VALUE}"),
        *IOS_NOT_SNMP,
    ),
    facts=(
        fact("os_version", r'^!System Software Version "?([^"\s]+)'),
        fact("model", r'^!System Description "([^",]+)'),
    ),
    artefacts={"version": Command("show version"), "vlan": Command("show vlan")},
    aliases=("quantaos", "quanta"),
)
