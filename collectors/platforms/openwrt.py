"""OpenWrt, one command per SSH channel: everything that UCI holds.

Source: OpenWrt documentation, "The UCI system" (uci export).
"""

from collectors.define import Command, Platform, hide

PLATFORM = Platform(
    transport="exec",
    config=Command("uci export", known_by=r"^package ", min_lines=10),
    no_end="the exit status of the channel is the mark",
    rejected=r"^(?:uci: |sh: |-?ash: |Usage: uci)",
    secrets=(
        hide(
            r"^\t(?:option|list) \w*(?:password|passwd|passphrase|secret|psk|private_key|pre_?shared_key"
            r"|community|authkey|pincode|wps_pin|token|authpass|privpass|auth_pass|priv_pass) '([^']*)"
        ),
        # `key '1'` says which of four keys is in use.
        hide(r"^\toption (?:key|key\d|r[01]_key\w*|wpakey) '(?!\d')([^']*)"),
        hide(r"^\tlist r[01]kh '[^']*,([0-9a-fA-F]{16,})'"),  # 802.11r
    ),
    artefacts={
        "version": Command("cat /etc/openwrt_release"),
        "packages": Command("opkg list-installed || apk info -v"),
    },
    aliases=("open_wrt", "lede"),
)
