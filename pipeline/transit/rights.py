"""What each role may do at Redis and at RabbitMQ: its own keys, commands and queues, and nothing else.

    driver     queues jobs, asks who holds a device and what is done, reads the answers to its own questions
    worker     takes from its queues, appends to the stream, uses locks; reads no result and no other queue
    consumer   reads the stream and deletes what is stored; has no access to a queue
    operator   a driver that may also append to the stream, as `devicevault accept` does
    reader     `devicevault doctor`: how much waits, and whether the server is fit

A user with the rights of one role is what stays of a stolen password. Redis 7 or newer, or Valkey, can tell
which command may touch which key (https://valkey.io/topics/acl, "selectors"); scripts have the rights of
their user. Names of keys come from the modules that write them.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kombu.transport.redis import Channel

from pipeline.transit.answers import answers_key, question_key
from pipeline.transit.broker import QUEUES, queue_name, unacked_keys
from pipeline.transit.protocol import attempts_key, dead_key, done_key, lock_key, orders_dead_key

Role = Literal["driver", "worker", "consumer", "operator", "reader"]

PREFIX = "devicevault-"
"""What the users' names begin with: a server may have others."""
_ANY = "*"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, slots=True)
class User:
    """One user of a server. `queues` are the full names of the queues that a worker serves."""

    role: Role
    name: str
    queues: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """These commands of Redis on these keys, whose names are patterns."""

    commands: tuple[str, ...]
    keys: tuple[str, ...]

    def text(self) -> str:
        """The rule as a selector of an access control list."""
        return f"({' '.join([*(f'+{each}' for each in self.commands), *(f'~{key}' for key in self.keys)])})"


def users(workers: Mapping[str, Collection[str | None]]) -> list[User]:
    """The users of a deployment. `workers` has the ids of the queues of each; None is the default queue.

    ValueError if a worker or a queue has a name that cannot be.
    """
    found: list[User] = [
        User("driver", f"{PREFIX}driver"),
        User("consumer", f"{PREFIX}consumer"),
        User("operator", f"{PREFIX}operator"),
        User("reader", f"{PREFIX}reader"),
    ]
    for name, queue_ids in workers.items():
        for word in (name, *(queue_id for queue_id in queue_ids if queue_id is not None)):
            if not _NAME.fullmatch(word):
                raise ValueError(f"'{word}': use up to 128 letters, digits, '.', '_' and '-'")
        queues = tuple(sorted(queue_name(queue_id) for queue_id in queue_ids))
        found.append(User("worker", f"{PREFIX}worker-{name}", queues))
    return found


def workers_of(queue_ids: Iterable[str | None]) -> dict[str, list[str | None]]:
    """One worker for each queue, and one for the default queue, as `devicevault up` runs them."""
    found: dict[str, list[str | None]] = {
        queue_id: [queue_id] for queue_id in sorted(set(filter(None, queue_ids)))
    }
    return {**found, "default": [*found.get("default", []), None]}


# -- Redis ---------------------------------------------------------------------------------------

_CONNECTION = ("ping", "select")
_TRANSACTION = ("multi", "exec", "discard", "unwatch")
_SCRIPT = ("eval", "evalsha")
_EVENT_CHANNELS = f"{Channel.keyprefix_fanout.format(db=_ANY)}celeryev/worker.*"


def redis_rules(user: User, stream: str) -> list[Rule]:
    """What a user may do with keys, on a Redis that is the broker, too."""
    match user.role:
        case "driver":
            return _driver(stream)
        case "operator":
            dead = tuple(map(_literal, (dead_key(stream), orders_dead_key(stream))))
            accepting = [*_publishing(stream), Rule(_SCRIPT, (_literal(stream), done_key(_ANY)))]
            return [*_driver(stream), *accepting, Rule(("xlen", "xrange", "xdel"), dead)]
        case "worker":
            return [*_worker(stream), *_taking(user.queues)]
        case "consumer":
            reads = ("xreadgroup", "xautoclaim", "xack", "xdel", "xrange", "xlen", "xgroup|create", "xinfo")
            return [Rule(reads, (_literal(stream),)), Rule(("xadd",), (_literal(dead_key(stream)),))]
        case "reader":
            dead = (dead_key(stream), orders_dead_key(stream))
            return [
                Rule(("xlen",), (_literal(stream),)),
                Rule(("xlen", "xrange"), tuple(map(_literal, dead))),
            ]


def _driver(stream: str) -> list[Rule]:
    every = f"{QUEUES}{_ANY}"
    return [
        Rule(("lpush", "llen", "exists"), (every,)),
        Rule(("sadd", "smembers"), _bindings(every)),
        Rule(("get", "pttl"), (lock_key(_ANY),)),
        # How far the consumer has come; none of these tells what an entry holds.
        Rule(("xlen", "xpending", "xinfo|groups"), (_literal(stream),)),
        Rule(("exists", "mget"), (done_key(_ANY),)),
        Rule(("brpop", "del"), (answers_key(_ANY),)),
        Rule(("get", "set"), (question_key(_ANY, _ANY),)),
    ]


