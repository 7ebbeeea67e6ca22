"""Juniper Junos as set commands: every line stands for itself, and a diff needs no context.

Source: Junos OS CLI User Guide, "Display set, omit and inheritance". The exit status says that all came.
"""

from dataclasses import replace

from collectors.define import Command, set_form_fault
from collectors.platforms.juniper_junos import PLATFORM as JUNOS

PLATFORM = replace(
    JUNOS,
    config=tuple(
        Command(text, known_by=r"^set ", fault=set_form_fault)
        for text in (
            "show configuration | display omit | display set",
            "show configuration | display set",
            r"cli show configuration \| display omit \| display set",
        )
    ),
    recorded=False,
    aliases=("junos_set",),
)
