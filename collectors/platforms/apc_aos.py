"""APC (Schneider Electric) network management cards: UPS, PDU and cooling units.

Source: Network Management Card CLI Guide and User Guide, "Export configuration settings: the .ini file".

Their command line shows settings one by one; the whole configuration is the file `config.ini`, which the
card writes anew whenever it is fetched. The length that comes with it proves that it is whole.
"""

from collectors.define import REST, Command, Platform, drop, fact, hide

PLATFORM = Platform(
    transport="file",
    config=Command("config.ini", known_by=r"^\[[\w/ -]+\]"),
    no_end="its length, which the file server announces, is the mark",
    rejected=r"^E\d{3}: ",
    volatile=(drop(r"^; *Configuration file, generated on "),),
    secrets=(
        hide(
            r"^(?>[\w /.-]*(?:Community(?:Name)?|Pass(?:word|phrase|Phrase)|"
            rf"(?:Auth|Crypt|Priv)\w{{0,40}}Phrase|Secret|Shared ?Key|AuthKey|PrivKey))[\w ]*= *{REST}"
        ),
    ),
    facts=(fact("os_version", r"^;.*\bAOS v([\d.]+)"),),
    aliases=(
        "apc",
        "apcos",
        "schneider_apc",
        "apcaos",
    ),
)
