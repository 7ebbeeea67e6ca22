"""What asks for more than a password, in SSH's login and at a command line."""

from __future__ import annotations

import re

SECOND_FACTOR = re.compile(
    r"\b(?:verification|authentication|authenticator|security|token|one[- ]time|otp|mfa|2fa)"
    r"(?: \w++){0,3}+ ?:|\bpasscode or option\b|\botp\b|\bduo\b"
    r"|\btwo[- ]factor\b|\btokencode\b|\bchallenge\b.{0,40}:",
    re.IGNORECASE,
)
"""Found in the question of a device; nothing is ever typed as an answer."""
