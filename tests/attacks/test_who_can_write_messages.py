"""Whoever can write to the broker and to Redis, and has no key: no secret, no history, and nothing stops."""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from collectors.simulator import Fault, Fleet, SimulatedDevice
from pipeline.store.ledger.results import Results
from pipeline.transit.broker import SCAN_TASK, TASK, App, make_app, make_queue, queue_name
from pipeline.transit.connect import connect
from pipeline.transit.jobs import SIGNATURE, order_digest, send
from pipeline.transit.results import ResultStream
from pipeline.transit.signers import read_private_key
from pipeline.transit.signing import SigningKey
from pipeline.transit.trust import Trust
from pipeline.values.device import Credential
from pipeline.values.job import Job
from tests.journey.deployment import ENABLE, PASSWORD, Deployment
from tests.support.values import make_job, success
from tests.support.waiting import until

QUEUE = queue_name("core")
STRANGER = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(32)))


@pytest.fixture
def app(guarded: Deployment) -> Iterator[App]:
    with closing(make_app(guarded.settings)) as app:
        yield app


def own_key(deployment: Deployment, role: str) -> SigningKey:
    path = deployment.settings.keys_dir / f"{role}.key"
    return SigningKey(read_private_key(path, "test"))


def order(device: SimulatedDevice, reference: str = "env:LAB_PASSWORD", **changes: Any) -> Job:
    """An order to log in to the attacker's machine with a secret of the worker's."""
    return make_job(
        device.name,
        **{
            "credential": Credential("lab", reference, reference),
            "task_identifier": f"manual:{device.name}:{uuid.uuid4().hex}",
            "address": device.address,
            "port": device.port,
            "platform": device.personality.platform,
            "host_keys": (device.host_key_line,),
            "deadline": datetime.now(UTC) + timedelta(minutes=5),
            **changes,
        },
    )


def publish(app: App, task: str, job: Job, key: SigningKey | None = None, **more: Any) -> None:
    app.signing_key = key
    for _ in send(app, task, [job], **more):
        pass


def still_works(deployment: Deployment) -> None:
    """What was written before is out of the way: the next backup goes its whole way."""
    assert deployment.collect("--device", "core-ios")["core-ios"]["status"] == "success"
    assert PASSWORD not in deployment.said()
    assert ENABLE not in deployment.said()


def test_an_order_of_nobody_is_not_carried_out(guarded: Deployment, fleet: Fleet, app: App) -> None:
    evil = fleet["edge-frr"]
    with guarded.running("worker-core", "consumer"):
        for reference in ("env:LAB_PASSWORD", "env:DEVICEVAULT_DATABASE_URL", "file:/proc/self/environ"):
            publish(app, TASK, order(evil, reference))
        publish(app, TASK, order(evil), STRANGER)
        publish(app, TASK, order(evil), own_key(guarded, "worker"))
        publish(app, SCAN_TASK, order(evil), answer_to="ab" * 16)
        still_works(guarded)
        assert guarded.said().count("refused a message that is forged") == 6
    assert evil.connections == 0
    with closing(connect(guarded.settings.redis_url or "")) as client:
        assert client.xlen(f"{guarded.settings.stream}:orders:dead") == 6


def test_a_signature_fits_no_other_order(guarded: Deployment, fleet: Fleet, app: App) -> None:
    evil, key = fleet["edge-frr"], own_key(guarded, "driver")
    right = order(fleet["core-ios"])
    signature = key.sign(order_digest(TASK, QUEUE, {"job": right.to_json()}))
    changed = [
        replace(right, device=replace(right.device, address=evil.address, port=evil.port)),
        replace(right, device=replace(right.device, host_keys=(evil.host_key_line,))),
        replace(right, device=replace(right.device, options=replace(right.device.options, secrets="keep"))),
        replace(right, device=replace(right.device, recipients=("age1forged",))),
        replace(right, deadline=datetime.now(UTC) + timedelta(days=9)),
        replace(right, task_identifier="manual:core-ios:other"),
    ]
    with guarded.running("worker-core", "consumer"):
        still_works(guarded)  # the worker has bound its queue
        for job in changed:
            app.send_task(
                TASK, kwargs={"job": job.to_json()}, queue=make_queue(app.conf.broker_url, QUEUE),
                headers={SIGNATURE: signature},
            )  # fmt: skip
        # The same order under another task's name.
        app.send_task(
            SCAN_TASK, kwargs={"job": right.to_json()}, queue=make_queue(app.conf.broker_url, QUEUE),
            headers={SIGNATURE: signature},
        )  # fmt: skip
        still_works(guarded)
        assert guarded.said().count("refused a message that is forged") == len(changed) + 1
    assert evil.connections == 0


