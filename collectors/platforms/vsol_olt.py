"""V-SOL V1600 optical line terminals, which show their configuration in configuration mode.

Source: V1600G Series OLT CLI User Manual. The device writes its log into every session, between the lines of
an answer; its own configuration has no empty lines. Its pager may stand in the middle of a word.
"""

from collectors.define import (
    IOS_NOT_SNMP,
    PAGER,
    STOPS_AT_THE_LAST_SETTING,
    UPTIME,
    VALUE,
    Command,
    Platform,
    drop,
    hide,
)

PLATFORM = Platform(
    prompt=r"[\w.@|()/-]+ ?[>#]",
    pager=rf"(?P<text>.*?) ?--More--|{PAGER}",
    enable="enable",
    setup=("configure terminal",),
    config=Command("show running-config", known_by=r"^hostname ", min_lines=5),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*% ?(?:Unknown|Invalid|Incomplete|Ambiguous|Command)",
    volatile=(drop(r"^\d{4}/\d\d/\d\d +\d\d:\d\d:\d\d\s"), drop(r"^[ \t]*$"), UPTIME),
    secrets=(
        hide(rf"^snmp-server .*?\bcommunity {VALUE}"),
        hide(rf"\b(?:login-password|enable-password|shared_key|wpa_psk|preshared_key) {VALUE}"),
        hide(rf"\busername \S+ enable \S+ {VALUE}", word="username "),
        hide(rf"\buser_control enable \S+ {VALUE}", word="user_control "),
        *IOS_NOT_SNMP,
    ),
    artefacts={"version": Command("show version")},
    aliases=("vsololt", "vsol", "v_sol"),
)
