"""Every reader of bytes that somebody else may have written, as a function of these bytes.

A target ends, or fails with an error of its reader's. Any other exception is a find. `SEEDS` are right or
almost right inputs, so that a search begins where something is read.

A target is one line of TARGETS: hypothesis then tries it in each run of the tests, and atheris for as long as
somebody lets it (`python -m tests.fuzz order --seconds 60`). The conversations with devices have suites of
their own, in tests/collectors.
"""

from __future__ import annotations

import http.client
import io
import json
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from kombu.message import Message

from collectors.errors import CollectError
from collectors.session import screen
from collectors.transport.greeting import check_service, first_line
from collectors.transport.https import HttpsAnswer, http_errors
from collectors.transport.telnet_protocol import Telnet
from pipeline.errors import ForgedError, MessageError, SettingsError, SourceError, UsageError
from pipeline.importers.sources import loose_yaml
from pipeline.importers.sources.cloginrc import CloginRc
from pipeline.inventory import known_hosts, strict_yaml
from pipeline.inventory.problems import Problems
from pipeline.transit import answers
from pipeline.transit.broker import TASK, TASKS, queue_name
from pipeline.transit.holder import Holder
from pipeline.transit.protocol import Entry, UnreadableEntry, publish_call, read_entry
from pipeline.transit.signers import Signers, read_signers
from pipeline.transit.signing import SigningKey, Verifier, digest
from pipeline.values.compression import inflate
from pipeline.values.job import Job
from pipeline.values.options import Options
from pipeline.values.outcome import Outcome
from pipeline.worker.envelopes import problem_of
from pipeline.worker.gate import Gate
from pipeline.worker.policy import read_policy
from pipeline.worker.probe_report import Report
from tests.support.values import make_job, success

Read = Callable[[bytes], object]

_JOB = make_job()
_ORDER = json.dumps([[], {"job": _JOB.to_json()}, {}]).encode()
_HEADERS = {"task": TASK, "id": "x", "timelimit": [60, 30], "retries": 0, "eta": None}
_KEY = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(32)))
_SIGNATURE = _KEY.sign(digest("order", b"x"))
_VERIFIER = Verifier(Signers())
_ENTRY = publish_call("s", success(_JOB, "hostname r1\nend\n"), None).arguments[3:]
_FIELDS: dict[bytes, bytes] = {
    str(name).encode(): value if isinstance(value, bytes) else str(value).encode()
    for name, value in zip(_ENTRY[::2], _ENTRY[1::2], strict=True)
}


@dataclass(frozen=True, slots=True)
class Target:
    """A reader, the errors that it may raise, and inputs to begin with."""

    read: Read
    errors: tuple[type[Exception], ...] = ()
    seeds: tuple[bytes, ...] = ()

    def __call__(self, data: bytes) -> None:
        """Read; an error that is none of `errors` is a find."""
        with suppress(*self.errors):
            self.read(data)


def _json(data: bytes) -> object:
    """Whatever JSON there is in it: what a queue may hold is parsed by then."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _order(data: bytes) -> None:
    message = Message(  # type: ignore[no-untyped-call]
        body=data, headers=dict(_HEADERS), content_type="application/json", content_encoding="utf-8"
    )
    Gate(TASKS, [queue_name(None), queue_name("core")], None).check(message)


def _headers(data: bytes) -> None:
    """The headers of an order whose body is right."""
    message = Message(body=_ORDER, content_type="application/json", content_encoding="utf-8")  # type: ignore[no-untyped-call]
    message.headers = _json(data)
    Gate(TASKS, [queue_name(_JOB.device.queue_id)], None).check(message)


def _entry(data: bytes) -> None:
    for name in (*_FIELDS, b"signature"):
        for verifier in (None, _VERIFIER):
            found = read_entry(b"1-0", {**_FIELDS, name: data}, verifier)
            assert isinstance(found, Entry | UnreadableEntry)


def _signature(data: bytes) -> None:
    _VERIFIER.identify(b"what", data.decode("latin-1"))


def _report(data: bytes) -> None:
    found = _json(data)
    if isinstance(found, dict):
        Report.from_json(found, Report.blank(_JOB))


def _yaml(data: bytes) -> None:
    problems = Problems()
    if strict_yaml.read("devices/x.yaml", data, problems) is None:
        problems.listing()


def _known_hosts(data: bytes) -> None:
    known_hosts._read(data, Problems())


def _file(read: Callable[[Path], object]) -> Read:
    """A reader of a file, given its bytes."""

    def reader(data: bytes) -> None:
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            read(Path(file.name))

    return reader


def _telnet(data: bytes) -> None:
    telnet = Telnet(80, 24)
    half = len(data) // 2
    for piece in (data[:half], data[half:]):
        telnet.decode(piece)
        assert len(telnet.replies()) <= 64 * len(piece) + 64


def _greeting(data: bytes) -> None:
    first_line(data)
    check_service("r1", data, "ssh")


def _screen(data: bytes) -> None:
    text = screen.visible_text([screen.decode(data), "end\n"])
    screen.config_lines(text)
    screen.last_line(bytearray(data))
    screen.last_visible_line(bytearray(data))
    screen.after_echo(text, "show run")


class _Stream:
    """A device's answer, as far as http.client and HttpsAnswer ask for it."""

    patience_s = 1.0

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> io.BytesIO:
        """The bytes as a file."""
        return io.BytesIO(self._data)


