"""Extreme (Brocade) Network OS on VDX.

Source: Brocade Network OS Command Reference, "show running-config".
"""

from collectors.define import IOS_LIKE, STOPS_AT_THE_LAST_SETTING, UPTIME, VALUE, Command, Platform, hide

PLATFORM = Platform(
    setup=("terminal length 0",),
    config=(
        Command(
            "show running-config | nomore",
            known_by=r"^(?:interface|username|hardware|vlan|rbridge-id)\b",
            min_lines=10,
            idle_s=120.0,
        ),
        Command(
            "show running-config",
            known_by=r"^(?:interface|username|hardware|vlan|rbridge-id)\b",
            min_lines=10,
            idle_s=120.0,
        ),
    ),
    no_end=STOPS_AT_THE_LAST_SETTING,
    grant="the role `admin`, or a rule for `show running-config`",
    rejected=r"^\s*%+ ?(?:Error|Invalid|Incomplete|Ambiguous)|^syntax error",
    volatile=(UPTIME,),
    secrets=(
        hide(rf"^ +(?:(?:protocol \S+ )?key|shared-secret|bind-password) (?![0-9A-Fa-f]+ [078] ){VALUE}"),
        hide(rf"^fcsp auth-secret .*?\blocal-secret {VALUE}"),
        hide(rf"^ *ip(?:v6)? ospf md5-authentication key-id \d+ key (?:\d )?{VALUE}"),
        *IOS_LIKE,
    ),
    artefacts={"version": Command("show version"), "inventory": Command("show inventory")},
    aliases=("brocade_nos", "brocade_vdx", "nos", "extreme_vdx", "community.network.nos"),
)
