"""Fixtures for every test: real servers, each started once it is asked for."""

import gc
import re
import signal
from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from collectors import registry
from tests import needs
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


# The same examples in every run: what fails once fails again, and a check of a pull request is no lottery. A
# busy machine fails no example.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    """What `make unit` and `make platform` ask for."""
    parser.addoption(
        "--unit", action="store_true", help="only tests that need no server and start no program"
    )
    parser.addoption(
        "--platform", metavar="NAME", help="of tests that have cases, only those of this platform"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what was not asked for."""
    unit, platform = config.getoption("unit"), config.getoption("platform")
    if platform is not None:
        if platform not in registry.names():
            raise pytest.UsageError(f"there is no platform {platform!r}; `devicevault platforms` lists them")
        _keep(config, items, lambda item: is_about(item.name, platform))
    if unit:
        _keep(config, items, lambda item: not needs.starts_programs(item))


def is_about(name: str, platform: str) -> bool:
    """Whether a test of that name may concern the platform: its case names it, or it has no case."""
    _, has_case, case = name.partition("[")
    return not has_case or re.search(rf"(?<!\w){re.escape(platform)}(?!\w)", case) is not None


def _keep(config: pytest.Config, items: list[pytest.Item], wanted: Callable[[pytest.Item], bool]) -> None:
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        (kept if wanted(item) else left_out).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


def pytest_collection_finish() -> None:
    """What was collected lives to the end: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


def pytest_configure(config: pytest.Config) -> None:
    """Ctrl-C for every child: what a shell runs in the background (`make test &`) begins with it ignored."""
    if config.getoption("unit"):
        needs.forbid_programs()
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