def test_a_retry_keeps_its_signature(guarded: Deployment, fleet: Fleet) -> None:
    device = fleet["core-ios"]
    device.fault = Fault.TRUNCATED
    with guarded.running("worker-core", "consumer"):
        row = guarded.collect("--device", "core-ios", expect=3)["core-ios"]
        assert (row["reason"], row["attempts"]) == ("disconnected", 3)
        assert "refused a message" not in guarded.said()


BROKEN_BODIES: list[Any] = [
    None, 1, "x", [], [[]], [[], {}], [[1], {}, {}], [[], [], {}], [[], {"job": None}, None],
    [[], {"job": {}}, {}], [[], {"job": {"task_identifier": 1}}, {}], [[], {"job": []}, {}],
    {"task": TASK}, {"task": TASK, "id": "x", "args": [], "kwargs": {}}, [[], {}, {"callbacks": [{}]}],
]  # fmt: skip
BROKEN_HEADERS: list[Any] = [
    None, {}, {"task": None}, {"task": []}, {"task": {}}, {"task": "os.system", "id": "x"}, {"task": 7},
    {"task": TASK, "id": None}, {"task": TASK, "id": []}, {"task": TASK, "id": "x", "eta": "never"},
    {"task": TASK, "id": "x", "eta": 7}, {"task": TASK, "id": "x", "expires": "x"},
    {"task": TASK, "id": "x", "retries": "many"}, {"task": TASK, "id": "x", "timelimit": "x"},
    {"task": TASK, "id": "x", "timelimit": [None]}, {"task": TASK, "id": "x", "timelimit": ["a", "b"]},
    {"task": TASK, "id": "x", "compression": "gzip"}, {"task": TASK, "id": "x", "compression": "bzip2"},
    {"task": TASK, "id": {"a": 1}, "root_id": [], "group": [1]}, {"task": TASK, "id": "x", "stamps": 1},
]  # fmt: skip


def test_no_message_ends_the_worker(guarded: Deployment, app: App) -> None:
    with guarded.running("worker-core", "consumer"):
        still_works(guarded)  # the worker has bound its queue
        with app.producer_pool.acquire() as producer:
            queue = make_queue(app.conf.broker_url, QUEUE)(producer.channel)
            queue.declare()  # type: ignore[no-untyped-call]

            def put(body: Any, headers: Any, **more: Any) -> None:
                producer.publish(
                    body, routing_key=QUEUE, exchange=queue.exchange, headers=headers,
                    **{"content_type": "application/json", "content_encoding": "utf-8", **more},
                )  # fmt: skip

            right = {"task": TASK, "id": str(uuid.uuid4())}
            for body in BROKEN_BODIES:
                put(json.dumps(body), right)
            for headers in BROKEN_HEADERS:
                put(json.dumps([[], {"job": make_job().to_json()}, {}]), headers)
            put(b"\xff\xfe", right)
            put("[" * 100_000, right)
            put(json.dumps([[], {"job": {"a": "x" * 1_000_000}}, {}]), right)
            put(b"x", right, content_type="application/x-python-serialize", content_encoding="binary")
            put(json.dumps([[], {}, {}]), right, content_encoding="utf-7")
            bomb = base64.b64encode(gzip.compress(b"0" * 50_000_000)).decode()
            put(bomb, {**right, "compression": "gzip"})
        still_works(guarded)
        assert "Traceback" not in guarded.said()
    with closing(connect(guarded.settings.redis_url or "")) as client:
        letters = client.xrange(f"{guarded.settings.stream}:orders:dead") or []
        assert len(letters) == len(BROKEN_BODIES) + len(BROKEN_HEADERS) + 6, "\n".join(
            [str(letter)[:600] for letter in letters] + [guarded.said()]
        )


