"""Allied Telesis AlliedWare Plus. Source: AlliedWare Plus Command Reference, `terminal length`."""

from collectors.define import IOS_LIKE, VALUE, Command, Platform, drop, hide

PLATFORM = Platform(
    enable="enable",
    setup=("terminal length 0",),
    config=Command("show running-config", known_by=r"^(?:hostname|service|version) ", ends_with=r"^end$"),
    rejected=r"^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized|Permission denied)",
    volatile=(drop(r"^Building configuration"), drop(r"^Current configuration")),
    secrets=(
        hide(r"^ +(?:wpa-psk-key|security-key|psk-key) (?:encrypted |ascii |hex )?(\S+)"),
        hide(rf"^ +(?:nas \S+ key|key encrypted) {VALUE}"),
        *IOS_LIKE,
    ),
    artefacts={"version": Command("show system"), "inventory": Command("show system serialnumber")},
    aliases=(
        "awplus",
        "allied_telesis_awplus",
        "alliedtelesis",
        "alliedware_plus",
        "ate_awplus",
        "allied_telesyn",
    ),
)
