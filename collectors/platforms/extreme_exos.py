"""Extreme EXOS and Switch Engine. Source: ExtremeXOS Command Reference, "disable clipaging session".

The prompt counts the commands, and a star before it says that something is not saved.
"""

from collectors.define import Command, Platform, drop, hide

_VALUE = r'("[^"]*"|\S+)'

PLATFORM = Platform(
    prompt=r"(?! )(?:! ?)?(?:\* ?)?(?P<host>[\w. ()/:@~+&-]*?[\w)])(?:[.:]\d+ ?| )[>#]",
    setup=("disable clipaging session", "disable cli prompting"),
    config=Command("show configuration", known_by=r"^# Module \S+ configuration", min_lines=10, idle_s=120),
    no_end="only some releases print a closing remark",
    rejected=r"^\s*(?:%% ?|% ?)?(?:Invalid input|Incomplete command|Ambiguous|Unrecognized command|"
    r"Unknown command|Permission denied|Error: This command cannot be executed)",
    volatile=(drop(r"^# .*[Cc]onfiguration generated"),),
    secrets=(
        hide(rf"\bshared-secret (?:encrypted )?{_VALUE}", word="shared-secret "),
        hide(rf"^configure snmp add community (?:readonly|readwrite) (?:encrypted )?{_VALUE}"),
        hide(
            rf"^configure snmpv3 add community (?:encrypted )?(?:hex )?{_VALUE}"
            rf"(?: (?:encrypted )?name (?:encrypted )?(?:hex )?{_VALUE})?"
        ),
        hide(
            r"^configure snmpv3 add user .*?\bauthentication \S+ (?:auth-encrypted )?"
            r"(?:localized-key )?(?:hex )?(\S+)"
            r"(?: privacy (?:\S+ )?(?:\d+ )?(?:privacy-encrypted )?(?:localized-key )?(?:hex )?(\S+))?"
        ),
        hide(r"^configure snmp add trapreceiver \S+ (?:port \d+ )?community (?:encrypted )?(?:hex )?(\S+)"),
        hide(rf"\b(?:simple-password|md5 \d+) (?!encrypted ){_VALUE}"),
        hide(rf"\b(?:area|domain)-password (?:encrypted )?simple {_VALUE}"),
        hide(
            rf"\bencrypted (?!name|community|hex|localized-key|md5|simple){_VALUE}",
            word="encrypted ",
        ),
    ),
    artefacts={
        "version": Command("show version"),
        "switch": Command("show switch"),
        "vlan": Command("show vlan"),
    },
    aliases=(
        "xos",
        "exos",
        "extreme",
        "extreme_xos",
        "extreme_switch_engine",
        "community.network.exos",
        "extreme.exos",
    ),
)
