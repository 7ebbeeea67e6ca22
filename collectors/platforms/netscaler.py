"""Citrix (NetScaler) ADC. Source: NetScaler ADC Command Reference, "show ns runningConfig".

Every answer ends with ` Done`: the end marker, and not a part of the configuration.
"""

from collectors.define import Command, Contexts, Platform, drop, fact, hide, public

_VALUE = r'("(?:[^"\\]++|\\.)*+"|\S+)'

PLATFORM = Platform(
    prompt=r"(?:[\w.@()/:,%+\[\]-][\w.@()/:,%+\[\] -]{0,80})?>",
    setup=("set cli mode -page OFF",),
    config=(
        Command("show ns runningConfig", ends_with=r"^ ?Done$", known_by=r"^(?:set|add) ns ", min_lines=10),
        Command("show ns ns.conf", ends_with=r"^ ?Done$", known_by=r"^(?:set|add) ns ", min_lines=10),
    ),
    rejected=r"^\s*(?:ERROR: |Warning: No such command|No such command|% ?Unknown)",
    volatile=(drop(r"^ ?Done$"), drop(r"^# Last modified ")),
    secrets=(
        hide(rf"(?<!\S){_VALUE} -encrypted\b", word=" -encrypted"),
        hide(
            r" -(?:\w*[pP]assword|\w*[pP]asswd|passcrypt|passphrase|radKey|(?=\w*[sS]ecret)\w++|psk|"
            rf"hmacKey|md5Key|keyValue) {_VALUE}"
        ),
        hide(rf"^(?:add|set) system user \S+ (?!-){_VALUE}"),
        hide(rf"^add snmp community {_VALUE}"),
        hide(rf"^add snmp trap .*? -communityName {_VALUE}"),
    ),
    public=(
        public(r"(?:certKey|hmacKey|-certkeyName|ntp key) [^-\s]\S*", "the name of a key"),
        public(r" -(?:key|cert) \S+", "the name of a file"),
    ),
    facts=(fact("os_version", r"^#(NS\S+ Build \S+)"),),
    artefacts={"version": Command("show ns version"), "hardware": Command("show ns hardware")},
    contexts=Contexts(
        list=Command("show ns partition", ends_with=r"^ ?Done$", min_lines=1),
        name=r"\bName: (?!default\b)(\S+)",
        enter="switch ns partition {name}",
        leave="switch ns partition default",
        config=Command("show ns runningConfig", ends_with=r"^ ?Done$", known_by=r"^(?:set|add|bind|enable) "),
        header="# partition {name}",
    ),
    aliases=("citrix_netscaler", "citrix_adc", "netscaler.adc", "citrix.adc", "netscaler_adc"),
)
