"""Cisco IOS and IOS-XE.

Source: Cisco IOS Configuration Fundamentals Command Reference; IOS-XE 17 System Management Guide.
"""

from collectors.define import (
    BANNERS,
    IOS_LIKE,
    REST,
    Command,
    Passage,
    Platform,
    drop,
    fact,
    hide,
    without_measured_bandwidth,
)

_NAME = r'(?:"[^"]*"|\S+)'
_UP_TO_SECRET = r"(\S[^ ]*+(?: ++(?!secret 0 \S)[^ ]++)*+)"  # noqa: S105 - an expression
# A secret in clear text may hold blanks; it ends with its line.
_CLEAR_TEXT = (
    hide(rf"^ *(?:dot1x )?username (?>(?:{_NAME}|.*?) (?:password|secret) 0 ){REST}"),
    hide(rf"^ +mgmtuser username {_NAME} password 0 {_UP_TO_SECRET}(?: ++secret 0 {REST})?"),
    hide(rf"^enable (?:password|secret) (?:level \d+ )?(?:0 |(?!level |\d |sha512 )){REST}"),
    hide(rf"^ +security wpa psk set-key ascii 0 {REST}"),
)

_BEGINS = r"^(?:hostname|version \d)"

PLATFORM = Platform(
    enable="enable",
    setup=("terminal length 0", "terminal width 0"),
    config=(
        Command("show running-config", known_by=_BEGINS, ends_with=r"^end$"),
        # For a user below level 15 whom a view or the command's own level lets see all of it.
        Command("show running-config view full", known_by=_BEGINS, ends_with=r"^end$"),
    ),
    rejected=r"^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized|Bad|Error|Authorization failed|"
    r"Permission denied|Access denied)|^Command authorization failed",
    busy=r"^%+ ?Unable to get configuration",
    passages=(Passage(r"^macro name \S+", ends=r"^@ *$"), *BANNERS),
    grant="privilege level 15, or a view that shows all (`show running-config view full`)",
    tidy=without_measured_bandwidth,
    volatile=(
        # `exec prompt timestamp` heads every answer with the load and the time.
        drop(
            r"^(?:Building configuration|Using \d+ out of \d+ bytes|Load for five secs\b|Time source is\b|"
            r"No time source\b)"
        ),
        drop(r"^Current configuration :"),
        drop(r"^! (?:Last configuration change|NVRAM config last updated|No configuration change since)"),
    ),
    secrets=(*_CLEAR_TEXT, *IOS_LIKE),
    facts=(
        fact("os_version", r"^version (\S+)"),
        fact("changed_by", r"^! Last configuration change at .* by (\S+)"),
        fact("changed_at", r"^! Last configuration change at (.+?)(?: by \S+)?$"),
        fact("model", r"^license udi pid (\S+) sn "),
        fact("serial_number", r"^license udi pid \S+ sn (\S+)"),
    ),
    recorded=True,
    aliases=(
        "ios",
        "iosxe",
        "ios_xe",
        "cisco",
        "cisco_xe",
        "cisco_iosxe",
        "ansible_ios",
        "cisco.ios.ios",
        "ciscoios",
        "cisco_ioswlc",
        "cisco_ncs",
    ),
)
