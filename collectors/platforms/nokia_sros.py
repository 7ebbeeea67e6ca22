"""Nokia SR OS, classic CLI and MD-CLI. Source: Nokia SR OS Classic CLI and MD-CLI User Guides.

Each of the two refuses the other's commands. Without the context line, MD-CLI's prompt is one line; a SAR-Hmc
ends its answer with a `#` on the line of the prompt.
"""

from collectors.define import Command, Platform, drop, fact, hide, public

_VALUE = r'("(?:[^"\\]++|\\.)*+"|[^\s"]\S*)'
FINISHED = (
    r"^# Finished (?:\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)"
    r"|\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4} \w{3,})$"
)

_BEGINS = r"^# TiMOS"

PLATFORM = Platform(
    prompt=r"#?[*!]{0,2}(?P<host>[A-D]:(?:[^\s@>#]+@)?[^\s@>#$](?:[^@>#$\n]{0,62}[^\s@>#$])?)(?:>[^>#$\n]*)*[#$>]",
    setup=(
        "environment no more",
        "environment more false",
        "environment prompt context false",
        "environment progress-indicator admin-state disable",
    ),
    config=(
        Command("admin display-config", known_by=_BEGINS, ends_with=FINISHED, idle_s=180),
        Command("admin show configuration", known_by=_BEGINS, ends_with=FINISHED, idle_s=180),
        Command(
            "admin show configuration configure full-context",
            known_by=_BEGINS,
            ends_with=FINISHED,
            idle_s=180,
        ),
    ),
    grant="a profile that permits the command",
    rejected=r"^\s*(?:Error: (?:Bad command|Invalid|Missing|Ambiguous)|MINOR: (?:CLI|MGMT_CORE|MGMT_AGENT)|"
    r"Bad command|% ?Unknown)",
    volatile=(drop(r"^# (?:Generated|Finished|Last modified) "),),
    secrets=(
        *(
            hide(rf"^ *(?:{names}) {_VALUE}", word=word)
            for word, names in (
                ("pass", "(?:admin-|encrypted-|bind-)?password|passphrase"),
                (
                    "key ",
                    "(?:hello-)?authentication-key|auth-key|pre-shared-key|md5-key|private-key",
                ),
                ("message-digest-key ", r"message-digest-key \d+ md5"),
                ("secret", "(?:shared-|chap-|key-)?secret"),
                ("cak ", "cak"),
                ("community", "snmp-community|community-string"),
                ("authentication ", r"authentication (?:md5|sha|hmac-\S+)"),
                ("privacy ", r"privacy (?:aes\S*|cbc-des|cfb128-aes-\S+)"),
            )
        ),
        hide(
            rf"^ +authentication hash2? (?:md5|sha\S*|hmac-\S+) {_VALUE}"
            rf"(?: privacy (?:des|des-key|aes\S*|cfb128-aes-\S+) {_VALUE})?"
        ),
        hide(rf"\b(?:password|secret|key|authentication-key) {_VALUE} hash2?", word=" hash"),
        hide(rf"^ +community {_VALUE} hash2?\b"),
        hide(rf"^ +community {_VALUE}", begins=r"^ +snmp(?: \{)? *$", ends=r"^ {4,8}(?:exit|\})"),
    ),
    public=(public(r"\bsnmpv3 notify-community \S+", "the name of a user of SNMPv3"),),
    facts=(
        fact("os_version", r"^# TiMOS-(\S+)"),
        fact("model", r"^# TiMOS-.* Nokia (\d+ [\w-]+)"),
        fact("changed_by", r"^# Last modified .* by (\S+)"),
        fact("changed_at", r"^# Last modified (.+?)(?: by \S+)?$"),
    ),
    artefacts={"version": Command("show version"), "chassis": Command("show chassis")},
    aliases=(
        "timos",
        "srosmd",
        "sros_md",
        "nokia_sros_classic",
        "sros",
        "alcatel_sros",
        "alcatel_timos",
        "community.network.sros",
        "nokia.sros.md",
        "nokia.sros.classic",
        "cisco_sros",
    ),
)
