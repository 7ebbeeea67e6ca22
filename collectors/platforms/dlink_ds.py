r"""D-Link xStack and SmartPro switches (DES, DGS, DXS).

Source: DGS-3120 Series CLI Reference Guide, "Basic Command List"; DGS-1510 Series CLI Reference Guide. The
older command line wants `show config current_config`, the newer one looks like IOS.
"""

from collectors.define import CHANGED, IOS_LIKE, UPTIME, VALUE, Command, Platform, drop, fact, hide

PLATFORM = Platform(
    prompt=r"[\w.()/:@~+-]+(?: [\w./-]+:\w+)? ?[>#]",
    enable="enable",
    setup=("disable clipaging", "terminal length 0"),
    config=(
        Command("show config current_config", known_by=r"^(?:config |create |enable )", min_lines=10),
        Command("show running-config", known_by=r"^(?:interface |hostname |username )", min_lines=10),
    ),
    no_end="only one of its two families ends its answer with a remark",
    rejected=r"^(?:Available commands|Next possible completions):|^Fail!"
    r"|^\s*% ?(?:Invalid|Incomplete|Ambiguous)",
    volatile=(drop(r"^Building configuration"), drop(r"^Current configuration :"), CHANGED, UPTIME),
    secrets=(
        hide(rf"^create snmp community {VALUE}"),
        # A group of version 1 or 2c bears the name of its community.
        hide(rf"^create snmp group {VALUE} v(?:1|2c)"),
        hide(rf"^create snmp host \S+ v(?:1|2c) {VALUE}"),
        hide(r"^create snmp user .* auth \S+ (\S+)(?: priv \S+ (\S+))?"),
        hide(rf"^(?:create account|config account) .*? encrypt \S+ {VALUE}"),
        hide(rf"^(?:config radius|create authen|config authen) .*?\bkey {VALUE}"),
        hide(
            r"^config (?:ospf|rip|bgp) .*?\b(?:simple|authentication enable|md5_key \d+|md5 \d+|password) "
            rf"(?!\d{{1,3}}$){VALUE}"
        ),
        hide(rf"^snmp-server (?:user|group) \S+ .*?\bcommunity {VALUE}"),
        *IOS_LIKE,
    ),
    facts=(
        fact("os_version", r"^# +Firmware: (?:Build )?(\S+)"),
        fact("model", r"^[#!] +(\S+) .*Switch"),
    ),
    artefacts={"version": Command("show switch")},
    aliases=("dlink", "dlinknextgen", "d_link", "dlink_os", "dlink_dgs"),
)
