"""What one backup writes into Redis: every key, every script and every field is named here, and here alone.

    key                         value                        lives
    lock:device:<device_id>     the holder's token           30 s longer than the task may run
    attempts:<task_identifier>  how many attempts began      a day after the last one
    done:<task_identifier>      the outcome's status         a week
    <stream>                    one entry for each outcome   until the consumer has written its row
    <stream>:dead               entries nobody can read      until a person deletes them
    <stream>:orders:dead        orders a worker refused      the newest thousand

An attempt at a backup begins with one script and ends with another. Each is one step on the server, and
one round trip, which costs as much as many commands.

    CLAIM      If `done` exists, the script takes no lock and counts no attempt. Otherwise it takes the lock,
               unless another token has it, and counts the attempt before anything can kill the worker.
    PUBLISH    It appends the outcome, sets `done`, and releases the lock if the worker's token still has it.

In between, RENEW prolongs the lock from time to time. If nothing is published, RELEASE frees it. Both do
nothing unless the caller's token has the lock. A probe takes the lock alone. Before it queues a backup
again, the driver looks for `done` and for the lock's holder. The consumer reads and deletes the entries.

This module calls no server: it makes a script's keys and arguments, and reads what comes back.
`device_lock` and `results` run the scripts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from sys import getsizeof

from pipeline.errors import ForgedError, MessageError
from pipeline.text.words import printable
from pipeline.transit.signers import Signer
from pipeline.transit.signing import SigningKey, Verifier, digest
from pipeline.values.compression import deflate, inflate
from pipeline.values.job import MAX_KEY
from pipeline.values.limits import MAX_ARTEFACT_BYTES, MAX_ARTEFACTS, MAX_CONFIG, MAX_ENVELOPE
from pipeline.values.outcome import Outcome

GROUP = "consumer"
"""The stream's consumer group."""

_MAX_PROBLEM = 500  # characters
_MAX_ENTRY = 2 * MAX_CONFIG
_MAX_INSIDE = 2**18
"""Characters of artefacts that travel in the envelope; more travel beside it, each deflated by itself."""
_ARTEFACT = "artefact:"
"""The beginning of such an artefact's field; its name follows."""

_ATTEMPTS_TTL_S = 24 * 3600
# How long a published outcome is remembered, so that a late second delivery of its job ends at once
# and the sweep does not call lost what still waits in the stream.
_DONE_TTL_S = 7 * 24 * 3600
_LONGEST_LOCK_MS = 3_600_000
"""A lock with more time left than this, and than twice what its claimer asks for, is none of ours."""

# KEYS: lock, and for a backup done and attempts. ARGV: token, the lock's life in milliseconds, and for a
# backup the seconds for which attempts are remembered. Answers with the token that has the lock now ("" if
# the backup is done) and the number of the attempt. If the lock has this very token, the script ran before
# and its reply was lost: the attempt has been counted.
#
# A lock is renewed or expires within minutes. One without an end, or whose end is further away than that of
# any session, was not made by CLAIM, and nor was a key of another type: such a lock keeps nobody away.
CLAIM = f"""
if KEYS[2] and redis.call('exists', KEYS[2]) == 1 then return {{'', 0}} end
local holder = redis.pcall('get', KEYS[1])
local left = redis.call('pttl', KEYS[1])
if type(holder) == 'table' or left == -1 or left > math.max(2 * ARGV[2], {_LONGEST_LOCK_MS}) then
    redis.call('del', KEYS[1])
    holder = false
end
if holder and holder ~= ARGV[1] then return {{holder, 0}} end
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
if not KEYS[3] then return {{ARGV[1], 0}} end
if holder then return {{holder, tonumber(redis.call('get', KEYS[3]) or 1)}} end
local count = redis.pcall('incr', KEYS[3])
if type(count) == 'table' then
    count = 1
    redis.call('set', KEYS[3], count)
end
redis.call('expire', KEYS[3], ARGV[3])
return {{ARGV[1], count}}
"""

# KEYS: stream, done, lock. ARGV: status, how long it is remembered, the lock's token, fields of the entry.
# One command and one answer: a transaction of four commands costs a client three times as much.
PUBLISH = """
local id = redis.call('xadd', KEYS[1], '*', unpack(ARGV, 4))
redis.call('set', KEYS[2], ARGV[1], 'ex', ARGV[2])
if KEYS[3] and redis.pcall('get', KEYS[3]) == ARGV[3] then redis.call('del', KEYS[3]) end
return id
"""

# KEYS: lock. ARGV: token, and for RENEW the lock's life in milliseconds. Both answer 0 if another has it.
_IF_OURS = "if redis.pcall('get', KEYS[1]) ~= ARGV[1] then return 0 end "
RENEW = _IF_OURS + "return redis.call('pexpire', KEYS[1], ARGV[2])"
RELEASE = _IF_OURS + "return redis.call('del', KEYS[1])"

