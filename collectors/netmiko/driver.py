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


class _OnOurChannel(BaseConnection):
    """netmiko's connection on a channel that it is given; the base class after a driver's own."""

    open_channel: Callable[[str], LimitedChannel]

    def establish_connection(self, width: int = 511, height: int = 1000) -> None:  # noqa: ARG002 - netmiko's
        """Take the channel in place of dialling, trusting a key and logging in."""
        self.remote_conn_pre = None
        self.channel = type(self).open_channel(self.username)
        self.special_login_handler()


def prepare(kind: str, request: Request, open_channel: Callable[[str], LimitedChannel]) -> BaseConnection:
    """netmiko's driver for `kind`, after the login and its preparations.

    It types nothing at the end of the session: we hang up.
    """
    driver = type(
        f"OurChannel{CLASS_MAPPER[kind].__name__}",
        (CLASS_MAPPER[kind], _OnOurChannel),
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
def netmiko_errors(
    device: str,
    kind: str,
    channels: Sequence[LimitedChannel],
    step: str = "preparing the session",
) -> Iterator[None]:
    """Raise netmiko's exceptions as ours. Errors of our channel go first, even if netmiko caught them."""
    who = f"{device}: netmiko's '{kind}'"

    def failure() -> CollectError | None:
        return channels[-1].failure if channels else None

    try:
        yield
    except CollectError:
        raise
    except NetmikoAuthenticationException as error:
        raise failure() or AuthenticationFailed(
            f"{who}: the device refused the login; one attempt was made"
        ) from error
    except (NetmikoTimeoutException, ReadTimeout) as error:
        silent = not channels or not channels[-1].received
        kind_of = TimedOut if silent else PromptNotFound
        raise failure() or kind_of(
            f"{who}: no prompt that it knows came {step}; check the platform"
        ) from error
    except NetmikoBaseException as error:
        raise failure() or Disconnected(f"{who}: the connection broke {step}") from error
    except ValueError as error:  # netmiko's word for a prompt that is not there, and for a refused `enable`
        if step == RAISING:
            raise failure() or AuthenticationFailed(
                f"{who}: the device refused to raise privilege; one attempt was made"
            ) from error
        raise failure() or PromptNotFound(
            f"{who}: no prompt that it knows came; check the platform"
        ) from error
    if error_of_channel := failure():
        raise error_of_channel
