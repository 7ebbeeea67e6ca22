"""One collection by a platform's definition: login → config → contexts → artefacts → rules → result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from collectors.answer import complete, sealed
from collectors.answer.filters import read_facts
from collectors.answer.masks import Mask, fingerprints, hidden
from collectors.answer.pieces import LONGEST_LINE, long_lines, set_long_lines_aside
from collectors.answer.text import artefact_text, config_text, tidy_text
from collectors.contract import CollectorResult, utc_now
from collectors.define.command import Command
from collectors.define.platform import Platform
from collectors.errors import AuthorizationFailed, CollectError, EmptyConfig, HostKeyRejected, Rejected
from collectors.journal import Journal
from collectors.reach import Reach, definition_for, reach
from collectors.request import DEFAULT_TIMEOUT_S, Request
from collectors.session import artefacts, contexts, files
from collectors.session.asker import Asker, open_asker
from collectors.transport.wire import Deadline


@dataclass(frozen=True, slots=True)
class PlatformCollector:
    """The collector of the plugin contract for one platform."""

    name: str
    platform: Platform

    def __call__(self, config: dict[str, Any], timeout: float | None = None) -> dict[str, Any]:
        """Collect one device's configuration within `timeout` seconds; see collectors.contract.

        Every CollectError becomes a failed result. Any other exception is a bug and is raised.
        """
        return collect_by(self.platform, config, timeout)


@dataclass(frozen=True, slots=True)
class Answers:
    """What the device printed, before any filter.

    contexts   (header, configuration) of each virtual device
    artefacts  texts by name
    files      binary artefacts by name, encoded
    """

    config: str
    contexts: tuple[tuple[str, str], ...] = ()
    artefacts: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


def collect_by(
    platform: Platform,
    config: dict[str, Any],
    timeout: float | None = None,
    reach: Reach = reach,
) -> dict[str, Any]:
    """Collect one device's configuration by its platform's definition.

    Takes and returns the plugin contract's dicts. `reach` is how the device is reached.
    """
    journal = Journal()
    try:
        request = Request.from_config(config)
        deadline = Deadline.after(request.device, DEFAULT_TIMEOUT_S if timeout is None else timeout)
        platform = definition_for(platform, request)
        answers = _fetch(platform, request, deadline, journal, reach)
        return _result(platform, request, answers, deadline, journal).to_dict()
    except CollectError as error:
        journal.add(journal.step, f"{error.reason}: {error}", "error")
        if isinstance(error, HostKeyRejected) and journal.step == "host_key" and error.offered:
            # It is the device's key and not a jump host's, for a person to compare.
            journal.facts["host_key"] = error.offered
        return CollectorResult(
            task_id=str(config.get("task_id") or ""),
            status="failure",
            timestamp=utc_now(),
            log=journal.entries(),
            reason=error.reason,
            transient=error.transient,
            facts=journal.facts,
        ).to_dict()


def _result(
    platform: Platform, request: Request, answers: Answers, deadline: Deadline, journal: Journal
) -> CollectorResult:
    """What is stored of the answers. TimedOut if the filters have not done their work by the deadline.

    Nothing can interrupt an expression, and a thread cannot be ended. Each expression therefore takes linear
    time (see collectors.define.growth), and between two of them, at every million characters, the filters
    look at the clock.
    """

    def check() -> float:
        return deadline.left("while the answers were filtered")

    copy = _sealed_copy(platform, request, answers)
    check()
    mask = _MASKS[request.secrets](request)
    text = config_text(platform, answers.config, answers.contexts, mask=mask, check=check)
    if mask is not None:
        _tell_long_lines(platform, answers, journal)
    journal.add("collect", f"kept {len(text)} characters, secrets: {request.secrets}")
    seen = "\n".join([answers.config, *answers.artefacts.values()])
    return CollectorResult(
        task_id=request.task_id,
        status="success",
        timestamp=utc_now(),
        log=journal.entries(),
        device_config=text,
        artefacts={
            **{
                name: artefact_text(platform, raw, mask=mask, check=check)
                for name, raw in answers.artefacts.items()
            },
            **answers.files,
            **copy,
        },
        facts={**journal.facts, **read_facts(set_long_lines_aside(seen)[0], platform.facts)},
    )


def _tell_long_lines(platform: Platform, answers: Answers, journal: Journal) -> None:
    """Warn of each line that was hidden as a whole."""
    configs = [answers.config, *(answer for _, answer in answers.contexts)]
    # Only a text that is longer than a line may be can hold such a line, and most texts are shorter.
    tidied = [tidy_text(platform, each) for each in configs if len(each) > LONGEST_LINE]
    for text in [*tidied, *answers.artefacts.values()]:
        if lengths := [stop - start for start, stop in long_lines(text)]:
            journal.add(
                "collect",
                f"{len(lengths)} lines are hidden whole, of up to {max(lengths)} characters: "
                f"no rule looks into a line of more than {LONGEST_LINE}",
                "warning",
            )


def _sealed_copy(platform: Platform, request: Request, answers: Answers) -> dict[str, str]:
    """The sealed copy as artefacts; none where the request names nobody who may open it."""
    if not request.recipients:
        return {}
    text = config_text(platform, answers.config, answers.contexts, mask=None)
    essence = config_text(platform, answers.config, answers.contexts, mask=lambda secret: secret)
    key = request.fingerprint_key
    return sealed.seal(request.device, request.device_id, text, essence, request.recipients, key)


_MASKS: Mapping[str, Callable[[Request], Mask | None]] = {
    "keep": lambda _: None,
    "hide": lambda _: hidden,
    "fingerprint": lambda request: fingerprints(request.fingerprint_key or b"", request.device_id),
}


def _fetch(
    platform: Platform, request: Request, deadline: Deadline, journal: Journal, reach: Reach
) -> Answers:
    """All that the request asks for. Raises Rejected if the device refuses every configuration command."""
    with reach(platform, request, deadline, journal) as connection:
        device = open_asker(connection, platform, request, deadline, journal)
        if journal.step == "session":
            journal.step = "collect"
        options, name = request.options, request.device
        return Answers(
            config=_config(device, platform, request, journal),
            contexts=contexts.collect_contexts(
                device, name, platform, wanted=options.contexts, journal=journal
            ),
            artefacts=artefacts.collect_artefacts(device, name, platform, options.artefacts, journal),
            files=files.fetch_files(
                connection,
                device,
                platform,
                options.artefacts,
                journal,
                secrets_may_leave=request.secrets == "keep",
            ),
        )


def _config(device: Asker, platform: Platform, request: Request, journal: Journal) -> str:
    """The answer to the first configuration command that is whole.

    If none is, privilege is raised where that is possible, and all are tried once more. The failure tells
    what the device said first, or what it said of the user's rights.
    """
    try:
        return _first_whole(device, platform, request, journal)
    except Rejected as error:
        if not device.raise_privilege():
            raise
        journal.add("collect", f"{error.reason}: {error}; trying again with privilege", "warning")
    return _first_whole(device, platform, request, journal)


def _first_whole(device: Asker, platform: Platform, request: Request, journal: Journal) -> str:
    failures: list[CollectError] = []
    for command in platform.configs:
        try:
            return _ask_whole(device, platform, command, request, journal)
        except (Rejected, EmptyConfig) as error:
            failures.append(error)
            if command != platform.configs[-1]:
                journal.add("collect", f"'{command.text}' was refused; trying the next command", "warning")
    raise next((each for each in failures if isinstance(each, AuthorizationFailed)), failures[0])


def _ask_whole(
    device: Asker, platform: Platform, command: Command, request: Request, journal: Journal
) -> str:
    """The answer to `command`, once it was checked to be all of a configuration."""
    text = device.ask(command)
    if journal.step == "login":  # an API is shown the credential with the request itself
        journal.done("the credential was accepted", then="collect")
    journal.add("collect", f"'{command.text}' answered, {len(text)} characters")
    complete.check(request.device, platform, command, text, flawed=request.last_attempt)
    journal.add("collect", f"the answer is whole: {complete.evidence(command, text)}")
    if words := complete.flaw(platform, text):
        journal.add("collect", f"the device cannot print all of it: {words}", "warning")
    return text
