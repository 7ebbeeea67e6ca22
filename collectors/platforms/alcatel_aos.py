"""Alcatel-Lucent Enterprise OmniSwitch, AOS 6 and 8. The factory's prompt is a bare arrow.

Source: OmniSwitch AOS Release 8 CLI Reference Guide, "show configuration snapshot".
"""

from collectors.define import ANY_LINE_MAY_BE_LAST, PAGER, UPTIME, VALUE, Command, Platform, hide

PLATFORM = Platform(
    prompt=r"[\w.@()#\[\] -]{0,60}(?:->|==>)|(?:[\w.@-]+ ?)?[>#]",
    pager=rf"{PAGER}|\s*More\? \[next screen <sp>.*",
    setup=("no more",),
    config=(
        Command("show configuration snapshot all", known_by=r"^! [A-Z]", min_lines=5, idle_s=120.0),
        Command("show configuration snapshot", known_by=r"^! [A-Z]", min_lines=5, idle_s=120.0),
    ),
    no_end=ANY_LINE_MAY_BE_LAST,
    rejected=r"^\s*ERROR: |^\s*Invalid |^-+\^",
    volatile=(UPTIME,),
    secrets=(
        hide(rf"\b(?:hash-key|hash-password|encrypt-key|prompt-password|wlan-key) {VALUE}"),
        hide(rf"^ *snmp community[- ]map {VALUE}"),
        hide(rf"^ *user .*?\bpassword {VALUE}"),
        hide(rf"^ *user .*?\b(?:priv-password|(?:md5|sha\d*)\+(?:des|aes)) (?!priv-password){VALUE}"),
        hide(rf"^ *aaa .*?\b(?:key|secret|password) {VALUE}"),
        hide(rf"^ *ip ospf interface .*?\b(?:auth-key|key) {VALUE}"),
        hide(rf"^ *ip (?:bgp neighbor|rip interface) .*?\b(?:md5 key|auth-key) {VALUE}"),
        hide(rf"^ *ntp (?:server .*? )?key \d+ {VALUE}"),
    ),
    artefacts={"version": Command("show microcode"), "inventory": Command("show chassis")},
    aliases=("aos", "aos7", "omniswitch", "alcatel_omniswitch"),
)
