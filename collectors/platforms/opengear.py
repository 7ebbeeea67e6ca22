"""Opengear console servers (OM, CM, IM), one command per SSH channel.

Source: Opengear User Manual, "Configuration from the Command Line" (config).
"""

from collectors.define import ANY_LINE_MAY_BE_LAST, Command, Platform, fact, hide

PLATFORM = Platform(
    transport="exec",
    config=Command("config -g config", known_by=r"^config\.", min_lines=5),
    no_end=ANY_LINE_MAY_BE_LAST,
    rejected=r"^(?:-?sh: |config: )|command not found|[Pp]ermission denied",
    secrets=(
        hide(
            r"^config\.(?>[\w.-]*(?:password|passwd|passphrase|secret|community|psk|sharedkey|pre_?shared_?key|privkey"
            r"|authkey|private_?key|\.pin))\w* (\S.*)"
        ),
    ),
    facts=(fact("os_version", r"^config\.version (\S+)"), fact("model", r"^config\.system\.model (\S+)")),
    artefacts={"version": Command("cat /etc/version")},
    aliases=(
        "opengear_om",
        "opengear_cm",
        "opengear_linux",
    ),
)