def _worker(stream: str) -> list[Rule]:
    """Backups, probes and their answers; the scripts' keys are those of `pipeline.transit.protocol`."""
    keys = lock_key(_ANY), done_key(_ANY), attempts_key(_ANY)
    return [
        Rule(_SCRIPT, (*keys, _literal(stream))),
        Rule(("get", "set", "del", "pexpire", "pttl"), (lock_key(_ANY),)),
        Rule(("get", "set", "incr", "expire"), (attempts_key(_ANY),)),
        *_publishing(stream),
        Rule(("xadd",), (_literal(orders_dead_key(stream)),)),
        Rule(("lpush", "expire"), (answers_key(_ANY),)),
        Rule(("get", "set"), (question_key(_ANY, _ANY),)),
    ]


def _publishing(stream: str) -> list[Rule]:
    return [Rule(("xadd",), (_literal(stream),)), Rule(("exists", "set"), (done_key(_ANY),))]


def _taking(queues: Sequence[str]) -> list[Rule]:
    """What kombu does with the queues that it consumes, and with the messages that it has taken."""
    names = tuple(map(_literal, queues))
    unacked = unacked_keys(queues)
    mutex = _literal(unacked["unacked_mutex_key"])
    held, index = _literal(unacked["unacked_key"]), _literal(unacked["unacked_index_key"])
    return [
        Rule(("brpop", "rpop", "lpush", "rpush", "llen", "exists"), names),
        Rule(("sadd", "smembers"), _bindings(*names)),
        Rule(("hset", "hget", "hdel", "watch"), (held,)),
        Rule(("zadd", "zrem", "zrange"), (index,)),
        Rule(("get", "set", "del", "pexpire", *_SCRIPT), (mutex,)),
    ]


def _bindings(*queues: str) -> tuple[str, ...]:
    """The sets in which kombu keeps which queue gets the messages of an exchange; ours have one name."""
    return tuple(
        prefix % queue
        for prefix in (Channel.keyprefix_queue, Channel.keyprefix_binding_permanent)
        for queue in queues
    )


def _literal(key: str) -> str:
    """The pattern that matches this key alone; a bracket, which would end a rule, is any one character."""
    return re.sub(r"[()]", "?", re.sub(r"([*?\[\]\\])", r"\\\1", key))


def acl_line(user: User, password: str, stream: str) -> str:
    """The user as a line of Redis' ACL file, with the hash of a password."""
    words = ["user", user.name, "reset", "on", "#" + hashlib.sha256(password.encode()).hexdigest()]
    words += [f"+{command}" for command in (*_CONNECTION, *_TRANSACTION)]
    match user.role:
        case "worker":
            # Celery tells that a worker lives; nobody has to listen.
            words += ["+script|load", "+publish", f"&{_EVENT_CHANNELS}"]
        case "operator":
            words += ["+script|load"]
        case "reader":
            words += ["+time", "+info"]
        case "driver" | "consumer":
            pass
    return " ".join([*words, *(rule.text() for rule in redis_rules(user, stream))])


# -- RabbitMQ ------------------------------------------------------------------------------------

_DELAYED = r"celery_delayed_(?:\d+|delivery)"
"""Celery's exchanges and queues in which retries wait on RabbitMQ."""
_EVENTS = "celeryev"
_LEVELS = 28


@dataclass(frozen=True, slots=True)
class Permission:
    """What a user may declare, send to and take from: expressions that a name has to match. `^$`: nothing."""

    configure: str = "^$"
    write: str = "^$"
    read: str = "^$"


def permission(user: User) -> Permission:
    """A user's rights in the virtual host; the consumer needs no broker."""
    match user.role:
        case "driver" | "operator":
            every = rf"^{re.escape(QUEUES)}.*$"
            return Permission(every, every, every)
        case "worker":
            own = rf"(?:{'|'.join(map(re.escape, user.queues))}|{_DELAYED}"
            return Permission(rf"^{own}|{_EVENTS})$", rf"^{own}|{_EVENTS})$", rf"^{own})$")
        case "consumer" | "reader":
            return Permission()


def _topics(user: User, vhost: str) -> list[dict[str, str]]:
    """Let a worker's retries come back to its own queues alone: their key ends with the queue's name."""
    if user.role != "worker":
        return []
    own = "|".join(map(re.escape, user.queues))
    rights = {f"celery_delayed_{level}": (rf"^[01.]+\.(?:{own})$", ".*") for level in range(_LEVELS)}
    rights["celery_delayed_delivery"] = ("^$", rf"^(?:#\.(?:{own})|[01*.]+#)$")
    return [
        {"user": user.name, "vhost": vhost, "exchange": exchange, "write": write, "read": read}
        for exchange, (write, read) in rights.items()
    ]


def definitions(found: Sequence[User], passwords: Mapping[str, str], vhost: str) -> dict[str, Any]:
    """Users and their rights as `rabbitmqctl import_definitions` takes them."""
    named = [user for user in found if user.role != "consumer"]
    return {
        "vhosts": [{"name": vhost}],
        "users": [
            {
                "name": user.name,
                "password_hash": _rabbitmq_hash(user.name, passwords[user.name]),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": "",
            }
            for user in named
        ],
        "permissions": [
            {
                "user": user.name,
                "vhost": vhost,
                "configure": right.configure,
                "write": right.write,
                "read": right.read,
            }
            for user in named
            for right in (permission(user),)
        ],
        "topic_permissions": [topic for user in named for topic in _topics(user, vhost)],
    }


def _rabbitmq_hash(name: str, password: str) -> str:
    """As https://www.rabbitmq.com/docs/passwords has it. The salt is made of the password, not by chance."""
    salt = hashlib.sha256(f"{name}\0{password}".encode()).digest()[:4]
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
