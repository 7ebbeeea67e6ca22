"""netmiko's drivers on a channel of ours, and their exceptions as ours."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from netmiko import BaseConnection
from netmiko.exceptions import (
    NetmikoAuthenticationException,
    NetmikoBaseException,
    NetmikoTimeoutException,
    ReadTimeout,
)
from netmiko.ssh_dispatcher import CLASS_MAPPER

from collectors.errors import AuthenticationFailed, CollectError, Disconnected, PromptNotFound, TimedOut
from collectors.netmiko.channel import LimitedChannel
from collectors.request import Request

# At DEBUG netmiko writes all that devices print to whatever handler the process has.
logging.getLogger("netmiko").setLevel(logging.CRITICAL + 1)

RAISING = "raising privilege"


class _Held(BaseConnection):
    """netmiko's connection, on a channel that it is given. It comes behind a driver's own classes."""

    open_channel: Callable[[str], LimitedChannel]

    def establish_connection(self, width: int = 511, height: int = 1000) -> None:  # noqa: ARG002 - netmiko's
        """Take the channel in place of dialling, trusting a key and logging in."""
        self.remote_conn_pre = None
        self.channel = type(self).open_channel(self.username)
        self.special_login_handler()


def prepared(kind: str, request: Request, open_channel: Callable[[str], LimitedChannel]) -> BaseConnection:
    """netmiko's driver for `kind`, past the login and its preparations. It says no goodbye: we hang up."""
    driver = type(
        f"Held{CLASS_MAPPER[kind].__name__}",
        (CLASS_MAPPER[kind], _Held),
        {"open_channel": staticmethod(open_channel), "cleanup": lambda *_, **__: None},
    )
    # No driver may dial by itself: the address that it knows leads nowhere.
    connection: BaseConnection = driver(
        host="host.invalid",
        device_type=kind,
        username=request.username,
        password=request.password or "",
        secret=request.enable_password or "",
    )
    return connection


@contextmanager
def translated(
    device: str,
    kind: str,
    opened: Sequence[LimitedChannel],
    step: str = "preparing the session",
) -> Iterator[None]:
    """netmiko's exceptions as ours; what our channel raised counts, even where netmiko swallowed it."""
    who = f"{device}: netmiko's '{kind}'"

    def failed() -> CollectError | None:
        return opened[-1].failure if opened else None

    try:
        yield
    except CollectError:
        raise
    except NetmikoAuthenticationException as error:
        raise failed() or AuthenticationFailed(
            f"{who}: the device refused the login; one attempt was made"
        ) from error
    except (NetmikoTimeoutException, ReadTimeout) as error:
        silent = not opened or not opened[-1].received
        kind_of = TimedOut if silent else PromptNotFound
        raise failed() or kind_of(
            f"{who}: no prompt that it knows came {step}; check the platform"
        ) from error
    except NetmikoBaseException as error:
        raise failed() or Disconnected(f"{who}: the connection broke {step}") from error
    except ValueError as error:  # netmiko's word for a prompt that is not there, and for a refused `enable`
        if step == RAISING:
            raise failed() or AuthenticationFailed(
                f"{who}: the device refused to raise privilege; one attempt was made"
            ) from error
        raise failed() or PromptNotFound(
            f"{who}: no prompt that it knows came; check the platform"
        ) from error
    if failure := failed():
        raise failure
