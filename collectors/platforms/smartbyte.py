"""SmartByte STC switches, whose unprivileged user may see the configuration, too.

Source: what an STC-4168XGGCM with software 7.4.7 answers; the vendor publishes no manual.
"""

from collectors.define import HEADING, IOS_LIKE, Command, Platform

PLATFORM = Platform(
    enable="enable",
    setup=("terminal length 0",),
    config=Command("show running-config", known_by=r"^hostname ", ends_with=r"^end$"),
    rejected=r"^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized|Command|There is no)",
    volatile=(HEADING,),
    secrets=IOS_LIKE,
    artefacts={"version": Command("show version")},
    aliases=("smartbyte_stc",),
)
