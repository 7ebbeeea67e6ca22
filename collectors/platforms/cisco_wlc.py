"""Cisco wireless LAN controllers with AireOS. Source: Cisco Wireless Controller Command Reference.

Releases before 8.6 ask for user and password again behind the SSH login.
"""

from collectors.define import (
    ANY_LINE_MAY_BE_LAST,
    Command,
    LoginPrompts,
    Platform,
    drop,
    hide,
    public,
)

PLATFORM = Platform(
    prompt=r"\([^()\n]{1,64}\) ?(?:[\w-]+ ){0,4}(?:[\w-]+ ?)?>",
    login_prompts=LoginPrompts(username=r"User(?: ?name)? ?:", again=True),
    setup=("config paging disable",),
    config=Command(
        "show run-config commands", known_by=r"^ *(?:802\.11|wlan|sysname|interface) ?", min_lines=10
    ),
    no_end=ANY_LINE_MAY_BE_LAST,
    rejected=r"^\s*(?:Incorrect (?:usage|input)|HELP:|Invalid|Unknown command|% ?Unknown)",
    volatile=(drop(r"^ *rogue (?:ap|adhoc|client) "), drop(r"^ *(?:System Time|Current System Time)")),
    secrets=(
        hide(r"^ *(?:config )?snmp community (?:create|mode enable|accessmode r[ow]|ipaddr \S+ \S+) (\S+)"),
        hide(r"^ *(?:config )?snmp trapreceiver create (\S+)"),  # the receiver's name is its community
        hide(r"^ *(?:config )?snmp v3user create \S+ r[ow] \S+ \S+ (\S+)(?: (\S+))?"),
        hide(r"^ *(?:config )?mgmtuser (?:add|password)(?: encrypt)? \S+ (.+?)(?: read-\w+| lobby-admin)?$"),
        hide(r"^ *(?:config )?(?:radius|tacacs) (?:auth|acct|athr) add \d+ \S+ \d+ (?:ascii|hex) (\S+)"),
        hide(
            r"^ *(?:config )?(?:radius|tacacs) (?:auth|acct|athr) add encrypt \d+ \S+ \d+ (?:password )?(.+)$"
        ),
        hide(r"^ *(?:config )?wlan security wpa akm psk set-key (?:ascii|hex) (?:encrypt )?(.+?)(?: \d+)?$"),
        hide(r"^ *(?:config )?wlan security (?:static-wep-key|wep) .*?\b(?:ascii|hex) (\S+)"),
        hide(r"^ *(?:config )?ap (?:mgmtuser|dot1xuser) add username \S+ password (\S+)"),
        hide(r"^.*?\bsecret (\S+)", word="secret "),
        hide(r"^ *(?:config )?netuser (?:add|password) \S+ (\S+)"),
        hide(r"^ *(?:config )?(?:local-auth method fast server-key) (?:encrypt )?(.+)$"),
        hide(r"^ *(?:config )?ldap (?:add|simple-bind) .*?authenticated \S+(?: password)? (\S+)"),
    ),
    public=(public(r"\bstrong-pwd \S+", "which rule a password must follow"),),
    artefacts={"version": Command("show sysinfo"), "inventory": Command("show inventory")},
    aliases=(
        "aireos",
        "cisco_wlc5",
        "cisco_wlc8",
        "wlc",
        "cisco_aireos",
        "community.network.aireos",
        "ciscowlc",
        "cisco_wlc4",
    ),
)
