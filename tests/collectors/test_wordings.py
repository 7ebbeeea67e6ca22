"""The words that vendors put around a secret, and lines that only look as if they held one."""

from __future__ import annotations

import pytest

from collectors.filters import hide_secrets
from collectors.registry import platform

WORDINGS = {
    "juniper_junos": """\
            authentication-key "$9$SECRET1";
set system root-authentication encrypted-password "$6$SECRET1"
set system tacplus-server 192.0.2.1 secret "$9$SECRET1"
set snmp community SECRET1 authorization read-only
set snmp v3 usm local-engine user u authentication-sha authentication-key "$9$SECRET1"
set protocols bgp group g authentication-key "$9$SECRET1"
set protocols ospf area 0 interface ge-0/0/0 authentication md5 1 key "$9$SECRET1"
set security ike policy p pre-shared-key ascii-text "$9$SECRET1"
set access profile p client u chap-secret "$9$SECRET1"
set system archival configuration archive-sites "ftp://u:SECRET1@192.0.2.1/"
set system services dhcp-local-server group g authentication password SECRET1
            password SECRET1;
""",
    "mikrotik_routeros": """/system ntp key
add key-id=1 value=SECRET1
/routing bgp connection
add name=b tcp-md5-key=SECRET1
/radius
add address=192.0.2.1 secret="SECRET1"
/interface wifi security
add name=a passphrase=SECRET1
/snmp community
set [ find default=yes ] name=SECRET1 authentication-password=SECRET1
""",
    "ciena_saos": """user create user u access-level super secret SECRET1
radius add server 192.0.2.1 key SECRET1
ntp client add key 1 md5 SECRET1
""",
    "checkpoint_gaia": """\
set user a password-hash SECRET1
set snmp community SECRET1 read-write
set snmp usm user a auth-pass-phrase SECRET1
set aaa tacacs-servers priority 1 key SECRET1
set ospf interface eth0 authtype simple SECRET1
set bgp internal peer 1.1.1.1 authtype md5 secret SECRET1
set snmp traps receiver 1.1.1.1 version v2 community SECRET1
set vrrp interface eth0 authtype simple SECRET1
""",
    "cisco_asa": """\
username a password SECRET1 encrypted privilege 15
enable password SECRET1 level 5 encrypted
 ikev1 pre-shared-key SECRET1
 ldap-login-password SECRET1
snmp-server community SECRET1
snmp-server community 8 SECRET1
snmp-server host inside 1.1.1.1 community 8 SECRET1 version 2c
vpdn username a password SECRET1 store-local
failover key hex SECRET1
 key SECRET1
ntp authentication-key 1 md5 SECRET1
 ospf authentication-key SECRET1
 neighbor 1.1.1.1 password SECRET1
 radius-common-pw SECRET1
crypto isakmp key SECRET1 address 1.1.1.1
  pre-shared-key SECRET1
 proxy-auth_password SECRET1
 authentication key eigrp 1 SECRET1 key-id 1
key config-key password-encryption SECRET1
 token SECRET1
snmp-server user m g v3 auth sha SECRET1 priv aes 128 SECRET1
snmp-server user m g v3 engineID 80 encrypted auth md5 SECRET1
""",
    "cisco_s300": """\
username a password encrypted SECRET1 privilege 15
enable password level 15 encrypted SECRET1
snmp-server community SECRET1 rw view Default
encrypted radius-server key SECRET1
radius-server host 1.1.1.1 key SECRET1
snmp-server host 1.1.1.1 version 2 SECRET1
tacacs-server key SECRET1
encrypted tacacs-server key SECRET1
encrypted snmp-server host 1.1.1.1 SECRET1
snmp-server user u g v3 auth sha-2 SECRET1 priv SECRET1
""",
    "cisco_xr": """\
snmp-server community clear SECRET1 RO
snmp-server community encrypted SECRET1 RO
snmp-server host 1.1.1.1 traps version 2c clear SECRET1
radius-server host 1.1.1.1 auth-port 1812
 key 7 SECRET1
 neighbor-group x
  password encrypted SECRET1
 authentication-key encrypted SECRET1
  hello-password text clear SECRET1
 authentication message-digest
 message-digest-key 1 md5 clear SECRET1
   secret 10 SECRET1
tacacs-server key 7 SECRET1
 key-string password6 SECRET1
   key-string SECRET1
snmp-server user u g v3 auth md5 clear SECRET1 priv des56 clear SECRET1 SystemOwner
mpls ldp
 neighbor
  password encrypted SECRET1
ntp
 authentication-key 1 md5 encrypted SECRET1
 hsrp 1
  authentication SECRET1
macsec
 key 01
  key-string password SECRET1 cryptographic-algorithm aes
crypto ikev2
  pre-shared-key password SECRET1
""",
    "dell_os10": """\
username a password SECRET1 role x
radius-server host 1.1.1.1 key 9 SECRET1
ntp authentication-key 1 md5 9 SECRET1
snmp-server host 1.1.1.1 traps version 2c SECRET1 udp-port 162
 ip ospf message-digest-key 1 md5 SECRET1
""",
    "extreme_exos": """\
configure account admin password encrypted "SECRET1"
create account user a encrypted "SECRET1"
configure snmp add community readonly encrypted SECRET1
configure radius 1 shared-secret encrypted "SECRET1"
configure tacacs primary shared-secret encrypted SECRET1
configure snmpv3 add community "SECRET1" name "SECRET1" user a
configure ntp key 1 md5 encrypted SECRET1
configure bgp neighbor 1.1.1.1 password encrypted SECRET1
configure snmpv3 add user u authentication sha hex SECRET1 privacy aes 128 hex SECRET1
configure failsafe-account encrypted SECRET1
configure ospf vlan v authentication simple-password SECRET1
configure ospf vlan v authentication encrypted simple-password SECRET1
""",
    "f5_tmsh": """\
    passphrase "SECRET1"
    auth-password-encrypted "SECRET1"
        community SECRET1
    secret SECRET1
    key-passphrase SECRET1
   bind-pw SECRET1
   encrypted-password SECRET1
    md5-signature-passphrase SECRET1
        password SECRET1
    pass SECRET1
""",
    "fortinet": """\
    set password ENC SECRET1
    set psksecret "SECRET1"
        set ppk-secret ENC SECRET1
        set passphrase "SECRET1"
    set sae-password ENC SECRET1
        set auth-password-l1 ENC SECRET1
        set login-passwd ENC SECRET1
    set wifi-passphrase SECRET1
        set secret ENC SECRET1
        set key-outbound SECRET1
    set fixed-key "SECRET1"
        set ldap-password SECRET1
        set sso-password SECRET1
     set authpasswd ENC SECRET1
    set pptp-password ENC SECRET1
  set auth-key SECRET1
   set http-password ENC SECRET1
   set radius-secret SECRET1
  set bind-password SECRET1
    set client-secret "SECRET1"
  set ipsec-psk SECRET1
    set group-password SECRET1
   set ha-password SECRET1
   set hmac-key SECRET1
""",
    "hp_comware": """\
 password simple SECRET1
 set authentication password hash SECRET1
 set authentication password cipher SECRET1
 snmp-agent community read simple SECRET1 acl 2000
 snmp-agent community write SECRET1
 snmp-agent usm-user v3 u g simple authentication-mode sha SECRET1 privacy-mode aes128 SECRET1
 snmp-agent usm-user v3 u g authentication-mode md5 SECRET1
super password role level-15 hash SECRET1
 preshared-key pass-phrase cipher SECRET1
  key accounting simple SECRET1
ppp chap password cipher SECRET1
 peer 1.1.1.1 password simple SECRET1
 ospf authentication-mode md5 1 plain SECRET1
 vrrp vrid 1 authentication-mode md5 cipher SECRET1
 rip authentication-mode md5 rfc2453 cipher SECRET1
 isis authentication-mode md5 cipher SECRET1
 area-authentication-mode md5 cipher SECRET1
  password cipher SECRET1
 user-name x
snmp-agent target-host trap address udp-domain 1.1.1.1 params securityname SECRET1 v2c
 shared-key pass-phrase cipher SECRET1
 pre-shared-key address 1.1.1.1 key simple SECRET1
 key-string cipher SECRET1
 tunnel authentication
 tunnel password cipher SECRET1
""",
    "hp_procurve": """\
password manager user-name "a b" plaintext "SECRET1"
password manager sha1 "SECRET1"
encrypted-password manager "SECRET1"
snmp-server community "SECRET1" unrestricted
snmp-server host 1.1.1.1 community "SECRET1" trap-level all
snmp-server host 1.1.1.1 "SECRET1"
radius-server key "SECRET1"
radius-server host 1.1.1.1 encrypted-key "SECRET1"
tacacs-server key "SECRET1"
snmpv3 user "a" auth md5 "SECRET1" priv des "SECRET1"
sntp authentication key-id 1 authentication-mode md5 key-value "SECRET1" trusted
aaa port-access supplicant 1 secret "SECRET1"
   key 1 key-string "SECRET1"
snmpv3 community index 1 name "SECRET1" sec-name "a"
   ip ospf 1.1.1.1 authentication-key "SECRET1"
""",
    "huawei_vrp": """\
 ospf authentication-mode md5 1 plain SECRET1
 local-user a password cipher SECRET1
 set authentication password cipher SECRET1
snmp-agent community read SECRET1
 radius-server shared-key SECRET1 1
 hwtacacs-server shared-key SECRET1
super password level 3 cipher SECRET1
 security wpa2 psk pass-phrase SECRET1 aes
 ppp chap password simple SECRET1
  pre-shared-key SECRET1
ntp-service authentication-keyid 1 authentication-mode md5 SECRET1
snmp-agent usm-user v3 u g authentication-mode md5 SECRET1 privacy-mode aes128 SECRET1
 rip authentication-mode md5 usual SECRET1
pre-shared-key simple SECRET1
 wlan
  security wpa-wpa2 psk pass-phrase %^%#SECRET1%^%# aes
 isis authentication-mode md5 SECRET1
""",
    "netgear_prosafe": """\
snmp-server community SECRET1 ro
snmp-server community rw SECRET1
username admin password SECRET1 level 15 encrypted
radius server key auth 1.1.1.1 encrypted SECRET1
tacacs-server key encrypted SECRET1
enable password encrypted SECRET1
snmptrap SECRET1 ipaddr 1.1.1.1
""",
    "netscaler": """\
add system user a SECRET1 -encrypted
add snmp user u -group g -authType SHA -authPasswd SECRET1 -encrypted -privPasswd SECRET1 -encrypted
set authentication radiusAction a -radKey SECRET1
set HA node -password SECRET1
add aaa user u -password SECRET1 -encrypted
add lb monitor m -userName u -password SECRET1 -encrypted -secondaryPassword SECRET1
""",
    "paloalto_panos": """\
  password SECRET1;
  auth-password SECRET1;
    key SECRET1;
   secret SECRET1;
  community SECRET1;
  snmp-community-string SECRET1;
  md5 {
   1 {
  key SECRET1;
  authentication-key SECRET1;
  passphrase SECRET1;
  phash SECRET1;
  private-key SECRET1;
  keytab SECRET1;
  enc-password "SECRET1 y";
  bgp-secret SECRET1;
   simple-password SECRET1;
  client-secret SECRET1;
 set mgt-config users admin phash SECRET1
""",
    "ruckus_fastiron": """\
username a password 8 SECRET1
enable super-user-password SECRET1
snmp-server community 2 SECRET1 rw
snmp-server community SECRET1 ro
radius-server key 2 SECRET1
radius-server host 1.1.1.1 auth-port 1812 acct-port 1813 default key 2 SECRET1 dot1x
tacacs-server host 1.1.1.1 key SECRET1
 neighbor 1.1.1.1 password 2 SECRET1
 ip ospf authentication-key 2 SECRET1
snmp-server host 1.1.1.1 version v2c SECRET1
 ip vrrp-extended auth-type simple-text-auth SECRET1
enable telnet password SECRET1
snmp-server host 1.1.1.1 2 SECRET1
pre-shared-key SECRET1
""",
    "sonicwall_sonicos": """\
  password 4,SECRET1+/=
  shared-secret "SECRET1"
    bind-password 6,SECRET1
   pre-shared-key 5,SECRET1
""",
    "vyos": """\
set interfaces wireless wlan0 security wpa passphrase 'SECRET1'
set interfaces wireguard wg0 private-key SECRET1
set system login user a authentication plaintext-password 'SECRET1'
set vpn ipsec site-to-site peer 1 authentication pre-shared-secret 'SECRET1'
set protocols ospf area 0 authentication md5 key-id 1 md5-key SECRET1
set interfaces ethernet eth0 ip ospf authentication md5 key-id 10 md5-key 'SECRET1'
set interfaces ethernet eth0 ip ospf authentication plaintext-password SECRET1
set service snmp v3 user a auth encrypted-key 0xSECRET1
set service snmp v3 user a privacy plaintext-key 'SECRET1'
set service snmp community SECRET1 network 1.1.1.0/24
set service https api keys id a key 'SECRET1'
set interfaces openvpn vtun0 authentication password SECRET1
set service dns dynamic address eth0 service a password 'SECRET1'
set service webproxy authentication ldap password SECRET1
set pki ca x private key 'SECRET1'
set pki openvpn shared-secret x key 'SECRET1'
set service pppoe-server authentication local-users username a password SECRET1
set vpn l2tp remote-access authentication radius server 1.1.1.1 key 'SECRET1'
set system login tacacs server 1.1.1.1 key SECRET1
set protocols isis area-password md5 'SECRET1'
set protocols bgp 65000 neighbor 1 password SECRET1
set vpn openconnect authentication local-users username a password 'SECRET1'
set interfaces macsec macsec0 security mka cak SECRET1
set protocols rip interface eth0 authentication md5 1 password SECRET1
set interfaces wireless wlan0 security wep key SECRET1
set protocols nhrp tunnel tun0 cisco-authentication SECRET1
set system login user a authentication otp key 'SECRET1'
set service monitoring telegraf influxdb authentication token SECRET1
""",
}
PUBLIC = {
    "alliedtelesis_awplus": "service password-encryption",
    "aruba_aoscx": "user admin authorized-key ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIpublic admin@jump",
    "checkpoint_gaia": "set password-controls min-password-length 6",
    "juniper_junos": "set system login password minimum-length 8",
    "cisco_asa": "aaa authentication ssh console TACACS LOCAL",
    "cisco_xr": " authentication message-digest",
    "fortinet": "    set password-policy enable",
    "hp_procurve": "password minimum-length 8",
    "huawei_vrp": " peer 192.0.2.9 as-number 64501",
    "nokia_sros": '                            match "password"',
    "paloalto_panos": "        public-key c3NoLWVkMjU1MTk=;",
    "vyos": "set interfaces wireguard wg0 peer hub public-key 'b7wPpublic='",
}


@pytest.mark.parametrize("name", WORDINGS)
def test_no_wording_of_a_secret_gets_past_its_platform(name: str) -> None:
    definition = platform(name)
    assert definition is not None
    hidden = hide_secrets(WORDINGS[name], definition.hides)
    assert [line for line in hidden.splitlines() if "SECRET" in line] == []
    assert hidden.count("<hidden>") >= WORDINGS[name].count("SECRET")


@pytest.mark.parametrize("name", PUBLIC)
def test_what_is_no_secret_stays(name: str) -> None:
    definition = platform(name)
    assert definition is not None
    assert hide_secrets(PUBLIC[name] + "\n", definition.hides) == PUBLIC[name] + "\n"
