"""Infinera (Coriant) Groove G30.

Source: Coriant Groove G30 CLI Reference Manual, "show config" and "cli-config".
"""

from collectors.define import ANY_LINE_MAY_BE_LAST, UPTIME, VALUE, Command, Platform, hide

PLATFORM = Platform(
    prompt=r"\w+@[\w .-]*>",
    setup=("set -f cli-config cli-columns 65535",),
    config=Command(
        "show config | display commands", known_by=r"^(?:set|add|create) ", min_lines=10, idle_s=180.0
    ),
    no_end=ANY_LINE_MAY_BE_LAST,
    rejected=r"^(?:Error|ERROR|Invalid|Syntax error|Unknown)\b",
    volatile=(UPTIME,),
    secrets=(
        hide(rf"\b(?:password|passwd|secret|shared-secret|auth-key|priv-key|passphrase|psk)[ =]{VALUE}"),
        hide(rf"\b(?:snmp-community|community-name|community-string|community)[ =]{VALUE}"),
    ),
    artefacts={"version": Command("show softwareload"), "inventory": Command("show inventory")},
    aliases=("coriantgroove", "infinera_groove", "groove"),
)
