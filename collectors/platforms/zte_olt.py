"""ZTE ZXAN optical line terminals (C300, C320, C600).

Source: ZXA10 C300/C320 Optical Access Convergence Equipment, Command Reference.
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
    setup=("terminal length 0",),
    config=Command(
        "show running-config", known_by=r"^(?:hostname|interface|card|vlan)\b", min_lines=10, idle_s=180.0
    ),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*%(?:Error|Code) |^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unknown)",
    volatile=(
        drop(r"^timestamp_write: "),
        drop(r"^Building configuration"),
        drop(r"^Current configuration ?:"),
        UPTIME,
    ),
    secrets=(
        hide(rf"^ *snmp-server community (?:encrypted )?{VALUE}"),
        hide(rf"^ *snmp-server host .*?\bversion \S+ {VALUE}"),
        hide(
            rf"\b(?:wpa-key|wpakey|psk|share-key|wep-key-\d|loid-password|password) "
            rf"(?!encrypted |\d |level |peer |fallback |option |set-key |md5 |clear )"
            rf"(?!cipher(?:text)? |sha\S* |ascii |hex ){VALUE}"
        ),
        hide(rf"^ *registration-method (?:pw|loid \S+ pw|password) {VALUE}"),
        *IOS_NOT_SNMP,
    ),
    artefacts={"version": Command("show version-running"), "inventory": Command("show card")},
    aliases=("zteolt", "zxan", "zte_c300", "zte_c320", "zte"),
)
