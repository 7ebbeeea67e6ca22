"""Brocade Fabric OS on Fibre Channel switches, one command per SSH channel.

Source: Brocade Fabric OS Command Reference, "configShow".
"""

from collectors.define import Command, Platform, drop, fact, hide

PLATFORM = Platform(
    transport="exec",
    config=Command(
        "configShow -all",
        ends_with=r"^\[Switch Configuration End\b",
        known_by=r"^\[(?!Switch Configuration End)",
        min_lines=10,
        idle_s=120.0,
    ),
    rejected=r"^(?:rbash|sh): |command not found|^RBAC permission denied"
    r"|^Invalid (?:option|argument|operand)",
    volatile=(drop(r"^(?:date|timestamp|Configuration upload date) ?[=:]"),),
    secrets=(
        hide(
            r"^(?=[\w.-]*(?i:secret|passw(?:or)?d|community|auth-?key|priv-?key|passphrase))[\w.-]++"
            r" ?[:=] ?(\S.*)"
        ),
        hide(r"^(?=[\w.-]*(?i:chap))[\w.-]++ ?[:=] ?(\S.*)"),
    ),
    facts=(fact("os_version", r"^FOS version ?= ?(\S+)"), fact("model", r"^Switch ?Type ?[=:] ?(\S+)")),
    artefacts={"inventory": Command("chassisShow"), "version": Command("version")},
    aliases=("fabricos", "brocade_fabricos", "fabric_os", "brocade"),
)
