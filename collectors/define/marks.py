"""Why a configuration shows no end of its own, where several systems have the same reason."""

from __future__ import annotations

STOPS_AT_THE_LAST_SETTING = "the command prints its last setting, and then the prompt"
ANY_LINE_MAY_BE_LAST = "each line is a setting of its own, and any of them may be the last"
