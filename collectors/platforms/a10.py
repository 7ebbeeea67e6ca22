"""A10 Networks ACOS. Source: A10 ACOS Command Line Interface Reference, "show running-config".

Where partitions are not in use, the plain command has to do.
"""

from collectors.define import IOS_NOT_SNMP, SNMP_PEERS, Command, Platform, drop, fact, hide

_END = r"^(?:end|!Current config commit point for partition .*)$"  # release 4 prints more after the end

_BEGINS = r"^(?:!?version |!64-bit |hostname |!Current config)"

PLATFORM = Platform(
    enable="enable",
    setup=("terminal length 0", "terminal width 0"),
    config=(
        Command("show running-config all-partitions", known_by=_BEGINS, ends_with=_END),
        Command("show running-config", known_by=_BEGINS, ends_with=_END),
    ),
    rejected=r"^\s*% ?(?:Unrecognized|Invalid|Incomplete|Ambiguous|Unknown)|^Permission denied",
    volatile=(
        drop(r"^!?Current config(?:uration)?(?: commit point| size|: \d+ bytes|uration: \d+ bytes)"),
        drop(r"^!?(?:Configuration )?last (?:updated|saved|synchronized) at "),
    ),
    secrets=(
        hide(r"\bsecret (secret-encrypted \S+)", word="secret-encrypted "),
        hide(r"\bencrypted (?!auth )(\S+)", word="encrypted "),
        hide(r"^snmp-server (?:enable )?.*?\bcommunity (?:read )?(?:\d )?(?!read |encrypted)(\S+)"),
        hide(r"^ +(?:secret|shared-secret|pass-phrase|passphrase) (?:string )?(?!encrypted)(\S+)"),
        hide(r"^ +preshare-key (?!encrypted )(\S+)"),
        *SNMP_PEERS,
        *IOS_NOT_SNMP,
    ),
    facts=(fact("os_version", r"^!64-bit .*version ([\w.-]+)"), fact("os_version", r"^!version ([\w.-]+)")),
    artefacts={"version": Command("show version"), "vlan": Command("show vlans")},
    aliases=(
        "acos",
        "a10_acos",
        "a10networks",
        "a10.acos_cli",
        "acosa10",
    ),
)
