"""TP-Link JetStream and Omada switches. Source: TP-Link JetStream CLI Reference Guide.

A line feed is echoed and nothing else: only a carriage return ends a line. Its pager waits for any key.
"""

from collectors.define import IOS_NOT_SNMP, SPACED_PROMPT, Command, Platform, drop, fact, hide

PLATFORM = Platform(
    prompt=SPACED_PROMPT,
    enter="\r",
    enable="enable",
    setup=("terminal length 0",),
    config=Command(
        "show running-config",
        known_by=r"^(?:hostname|vlan|interface|ip|snmp-server|user)\b",
        ends_with=r"^end$",
    ),
    rejected=r"^\s*(?:% ?|Error: ?)?(?:Bad command|Invalid|Incomplete command|Ambiguous|Unknown command)",
    volatile=(drop(r"^!(?:System Time|Up ?[Tt]ime)"), drop(r"^Building configuration")),
    secrets=(
        hide(r'^snmp-server community ("[^"]*"|\S+)'),
        hide(r"^snmp-server user .*?\b(?:MD5|SHA\S{0,20}) cpwd (\S+)(?: emode \S+ epwd (\S+))?"),
        hide(r'^snmp-server host \S+ \d+ ("[^"]*"|\S+)'),
        *IOS_NOT_SNMP,
    ),
    facts=(fact("model", r"^!(T\d\S+|TL-\S+|S[GX]\d\S+)$"),),
    artefacts={"version": Command("show system-info"), "vlan": Command("show vlan brief")},
    aliases=("jetstream", "tplink", "tp_link_jetstream", "tplink_omada"),
)
