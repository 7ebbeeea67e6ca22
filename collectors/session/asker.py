"""Asks a device for the whole answer to a command: at a prompt, on a channel of its own, or as a file."""

from __future__ import annotations

from contextlib import closing
from typing import Protocol

from collectors.answer import complete
from collectors.define.command import Command
from collectors.define.platform import Platform
from collectors.errors import (
    AuthorizationFailed,
    CollectError,
    Disconnected,
    Rejected,
    TimedOut,
    TooLarge,
    Truncated,
    quoted,
)
from collectors.journal import Journal
from collectors.request import Request
from collectors.session import screen
from collectors.session.ending import AT_ONCE, DOUBTFUL, LIKELY, Ending
from collectors.session.shell import Credential, Session
from collectors.transport.wire import MAX_BYTES, Connection, Deadline

EXIT_STATUS_S = 5.0


class Asker(Protocol):
    """One logged-in device that takes commands."""

    def ask(self, command: Command) -> str:
        """All that the device prints for `command`; a CollectError if the answer does not come."""
        ...

    def move(self, line: str) -> None:
        """Type a line that changes the prompt or the device's state; Rejected if the device refuses it."""
        ...

    def raise_privilege(self) -> bool:
        """Raise the user's privilege if the device has a way that was not tried; whether there was one."""
        ...


def open_asker(
    connection: Connection, platform: Platform, request: Request, deadline: Deadline, journal: Journal
) -> Asker:
    """The asker of this platform, with the session's questions, privilege and setup commands behind it."""
    if platform.transport == "exec":
        return _ChannelAsker(connection, platform, request.device, deadline)
    if platform.transport == "file":
        return _FileAsker(connection, request.device)
    return _PromptAsker(connection, platform, request, deadline, journal)


class _PromptAsker:
    """Asks at a prompt, after privilege and setup."""

    def __init__(
        self,
        connection: Connection,
        platform: Platform,
        request: Request,
        deadline: Deadline,
        journal: Journal,
    ) -> None:
        self._platform = platform
        self._journal = journal
        self._device = request.device
        self._session = Session(connection.shell(), platform, request.device, deadline)
        credential = _login_at_prompt(connection, platform, request)
        self._session.login(credential)
        if credential is not None:
            journal.done("logged in at the command line", then="session")
        journal.add("session", "the prompt was recognised")
        self._set_up()
        self._username, self._enable_password = request.username, request.enable_password
        # The setup's echo has proved the prompt: a banner must not decide about privilege.
        if self._may_enable and self._enable_password is not None:
            self._raise_privilege()

    def ask(self, command: Command) -> str:
        """The command's answer. Whether it is whole decides how long the prompt after it is doubted."""
        return self._ask_once(command)

    def raise_privilege(self) -> bool:
        """Try `enable` without a password at an unprivileged prompt; Rejected if the device refuses it."""
        if not self._may_enable:
            return False
        self._raise_privilege()
        return True

    @property
    def _may_enable(self) -> bool:
        return self._platform.enable is not None and not self._session.privileged

    def _raise_privilege(self) -> None:
        self._session.enable(self._enable_password, self._username)
        self._journal.add("session", "privilege raised")
        self._set_up()

    def _ask_once(self, command: Command) -> str:

        def ending(text: str) -> Ending:
            text = screen.config_lines(text)
            if command.or_form is not None and command.or_form(text):
                return DOUBTFUL
            whole = command.marked and complete.ends(command, text, self._platform.passages)
            if not whole and complete.refusal(self._platform, text, command):
                return LIKELY
            if command.marked:
                return AT_ONCE if whole else DOUBTFUL
            return DOUBTFUL if command.fault is not None and command.fault(text) else LIKELY

        return screen.config_lines(self._session.ask(command.text, command.idle_s, ending))

    def move(self, line: str) -> None:
        """Type `line` and learn the prompt that follows; Rejected if the device refuses it."""
        if refused := complete.refusal(self._platform, self._session.setup(line)):
            raise Rejected(f"{self._device}: '{line}' was refused: {quoted(refused)}")

    def _set_up(self) -> None:
        for command in self._platform.setup:
            refused = complete.refusal(self._platform, self._session.setup(command))
            self._journal.add(
                "session", f"'{command}' {'refused' if refused else 'sent'}", "warning" if refused else "info"
            )


