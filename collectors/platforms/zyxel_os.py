"""Zyxel switches (ZyNOS, GS1900) and ZyWALL/USG firewalls (ZLD).

Source: XGS4600 Series CLI Reference Guide; ZyWALL / USG (ZLD) CLI Reference Guide, "Command Line Interface".
There is no command against the pager of a switch; it is answered.
"""

from collectors.define import (
    IOS_NOT_SNMP,
    SPACED_PROMPT,
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
    prompt=SPACED_PROMPT,
    enable="enable",
    config=Command("show running-config", known_by=r"^(?:vlan|interface|hostname|username|system name)\b"),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unknown|\(after)|^(?:retval = -\d|ERROR: )",
    volatile=(
        drop(r"^Building configuration"),
        drop(r"^(?:Current configuration:|  Building configuration|! System Up Time)"),
        drop(r"^(?:! )?System Up Time:|^! saved at "),
        UPTIME,
    ),
    secrets=(
        hide(rf"\b(?:get|set|trap)-community {VALUE}"),
        hide(rf"^snmp-server user(?:name)? .*?\bauth \S+ (?!auth-password ){VALUE}"),
        hide(
            r"^snmp-server user(?:name)? .*?\bpriv(?:acy)? (?:3?des|aes\S*) (?!priv-password |group )"
            rf"{VALUE}"
        ),
        hide(rf"\b(?:auth|priv)-password (?:cipher )?{VALUE}", word="-password "),
        hide(rf"^(?:radius|tacacs)-(?:server|accounting) host .*?\bkey {VALUE}"),
        hide(
            r"^ *(?:keystring|pre-shared-key|wpa-psk|wep-key|encrypted-keystring|secret-key) "
            rf"(?:ascii(?:-text)? |hex |local |remote |address \S.*? key )?{VALUE}"
        ),
        hide(rf"^ *(?:encrypted-password|passphrase|encrypted-passphrase) {VALUE}"),
        *IOS_NOT_SNMP,
    ),
    facts=(
        fact("model", r"^! ?(?:[Mm]odel|Product)(?: [Nn]ame)? ?[:=] ?(\S+)"),
        fact("os_version", r"^! ?(?:firmware|Firmware|F/W) [Vv]ersion ?[:=] ?(\S+)"),
    ),
    artefacts={"version": Command("show version")},
    aliases=("zyxel", "zynos", "zynoscli", "zynosgs", "zynosmgs", "zyxel_usg", "zyxel_zld", "zyxel_dslam"),
)
