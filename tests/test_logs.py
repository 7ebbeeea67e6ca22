"""Log lines carry their task_identifier and never a secret, whoever wrote them and however."""

from __future__ import annotations

import json
import logging
import os
import pty
import re
import sys
import threading
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import logs
from pipeline.settings import load_settings

SECRET = 'cänary"pw\\{%s}'


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """Logging as a process has it, and as it was before at the end."""
    root = logging.getLogger()
    loggers = [root, *(logging.getLogger(name) for name in ("paramiko", "celery", "kombu", "amqp"))]
    handlers, levels = root.handlers, [logger.level for logger in loggers]
    root.handlers = []
    yield capsys
    root.handlers = handlers
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def configured(log_format: str = "json", **settings: object) -> logging.Logger:
    logs.configure(load_settings(log_format=log_format, log_level="DEBUG", **settings), "worker")
    return logging.getLogger("some.library")


def test_a_line_is_one_json_object_with_its_task(lines: pytest.CaptureFixture[str]) -> None:
    log = configured()
    with logs.about("nightly:sw1:x"):
        log.info("first\nsecond", extra={"device": "sw1"})
    log.warning("outside")
    inside, outside = (json.loads(line) for line in lines.readouterr().err.splitlines())
    assert inside["timestamp"].endswith("Z")
    del inside["timestamp"], outside["timestamp"]
    assert inside == {
        "severity": "INFO", "source": "some.library", "message": "first\nsecond", "device": "sw1",
        "task_identifier": "nightly:sw1:x", "process": "worker",
    }  # fmt: skip
    assert outside["task_identifier"] is None


@pytest.mark.parametrize(("log_format", "first"), [("auto", r"\d\d:"), ("text", r"\d\d:"), ("json", "{")])
def test_a_terminal_gets_text_unless_json_is_asked_for(
    lines: object, monkeypatch: pytest.MonkeyPatch, log_format: str, first: str
) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(ours) as screen, os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        configured(log_format).info("hello")
        output = screen.readline()
    assert re.match(first, output)
    assert "hello" in output


def test_what_a_device_says_is_one_line_of_text(lines: pytest.CaptureFixture[str]) -> None:
    log = configured("text")
    with logs.masking(["tab\there\\"]):
        log.info("sw1: %s", "\x1b[2Jgone\n12:00:00 INFO    worker: sw1: success\u202e tab\there\\")
    [line] = lines.readouterr().err.splitlines()
    assert line.endswith(
        r"INFO    worker: sw1: \x1b[2Jgone\n12:00:00 INFO    worker: sw1: success\u202e ********"
    )


def test_without_a_word_on_it_files_and_pipes_get_json(lines: pytest.CaptureFixture[str]) -> None:
    logs.configure(load_settings(), "worker")
    logging.getLogger("some.library").warning("hello")
    assert json.loads(lines.readouterr().err)["message"] == "hello"


def _in_message(log: logging.Logger) -> None:
    log.info(f"login with {SECRET}")


def _in_arguments(log: logging.Logger) -> None:
    log.info("login with %s and %r", SECRET, {"password": SECRET})


def _in_extra(log: logging.Logger) -> None:
    log.info("login", extra={"config": {"password": SECRET}})


def _in_traceback(log: logging.Logger) -> None:
    try:
        try:
            raise ValueError(SECRET)
        except ValueError as error:
            raise RuntimeError(f"login {SECRET!r}") from error
    except RuntimeError:
        log.exception("it raised")


def _in_url(log: logging.Logger) -> None:
    log.info("GET https://device/?password=%s", quote(SECRET, safe=""))


def _in_json(log: logging.Logger) -> None:
    log.info("sent %s", json.dumps({"password": SECRET}))


def _in_another_thread(log: logging.Logger) -> None:
    thread = threading.Thread(target=_in_traceback, args=[log])
    thread.start()
    thread.join()