def _login_at_prompt(connection: Connection, platform: Platform, request: Request) -> Credential | None:
    """What to type where the command line asks who logs in; None where it must not ask.

    It asks over Telnet, behind an SSH server that wanted no secret, and after SSH's login on a platform that
    asks `again`.
    """
    if connection.asks_login or platform.login_prompts.again:
        return Credential(request.username, request.password or "")
    return None


class _FileAsker:
    """Asks for files by name. The length that the device announces is the end marker."""

    def __init__(self, connection: Connection, device: str) -> None:
        self._connection = connection
        self._device = device

    def ask(self, command: Command) -> str:
        """The text of the file; Rejected if the device does not give it."""
        content = self._connection.fetch(command.text, MAX_BYTES, command.idle_s)
        return screen.visible_text([screen.decode(content)])

    def raise_privilege(self) -> bool:
        """Whoever may read a file may read all of it."""
        return False

    def move(self, line: str) -> None:
        """Raise Rejected: where there are only files, nothing can be typed."""
        raise Rejected(f"{self._device}: '{line}' cannot be typed: this platform has only files")


class _ChannelAsker:
    """Asks by one channel per command. The exit status is the end marker."""

    def __init__(self, connection: Connection, platform: Platform, device: str, deadline: Deadline) -> None:
        self._connection = connection
        self._platform = platform
        self._device = device
        self._deadline = deadline

    def ask(self, command: Command) -> str:
        """All that the command printed; Truncated if the device did not say how it ended."""
        return self._run(command.text, command.idle_s)

    def move(self, line: str) -> None:
        """Run `line` on a channel of its own; Rejected if it ends with another status than 0."""
        self._run(line, Command(line).idle_s)

    def raise_privilege(self) -> bool:
        """A channel has no privilege of its own."""
        return False

    def _run(self, text: str, idle_s: float) -> str:
        step = f"after '{text}'"
        answer = bytearray()
        with closing(self._connection.run(text)) as channel:
            while data := channel.receive(min(idle_s, self._deadline.left(step))):
                answer.extend(data)
                if len(answer) > MAX_BYTES:
                    raise TooLarge(f"{self._device}: more than {MAX_BYTES >> 20} MB arrived {step}")
            if data is None:
                raise TimedOut(f"{self._device}: nothing came for {idle_s:.0f} s {step}")
            status = channel.exit_status(min(EXIT_STATUS_S, self._deadline.left(step)))
            if status is None:
                if not self._connection.alive:
                    raise Disconnected(f"{self._device}: the device closed the connection {step}")
                raise Truncated(f"{self._device}: '{text}' ended without an exit status")
            output = screen.visible_text([screen.decode(answer)])
            if status != 0:
                raise self._failure(text, status, channel.complaint(), output)
        # A device that is one of a pair may print its role after any answer.
        return screen.without_upper_line(output)

    def _failure(self, text: str, status: int, complaint: str, output: str) -> CollectError:
        """Why a command ended with another status than 0, in the device's words."""
        words = complaint or complete.short_answer(self._platform, output)
        ended = f"{self._device}: '{text}' ended with status {status}: {words or 'nothing on stderr'}"
        if complete.is_busy(self._platform, f"{complaint}\n{output}"):
            return Truncated(ended)
        if complete.lacks_right(words):
            return AuthorizationFailed(f"{ended}{complete.grant(self._platform, Command(text))}")
        return Rejected(f"{ended}{complete.ADVICE}")
