"""Moxa EDS and ICS switches.

Source: Moxa Managed Ethernet Switch Command Line Interface Manual, "show running-config".
"""

from collectors.define import (
    IOS_NOT_SNMP,
    SPACED_PROMPT,
    STOPS_AT_THE_LAST_SETTING,
    UPTIME,
    VALUE,
    Command,
    Platform,
    hide,
)

PLATFORM = Platform(
    prompt=SPACED_PROMPT,
    enable="enable",
    setup=("terminal length 0",),
    config=Command("show running-config", known_by=r"^(?:hostname|interface|vlan|ip) ?", min_lines=5),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*(?:\^Parse error|% ?(?:Invalid|Incomplete|Ambiguous|Unknown)|Invalid (?:input|command))",
    volatile=(UPTIME,),
    secrets=(
        hide(
            rf"^ *snmp-server (?:trap-community|community|trap community|host \S+(?: version \S+)?) {VALUE}"
        ),
        hide(rf"^ *snmp-server user .*?\b(?:auth \S+|priv \S+|pass(?:word)?) {VALUE}"),
        hide(rf"^ *auth (?:radius|tacacs\+?) .*?\bkey {VALUE}"),
        *IOS_NOT_SNMP,
    ),
    artefacts={"version": Command("show version")},
    aliases=("moxa", "moxa_eds"),
)
