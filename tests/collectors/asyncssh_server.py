"""A real SSH server of another make (asyncssh) on loopback, to try the transport against."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncssh

Handler = Callable[[Any], Awaitable[None]]


@dataclass
class AsyncsshServer:
    """What the server counted: every method a client tried, and the passwords it was offered."""

    port: int = 0
    host_keys: tuple[str, ...] = ()
    methods: list[str] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)
    terminals: list[str] = field(default_factory=list)
    forwarded: list[int] = field(default_factory=list)


@contextmanager
def asyncssh_server(
    handler: Handler,
    *,
    password: str | None = "right",
    interactive: str | None = None,
    consent: str | None = None,
    second_factor: str | None = None,
    public_key: str | None = None,
    key_types: Iterable[str] = ("ssh-ed25519",),
    forwards: bool = False,
    **options: Any,
) -> Iterator[AsyncsshServer]:
    """Serve `handler(process)` for user `admin`; a method whose secret is None is not offered.

    `consent` is asked before the interactive method's password, and wants a "yes"; `second_factor` is asked
    behind it.
    """
    seen = AsyncsshServer()
    statements = [consent] if consent else []

    class Server(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return password is not None

        def validate_password(self, username: str, offered: str) -> bool:
            seen.methods.append("password")
            seen.passwords.append(offered)
            return offered == password

        def kbdint_auth_supported(self) -> bool:
            return interactive is not None

        def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
            seen.methods.append("keyboard-interactive")
            return "", "", "", [(statements[0], True) if statements else ("Password: ", False)]

        def validate_kbdint_response(self, username: str, responses: Sequence[str]) -> Any:
            if statements:
                statements.clear()
                return list(responses) == ["yes"] and ("", "", "", [("Password: ", False)])
            seen.passwords.extend(responses)
            if second_factor is not None and len(seen.passwords) == 1:
                return "", "", "", [(second_factor, True)]
            return list(responses) == [interactive]

        def public_key_auth_supported(self) -> bool:
            return public_key is not None

        def validate_public_key(self, username: str, key: Any) -> bool:
            seen.methods.append("publickey")
            assert public_key is not None
            return bool(key.export_public_key() == asyncssh.import_public_key(public_key).export_public_key())

        def connection_requested(self, host: str, port: int, *_: object) -> bool:
            seen.forwarded.append(port)
            return forwards

    keys = [asyncssh.generate_private_key(kind) for kind in key_types]
    seen.host_keys = tuple(key.export_public_key().decode().strip() for key in keys)
    loop = asyncio.new_event_loop()
    ready, stop = threading.Event(), asyncio.Event()

    async def serve() -> None:
        server = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Server,
            server_host_keys=keys,
            process_factory=handler,
            encoding=None,
            line_editor=False,
            **options,
        )
        seen.port = server.get_port()
        ready.set()
        await stop.wait()
        server.close()
        await server.wait_closed()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        assert ready.wait(10), "the test's SSH server did not start"
        yield seen
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def jump_host(*, forwards: bool = True) -> AbstractContextManager[AsyncsshServer]:
    """A server that forwards connections, or refuses to, and runs no command; its password is `hop-word`."""

    async def refuse(process: Any) -> None:
        process.exit(1)

    return asyncssh_server(refuse, password="hop-word", forwards=forwards)
