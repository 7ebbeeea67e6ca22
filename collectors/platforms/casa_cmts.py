"""Casa Systems CMTS (C10G, C40G, C100G).

Source: Casa C100G/C40G CMTS CLI Reference Guide, "page-off" and "show running-config".
"""

from collectors.define import STOPS_AT_THE_LAST_SETTING, UPTIME, VALUE, Command, Platform, hide

PLATFORM = Platform(
    enable="enable",
    setup=("page-off",),
    config=Command(
        "show running-config", known_by=r"^(?:hostname|interface|snmp|enable)\b", min_lines=10, idle_s=180.0
    ),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unknown|There is no matched)",
    volatile=(UPTIME,),
    secrets=(
        hide(rf"^snmp community {VALUE}"),
        hide(rf"^snmp comm-tbl {VALUE} {VALUE}"),
        hide(rf"^snmp (?:user|trap-host|host|target) .*?\b(?:community|auth \S+|priv \S+) {VALUE}"),
        hide(rf"^ *(?:console-|enable )?password (?:encrypted |\d )?{VALUE}"),
        hide(rf"^ *(?:tacacs|radius)(?:-server| server)? .*?\b(?:key|secret) (?:encrypted |\d )?{VALUE}"),
        hide(rf"^ *(?:cmts )?(?:shared-secret|auth-key|cable .*?shared-secret) (?:\d )?{VALUE}"),
        hide(rf"\b(?:neighbor \S+ password|message-digest-key \d+ md5|authentication-key) (?:\d )?{VALUE}"),
    ),
    artefacts={"version": Command("show version"), "inventory": Command("show system")},
    aliases=("casa",),
)
