"""Cisco ASA, in single and multiple context mode.

Source: Cisco ASA Series Command Reference, `more`, `changeto`, `terminal pager`.

`more system:running-config` shows the keys that `show running-config` masks. Lines that begin with a colon
are the device's remarks about the file; the last one, `: end`, proves that it is whole.
"""

from collectors.define import IOS_NOT_SNMP, TYPE, VALUE, Command, Contexts, Platform, drop, fact, hide

REJECTED = (
    r"^\s*(?:ERROR: )?% ?(?:Invalid|Incomplete|Ambiguous|Unknown)|^ERROR: (?:Command requires|% |Wrong)"
    r"|^Command authorization failed"
)
VOLATILE = (drop(r"^:"), drop(r"^Cryptochecksum:"), drop(r"^!Time: "))
SECRETS = (
    hide(rf"^(?:enable password|passwd) (?:level \d+ )?{TYPE}{VALUE}"),
    hide(rf"^failover (?:ipsec pre-shared-key|key) (?:hex )?(?:[0-9] )?{VALUE}"),
    hide(rf"^snmp-server host \S+ \S+ .*?\bcommunity (?:\d )?{VALUE}"),
    hide(r"^snmp-server user .* auth \S+ (\S+) priv \S+(?: \d+)? (\S+)"),
    hide(rf"^snmp-server community (?:\d )?{VALUE}"),
    hide(r"^snmp-server user .*? auth \S+ (\S+)$"),
    hide(r"^ +(?:radius-common-pw|proxy-auth_password|token|sdi-pre-5-slave) (\S+)"),
    hide(r"^ +authentication key eigrp \d+ (\S+)"),
    hide(rf"^ +key (?:\d )?{VALUE}$"),
    hide(r"^ +isakmp key (\S+)"),
)
FACTS = (
    fact("os_version", r"^(?:ASA|NGFW) Version (\S+)"),
    fact("model", r"^: Hardware: ++([^,]+),"),
    fact("serial_number", r"^: Serial Number: (\S+)"),
    fact("changed_by", r"^: Written by (\S+)"),
    fact("changed_at", r"^: Written by \S+ at (.+)"),
)

_BEGINS = r"^(?:ASA Version|hostname) "

PLATFORM = Platform(
    enable="enable",
    setup=("changeto system", "terminal pager 0"),
    config=(
        Command("more system:running-config", known_by=_BEGINS, ends_with=r"^: end"),
        Command("show running-config", known_by=_BEGINS, ends_with=r"^: end"),
    ),
    grant="privilege level 15, or the level of `more system:running-config`",
    rejected=REJECTED,
    passages=(),  # each line of a banner is a command of its own
    volatile=VOLATILE,
    secrets=(*SECRETS, *IOS_NOT_SNMP),
    facts=FACTS,
    artefacts={"version": Command("show version"), "inventory": Command("show inventory")},
    contexts=Contexts(
        list=Command("show context", min_lines=1),
        name=r"^[ *](\S+) +(?:default|[\w-]+) +\S",
        enter="changeto context {name}",
        leave="changeto system",
        config=Command("more system:running-config", known_by=_BEGINS, ends_with=r"^: end"),
    ),
    recorded=True,
    aliases=("asa", "ansible_asa", "cisco.asa.asa", "cisco_asa_5500", "ciscoasa"),
)
