"""Fixtures for every test: real servers, each started once it is asked for."""

import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.servers.databases import broker_url, database_url, postgres, redis_url, valkey
from tests.servers.frr import frr_router
from tests.servers.git_host import git_host
from tests.servers.rabbitmq import rabbitmq

__all__ = [
    "broker_url",
    "database_url",
    "frr_router",
    "git_host",
    "postgres",
    "rabbitmq",
    "redis_url",
    "valkey",
]


# The same examples in every run: what fails once fails again, and a check of a pull request is no lottery.
settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")


def pytest_configure() -> None:
    """Ctrl-C for every child: what a shell runs in the background (`make test &`) begins with it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _a_state_home_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing is written to, or read from, the state of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state-home")))
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several test processes: what shares one expensive server stays in one of them."""
    for item in items:
        if "rabbitmq" in getattr(item, "fixturenames", ()) or "rabbitmq" in item.name:
            item.add_marker(pytest.mark.xdist_group("rabbitmq"))
