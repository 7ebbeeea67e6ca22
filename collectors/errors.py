"""Why a collection failed, and what happens next.

    CollectError
    ├── Transient              retried with backoff: the next attempt may succeed
    │   ├── Unreachable        unreachable     no connection within the limit, or the name does not resolve
    │   ├── TimedOut           timeout         the device went silent, or the deadline passed
    │   ├── Disconnected       disconnected    the device closed the session early
    │   └── Truncated          truncated       the answer came without its end marker
    └── Permanent              reported at once, never retried: a person has to act
        ├── AuthenticationFailed  authentication  one attempt was made; more could lock the account
        ├── HostKeyRejected    host_key        unknown or changed key: no password was sent
        ├── Forbidden          forbidden       the address is outside of the allowed networks
        ├── Incompatible       incompatible    another protocol, or no algorithm that is accepted here
        ├── Rejected           rejected        the device refused a command
        │   └── AuthorizationFailed  authorization  because the user may not run it, or may see only a part
        ├── EmptyConfig        empty           the answer held no configuration
        ├── TooLarge           too_large       the answer passed the byte cap
        ├── PromptNotFound     prompt          what arrived never ended in a prompt of this platform
        ├── BadRequest         bad_request     the job asks for what this collector cannot do
        └── MalformedResult    malformed       a plugin returned something that is not a result

`reason` is the same short word in the table, the log, the metric label and the report.
"""

from __future__ import annotations


class CollectError(Exception):
    """Base of everything a collector raises. `reason` is a stable, lower-case word."""

    reason = "error"
    transient = False


class Transient(CollectError):
    """The next attempt may succeed."""

    transient = True


class Permanent(CollectError):
    """Trying again changes nothing until a person acts."""


class Unreachable(Transient):
    """No connection within the limit, or the name does not resolve."""

    reason = "unreachable"


class TimedOut(Transient):
    """The device went silent, or the collection's deadline passed."""

    reason = "timeout"


class Disconnected(Transient):
    """The device closed the session before it had answered."""

    reason = "disconnected"


class Truncated(Transient):
    """The answer ended without the platform's end marker, or with its structure open."""

    reason = "truncated"


class AuthenticationFailed(Permanent):
    """The device refused the credential. One attempt was made; more could lock the account."""

    reason = "authentication"


class HostKeyRejected(Permanent):
    """The device's key is unknown or not the pinned one. No authentication was attempted."""

    reason = "host_key"

    def __init__(self, message: str, offered: str = "") -> None:
        self.offered = offered  # the key as known_hosts writes it; "" if it is not known
        super().__init__(message)


class Forbidden(Permanent):
    """The address is in none of the `allowed_networks`. Nothing was connected to."""

    reason = "forbidden"


class Incompatible(Permanent):
    """Another protocol answers at the port, or no key exchange, cipher or key type is in common."""

    reason = "incompatible"


class Rejected(Permanent):
    """The device refused a command."""

    reason = "rejected"


class AuthorizationFailed(Rejected):
    """The user lacks the right to see the whole configuration. The message says what to grant."""

    reason = "authorization"


class EmptyConfig(Permanent):
    """The device answered, and the answer held no configuration."""

    reason = "empty"


class TooLarge(Permanent):
    """The answer passed the byte cap."""

    reason = "too_large"


class PromptNotFound(Permanent):
    """What arrived never ended in a prompt of this platform: wrong platform, or a question."""

    reason = "prompt"


class BadRequest(Permanent):
    """The job asks for something that this collector cannot do."""

    reason = "bad_request"


class MalformedResult(Permanent):
    """A plugin returned something that is not a result."""

    reason = "malformed"


def quoted(line: str) -> str:
    """A device's own words for a message: short, on one line, and printable."""
    return "".join(char if char.isprintable() else "?" for char in line[:100])