Fields = Mapping[bytes, bytes]


def lock_key(device_id: str) -> str:
    """The key of a device's lock."""
    return f"lock:device:{device_id}"


def can_be_ours(left_ms: int, ttl_s: float) -> bool:
    """Whether CLAIM can have made a lock with that much time left, for who would take it for `ttl_s` seconds.

    `left_ms` is what PTTL says: -1 is a lock without an end.
    """
    return left_ms != -1 and left_ms <= max(2 * milliseconds(ttl_s), _LONGEST_LOCK_MS)


def attempts_key(task_identifier: str) -> str:
    """The key that counts the attempts at a backup."""
    return f"attempts:{task_identifier}"


def done_key(task_identifier: str) -> str:
    """The key that remembers that an outcome of this backup has been published."""
    return f"done:{task_identifier}"


def dead_key(stream: str) -> str:
    """The key of the stream of entries that nobody can read."""
    return f"{stream}:dead"


def orders_dead_key(stream: str) -> str:
    """The key of the stream of orders that workers refused."""
    return f"{stream}:orders:dead"


@dataclass(frozen=True, slots=True)
class Call:
    """A script's keys and arguments."""

    keys: tuple[str, ...]
    arguments: tuple[str | bytes | int, ...]


@dataclass(frozen=True, slots=True)
class Grant:
    """The lock is ours. `attempt` counts the attempts at the backup, this one included; a probe's is 0."""

    attempt: int


@dataclass(frozen=True, slots=True)
class OtherToken:
    """Another token has the lock."""

    token: bytes


@dataclass(frozen=True, slots=True)
class EarlierOutcome:
    """The backup has its outcome: nothing was locked, and nothing counted."""


def claim_call(device_id: str, token: str, ttl_s: float, task_identifier: str | None = None) -> Call:
    """What CLAIM needs to take a device's lock for `ttl_s` seconds.

    With a backup's `task_identifier` it begins an attempt at that backup; without one it only takes the lock.
    """
    keys, arguments = (lock_key(device_id),), (token, milliseconds(ttl_s))
    if task_identifier is None:
        return Call(keys, arguments)
    return Call(
        (*keys, done_key(task_identifier), attempts_key(task_identifier)), (*arguments, _ATTEMPTS_TTL_S)
    )


def read_claim(answer: tuple[bytes, int], token: str) -> Grant | OtherToken | EarlierOutcome:
    """What CLAIM's answer means for the one who called it with `token`."""
    holder, attempt = answer
    if holder == token.encode():
        return Grant(attempt)
    return OtherToken(holder) if holder else EarlierOutcome()


def publish_call(
    stream: str, outcome: Outcome, lock: tuple[str, str] | None, key: SigningKey | None = None
) -> Call:
    """What PUBLISH needs to append an outcome, signed with `key`.

    `lock` is the key and token of the lock that ends with it.
    """
    identifier = outcome.job.task_identifier
    keys = (stream, done_key(identifier), *([] if lock is None else [lock[0]]))
    token = "" if lock is None else lock[1]
    return Call(keys, (outcome.status, _DONE_TTL_S, token, *_fields(outcome, key)))


def milliseconds(seconds: float) -> int:
    """A lock's life as CLAIM and RENEW take it."""
    return int(1000 * seconds)


def _fields(outcome: Outcome, key: SigningKey | None) -> list[str | bytes]:
    beside = outcome.artefacts if _size_of(outcome.artefacts) > _MAX_INSIDE else {}
    inside = replace(outcome, artefacts={}) if beside else outcome
    packed, config = deflate(inside.to_json()), b""
    artefacts = {f"{_ARTEFACT}{name}": deflate(text) for name, text in beside.items()}
    fields: list[str | bytes] = ["v", "2", "task_identifier", outcome.job.task_identifier, "outcome", packed]
    if outcome.device_config is not None:
        # By itself: the consumer puts it into the pack as it is.
        config = outcome.deflated or deflate(outcome.device_config)
        fields += "config", config
    for name, content in artefacts.items():
        fields += name, content
    if key is not None:
        fields += "signature", key.sign(_digest(outcome.job.task_identifier, packed, config, artefacts))
    return fields


def _digest(task_identifier: str, packed: bytes, config: bytes, artefacts: Mapping[str, bytes]) -> bytes:
    """What a worker signs of an entry: its bytes as they travel, so that nothing unsigned is inflated."""
    beside = [part for name, content in sorted(artefacts.items()) for part in (name.encode(), content)]
    return digest("outcome", task_identifier.encode(), packed, config, *beside)


