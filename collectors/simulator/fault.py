"""What can be wrong with a simulated device, for tests and for the demo's bad week."""

from __future__ import annotations

from enum import Enum


class Fault(Enum):
    """One thing that goes wrong; the value is how a person would put it."""

    UNREACHABLE = "nothing listens: connections are refused"
    SILENT = "connections are taken, and nothing is ever said"
    WRONG_KEY = "the host key is not the pinned one, as after a swap or with somebody in between"
    REFUSES_LOGIN = "no password is right any more"
    AUTHORIZATION_FAILED = "the login works, the configuration command is refused"
    EMPTY = "the configuration command answers nothing and the prompt returns"
    CUT_SHORT = "the answer ends in the middle and the prompt returns, as if it were whole"
    TRUNCATED = "the answer ends in the middle and the connection drops"
    HANG = "the answer stops in the middle, for ever, with the connection open"
    GARBAGE = "the answer is bytes of no meaning, some of them not UTF-8"
    SLOW_DRIP = "the answer arrives a few bytes at a time"
    ENDLESS = "the answer never ends"