def _https(data: bytes) -> None:
    stream = _Stream(data)
    with http_errors("r1", "after 'GET /'"):
        response = http.client.HTTPResponse(stream, method="GET")  # type: ignore[arg-type]
        response.begin()
    answer = HttpsAnswer(response, stream, "r1", "after 'GET /'")  # type: ignore[arg-type]
    read = 0
    while (piece := answer.receive(1)) and read < 1 << 22:
        read += len(piece)
    answer.exit_status(1)


def _policy(path: Path) -> object:
    return read_policy(path, "DEVICEVAULT_POLICY")


def _signers(path: Path) -> object:
    return read_signers(path, "DEVICEVAULT_SIGNERS")


_POLICY = b"version: 1\nrules:\n  - {secrets: [env:A_*], networks: [192.0.2.0/24], transports: [ssh]}\n"
_INVENTORY = b"r1: {address: 192.0.2.1, platform: cisco_ios, group: core}\nr2:\n  port: 22 # \xc3\xa9\n"
_PIN = b"r1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4f0nTvN5v6Ch4hHnTkqVQ6xqDbIZ0vX9Z0S7p2mQkG\n[r2]:22 x\n"
_CLOGINRC = b"add user * backup\nadd password r1 {a b} {c}\nadd method * ssh telnet\ninclude /nowhere\n"

TARGETS: Mapping[str, Target] = {
    "envelope": Target(
        lambda data: problem_of(_json(data)), (),
        (b'{"properties": {"delivery_tag": "x", "delivery_info": {"exchange": "", "routing_key": ""}}}',),
    ),
    "order": Target(_order, (MessageError,), (_ORDER,)),
    "headers": Target(_headers, (MessageError,), (json.dumps(_HEADERS).encode(),)),
    "job": Target(
        lambda data: Job.from_json(_json(data)), (MessageError,), (json.dumps(_JOB.to_json()).encode(),)
    ),
    "options": Target(
        lambda data: Options.from_json(_json(data)), (MessageError,), (b'{"transport": "telnet"}',)
    ),
    "entry": Target(_entry, (), tuple(_FIELDS.values())),
    "outcome": Target(Outcome.from_json, (MessageError,), (success(_JOB, "end\n").to_json().encode(),)),
    "inflate": Target(partial(inflate, limit=1 << 20), (MessageError,), (_FIELDS[b"outcome"],)),
    "answer": Target(
        lambda data: answers._read(data.decode(errors="replace")), (MessageError,), (b'{"question": "x"}',)
    ),
    "report": Target(_report, (MessageError,), (json.dumps(Report.blank(_JOB).to_json()).encode(),)),
    "token": Target(Holder.parse, (), (b"manual:r1:x|host|7|pid:[4026531836]-ab",)),
    "signature": Target(_signature, (ForgedError,), (_SIGNATURE.encode(),)),
    "signers": Target(
        _file(_signers), (SettingsError,), (b"worker core-1 ssh-ed25519 AAAA queues=core until=2026-12-31\n",)
    ),
    "policy": Target(_file(_policy), (SettingsError,), (_POLICY,)),
    "inventory": Target(_yaml, (), (_INVENTORY,)),
    "known_hosts": Target(_known_hosts, (), (_PIN,)),
    "loose_yaml": Target(_file(loose_yaml.load), (SourceError,), (b"a: &x [1, 2]\nb: *x\n<<: {c: d}\n",)),
    "cloginrc": Target(_file(CloginRc), (SourceError, UsageError), (_CLOGINRC,)),
    "telnet": Target(_telnet, (), (b"\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0login: \xff\xff\r\0",)),
    "greeting": Target(
        _greeting, (CollectError,), (b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\n", b"\x15\x03\x01")
    ),
    "screen": Target(
        _screen, (), (b"show run\r\n\x1b[2Ka\r\n --More-- \x08\x08\x08   b\r\nr1#", b"\xff\0\x1b[1M")
    ),
    "https": Target(
        _https, (CollectError,),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
         b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
    ),
}  # fmt: skip
