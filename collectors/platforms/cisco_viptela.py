"""Cisco SD-WAN on Viptela OS (vEdge, vSmart, vBond, vManage).

Source: Cisco SD-WAN Command Reference, "show running-config" and "paginate".
"""

from collectors.define import STOPS_AT_THE_LAST_SETTING, UPTIME, VALUE, Command, Platform, fact, hide

PLATFORM = Platform(
    setup=("paginate false",),
    config=Command("show running-config", known_by=r"^(?:system|vpn \d+)$", min_lines=10),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^(?:syntax error|Error: |Aborted: |% )|^-+\^",
    volatile=(UPTIME,),
    secrets=(
        hide(rf"^ *(?:password|secret-key|key|psk|md5|passphrase) {VALUE}"),
        hide(rf"^ community {VALUE}"),  # further indented, it is a community of BGP
        hide(rf"^ *authentication \d+ md5 {VALUE}"),
        hide(rf"^ *(?:auth|priv)-password {VALUE}"),
        hide(rf"\b(?:pre-shared-secret|wpa-personal-key|radius-secret|message-digest-key \d+ md5) {VALUE}"),
        hide(rf"^ *(?:auth|priv) (?:md5|sha\S*|aes\S*) (?:auth|priv)?-?(?:password )?{VALUE}"),
    ),
    facts=(fact("os_version", r"^! ?viptela .*?(?<![\d.])(\d++(?:\.\d++)++)"),),
    artefacts={"version": Command("show version"), "inventory": Command("show hardware inventory")},
    aliases=("viptela", "vedge", "cisco_sdwan", "ciscovedge"),
)
