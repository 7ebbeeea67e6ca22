"""A plain Linux host: the files by which its network is configured, in one command on one SSH channel.

Source: hier(7), interfaces(5), systemd.network(5), netplan(5), nft(8), snmpd.conf(5). What does not exist or
may not be read by this user is left out; nothing asks for root.
"""

from dataclasses import replace

from collectors.define import IOS_LIKE, VALUE, Command, Platform, fact, hide

FILES = (
    "/etc/hostname /etc/os-release /etc/hosts /etc/resolv.conf /etc/nsswitch.conf /etc/passwd /etc/group "
    "/etc/fstab /etc/network/interfaces /etc/network/interfaces.d/* /etc/netplan/*.yaml "
    "/etc/systemd/network/* /etc/sysctl.conf /etc/sysctl.d/*.conf /etc/nftables.conf "
    "/etc/iptables/rules.* /etc/ssh/sshd_config /etc/frr/frr.conf /etc/bird/bird.conf "
    "/etc/wireguard/*.conf /etc/ipsec.conf /etc/keepalived/keepalived.conf /etc/snmp/snmpd.conf "
    "/etc/ntp.conf /etc/chrony/chrony.conf /etc/chrony.conf /etc/dhcp/dhcpd.conf /etc/rsyslog.conf /etc/motd"
)


def show(files: str) -> str:
    """The shell command that prints each of `files` that can be read under its name, and ends with a mark."""
    return f"tail -n +1 {files} 2>/dev/null; echo '==> end <=='"


HOST_SECRETS = (
    hide(rf"^\s*(?:ro|rw|trap)community6? {VALUE}"),
    hide(rf"^\s*(?:trapsink|trap2sink|informsink) \S+ {VALUE}"),
    hide(rf"^\s*com2sec6?(?: -Cn \S+)? \S+ \S+ {VALUE}"),
    hide(rf"^\s*createUser (?:-e \S+ )?\S+ \S+ {VALUE}(?: \S+ {VALUE})?"),
    *(hide(rf"^\s*trapsess .*? -{flag} (\S+)") for flag in "cAX"),
    hide(r'^[^#\n]*\bpassword "([^"\n]+)"', word='password "'),  # BIRD
    hide(r"^\s*crypto pw (\S+)"),
    hide(r"^\s*(?:PrivateKey|PresharedKey|PresharedKeyFile|WireGuardKey) ?= ?(\S+)"),
    hide(rf"^\s*(?:wpa-psk|wpa-passphrase|wireless-key|wpa-password|auth_pass|secret|psk) +(?!=){VALUE}"),
    hide(rf"^\s*(?:- )?(?:password|passphrase|psk|secret|key|private-key|shared|auth-key) ?[:=] ?{VALUE}"),
)
"""What the daemons of a Linux or BSD host keep in their files."""

_FRR_FILES = (r"^==> /etc/frr/", r"^==> ")
# In a file of its own, because "password" and "key" are ordinary words in the comments of the others.
_FRR = tuple(replace(rule, block=_FRR_FILES) for rule in IOS_LIKE)

UNIX_PROMPT = r"[\w.@+-]+(?:[~/]|:(?=[^\s$#>]*[~/]))[^\s$#>]*[$#>]"

PLATFORM = Platform(
    transport="exec",
    prompt=UNIX_PROMPT,
    config=Command(show(FILES), ends_with=r"^==> end <==$", known_by=r"^==> /"),
    rejected=r"^\S*sh: .*(?:syntax error|not found|denied)|^(?:Unknown|Invalid) command",
    secrets=(*HOST_SECRETS, *_FRR),
    facts=(fact("os_version", r'^PRETTY_NAME="([^"]+)"'),),
    artefacts={
        "packages": Command("dpkg-query -W || rpm -qa | sort"),
        "version": Command("uname -srmo"),
        "links": Command("ip -brief link"),
    },
    aliases=("linuxgeneric", "linux_generic", "debian", "ubuntu"),
)
