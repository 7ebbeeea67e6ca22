"""HPE and H3C Comware 5 and 7. Source: HPE FlexNetwork Fundamentals Command Reference.

The user view's prompt stands in angle brackets. A configuration ends with `return`.
"""

from collectors.define import Command, Platform, fact, hide, question

PLATFORM = Platform(
    prompt=r"(?:RBM_[PS])?(?:<[^<>\n]{1,80}>|\[[\w\x80-\xff.~*()/@+&#:,'=%!$^;|{}\\ -]+\])",
    questions=(question(r"press y or enter to continue", ""),),  # the legal banner
    setup=("screen-length disable",),
    config=Command(
        "display current-configuration", known_by=r"^ *(?:version|sysname) ", ends_with=r"^return$"
    ),
    grant="the user role `network-admin` or `network-operator`",
    rejected=r"^\s*% ?(?:Unrecognized|Incomplete|Ambiguous|Wrong parameter|Too many parameters|Unknown|"
    r"Permission denied|Unknown command)|^Permission denied",
    secrets=(
        hide(r"\bmd5-password (?:cipher|plain) (?:\d+\.\S+ )?(\S+)"),
        hide(r"\bcipher (?!authentication-mode|aes|des|\d+\.\d+\.)(\S+)", word="cipher "),
        hide(r"\bsimple (?!authentication-mode|aes|des|plain |cipher )(\S+)", word="simple "),
        hide(r"\bplain (\S+)", word=" plain "),
        hide(r"\bpassword(?: role \S+| level \d)? hash (\S+)", word=" hash "),
        hide(r"^ *snmp-agent community (?:read|write) (?!cipher |simple )(\S+)"),
        hide(r"^ *snmp-agent target-host .*?\bparams securityname (\S+)(?: v1| v2c|$)"),
        hide(
            r"\bauthentication-mode (?:md5|sha\d*) (?!\d+ |cipher |simple )(\S+)(?: privacy-mode \S+ (\S+))?",
            word="tion-mode ",
        ),
        hide(r"^ *ntp-service authentication-keyid \d+ authentication-mode \S+ (?!cipher|simple)(\S+)"),
        hide(r"^ +(?:key|shared-key) (?:authentication|accounting|authorization) (?!cipher |simple )(\S+)"),
        hide(r"^ +pre-shared-key (?!.*(?:cipher|simple) )(?:address \S+ \S+ |hostname \S+ )?(?:key )?(\S+)"),
    ),
    facts=(fact("os_version", r"^ *version ([^,\s]+)"),),
    artefacts={
        "version": Command("display version"),
        "inventory": Command("display device manuinfo"),
        "vlan": Command("display vlan brief"),
    },
    aliases=("comware", "h3c", "hpe_comware", "h3c_comware", "hpe.comware"),
)
