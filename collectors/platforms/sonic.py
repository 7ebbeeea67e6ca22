"""SONiC with the community command line, one command per SSH channel: the running ConfigDB as JSON.

Source: SONiC Command Reference, "show runningconfiguration"; SONiC Configuration Database Manual.
"""

from collectors.define import Command, Platform, fact, hide

PLATFORM = Platform(
    transport="exec",
    config=Command(
        "show runningconfiguration all",
        known_by=r'^ +"DEVICE_METADATA"',
        balanced=True,
        ends_with=r"^\}$",
        idle_s=120.0,
    ),
    rejected=r"^(?:Usage: |Error: |Traceback )|command not found|[Pp]ermission denied",
    secrets=(
        hide(r'^ +"(?:passkey|password|password_hash|auth_password|bind_password|secret|psk)": "([^"]+)"'),
        hide(r'^ +"SNMP_USER_(?:AUTH|ENCRYPTION)_PASSWORD": "([^"]+)"'),
        hide(r'^ +"(?:primary|fallback)_cak": "([^"]+)"'),
        hide(r'^ +"value": "([^"]+)"', begins=r'^    "NTP_KEY": \{', ends=r"^    \}"),
        hide(r'^        "([^"]+)": \{', begins=r'^    "SNMP_COMMUNITY": \{', ends=r"^    \}"),
    ),
    facts=(
        fact("model", r'^ +"hwsku": "([^"]+)"'),
        fact("os_version", r'^ +"sonic_version": "([^"]+)"'),
    ),
    artefacts={"version": Command("show version"), "routing": Command("show runningconfiguration bgp")},
    aliases=(
        "sonic_community",
        "azure_sonic",
        "asternos",
        "edgecore_sonic",
    ),
)
