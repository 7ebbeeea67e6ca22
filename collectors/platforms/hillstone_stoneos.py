"""Hillstone StoneOS.

Source: Hillstone Networks StoneOS Command Line Interface User Guide, "show configuration".
"""

from collectors.define import STOPS_AT_THE_LAST_SETTING, UPTIME, VALUE, Command, Platform, drop, fact, hide

PLATFORM = Platform(
    enable="enable",
    setup=("terminal length 0", "terminal width 512"),
    config=(
        Command(
            "show configuration running",
            known_by=r"^(?:Version|hostname|interface|zone) ",
            min_lines=10,
            idle_s=120.0,
        ),
        Command(
            "show configuration",
            known_by=r"^(?:Version|hostname|interface|zone) ",
            min_lines=10,
            idle_s=120.0,
        ),
    ),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*(?:% ?(?:Invalid|Incomplete|Ambiguous|Unrecognized)|\^-+|Error: |Unrecognized command)",
    volatile=(drop(r"^Building configuration"), UPTIME),
    secrets=(
        hide(rf"^ *(?:(?:login-)?password|enable password) (?:encrypted |hash-\S+ )?{VALUE}"),
        hide(rf"^ *(?:secret|shared-key|key|pre-share|psk|passphrase) (?:ascii )?{VALUE}"),
        hide(rf"^ *snmp-server (?:community|host \S+ version \S+ community) {VALUE}"),
        hide(rf"^ *snmp-server user .*?\bauth-protocol \S+ {VALUE}(?: enc-protocol \S+ {VALUE})?"),
        hide(rf"^ *user \S+ .*?\bpassword {VALUE}(?! *password.{{0,100}}password)"),
        hide(rf"\b(?:message-digest-key \d+ md5|neighbor \S+ password|authentication-key \d+ md5) {VALUE}"),
    ),
    facts=(fact("os_version", r"^Version (\S+)"),),
    artefacts={"version": Command("show version")},
    aliases=("stoneos", "hillstone"),
)
