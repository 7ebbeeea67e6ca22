"""Ubiquiti UniFi switches and access points, one command per SSH channel.

Source: UniFi Network documentation, "Getting Started with SSH". The controller writes the file anew at each
provisioning, in no stable order, so it is sorted.
"""

from collectors.define import Command, Platform, hide
from collectors.platforms.ubiquiti_airos import SECRETS

PLATFORM = Platform(
    transport="exec",
    config=Command("sort /tmp/system.cfg", known_by=r"^\w+(?:\.\w++)*+=", min_lines=5),
    no_end="the file is a list of settings; the exit status is the mark",
    rejected=r"^(?:sort|cat|-?sh): ",
    secrets=(*SECRETS, hide(r"^(?:mgmt|unifi)\.(?:authkey|key|x_?auth\w*)=(.+)")),
    artefacts={"version": Command("cat /etc/version"), "board": Command("cat /etc/board.info")},
    aliases=("unifi", "unifiap", "unifi_switch"),
)
