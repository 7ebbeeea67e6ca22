"""Huawei VRP 5 and 8. Source: Huawei CloudEngine and S-series Command References.

A firewall of a pair puts its role before the prompt. Stored keys are encrypted anew for every answer.
"""

from collectors.define import Command, Platform, drop, fact, hide, question

# Between two equal marks any character may stand, a quote, too.
ENCRYPTED = hide(r"(%\^%#.*?%\^%#|%@%@.*?%@%@|%#%#.*?%#%#|%\$%\$.*?%\$%\$|%\+%##.*?%\+%##|%\$%#.*?%\$%#)")

PLATFORM = Platform(
    prompt=r"(?:HRP_\w{1,2})?(?:<[^<>\n]{1,80}>|\[[\w\x80-\xff.~*()/@+&#:,'=%!$^;|{}\\ -]+\])",
    questions=(
        question(r"^(?>.*?(?:change now|password needs to be changed|modify the password)).*\[y/n\]", "n\n"),
        question(r"^(?>.*?accept the declaration).*\(yes/no\)", "yes"),
    ),
    setup=("screen-length 0 temporary",),
    config=Command(
        "display current-configuration", known_by=r"^ *(?:!Software Version|sysname) ", ends_with=r"^return$"
    ),
    grant="user privilege level 3, or a role that may read all",
    rejected=r"^\s*(?:% ?)?(?:Error: ?(?:Unrecognized|Incomplete|Ambiguous|Wrong|Too many|"
    r"You do not|No permission|Permission|Failed to pass)|Unrecognized command)",
    busy=r"^(?:Error|Info): ?(?:The system is busy|The configuration is being)",
    volatile=(
        drop(r"^!(?:Last configuration|Configuration) (?:was|has been) (?:updated|changed|saved|last) ?"),
        drop(r"^!Time: |^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"),
    ),
    secrets=(
        hide(r"\bmd5-password (?:cipher|plain) (?:\d+\.\S+ )?(\S+)"),
        ENCRYPTED,
        hide(r"\birreversible-cipher (\S+)", word="irreversible-cipher "),
        hide(
            r"\b(?<!irreversible-)cipher (?!authentication-mode|privacy-mode|aes|des|\d+\.\d+\.)(\S+)",
            word="cipher ",
        ),
        hide(r"\bsimple (?!authentication-mode|privacy-mode|plain |cipher )(\S+)", word="simple "),
        hide(r"^ *snmp-agent community (?:read|write) (?!cipher |simple )(\S+)"),
        hide(r"^ *snmp-agent target-host .*?\bparams securityname (?!cipher |simple )(\S+)(?: v1| v2c|$)"),
        hide(r"^ +(?:pre-shared-key|shared-key|wpa-passphrase|pin) (?!cipher |simple )(\S+)"),
        hide(r"\bplain (\S+)", word=" plain "),
        hide(r"^ *(?:radius-server|hwtacacs-server) shared-key (?!cipher |simple )(\S+)"),
        hide(r"\bpass-phrase (?!cipher |simple |\d cipher )(\S+)", word="pass-phrase "),
        hide(
            r"\bauthentication-mode (?:hmac-)?(?:md5|sha\S*) (?:usual |nonstandard |rfc\d+ )?"
            r"(?!\d+ |cipher |simple |plain |privacy-mode )(\S+)"
            r"(?: privacy-mode \S+ (?!cipher |simple )(\S+))?",
            word="authentication-mode ",
        ),
    ),
    facts=(
        fact("os_version", r"^!Software Version (\S+)"),
        fact("changed_by", r"^!Last configuration was (?:updated|changed) at .* by (\S+)"),
        fact("changed_at", r"^!Last configuration was (?:updated|changed) at (.+?)(?: by \S+)?$"),
    ),
    artefacts={"version": Command("display version"), "inventory": Command("display device")},
    aliases=("vrp", "huawei", "huawei_vrpv8", "ce", "community.network.ce"),
)
