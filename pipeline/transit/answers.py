"""Questions to workers whose answers are for one person now, and for no table: probes and host keys.

The question travels on the group's queue, like a backup. The answer comes back over a Redis list that only
its asker reads and that expires. Beside the list each question has a state, so that it is answered once:

    waiting     (no key) it is on the queue, or was lost with the queue
    taken       a worker is at it; a second delivery does nothing
    answered    the answer is on the list; a second delivery does nothing
    withdrawn   the asker has given up; a worker that finds it later drops it

    key                             value
    answers:<list id>               the answers that the asker has not read yet, as JSON
    question:<list id>:<question>   the question's state
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

import redis

from pipeline.errors import MessageError
from pipeline.transit.connect import service_errors
from pipeline.transit.signers import Signer
from pipeline.transit.signing import digest
from pipeline.transit.trust import NOBODY, Trust

_ANSWER_TTL_S = 600
_MARGIN_S = 600  # a state outlives its question by so much: clocks differ
_MAX_ANSWER = 256 * 1024
_ID = re.compile(r"[0-9a-f]{32}")
_BLOCK_S = 5  # less than the client's socket timeout


class State(StrEnum):
    """The state of a question; its value is what stands in Redis, where a question that waits has no key."""

    WAITING = ""
    TAKEN = "taken"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


def answers_key(list_id: str) -> str:
    """The key of a list of answers."""
    return f"answers:{list_id}"


def question_key(list_id: str, question: str) -> str:
    """The key of a question's state."""
    return f"question:{list_id}:{question}"


def new_list_id() -> str:
    """The id of a list of answers that nobody else reads."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Received:
    """An answer, and the worker that signed it where signatures are checked."""

    content: dict[str, Any]
    signer: Signer | None


class Answers:
    """One asker's list of answers. Every method raises ServiceError if Redis is away."""

    def __init__(self, client: redis.Redis, list_id: object, life_s: float, trust: Trust = NOBODY) -> None:
        """For `life_s` seconds a question may still be answered; after that a worker drops it unread.

        Raises MessageError if `list_id`, which comes off a queue, is not one of `new_list_id`.
        """
        if not isinstance(list_id, str) or not _ID.fullmatch(list_id):
            raise MessageError("the question does not say where its answer goes")
        self._redis = client
        self._trust = trust
        self.list_id = list_id
        self._state_ttl_s = int(max(life_s, 0)) + _MARGIN_S
        self.key = answers_key(list_id)

    def take(self, question: str) -> bool:
        """Take a question that waits; False if it was taken before, is answered or was withdrawn."""
        return self._leave_waiting(question, State.TAKEN)

    def withdraw(self, question: str) -> bool:
        """Withdraw a question that waits; False if a worker has taken it already."""
        return self._leave_waiting(question, State.WITHDRAWN)

    def state(self, question: str) -> State:
        """The state of a question now."""
        with service_errors():
            value = cast("bytes | None", self._redis.get(self._state_key(question)))
        return State((value or b"").decode())

    def answer(self, question: str, answer: Mapping[str, Any]) -> None:
        """Put the answer to a question that no other worker may take any more on the list.

        Raises MessageError if the answer is too large.
        """
        text = json.dumps({**answer, "question": question}, ensure_ascii=True, separators=(",", ":"))
        if self._trust.key is not None:
            text += "\n" + self._trust.key.sign(self._digest(text))
        if len(text) > _MAX_ANSWER:
            raise MessageError(f"the answer to {question} is larger than {_MAX_ANSWER >> 10} KiB")
        with service_errors(), self._redis.pipeline(transaction=True) as pipe:
            pipe.lpush(self.key, text)
            pipe.expire(self.key, _ANSWER_TTL_S)
            pipe.set(self._state_key(question), State.ANSWERED, ex=self._state_ttl_s)
            pipe.execute()

    def next(self, within_s: float) -> Received | None:
        """The next answer, or None if none comes in time.

        Raises MessageError if it cannot be read, and ForgedError if signatures are checked and no worker has
        signed it.
        """
        give_up = time.monotonic() + within_s
        while True:
            wait_s = min(_BLOCK_S, max(give_up - time.monotonic(), 0.01))
            with service_errors():
                popped = cast("Sequence[bytes] | None", self._redis.brpop([self.key], timeout=wait_s))
            if popped is not None:
                return self._received(popped[1])
            if time.monotonic() >= give_up:
                return None

    def forget(self, questions: Sequence[str]) -> None:
        """Delete the list and withdraw these questions. Their states stay, for second deliveries."""
        with service_errors():
            self._redis.delete(self.key)
        for question in questions:
            self.withdraw(question)

    def _received(self, raw: bytes) -> Received:
        text, _, signature = raw.decode(errors="replace").partition("\n")
        signer = None
        if self._trust.verifier is not None:
            signer = self._trust.verifier.verify("worker", self._digest(text), signature or None)
        return Received(_read(text), signer)

    def _digest(self, text: str) -> bytes:
        return digest("answer", self.list_id.encode(), text.encode())

    def _leave_waiting(self, question: str, state: State) -> bool:
        with service_errors():
            return bool(self._redis.set(self._state_key(question), state, nx=True, ex=self._state_ttl_s))

    def _state_key(self, question: str) -> str:
        return question_key(self.list_id, question)


def _read(raw: str) -> dict[str, Any]:
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise MessageError(f"an answer is not JSON: {error}") from error
    if not isinstance(answer, dict) or not isinstance(answer.get("question"), str):
        raise MessageError("an answer does not say what was asked")
    return answer