def _size_of(texts: Mapping[str, str]) -> int:
    return sum(map(len, texts.values()))


def _inflate_artefacts(packed: Mapping[str, bytes]) -> dict[str, str] | None:
    """The artefacts that travelled beside the envelope, or None. MessageError if they are too large."""
    if len(packed) > MAX_ARTEFACTS:
        raise MessageError(f"it has more than {MAX_ARTEFACTS} artefacts")
    artefacts, left = {}, MAX_ARTEFACT_BYTES
    for name, content in packed.items():
        try:
            inflated = inflate(content, left)
        except MessageError as error:
            raise MessageError(
                f"its artefacts are broken, or hold more than {MAX_ARTEFACT_BYTES >> 20} MB: {error}"
            ) from error
        left -= len(inflated)
        artefacts[name.removeprefix(_ARTEFACT)] = inflated.decode(errors="replace")
    return artefacts or None


@dataclass(frozen=True, slots=True)
class Entry:
    """A stream entry and the outcome in it."""

    id: str
    outcome: Outcome
    size: int = field(default=0, compare=False)
    """Bytes that its outcome takes in memory, about."""

    @property
    def task_identifier(self) -> str:
        """The backup that it ends."""
        return self.outcome.job.task_identifier


@dataclass(frozen=True, slots=True)
class UnreadableEntry:
    """A stream entry without a readable outcome: `problem` says why. It may still name its backup."""

    id: str
    task_identifier: str | None
    problem: str
    is_forged: bool = False
    """Whether nobody who is trusted has signed it. If so, it says nothing of the backup that it names."""
    signer: Signer | None = None
    """Who signed it, where signatures are checked."""


StreamEntry = Entry | UnreadableEntry


def read_entry(entry_id: bytes, fields: Fields | None, verifier: Verifier | None = None) -> StreamEntry:
    """Read an entry of PUBLISH. An older worker has put the configuration into the outcome.

    With a `verifier` an entry is read only if its signer may say so: a worker speaks for its own queues, and
    an operator for a configuration that was accepted.
    """
    fields = fields or {}
    packed, config = fields.get(b"outcome", b""), fields.get(b"config")
    # Postgres, which is asked for this identifier's row, has no NUL.
    name = fields.get(b"task_identifier", b"")[: 4 * MAX_KEY].decode(errors="replace").replace("\0", "")
    identifier = name or None
    artefacts = {
        name.decode(errors="replace"): content
        for name, content in fields.items()
        if name.startswith(_ARTEFACT.encode())
    }
    signer = None
    try:
        if is_oversize(fields):
            raise MessageError(f"it is larger than {_MAX_ENTRY >> 20} MB")
        if verifier is not None:
            signature = fields.get(b"signature")
            text = None if signature is None else signature.decode(errors="replace")
            signer = verifier.identify(_digest(identifier or "", packed, config or b"", artefacts), text)
        envelope = inflate(packed, MAX_ENVELOPE)
        outcome = Outcome.from_json(envelope, config, _inflate_artefacts(artefacts))
        if signer is not None:
            _check_signer(signer, outcome)
    except ForgedError as error:
        return UnreadableEntry(entry_id.decode(), identifier, str(error), is_forged=True)
    except MessageError as error:
        return UnreadableEntry(entry_id.decode(), identifier, str(error), signer=signer)
    except Exception as error:  # noqa: BLE001 - a fault of the reader's must not stop the entries behind this one
        return UnreadableEntry(entry_id.decode(), identifier, described(error), signer=signer)
    size = len(envelope) + getsizeof(outcome.device_config) + _size_of(outcome.artefacts)
    return Entry(entry_id.decode(), outcome, size)


def is_oversize(fields: Fields) -> bool:
    """Whether an entry has more bytes, deflated as they are, than any outcome can have."""
    return sum(map(len, fields.values())) > _MAX_ENTRY


def described(error: Exception) -> str:
    """An unexpected exception in one line, as a dead letter holds it."""
    return printable(f"{type(error).__name__}: {error}")[:_MAX_PROBLEM]


def _check_signer(signer: Signer, outcome: Outcome) -> None:
    """ForgedError if the signer may not speak for this queue, or may not accept a configuration."""
    queue_id = outcome.job.device.queue_id
    if outcome.accepted:
        if signer.role != "operator":
            raise ForgedError(f"the {signer.role} '{signer.name}' accepts it; only an operator may")
    elif signer.role != "worker":
        raise ForgedError(f"signed by the {signer.role} '{signer.name}', which is no worker")
    elif not signer.speaks_for(queue_id):
        raise ForgedError(f"the worker '{signer.name}' may not speak for the queue '{queue_id}'")
