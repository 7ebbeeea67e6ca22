"""SonicWall SonicOS 6.5 and 7. Source: SonicOS Enterprise Command Line Interface Reference Guide.

Stored secrets are written as a digit, a comma and a blob, wherever they stand.
"""

from collectors.define import (
    STOPS_AT_THE_LAST_SETTING,
    Command,
    LoginPrompts,
    Platform,
    drop,
    fact,
    hide,
    question,
)

PLATFORM = Platform(
    prompt=r"[\w.@\\-]+@[\w.() -]+[>#]|config\([^()\n]{1,64}\)(?:\[[\w ]{1,40}\])?[>#]",
    questions=(
        question(r"^(?>.*?(?:accept|agree)).*(?:\[?y(?:es)?/n(?:o)?\]?|\(yes\))", "yes"),
        question(r"^yes:", "yes"),  # the same question, with the cursor on a line of its own
    ),
    login_prompts=LoginPrompts(again=True),  # SSH itself may want no secret
    setup=("no cli pager session",),
    config=Command("show current-config", known_by=r"^firmware-version ", min_lines=20, idle_s=120),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*%? ?(?:Error: |Unknown command|No matching command|Invalid|Incomplete command|Ambiguous)",
    volatile=(
        drop(r"^(?:system-time|system-uptime|up-?time|last-modified(?:-by)?|checksum) "),
        drop(r"^ *(?:date|time) \"?\d{2,4}[:/-]"),
    ),
    secrets=(
        hide(r" (\d,[\w+/=.-]{6,})"),
        hide(
            r"^ *(?:password|passphrase|shared-secret|secret|pre-shared-key|authentication-key|"
            r"encryption-key|get-community-name|trap-community-name|auth-key|bind-password) "
            r'(?!\d,)("[^"]*"|\S+)$'
        ),
    ),
    facts=(
        fact("os_version", r"^firmware-version \"?(?:SonicOS )?(?:Enhanced )?([^\s\"]+)"),
        fact("model", r"^model \"?([^\"\n]+)"),
        fact("serial_number", r"^serial-number \"?([\w-]+)"),
    ),
    artefacts={"version": Command("show version")},
    aliases=("sonicos", "sonicwall"),
)
