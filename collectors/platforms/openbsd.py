"""An OpenBSD host: the files by which its network is configured, in one command on one SSH channel.

Source: hier(7), hostname.if(5), pf.conf(5), bgpd.conf(5), ospfd.conf(5), iked.conf(5), snmpd.conf(5).
"""

from collectors.define import VALUE, Command, Platform, hide
from collectors.platforms.linux import HOST_SECRETS, show

FILES = (
    "/etc/myname /etc/mygate /etc/hosts /etc/resolv.conf /etc/hostname.* /etc/rc.conf.local /etc/sysctl.conf "
    "/etc/pf.conf /etc/bgpd.conf /etc/ospfd.conf /etc/ospf6d.conf /etc/ripd.conf /etc/ldpd.conf "
    "/etc/relayd.conf /etc/iked.conf /etc/ipsec.conf /etc/isakmpd/isakmpd.policy /etc/npppd/npppd.conf "
    "/etc/rad.conf /etc/dhcpd.conf /etc/ntpd.conf /etc/snmpd.conf /etc/ifstated.conf /etc/login.conf "
    "/etc/ssh/sshd_config /etc/passwd /etc/group /etc/motd"
)

PLATFORM = Platform(
    transport="exec",
    config=Command(show(FILES), ends_with=r"^==> end <==$", known_by=r"^==> /"),
    rejected=r"^\S*sh: .*(?:syntax error|not found|denied)",
    secrets=(
        hide(rf"\b(?:nwkey|wpakey|wgkey|wgpsk|authkey|enckey|peerpasswd|psk) {VALUE}"),
        hide(rf"^(?>.*?\bvhid \d).*? pass {VALUE}", word=" pass "),
        hide(rf"\b(?:md5sig|ah|esp) (?:password|key) {VALUE}"),
        hide(rf"^\s*(?:auth-key|auth-md \d+|password) {VALUE}"),
        hide(rf"\b(?:read-only|read-write|trap) community {VALUE}"),
        hide(rf"^\s*[^#\n]{{0,80}}\bsecret (?!=){VALUE}"),
        *HOST_SECRETS,
    ),
    artefacts={"version": Command("uname -srm"), "packages": Command("pkg_info -q")},
    aliases=("bsd",),
)
