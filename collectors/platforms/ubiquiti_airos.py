"""Ubiquiti airOS radios, one command per SSH channel.

Source: airOS User Guide, "Backup Configuration". The file's order is not stable, so it is sorted.
"""

from collectors.define import Command, Platform, hide

SECRETS = (
    hide(
        r"^[\w.-]*(?:password|passwd|passphrase|secret|community|psk|authkey|private_?key|presharedkey|sae_pw"
        r"|cdrom_key|ppp\.\d+\.auth)=(.+)"
    ),
    hide(r"^unms\.uri=wss://[^+]+\+([^+]+)"),
    hide(r"^(?=[\w.-]*(?:wep|wpa|network|security|dh|x|radio))[\w.-]*\.key(?:\.\d+)?(?:\.key)?=(.+)"),
)
"""Of the flat `name=value` files of airOS and UniFi devices."""

PLATFORM = Platform(
    transport="exec",
    config=Command("sort /tmp/system.cfg", known_by=r"^\w+(?:\.\w++)*+=", min_lines=10),
    no_end="the file is a list of settings; the exit status is the mark",
    rejected=r"^(?:sort|cat|-?sh): ",
    secrets=SECRETS,
    artefacts={"version": Command("cat /etc/version"), "board": Command("cat /etc/board.info")},
    aliases=("airos", "airmax"),
)
