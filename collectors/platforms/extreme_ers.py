"""Extreme (Avaya, Nortel) ERS on BOSS.

Source: Avaya Ethernet Routing Switch 4900/5900 Series, CLI Commands Reference, "show running-config". The
banner waits for Ctrl-Y; the count of failed logins waits for Enter.
"""

from collectors.define import (
    IOS_LIKE,
    STOPS_AT_THE_LAST_SETTING,
    UPTIME,
    VALUE,
    Command,
    Platform,
    drop,
    fact,
    hide,
    question,
)

PLATFORM = Platform(
    questions=(
        question(r"Enter Ctrl-Y to begin", "\x19"),
        question(r"Press ENTER to continue", ""),
        question(r"Command Line Interface\.\.\.", "c"),
    ),
    enable="enable",
    setup=("terminal length 0", "terminal width 132"),
    config=Command(
        "show running-config", known_by=r"^! (?:Embedded ASCII|Model =|Software version)", min_lines=10
    ),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Cannot)",
    volatile=(drop(r"^! ?clock set "), drop(r"^! ?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d "), UPTIME),
    secrets=(
        hide(rf"^ *(?:cli|web|username) password .*?(?:read-only|read-write) {VALUE}"),
        hide(rf"^ *(?:radius|tacacs) (?:server )?(?:.*? )?key {VALUE}"),
        hide(rf"^ *tacacs .*?\bsecondary-key {VALUE}"),
        hide(
            rf"^ *snmp-server user .*?\b(?:md5|sha\S{{0,20}}|des|3des|aes) {VALUE}"
            rf"(?: (?:des|3des|aes) {VALUE})?"
        ),
        *IOS_LIKE,
    ),
    facts=(
        fact("os_version", r"^! Software version = (\S+)"),
        fact("model", r"^! Model = (.+)"),
    ),
    artefacts={"version": Command("show sys-info"), "vlan": Command("show vlan")},
    aliases=("avaya_ers", "boss", "baystack", "ers"),
)