WAYS = [_in_message, _in_arguments, _in_extra, _in_traceback, _in_url, _in_json, _in_another_thread]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("log_format", ["json", "text"])
def test_a_secret_is_masked_however_a_library_writes_it(
    lines: pytest.CaptureFixture[str], log_format: str, way: object
) -> None:
    log = configured(log_format)
    with logs.masking([SECRET]):
        way(log)  # type: ignore[operator]
    output = lines.readouterr().err
    assert "some.library" in output or log_format == "text"
    assert "nary" not in output


def test_a_line_that_cannot_be_formatted_is_told_without_its_arguments(
    lines: pytest.CaptureFixture[str],
) -> None:
    log = configured()
    with logs.masking([SECRET]):
        log.info("%d devices", SECRET)
    output = lines.readouterr().err
    assert output.startswith("a message of some.library could not be logged (")
    assert "nary" not in output


def test_passwords_of_the_services_are_masked_always(lines: pytest.CaptureFixture[str]) -> None:
    log = configured(
        redis_url="redis://:canary%2Furl@127.0.0.1/0", push_url="https://canary-token@git.example/x"
    )
    log.error("no connection to %s, password %s", "redis://:canary%2Furl@127.0.0.1/0", "canary/url")
    log.error("cannot push to https://canary-token@git.example/x")
    assert "canary" not in lines.readouterr().err


def test_the_end_of_a_collection_ends_its_masks_and_no_others() -> None:
    with logs.masking(["shared-secret", "first-secret"]):
        with logs.masking(["shared-secret"]):
            assert logs.mask("shared-secret") == logs.MASK
        assert logs.mask("shared-secret first-secret") == f"{logs.MASK} {logs.MASK}"
    assert logs.mask("shared-secret first-secret") == "shared-secret first-secret"


def test_masks_end_with_an_error_too() -> None:
    with pytest.raises(RuntimeError), logs.masking(["short-lived"]):
        raise RuntimeError
    assert logs.mask("short-lived") == "short-lived"


def test_a_secret_within_a_longer_one_does_not_uncover_it() -> None:
    with logs.masking(["canary", "canary-extended"]):
        assert logs.mask("is canary-extended") == f"is {logs.MASK}"


def test_every_line_of_a_private_key_is_masked() -> None:
    with logs.masking(["-----BEGIN KEY-----\nAAAAcanary\n-----END KEY-----\n"]):
        assert "canary" not in logs.mask("found AAAAcanary in the file")


@given(st.text(min_size=4).filter(lambda text: text.splitlines() == [text]), st.text())
def test_what_is_registered_never_survives(secret: str, around: str) -> None:
    with logs.masking([secret]):
        assert secret not in logs.mask(f"{around}{secret}{around}") or secret in logs.MASK


def test_collections_at_once_mask_each_others_secrets() -> None:
    """The threads pool: one process, many collections, and libraries with threads of their own."""
    together = threading.Barrier(8)
    leaked: list[str] = []

    def collect(number: int) -> None:
        with logs.masking([f"canary-{number}"]):
            together.wait(60)
            leaked.extend(text for n in range(8) if "canary" in (text := logs.mask(f"canary-{n}")))
            together.wait(60)

    threads = [threading.Thread(target=collect, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert leaked == []
    assert logs.mask("canary-3") == "canary-3"


@pytest.mark.parametrize("library", ["paramiko.sftp", "celery.worker.strategy", "kombu.connection"])
def test_libraries_that_log_packets_and_arguments_are_quiet_below_warning(
    lines: pytest.CaptureFixture[str], library: str
) -> None:
    configured()
    logging.getLogger(library).debug("packet with a password")
    logging.getLogger(library).info("task with its arguments")
    logging.getLogger(library).warning("something to know")
    assert [json.loads(line)["message"] for line in lines.readouterr().err.splitlines()] == [
        "something to know"
    ]


def test_logs_go_to_stderr_and_nothing_to_stdout(lines: pytest.CaptureFixture[str]) -> None:
    configured("text").info("hello")
    assert lines.readouterr().out == ""
    assert sys.stdout is not sys.stderr
