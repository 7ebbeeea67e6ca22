"""Pinning keys: what people wrote stays, and no key that is pinned is replaced by itself."""

from __future__ import annotations

import asyncssh
import pytest

from collectors.simulator.keys import host_key_line
from pipeline.inventory.cache import Cache
from pipeline.inventory.known_hosts import keys_of, read
from pipeline.inventory.problems import Problems
from pipeline.live.pins import contradicted, names_of, pin, with_pins, with_replaced
from pipeline.values.device import Credential, Device

A, B, C = (host_key_line(name) for name in "abc")
RSA = " ".join(asyncssh.generate_private_key("ssh-rsa").export_public_key().decode().split()[:2])
PIN = "https-sha256 uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="
OTHER_PIN = "https-sha256 aU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="


def device(name: str = "sw1", address: str = "192.0.2.1", port: int | None = None) -> Device:
    return Device(name, name, address, "cisco_ios", Credential("lab", "backup"), port=port)


@pytest.mark.parametrize(
    ("pinned", "shown", "is_changed"),
    [
        ((), (A,), False),
        ((A,), (A,), False),
        ((A,), (A, RSA), False),
        ((A, B), (A,), False),
        ((A,), (B,), True),
        ((A, RSA), (B, RSA), True),
        ((A,), (RSA,), True),
        ((PIN,), (A,), False),
        ((A,), (PIN,), False),
        ((A, PIN), (OTHER_PIN,), True),
        ((A, PIN), (PIN,), False),
    ],
)
def test_what_contradicts_the_pinned_keys(
    pinned: tuple[str, ...], shown: tuple[str, ...], is_changed: bool
) -> None:
    assert contradicted(pinned, shown) is is_changed


@pytest.mark.parametrize("text", ["", "# ours\n192.0.2.9 " + B, "# ours\r\n192.0.2.9 " + B + "\r\n"])
@pytest.mark.parametrize(
    ("address", "port", "host"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", 22, "192.0.2.1"),
        ("192.0.2.1", 2222, "[192.0.2.1]:2222"),
        ("2001:db8::1", None, "2001:db8::1"),
        ("2001:db8::1", 830, "[2001:db8::1]:830"),
        ("sw1.example.net", 2222, "[sw1.example.net]:2222"),
    ],
)
def test_a_pinned_key_is_found_again_and_the_rest_stays(
    text: str, address: str, port: int | None, host: str
) -> None:
    sw1 = device(address=address, port=port)
    added = with_pins(text, [pin(sw1, A), pin(sw1, RSA)])
    problems = Problems()
    hosts = read(added.encode(), problems, Cache())
    assert problems.found == []
    assert keys_of(hosts, sw1.name, address, port or 22) == (A, RSA)
    assert added.startswith(text)
    assert f"\n{host} {A}\n" in added
    assert "# sw1: 256 SHA256:" in added
    assert "(ED25519)" in added


def test_a_replaced_key_stands_in_the_place_of_the_old_one() -> None:
    """And what people wrote around it stays: a reviewer sees one line that changed."""
    text = f"# the core\n# asked Ada on Monday\nsw1 {A}\n192.0.2.9 {A}\n"
    assert with_replaced(text, device(), [pin(device(), B)]) == text.replace(f"sw1 {A}", f"sw1 {B}")


def test_our_own_comment_says_the_new_fingerprint() -> None:
    text = "# the core\n" + with_pins("", [pin(device(), A), pin(device("sw2", "192.0.2.2"), C)])
    replaced = with_replaced(text, device(), [pin(device(), B)])
    assert replaced == text.replace(A, B).replace(pin(device(), A).comment, pin(device(), B).comment)


def test_each_key_goes_to_the_place_of_its_type_and_the_others_behind() -> None:
    sw1 = device()
    text = f"192.0.2.1 {RSA}\r\n192.0.2.1 {A}\r\n192.0.2.9 {C}"
    assert with_replaced(text, sw1, [pin(sw1, B), pin(sw1, RSA)]) == text.replace(A, B)
    assert with_replaced(text, sw1, [pin(sw1, B)]) == f"192.0.2.1 {B}\r\n192.0.2.9 {C}"
    more = with_replaced(f"192.0.2.1 {A}\n192.0.2.9 {C}\n", sw1, [pin(sw1, B), pin(sw1, RSA)])
    assert more == f"192.0.2.1 {B}\n{pin(sw1, RSA).comment}\n192.0.2.1 {RSA}\n192.0.2.9 {C}\n"
    assert with_replaced(f"192.0.2.1 {A}", sw1, [pin(sw1, RSA)]) == f"192.0.2.1 {RSA}"


def test_replacing_takes_the_devices_own_lines_and_nothing_else() -> None:
    sw1 = device()
    text = f"192.0.2.1,192.0.2.7 {C} both\n192.0.2.9 {A}\n[192.0.2.1]:2222 {B}\n"
    assert with_replaced(text, sw1, [pin(sw1, A)]) == (
        f"192.0.2.7 {C} both\n{pin(sw1, A).comment}\n192.0.2.1 {A}\n192.0.2.9 {A}\n[192.0.2.1]:2222 {B}\n"
    )


def test_a_name_is_the_same_in_every_spelling() -> None:
    assert names_of(device(address="2001:DB8:0::1")) == names_of(device(address="2001:db8::1"))
    sw1 = device(address="2001:db8::1")
    assert with_replaced(f"2001:db8:0:0::1 {A}\n", sw1, [pin(sw1, B)]) == f"2001:db8:0:0::1 {B}\n"