BROKEN_ENVELOPES = [
    b"", b"x", b"{", b"null", b"1", b"[]", b"{}", b'{"properties": null}', b'{"properties": {}}',
    b'{"properties": {"delivery_tag": 1}}', b'{"properties": {"delivery_tag": null}}', b"\xff\xfe\x00",
    b'{"properties": {"delivery_tag": "a", "body_encoding": "rot13"}, "body": "x"}',
    b'{"properties": {"delivery_tag": "b", "delivery_info": 7}, "body": "x"}',
    b'{"properties": {"delivery_tag": "c", "delivery_info": {}}, "body": 7}',
    b'{"properties": {"delivery_tag": "d", "body_encoding": "base64"}, "body": "\xc3\xa9"}',
    b'{"properties": {"delivery_tag": "e"}, "headers": [], "body": "W10="}',
    b'{"__type__": "datetime", "__value__": "never"}', b"[" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("on_each_broker", ["valkey"], indirect=True)
def test_no_envelope_ends_the_worker_or_comes_back(guarded: Deployment) -> None:
    with (
        guarded.running("worker-core", "consumer"),
        closing(connect(guarded.settings.redis_url or "")) as client,
    ):
        for envelope in BROKEN_ENVELOPES:
            client.lpush(QUEUE, envelope)
        until(lambda: client.llen(QUEUE) == 0)
        still_works(guarded)
        assert guarded.said().count("refused a message") == len(BROKEN_ENVELOPES)
        assert "Traceback" not in guarded.said()


def test_nobody_commands_a_worker_without_a_key(guarded: Deployment, app: App) -> None:
    with guarded.running("worker-core", "consumer"):
        still_works(guarded)
        for command in ("shutdown", "rate_limit", "add_consumer", "pool_shrink", "revoke"):
            app.control.broadcast(command, arguments={"task_name": TASK, "rate_limit": "1/h", "queue": "x"})
        assert not app.control.ping(timeout=1)
        still_works(guarded)


def test_an_outcome_of_nobody_ends_nothing(guarded: Deployment, fleet: Fleet) -> None:
    """The name of a coming slot is known to everybody; an outcome under it prevents no backup."""
    settings = guarded.settings
    with guarded.results() as results, closing(connect(settings.redis_url or "")) as client:
        [expected] = results.expect([order(fleet["core-ios"], queue_id="core")])
        unexpected = make_job("core-nxos", task_identifier="nightly:core-nxos:2030-01-01T00:00:00Z")
        forged = success(expected, "hostname forged\n")
        worker, operator = own_key(guarded, "worker"), own_key(guarded, "operator")
        for outcome, key in [
            (forged, None),
            (forged, STRANGER),
            (forged, own_key(guarded, "driver")),
            (forged, operator),
            (replace(forged, accepted=True), worker),
            (success(unexpected, "hostname forged\n"), worker),
            (success(replace(expected, run_seq=99_999), "hostname forged\n"), worker),
            (success(replace(expected, device=replace(expected.device, group="edge")), "x\n"), worker),
        ]:
            ResultStream(client, settings.stream, Trust(key)).publish(outcome)
        client.xadd(settings.stream, {"task_identifier": expected.task_identifier, "outcome": b"junk"})
        with guarded.running("consumer"):
            until(lambda: client.xlen(settings.stream) == 0)
        assert client.xlen(f"{settings.stream}:dead") == 9
        assert results.get([expected.task_identifier])[expected.task_identifier].status == "queued"
        assert not guarded.settings.configs_path.exists() or "forged" not in guarded.configs(
            "log", "--all", "-p"
        )
        # And the worker's own word counts.
        ResultStream(client, settings.stream, Trust(worker)).publish(success(expected, "hostname core-ios\n"))
        with guarded.running("consumer"):
            until(lambda: is_final(results, expected))
    assert "hostname core-ios" in guarded.configs("log", "-p")


def is_final(results: Results, job: Job) -> bool:
    return results.get([job.task_identifier])[job.task_identifier].status == "success"


def texts(keys: Iterable[bytes | str]) -> list[str]:
    return [key.decode() if isinstance(key, bytes) else key for key in keys]


def test_an_answer_of_nobody_is_not_shown(guarded: Deployment, fleet: Fleet) -> None:
    """A key that the attacker shows for a device would be pinned by whoever believes it."""
    evil = fleet["edge-frr"].host_key_line
    with (
        closing(connect(guarded.settings.redis_url or "")) as client,
        guarded.running("worker-core"),
    ):
        stop = threading.Event()

        def flood() -> None:
            while not stop.wait(0.005):
                for key in client.keys("answers:*"):
                    client.lpush(key, json.dumps({"question": "x", "keys": [evil]}))
                for key in texts(client.keys("question:*")):
                    _, list_id, question = key.split(":", 2)
                    answer = {"question": question, "host_keys": [evil], "keys": [evil], "ok": True}
                    client.lpush(f"answers:{list_id}", json.dumps(answer))

        thread = threading.Thread(target=flood)
        thread.start()
        try:
            done = subprocess.run(
                guarded.command("hostkeys", "scan", "core-ios", "--via-worker"),
                env=guarded.environment, capture_output=True, text=True, timeout=120,
            )  # fmt: skip
        finally:
            stop.set()
            thread.join()
    assert fleet["core-ios"].host_key_line in done.stdout, done.stderr
    assert evil not in done.stdout
