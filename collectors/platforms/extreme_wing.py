"""Extreme WiNG wireless controllers, once Motorola's and Zebra's.

Source: WiNG CLI Reference Guide, "show running-config". A star in the prompt stands for what is not saved.
"""

from collectors.define import HEADING, IOS_LIKE, VALUE, Command, Platform, fact, hide

PLATFORM = Platform(
    prompt=r"[\w.()-]+\*?[>#]",
    enable="enable",
    setup=("terminal length 0", "terminal width 0"),
    config=Command("show running-config", ends_with=r"^end$", known_by=r"^version \d", min_lines=8),
    rejected=r"^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized|Error)",
    volatile=(HEADING,),
    secrets=(
        hide(rf"^ +(?:wpa-wpa2|wpa2|wpa3) (?:psk|passphrase|sae) {VALUE}"),
        hide(rf"^ +wep(?:64|128) key \d (?:hex |ascii )?{VALUE}"),
        hide(rf"^ *snmp-server user \S+ v3 encrypted .*?\bauth \S+ {VALUE}"),
        *IOS_LIKE,
        hide(rf"^ +snmp-server community {VALUE}"),
    ),
    facts=(fact("os_version", r"^! Configuration of \S+ version ([\w.-]+)"),),
    artefacts={"version": Command("show version"), "inventory": Command("show adoption status")},
    aliases=("mtrlrfs", "motorola_rfs", "zebra_wing", "wing"),
)
