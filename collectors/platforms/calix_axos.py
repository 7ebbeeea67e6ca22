"""Calix AXOS (E7-2, E3-2, E9-2).

Source: Calix AXOS CLI Reference, "show running-config".
"""

from collectors.define import STOPS_AT_THE_LAST_SETTING, UPTIME, VALUE, Command, Platform, hide

PLATFORM = Platform(
    config=(
        Command("show running-config | nomore", known_by=r"^(?:hostname|interface|aaa|snmp)\b", min_lines=10),
        Command("show running-config", known_by=r"^(?:hostname|interface|aaa|snmp)\b", min_lines=10),
    ),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*(?:syntax error|Error: |Aborted: |% )|^-+\^",
    volatile=(UPTIME,),
    secrets=(
        hide(rf"^ *(?:password|secret|shared-secret|key|auth-key|priv-key|psk|passphrase|ssh-key) {VALUE}"),
        hide(rf"^ *(?:snmp )?(?:v2 )?(?:community|trap-community) (?!\d+:\d){VALUE}"),
        hide(rf"\b(?:password|secret|auth-password|priv-password|md5-key|authentication-key) {VALUE}"),
        hide(rf"^ *v3 user .*?\b(?:key|password) {VALUE}"),
    ),
    artefacts={"version": Command("show version"), "inventory": Command("show inventory")},
    aliases=("axos", "calix"),
)
