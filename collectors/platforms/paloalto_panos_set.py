"""Palo Alto Networks PAN-OS as set commands: every line stands for itself, and a diff needs no context.

Source: PAN-OS CLI Quick Start, "Load Configurations", which prints them with `show` in configuration mode.
That is the candidate: what was changed and is not yet committed is in it. Only the prompt marks the end.
"""

from dataclasses import replace

from collectors.define import Command, set_form_fault
from collectors.platforms.paloalto_panos import PLATFORM as PANOS

PLATFORM = replace(
    PANOS,
    setup=(*PANOS.setup, "set cli config-output-format set", "configure"),
    config=Command("show", known_by=r"^set ", fault=set_form_fault, idle_s=180),
    artefacts={},
    api=None,
    aliases=("panos_set",),
)
