"""Garderos Router Software. Its prompt is coloured by escape sequences.

Source: Garderos GRS User Guide, "Command line interface" and "show configuration running".
"""

from collectors.define import ANY_LINE_MAY_BE_LAST, UPTIME, Command, Platform, hide

_NAME = r"[\w.-]*(?:password|passwd|passphrase|secret|psk|community|private[-_]?key|auth[-_]?key|\bpin)\b"

PLATFORM = Platform(
    prompt=r"[\w.-]+#",
    config=Command("show configuration running", known_by=r"^[\w-]+\.[\w.-]+ ?[= ]", min_lines=5),
    no_end=ANY_LINE_MAY_BE_LAST,
    rejected=r"^(?:Unknown command|Syntax error|Command incomplete|Permission denied)",
    volatile=(UPTIME,),
    secrets=(
        hide(rf"^\s*(?:[\w.-]+ )*?{_NAME}(?!\.) ?[=:]? ?\"?([^\s\"]+)"),
        hide(r"^[\w.-]+=(\{(?:enc\d*|md5|sha\d+|crypt)\}\S+)"),
        hide(r"^[\w.-]+\.community\.\d+\.name=(\S+)"),
    ),
    artefacts={
        "version": Command("show system version"),
        "serial": Command("show system serial"),
        "sim": Command("show hardware wwan wwan0 sim"),
    },
    aliases=("garderos", "grs"),
)
