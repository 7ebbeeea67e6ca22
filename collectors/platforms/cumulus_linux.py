"""NVIDIA Cumulus Linux 4 and 5, one command per SSH channel. Source: Cumulus Linux User Guide, "NVUE CLI".

A switch without NVUE keeps its configuration in files: the interfaces and what FRRouting runs with.
"""

from collectors.define import IOS_LIKE, Command, Platform, drop, hide
from collectors.platforms.linux import UNIX_PROMPT

FILES = (
    "cat /etc/hostname /etc/network/interfaces /etc/cumulus/ports.conf"
    " && sudo -n vtysh -c 'show running-config'"
)

PLATFORM = Platform(
    transport="exec",
    prompt=UNIX_PROMPT,
    config=(
        Command("nv config show", known_by=r"^- (?:header|set):", idle_s=120),
        Command(FILES, ends_with=r"^end$", known_by=r"^frr version "),
    ),
    no_end="YAML has no closing line; the exit status is the mark",
    rejected=r"(?:command not found$|^Error: |: Permission denied$|^sudo: )",
    volatile=(
        drop(r"^Building configuration"),
        drop(r"^Current configuration:"),
        drop(r"^ +(?:rev-id|created|timestamp): "),
    ),
    secrets=(
        hide(
            r"^ +(?:(?:hashed-)?password|secret|shared-secret|key|md5-key|message-digest-key|"
            r"auth-key|community|(?:auth|priv)-(?:md5|sha|des|aes)(?:-key)?|"
            r"passphrase|psk): (?!$)'?(?!\*)([^'\n]+)'?"
        ),
        hide(r"^ {10}([^\s:]+):", begins=r"^ {8}readonly-community(?:-v6)?:", ends=r"^ {0,8}\S"),
        # The passwords of an SNMP user: each is the name of the entry that stands below it.
        hide(r"^ {14}([^\s:]+):", begins=r"^ {12}auth-(?:md5|sha\w*):$", ends=r"^ {0,12}\S"),
        hide(r"^ {18}([^\s:]+):", begins=r"^ {16}encrypt-(?:des|aes\w*):$", ends=r"^ {0,16}\S"),
        hide(r"^ {14,}([^\s:]+):$", begins=r"^ {12,}community-password:", ends=r"^ {0,12}\S"),
        *IOS_LIKE,
    ),
    artefacts={"version": Command("cat /etc/lsb-release")},
    aliases=(
        "cumulus",
        "cumulus_nvue",
        "nvue",
        "nvidia.nvue",
        "nvidia_cumulus",
        "cumulus.nvue",
        "nvidia.nvue.nvue",
    ),
)
