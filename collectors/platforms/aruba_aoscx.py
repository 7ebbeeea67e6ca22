"""HPE Aruba AOS-CX. Source: AOS-CX Command-Line Interface Guide, `show running-config`, `export-password`.

Nothing marks the end: the version line and the prompt's return have to do.
"""

from collectors.define import SPACED_PROMPT, STOPS_AT_THE_LAST_SETTING, Command, Platform, fact, hide

PLATFORM = Platform(
    prompt=SPACED_PROMPT,
    enable="enable",
    setup=("no page",),
    config=Command("show running-config", known_by=r"^(?:!Version |hostname )", min_lines=6),
    no_end=STOPS_AT_THE_LAST_SETTING,
    grant="the group `administrators`, or one with a rule for `show running-config`",
    rejected=r"^\s*(?:% ?)?(?:Invalid input|Unknown command|Command incomplete|Ambiguous command|"
    r"Cannot execute command|Permission denied|Command not allowed)",
    secrets=(
        hide(r"\bciphertext (\S+)", word="ciphertext "),
        hide(r"\bplaintext (\S+)", word="plaintext "),
        hide(r"^snmp-server community (\S+)"),
        hide(r"^snmp-server host .*?\bcommunity (\S+)"),
        hide(r"^snmpv3 user .*?\bauth-pass (?!ciphertext|plaintext)(\S++)(?:.*?priv-pass (\S+))?"),
        hide(r"\bsecret-key (?!ciphertext|plaintext)(\S+)"),
        hide(r"^ntp authentication-key \d+ \S+ (?!ciphertext|plaintext)(\S+)"),
        hide(r"^(?:radius|tacacs)-server (?:.* )?key (?!ciphertext|plaintext)(\S+)"),
    ),
    facts=(fact("os_version", r"^!Version \S+ (\S+)"),),
    artefacts={
        "version": Command("show version"),
        "modules": Command("show module"),
        "transceivers": Command("show interface transceiver"),
    },
    recorded=True,
    aliases=(
        "aoscx",
        "aos_cx",
        "arubaoscx",
        "aruba_aos_cx",
        "arubanetworks.aoscx.aoscx",
        "aruba_cx",
        "hpe.aoscx",
    ),
)
