"""OneAccess (Ekinops) OneOS.

Source: OneOS CLI Reference, "show running-config" and "term len".
"""

from collectors.define import (
    IOS_LIKE,
    STOPS_AT_THE_LAST_SETTING,
    UPTIME,
    VALUE,
    Command,
    Platform,
    drop,
    hide,
)

PLATFORM = Platform(
    enter="\r",  # OneOS6 does not end a line at a line feed
    enable="enable",
    setup=("term len 0",),
    config=Command("show running-config", known_by=r"^(?:hostname|interface)\b", min_lines=5),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*(?:% ?)?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized|Syntax error|Error)",
    volatile=(drop(r"^Building configuration"), drop(r"^Current configuration ?:"), UPTIME),
    secrets=(
        hide(rf"^ *snmp set-(?:read|write|trap)[\w-]*-community {VALUE}"),
        hide(rf"^ *snmp set-(?:user|auth|priv)\S* .*?\b(?:md5|sha|des|aes) {VALUE}(?: (?:des|aes) {VALUE})?"),
        hide(rf"^ *(?:username|password|ppp) .*?\b(?:crypted|encrypted|hash) {VALUE}"),
        hide(rf"^ +preshared-key {VALUE}"),
        *IOS_LIKE,
    ),
    artefacts={"version": Command("show version"), "inventory": Command("show system hardware")},
    aliases=("oneos", "oneaccess"),
)
