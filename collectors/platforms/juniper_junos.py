"""Juniper Junos, one command per SSH channel: no prompt, no pager, and braces that must balance.

Source: Junos OS CLI User Guide, "Display set, omit and inheritance"; secrets carry `## SECRET-DATA`. A device
set to answer with set commands is taken at its exit status.
"""

from collectors.define import Command, Platform, drop, fact, hide, is_set_form, public

PLATFORM = Platform(
    transport="exec",
    config=tuple(
        Command(
            text,
            known_by=r"^(?:version |system |groups |##|interfaces |set )",
            balanced=True,
            ends_with=r"^\}|;(?:$| ##)",
            or_form=is_set_form,
        )
        for text in (
            "show configuration | display omit",
            "show configuration",  # Junos before 8.2 cannot omit anything
            r"cli show configuration \| display omit",  # root's login shell is not the Junos command line
        )
    ),
    grant="a login class with the permissions `view-configuration` and `secret`",
    rejected=r"^(?:error:|syntax error|unknown command|.{0,80}permission denied)",
    busy=r"^error: (?:timeout|could not .*lock|communication|Resource (?:deadlock|temporarily))",
    volatile=(drop(r"^## Last (?:commit|changed):"),),
    secrets=(
        hide(r'("[^"]*"|(?<!\S)\S+);\s*## SECRET-DATA', word="## SECRET-DATA"),
        hide(r'"(\$[0-9a-z]{1,4}\$[^"]+)"'),  # a hash in a place that Junos does not mark
        hide(r'^ +community ("[^"]*"|\S+?)(?: \{|;)', begins=r"^snmp \{", ends=r"^\}"),
        # Of a group or of a logical system.
        hide(r'^ +community ("[^"]*"|\S+?)(?: \{|;)', begins=r"^ {8}snmp \{", ends=r"^(?: {8})?\}"),
        # A trap group's name is the community of its traps.
        hide(r'\btrap-group ("[^"]*"|[^\s;{]+)', word="trap-group "),
        hide(r'^[a-z]+ (?:.* )?snmp community ("[^"]*"|\S+)', word="snmp community "),
        hide(r'\b(?:plain-text-password-value|password) ("[^"]*"|\S+?);?$', word="password"),
    ),
    public=(public(r"\bsnmp-community \S+", "the index of a community; its name is hidden"),),
    facts=(
        fact("os_version", r"^(?:set )?version ([^;\s]+);?$"),
        fact("changed_by", r"^## Last (?:commit|changed): .* by (\S+)"),
        fact("changed_at", r"^## Last (?:commit|changed): (.+?)(?: by \S+)?$"),
    ),
    recorded=True,
    aliases=(
        "junos",
        "juniper",
        "juniper_screenos_junos",
        "junipernetworks.junos.junos",
        "srx",
        "juniper_srx",
        "junos_evo",
    ),
)
