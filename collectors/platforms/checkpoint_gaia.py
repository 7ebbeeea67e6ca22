"""Check Point Gaia, in clish. Source: Check Point Gaia Administration Guide, "Saving Configuration".

`*` in a hash's place means that nobody can log in with a password: it is no secret, and stays.
"""

from collectors.define import ANY_LINE_MAY_BE_LAST, Command, Contexts, Platform, drop, hide

PLATFORM = Platform(
    prompt=r"(?:\[[\w.:-]+\] ?)?[\w.:-]+(?:\[[\w.-]+\])? ?>|\[Expert@[\w.:-]+\]#",
    setup=("set clienv rows 0",),
    config=(
        Command("show configuration", known_by=r"^# Configuration of ", min_lines=10, idle_s=120),
        Command("clish -c 'show configuration'", known_by=r"^# Configuration of ", min_lines=10, idle_s=120),
    ),
    no_end=ANY_LINE_MAY_BE_LAST,
    rejected=r"^\s*(?:CL(?:INFR|ICMD)\w+ |Invalid command|Incomplete command|Ambiguous command|NMSUSR\w+ |"
    r"% ?Unknown|-?bash: )",
    busy=r"^CLINFR0771",
    volatile=(drop(r"^# Exported by .* on "),),
    secrets=(
        hide(r"\bpassword-hash (?!\*$)(\S+)", word="password-hash "),
        hide(r"\b(?:password|secret|shared-secret|preshared-key|passphrase|authkey) (?!\*$)(\S+)$"),
        hide(r"^set snmp (?:community|v1-v2-community) (\S+)"),
        hide(r"^(?:add|set) snmp traps receiver \S+ .*?\bcommunity (\S+)"),
        hide(r"^(?:add|set) snmp usm user .*?(?<!\S)auth-pass\S*+ (\S+)"),
        hide(r"^(?:add|set) snmp usm user .*?(?<!\S)(?:privacy-pass-phrase|priv-pass)\S*+ (\S+)"),
        hide(r"^(?:add|set) aaa (?:radius|tacacs)-servers .*?\b(?:secret|key) (\S+)"),
        hide(r"^set (?:bgp|ospf\S*|rip|vrrp|mcvr) .*?\b(?:secret|simple|password) (?!off$)(\S+)"),
    ),
    artefacts={"version": Command("show version all"), "assets": Command("show asset all")},
    contexts=Contexts(  # the virtual systems of VSX
        list=Command("show virtual-system all", min_lines=1),
        name=r"^ *([1-9]\d*) +\S",
        enter="set virtual-system {name}",
        leave="set virtual-system 0",
        header="# virtual system {name}",
    ),
    aliases=(
        "gaiaos",
        "gaia",
        "checkpoint",
        "check_point.gaia",
        "check_point.gaia.checkpoint",
        "check_point.mgmt.checkpoint",
        "mgmtgaia",
    ),
)
