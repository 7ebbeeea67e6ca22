"""Fixtures for every test: real servers, each started once it is asked for."""

import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

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


class _OneByOne(LoadScopeScheduling):
    """Gives each test to whichever process is free, and what shares one expensive server to one of them.

    By the tests' names: under pytest 9.2 marks for groups do not reach the scheduler of pytest-xdist.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "rabbitmq" if "rabbitmq" in nodeid.rpartition("::")[2] else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """With several test processes: see _OneByOne."""
    return _OneByOne(config, log)
