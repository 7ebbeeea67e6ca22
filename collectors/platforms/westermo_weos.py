"""Westermo WeOS 4 and 5. The prompt shows the place in the tree: `example:/#>`.

Source: Westermo OS Management Guide, "The Command Line Management Tool"; docs.westermo.com, "SNMP".
"""

from collectors.define import UPTIME, VALUE, Command, Platform, hide

PLATFORM = Platform(
    prompt=r"[\w.-]+:[\w/-]*/?#>",
    setup=("batch",),
    config=Command(
        "show running-config", ends_with=r"^end$", known_by=r"^(?:system|aaa|iface|port)\b", min_lines=10
    ),
    rejected=r"^\s*(?:Unknown command|Invalid|Error|Ambiguous|No such|Syntax error)",
    volatile=(UPTIME,),
    secrets=(
        hide(rf"^\s*(?:ro|rw|trap)community {VALUE}"),
        hide(rf"^\s*(?:username|user) \S+ (?:hash|password|secret|shadow)? ?{VALUE}"),
        hide(rf"^\s*(?:secret|password|psk|pre-shared-key|passphrase|hash) (?:\S+ )?{VALUE}$"),
        hide(rf"^\s*(?:rouser|rwuser) \S+ (?:auth \S+ {VALUE})(?: crypto \S+ {VALUE})?"),
        hide(
            r"\b(?:md5|auth|key|secret|password)(?: \d+)? (?!md5|sha|plain|none|text)(\"[^\"]+\"|\$\d\$\S+)"
        ),
    ),
    artefacts={"version": Command("show system-information")},
    aliases=(
        "westermo",
        "community.network.weos4",
        "weos4",
    ),
)
