"""How large an outcome may be. The worker keeps to it, and the consumer refuses what does not.

The consumer counts while it inflates: a few kilobytes can hold gigabytes. What a worker has collected and
does not fit ends as a failure with a reason, so that nothing is refused which an honest worker publishes.
"""

from __future__ import annotations

MAX_CONFIG = 32 * 2**20
"""Bytes of a configuration in UTF-8."""

MAX_ENVELOPE = 4 * 2**20
"""Bytes of an outcome's JSON, which holds neither the configuration nor large artefacts."""

MAX_ARTEFACTS = 100
"""Artefacts of one outcome."""

MAX_ARTEFACT_BYTES = 48 * 2**20
"""Bytes of all artefacts of one outcome, in UTF-8. A sealed copy of the largest configuration has 45 MB."""

MAX_LOG = 500
"""Entries of a log."""

MAX_LOG_TEXT = 2000
"""Characters of each text in a log's entry."""

MAX_FACTS = 100
"""Facts of one outcome."""

MAX_FACT = 1000
"""Characters of a fact."""
