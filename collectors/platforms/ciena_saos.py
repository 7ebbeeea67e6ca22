"""Ciena SAOS 6 and 8. The prompt has a `*` while changes are not saved; SAOS 10 is `ciena_saos10`.

Source: SAOS 6.x and 8.x Command Reference, "configuration show" and "system shell".
"""

from collectors.define import UPTIME, VALUE, Command, Platform, drop, fact, hide

PLATFORM = Platform(
    prompt=r"[\w.@()/+-]+\*?[>#]",
    setup=("system shell session set more off",),
    config=Command(
        "configuration show", ends_with=r"^! ###END OF CONFIG###", known_by=r"^system set ", min_lines=10
    ),
    rejected=r"^(?:SHELL PARSER FAILURE|ERROR:|PARAMETER|Unknown command)",
    volatile=(drop(r"^! (?:Created|On terminal|Created by):"), UPTIME),
    secrets=(
        hide(rf"\b(?:secret|password|encrypted-secret|encrypted-password|passphrase) {VALUE}"),
        hide(
            rf"\b(?:auth|priv|privacy|authentication|encryption|md5|shared)-(?:secret|key|password) {VALUE}"
        ),
        hide(rf"^snmp (?:create|set|add) community-index \S+ community {VALUE}"),
        hide(rf"^snmp .*?\btrap-community {VALUE}"),
        hide(rf"^(?:radius|tacacs) .*?\bkey {VALUE}"),
        hide(rf"^ntp .*?\bkey \d+ (?:md5|sha\d*) {VALUE}"),
    ),
    facts=(fact("model", r"^!+ PLATFORM: +(\S+)"),),
    artefacts={"version": Command("software show"), "inventory": Command("chassis show")},
    aliases=(
        "saos",
        "ciena",
        "saos6",
        "saos8",
        "ciena.saos6.saos6",
    ),
)
