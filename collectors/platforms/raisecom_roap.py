"""Raisecom ROAP (ISCOM).

Source: Raisecom ISCOM2600G (A) Series Command Reference, "show running-config".
"""

from collectors.define import (
    CHANGED,
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
    setup=("terminal page-break disable",),
    config=Command("show running-config", known_by=r"^(?:hostname |interface )", min_lines=5),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*(?:% ?)?(?:Unknown command|Incomplete command|Ambiguous command|Invalid|Error input)",
    volatile=(drop(r"^(?:Building|System current|Current) configuration"), CHANGED, UPTIME),
    secrets=(
        hide(rf"^ *(?:radius|tacacs|accounting)(?:-encrypt)?-key {VALUE}"),
        hide(rf"^ *(?:radius|tacacs-server|tacacs) .*?\b(?:encrypt-)?key {VALUE}"),
        hide(rf"^ *snmp-server community {VALUE}"),
        hide(rf"^ *snmp-server user .*?\bauth(?:key)? \S+ {VALUE}"),
        hide(rf"^ *snmp-server user .*?\bpriv(?:key)? \S+ {VALUE}"),
        hide(rf"^ *snmp-server host .*? name {VALUE}"),
        *IOS_NOT_SNMP,
    ),
    artefacts={"version": Command("show version")},
    aliases=("raisecom", "roap", "iscom", "raisecom_ros"),
)
