"""Huawei SmartAX access nodes (MA5600T, MA5800, EA5800).

Source: MA5800 Command Reference, "display current-configuration", "scroll", "undo smart". `enable` asks for
no password; a command that offers options is answered with Enter.
"""

from collectors.define import PAGER, UPTIME, VALUE, Command, Platform, drop, hide, public, question
from collectors.platforms.huawei_vrp import ENCRYPTED

PLATFORM = Platform(
    pager=rf"{PAGER}|\s*-+ More \( Press 'Q' to break \) -+\s*",
    questions=(question(r"^(?>.*?\{ <cr>).*\}:", ""),),
    setup=("enable", "undo smart", "scroll"),
    config=Command(
        "display current-configuration",
        known_by=r"^ *(?:\[.*: ?<|sysname|interface|sys)",
        ends_with=r"^return$",
        min_lines=10,
        idle_s=240.0,
    ),
    rejected=r"^\s*% ?(?:Unknown command|Incomplete command|Ambiguous command|Parameter error|Too many)"
    r"|^\s*Failure: ",
    volatile=(
        drop(r"^\s*(?:It will take a long time if the content|input is too long, you can press CTRL_C)"),
        UPTIME,
    ),
    secrets=(
        ENCRYPTED,
        hide(rf"^ *terminal user name \S+ \S+ {VALUE}"),
        hide(rf"^ *snmp-agent community (?:read|write) (?:cipher )?{VALUE}"),
        hide(rf"^(?>.*?\bsnmp-agent target-host ).*?securityname (?:cipher )?{VALUE}"),
        hide(rf"\b(?:authentication-mode|privacy-mode) \S+ (?:\d+ )?(?:cipher |simple |plain )?{VALUE}"),
        hide(rf"\b(?:shared-key|password-auth|loid-auth|checkcode-auth) (?:cipher )?{VALUE}"),
        hide(
            r"\b(?:password|authentication-key|key-string|md5) (?:\d+ )?"
            rf"(?:(?:irreversible-)?cipher |simple )?{VALUE}"
        ),
        hide(rf"\bcipher (?!<hidden>){VALUE}", word="cipher "),
    ),
    public=(public(r"\bsn-auth \S+", "the serial number of a terminal"),),
    artefacts={"version": Command("display version"), "inventory": Command("display board 0")},
    aliases=(
        "smartax",
        "huawei_olt",
        "ma5600",
        "ma5800",
        "huawei_smartaxmmi",
    ),
)
