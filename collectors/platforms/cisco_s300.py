"""Cisco small business switches: SF, SG, CBS and Catalyst 1200/1300. Source: Cisco 350 Series CLI Reference.

An expired password is asked about after the login; it is not this collector's to change.
"""

from collectors.define import (
    IOS_LIKE,
    STOPS_AT_THE_LAST_SETTING,
    Command,
    LoginPrompts,
    Platform,
    fact,
    hide,
    question,
)

PLATFORM = Platform(
    questions=(question(r"^(?>.*?(?:change|password)).*y/n", "n\n"),),
    login_prompts=LoginPrompts(username=r"User(?: ?name)? ?:", again=True),
    enable="enable",
    setup=("terminal datadump", "terminal width 0"),
    config=Command(
        "show running-config", known_by=r"^(?:config-file-header|hostname|interface|vlan database)"
    ),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*% ?(?:Unrecognized|Invalid|Incomplete|Ambiguous|Unknown|bad parameter|Wrong|missing)",
    secrets=(
        hide(r"^encrypted (?:radius|tacacs)-server .*?\bkey (\S+)"),
        hide(r"^encrypted snmp-server host \S+ (?!traps |informs |version )(\S+)"),
        hide(r"^encrypted snmp-server community (\S+)"),
        hide(
            r"^(?:encrypted )?snmp-server user .*?\bauth (?:md5|sha\d*) (\S+)"
            r"(?: priv (?:(?:aes|des)\S* )?(?:(?:128|192|256) )?(\S+))?"
        ),
        hide(r"^ssd (?:file )?passphrase (?!control)(?:encrypted )?(\S+)"),
        *IOS_LIKE,
    ),
    facts=(fact("os_version", r"^v([\d.]+) ?/ ?R"),),
    artefacts={
        "version": Command("show version"),
        "system": Command("show system"),
        "vlan": Command("show vlan"),
    },
    aliases=(
        "ciscosmb",
        "cisco_sb",
        "cisco_smb",
        "cisco_s200",
        "cisco_cbs",
        "community.ciscosmb.smb",
        "cisco_s350",
        "s350",
        "cisco_s500",
        "community.ciscosmb.ciscosmb",
        "ios_sb",
        "ciscocbs",
    ),
)
