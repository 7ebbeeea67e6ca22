"""Diffie-Hellman over finite fields: the numbers are Python's, and OpenSSH agrees with us on the secret."""

from __future__ import annotations

import importlib.util
import sys
from contextlib import closing
from pathlib import Path
from typing import cast

import paramiko
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paramiko.ssh_exception import SSHException

from collectors.transport.host_key import HostKey
from collectors.transport.ssh import diffie_hellman
from collectors.transport.ssh.connection import Login, log_in
from collectors.transport.ssh.diffie_hellman import Group14, Group16, GroupExchange, power
from collectors.transport.wire import Deadline
from tests.collectors.threads import no_thread_is_left
from tests.servers.sshd import Sshd

__all__ = ["no_thread_is_left"]

NO_TRANSPORT = cast(paramiko.Transport, None)
"""What a computation alone does not look at."""

exponents = st.integers(2**511, 2**512 - 1)


@given(st.integers(0, Group14.P + 1), exponents)
def test_a_power_in_a_named_group_is_the_one_that_python_computes(base: int, exponent: int) -> None:
    assert power(base, exponent, Group14.P) == pow(base, exponent, Group14.P)


@pytest.mark.parametrize("modulus", [Group16.P, 2**1024 - 105, 2**1024 - 106], ids=["group16", "odd", "even"])
@pytest.mark.parametrize("base", [0, 1, 2, 5, 2**1000])
def test_a_power_modulo_anything_is_the_one_that_python_computes(base: int, modulus: int) -> None:
    assert power(base, 3**320, modulus) == pow(base, 3**320, modulus)


@pytest.mark.parametrize("kex", ["group14-sha256", "group16-sha512", "group-exchange-sha256"])
def test_a_device_that_knows_only_finite_fields_is_reached(kex: str, tmp_path: Path) -> None:
    with Sshd(tmp_path, "echo config", {"KexAlgorithms": f"diffie-hellman-{kex}"}) as server:
        pinned = (HostKey.parse("r1", server.host_key),)
        key = server.client_key.read_text()
        login = Login("r1", "127.0.0.1", server.port, pinned, server.user, private_key=key)
        with closing(log_in(login, Deadline.after("r1", 30))) as connection:
            assert connection.run("show").receive(20) == b"config\n"


@pytest.mark.parametrize("offset", [0, 1, -1])
def test_a_server_whose_number_gives_the_secret_away_is_refused(offset: int) -> None:
    for exchange in (Group14(NO_TRANSPORT), Group16(NO_TRANSPORT)):
        exchange.f = offset % exchange.P
        with pytest.raises(SSHException, match="out of range"):
            pow(exchange.f, 3, exchange.P)
    chosen = GroupExchange(NO_TRANSPORT)
    chosen.g = offset % Group14.P
    with pytest.raises(SSHException, match="out of range"):
        pow(chosen.g, 3, Group14.P)


def test_every_exchange_draws_512_bits_of_its_own() -> None:
    drawn = set()
    for exchange in [kind(NO_TRANSPORT) for kind in (Group14, Group16, GroupExchange) for _ in range(20)]:
        exchange._generate_x()
        drawn.add(exchange.x)
    assert len(drawn) == 60
    assert {x.bit_length() for x in drawn} == {512}


def test_without_finite_fields_in_cryptography_python_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric.dh", None)
    spec = importlib.util.spec_from_file_location("later", diffie_hellman.__file__)
    assert spec is not None
    assert spec.loader is not None
    later = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(later)
    assert later.power(5, 3**320, Group14.P) == pow(5, 3**320, Group14.P)
