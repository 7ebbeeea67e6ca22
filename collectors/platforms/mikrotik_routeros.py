"""MikroTik RouterOS 7 and 6, one command per SSH channel.

Source: RouterOS documentation, "Configuration Management" (export) and "Command Line Interface".
Secrets are asked for and hidden here, so that a changed secret's line still shows that it is set.
"""

import re

from collectors.define import Command, File, Platform, drop, fact, hide

_VALUE = r'(?!"")("(?:[^"\\]++|\\.)*+"|[^\s"\\][^\s"]*)'
SECTION = r"^/[a-z]"


def unfold(text: str) -> str:
    """Join lines that the export folds at column 80, where one more character would fold them anew."""
    return re.sub(r"\\\n[ \t]*", "", text)


PLATFORM = Platform(
    transport="exec",
    config=(
        Command("/export show-sensitive", known_by=SECTION),
        Command("/export", known_by=SECTION),  # version 6 knows no show-sensitive, and shows secrets anyway
    ),
    no_end="the exit status of the channel is the mark",
    grant="a group with the policies `ssh,read,sensitive`",
    rejected=r"^(?:bad command name|expected end of command|syntax error|no such item|failure:|"
    r"input does not match|not enough permissions)",
    flaw=r"^#\s*error exporting|^#.*\(timeout\)",  # a section that this release cannot print, each time
    tidy=unfold,
    volatile=(
        drop(r"^# .* by RouterOS "),
        drop(
            r"^# (?:inactive time|poe-out status|received packet from|Firmware upgraded|SIM not present|DFS)"
        ),
        drop(r"^# (?:channel|mode): |^# operated by CAP "),
        drop(r"^# .*not (?:ready|running|active)"),
    ),
    secrets=(
        hide(
            r"(?:password|passphrase|passwd|secret|pre-?shared-key|private-key|authentication-key|auth-key|"
            rf"md5-key|static-key-\d|trap-community|token|\bcak|\bpin)={_VALUE}"
        ),
        hide(r'\bidentity="?\w+:0:\w+:(\w+)'),  # ZeroTier's private part
        hide(rf"\bname={_VALUE}", begins=r"^/snmp community", ends=r"^/"),
        hide(rf"\bval(?:ue)?={_VALUE}", begins=r"^/(?:system ntp key|container envs)", ends=r"^/"),
        hide(rf"\bkey={_VALUE}", begins=r"^/routing rip keys", ends=r"^/"),
    ),
    facts=(
        fact("os_version", r"^# .* by RouterOS (\S+)"),
        fact("model", r"^# model = (.+)"),
        fact("serial_number", r"^# serial number = (\S+)"),
    ),
    artefacts={
        "version": Command("/system package print", min_lines=1),
        "inventory": Command("/system routerboard print", min_lines=1),
    },
    files={
        "backup": File(
            "devicevault.backup",
            before=("/system backup save name=devicevault dont-encrypt=yes",),
            after=("/file remove devicevault.backup",),
        )
    },
    recorded=True,
    aliases=(
        "routeros",
        "mikrotik",
        "mikrotik_ssh_export",
        "ros",
        "community.routeros.routeros",
        "community.network.routeros",
        "routeros_terse",
        "routeros_verbose",
        "mikrotik_terse",
        "mikrotik_verbose",
    ),
)
