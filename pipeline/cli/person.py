"""Who runs a command."""

from __future__ import annotations

import os
import pwd
import socket


def person() -> str:
    """The system's user and host, such as `anna@backup1`. Variables of the environment say nothing of it."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user without an entry
        name = str(os.getuid())
    return f"{name}@{socket.gethostname()}"
