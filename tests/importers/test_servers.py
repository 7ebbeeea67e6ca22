"""NetBox and LibreNMS over HTTPS: pages, tokens, and servers that do not do what they should."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from pipeline.importers.sources import netbox, web
from tests.collectors.httpsd import Asked, answer
from tests.importers.desk import Desk
from tests.importers.servers import TOKEN, Api, authority, netbox_device, serving

DEVICES = (
    netbox_device(1, "FRA Core 1", "192.0.2.1/24"),
    netbox_device(2, "fra-core2", "2001:db8::2/64", platform={"slug": "cisco-nx-os"}),
    netbox_device(3, None, "192.0.2.3/24"),
    netbox_device(4, "fra-old1", "192.0.2.4/24", status={"value": "offline"}),
    netbox_device(5, "fra-pdu1", "192.0.2.5/24", platform=None),
    netbox_device(6, "fra-stock1", None),
    netbox_device(
        7, "fra-acc1", "192.0.2.7/24", vc_position=1,
        virtual_chassis={"id": 1, "name": "fra-acc", "master": {"id": 7, "name": "fra-acc1"}},
    ),
    netbox_device(
        8, None, None, vc_position=2,
        virtual_chassis={"id": 1, "name": "fra-acc", "master": {"id": 7, "name": "fra-acc1"}},
    ),
    netbox_device(9, "ber-rtr1", "192.0.2.9/32", site={"slug": "BER_1"}, platform={"slug": "junos"}),
)  # fmt: skip


@pytest.fixture
def api(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority(tmp_path)))
    monkeypatch.setenv("THE_TOKEN", TOKEN)
    with serving(Api(DEVICES), tmp_path) as serves:
        yield serves


FROM_ENV = ("--token-from", "env:THE_TOKEN")


def test_netbox_becomes_an_inventory(desk: Desk, api: Api) -> None:
    report = desk.report("netbox", api.url, *FROM_ENV)
    assert {
        device.name: (device.address, device.platform, device.group) for device in desk.loaded().devices
    } == {
        "fra-core-1": ("192.0.2.1", "cisco_ios", "fra"),
        "fra-core2": ("2001:db8::2", "cisco_nxos", "fra"),
        "device-3": ("192.0.2.3", "cisco_ios", "fra"),
        "fra-acc1": ("192.0.2.7", "cisco_ios", "fra"),
        "ber-rtr1": ("192.0.2.9", "juniper_junos", "ber_1"),
    }
    told = {(note["what"], note["device"]): note["message"] for note in report["notes"]}
    assert told["skipped", "fra-old1"] == "its status is 'offline'"
    assert told["skipped", "fra-acc-2"] == "it is a member of the virtual chassis that 'fra-acc1' speaks for"
    assert told["left out", "fra-pdu1"] == "the source names no platform for it"
    assert told["left out", "fra-stock1"] == "it has no primary IP address"
    assert told["guessed", "device-3"] == "it has no name in NetBox; 'device-3' is taken"
    assert told["guessed", "fra-core2"] == "'cisco-nx-os' is taken for the platform cisco_nxos"


def test_every_page_is_asked_for_once_and_with_the_token(desk: Desk, api: Api) -> None:
    desk.run("netbox", api.url, *FROM_ENV)
    assert [asked.headers.get("Authorization") for asked in api.server.asked] == [f"Token {TOKEN}"] * 5
    paths = [asked.path for asked in api.server.asked]
    assert len(set(paths)) == 5
    assert paths[0] == "/api/dcim/devices/?limit=500"


def test_a_filter_is_the_servers(desk: Desk, api: Api) -> None:
    desk.run("netbox", api.url, *FROM_ENV, "--filter", "site=BER_1&status=active")
    assert [device.name for device in desk.loaded().devices] == ["ber-rtr1"]
    assert api.server.asked[0].path == "/api/dcim/devices/?limit=500&site=BER_1&status=active"


def test_a_token_of_netbox_4_5_has_its_own_scheme(
    desk: Desk, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_TOKEN", f"nbt_{TOKEN}")
    assert desk.run("netbox", api.url, *FROM_ENV).status == 3
    assert api.server.asked[0].headers["Authorization"] == f"Bearer nbt_{TOKEN}"


def test_a_device_that_netbox_renames_keeps_its_name_here(desk: Desk, api: Api) -> None:
    desk.run("netbox", api.url, *FROM_ENV)
    api.devices = [{**DEVICES[0], "name": "FRA Core 9"}, *DEVICES[1:]]
    assert "up to date" in desk.run("netbox", api.url, *FROM_ENV).out


def test_a_device_that_was_replaced_in_netbox_is_the_same_device_here(desk: Desk, api: Api) -> None:
    desk.run("netbox", api.url, *FROM_ENV)
    new = netbox_device(77, "fra-acc1", "192.0.2.77/24", platform={"slug": "eos"})
    api.devices = [device for device in DEVICES if device["id"] not in (7, 8)] + [new]
    desk.run("netbox", api.url, *FROM_ENV, "--write")
    device = desk.loaded().device("fra-acc1")
    assert (device.address, device.platform) == ("192.0.2.77", "arista_eos")
    assert "up to date" in desk.run("netbox", api.url, *FROM_ENV, "--prune").out


def test_credentials_are_names_to_fill_in(desk: Desk, api: Api) -> None:
    report = desk.report("netbox", api.url, *FROM_ENV)
    credential = desk.loaded().devices[0].credential
    assert (credential.username, credential.password) == ("env:NETBOX_USERNAME", "env:NETBOX_PASSWORD")
    assert desk.secrets.read_text().splitlines()[-2:] == ["NETBOX_USERNAME=", "NETBOX_PASSWORD="]
    assert "NETBOX_PASSWORD is to be filled in" in [note["message"] for note in report["notes"]]


def test_librenms_becomes_an_inventory(desk: Desk, api: Api) -> None:
    api.devices = [
        {"hostname": "Core-SW1.example.net", "os": "iosxe", "ip": "192.0.2.1", "group": "Core"},
        {"hostname": "192.0.2.2", "os": "procurve", "ip": "192.0.2.2"},
        {"hostname": "rtr3.example.net", "os": "junos", "ip": ""},
        {"hostname": "cam1", "os": "axiscam", "ip": "192.0.2.4"},
    ]
    assert desk.run("librenms", api.url, *FROM_ENV).status == 3
    assert {
        device.name: (device.address, device.platform, device.group) for device in desk.loaded().devices
    } == {
        "core-sw1.example.net": ("192.0.2.1", "cisco_ios", "core"),
        "192.0.2.2": ("192.0.2.2", "hp_procurve", None),
        "rtr3.example.net": ("rtr3.example.net", "juniper_junos", None),
    }
    assert "up to date" in desk.run("librenms", api.url, *FROM_ENV).out


@pytest.mark.parametrize("kind", ["netbox", "librenms"])
def test_the_token_is_nowhere_but_in_requests(desk: Desk, api: Api, kind: str) -> None:
    desk.put("token", f"{TOKEN}\n")
    if kind == "librenms":
        api.devices = [{"hostname": "sw1", "os": "ios"}]
    answers = [
        desk.run(kind, api.url, "--token-from", "file:token", *more) for more in ((), ("--output", "json"))
    ]
    assert api.server.asked
    assert [answer for answer in answers if "Canary" in answer.out + answer.err] == []
    assert [name for name, text in desk.written().items() if b"Canary" in text] == []


@pytest.mark.parametrize(("kind", "status"), [("netbox", "403"), ("librenms", "401")])
def test_a_refused_token_is_one_line(
    desk: Desk, api: Api, kind: str, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_TOKEN", "Canary-wrong")
    done = desk.run(kind, api.url, *FROM_ENV)
    done.is_refusal(1, api.url, "refused the token", status)
    assert "Canary" not in done.err
    assert len(api.server.asked) == 1
    assert not desk.inventory.exists()


@pytest.mark.parametrize(
    "elsewhere", ["https://127.0.0.2:1", "http://127.0.0.1", "https://x@127.0.0.1", "//evil.example.net", ""]
)
def test_a_next_page_elsewhere_is_not_asked_for(desk: Desk, api: Api, elsewhere: str) -> None:
    api.next_host = elsewhere or "relative"
    desk.run("netbox", api.url, *FROM_ENV).is_refusal(1, "next page is at another server", "not followed")
    assert len(api.server.asked) == 1


def test_pages_that_lead_in_a_circle_end(desk: Desk, api: Api) -> None:
    def round_and_round(asked: Asked, to: BaseHTTPRequestHandler) -> None:
        page = {"results": [], "next": f"{api.url}/api/dcim/devices/?limit=500&offset=1"}
        answer(to, json.dumps(page))

    api.reply = round_and_round
    desk.run("netbox", api.url, *FROM_ENV).is_refusal(1, "pages do not end")
    assert len(api.server.asked) == 2


def test_a_redirect_is_not_followed(desk: Desk, api: Api, tmp_path: Path) -> None:
    with serving(Api(DEVICES), tmp_path) as other:
        api.reply = lambda asked, to: answer(to, "", 302, Location=f"{other.url}{asked.path}")
        desk.run("netbox", api.url, *FROM_ENV).is_refusal(1, "redirects to", other.url, "not followed")
        assert other.server.asked == []


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"<html>login</html>", 200, "not answered with JSON"),
        (b"\xff\xfe", 200, "not answered with JSON"),
        (b"[" * 100_000, 200, "not answered with JSON"),
        (b"{}", 200, "no NetBox"),
        (b"[]", 200, "no NetBox"),
        (b'{"results": [1]}', 200, "no NetBox"),
        (b'{"results": []}', 200, "holds no devices"),
        (b"", 500, "status 500"),
        (b"", 404, "status 404"),
    ],
)
def test_an_answer_that_is_none_is_one_line(
    desk: Desk, api: Api, body: bytes, status: int, words: str
) -> None:
    api.reply = lambda asked, to: answer(to, body, status)
    desk.run("netbox", api.url, *FROM_ENV).is_refusal(1, api.url, words)
    assert not desk.inventory.exists()


@pytest.mark.parametrize("body", [b"{}", b"[1]", b'{"status": "error", "message": "no"}'])
def test_an_answer_that_is_no_librenms_is_one_line(desk: Desk, api: Api, body: bytes) -> None:
    api.reply = lambda asked, to: answer(to, body)
    desk.run("librenms", api.url, *FROM_ENV).is_refusal(1, "no LibreNMS")


HOSTILE = {
    "id": {"x": 1}, "name": "../../\n\x1b[31merror: forged", "platform": {"slug": ["ios"]}, "site": 7,
    "primary_ip": {"address": "192.0.2.1\n192.0.2.2"}, "status": 5, "virtual_chassis": {"master": [1]},
}  # fmt: skip


def test_what_a_hostile_server_says_forges_nothing(desk: Desk, api: Api) -> None:
    api.devices = [HOSTILE, netbox_device(1, "ok\x1b[31m", "192.0.2.7/24", site={"slug": "../x\nforged"})]
    done = desk.run("netbox", api.url, *FROM_ENV)
    assert "\x1b" not in done.out
    assert [line for line in done.out.splitlines() if line.startswith(("error", "forged"))] == []
    (device,) = desk.loaded().devices
    assert (device.name, device.group) == ("ok-31m", "x-forged")


def test_a_server_that_never_answers_is_given_up(desk: Desk, api: Api) -> None:
    api.reply = lambda asked, to: (api.server.stopping.wait(60), None)[1]
    try:
        desk.run("netbox", api.url, *FROM_ENV, "--timeout", "0.3").is_refusal(
            1, "no whole answer within 0.3 s"
        )
    finally:
        api.server.stopping.set()


def test_a_server_that_answers_a_byte_at_a_time_is_given_up(desk: Desk, api: Api) -> None:
    def drip(asked: Asked, to: BaseHTTPRequestHandler) -> None:
        to.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        with suppress(OSError):
            while not api.server.stopping.wait(0.05):
                to.wfile.write(b"x")

    api.reply = drip
    try:
        desk.run("netbox", api.url, *FROM_ENV, "--timeout", "0.5").is_refusal(
            1, "no whole answer within 0.5 s"
        )
    finally:
        api.server.stopping.set()


def test_an_answer_cut_short_is_not_taken_for_whole(desk: Desk, api: Api) -> None:
    api.reply = lambda asked, to: answer(to, b'{"results": []}', Content_Length=500)
    desk.run("netbox", api.url, *FROM_ENV).is_refusal(1, "ended within an answer")


def test_an_endless_answer_is_not_read_to_its_end(
    desk: Desk, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "MAX_BYTES", 2**20)

    def endless(asked: Asked, to: BaseHTTPRequestHandler) -> None:
        to.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        with suppress(OSError):
            while not api.server.stopping.is_set():
                to.wfile.write(b"[" * 65536)

    api.reply = endless
    desk.run("netbox", api.url, *FROM_ENV).is_refusal(1, "more than 1 MiB")


def test_more_devices_than_anybody_has_are_refused(
    desk: Desk, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(netbox, "MAX_DEVICES", 5)
    desk.run("netbox", api.url, *FROM_ENV).is_refusal(1, "more than 5 devices", "--filter")


def test_a_certificate_of_an_unknown_authority_is_refused(
    desk: Desk, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    desk.run("netbox", api.url, *FROM_ENV).is_refusal(1, "certificate is not trusted", "SSL_CERT_FILE")
    assert api.server.asked == []


def _nobody(kind: str) -> Iterator[str]:
    """An address where nobody listens, or where somebody resets every connection."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_server_that_is_not_there_is_one_line(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_TOKEN", TOKEN)
    for url in _nobody("netbox"):
        desk.run("netbox", url, *FROM_ENV).is_refusal(1, url, "connection refused")


def test_a_server_that_speaks_no_tls_is_one_line(desk: Desk, api: Api) -> None:
    desk.run("netbox", api.url.replace("https", "http"), *FROM_ENV).is_refusal(1, "http://127.0.0.1")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("netbox.example.net", "must begin with"),
        ("ftp://netbox.example.net", "must begin with"),
        ("https://user:Canary@netbox.example.net", "--token-from"),
        ("https://netbox.example.net/?site=fra", "https://HOST"),
        ("https://", "https://HOST"),
        ("https://netbox.example.net:99999", "cannot be read"),
        ("https://net box", "spaces"),
    ],
)
def test_an_address_that_is_none_is_one_line(
    desk: Desk, url: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_TOKEN", TOKEN)
    done = desk.run("netbox", url, *FROM_ENV)
    done.is_refusal(2, words)
    assert "Canary" not in done.err


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        (TOKEN, "never the token itself"),
        ("env:", "never the token itself"),
        ("env:NOT_SET_ANYWHERE", "nothing in env:NOT_SET_ANYWHERE"),
        ("file:none", "no file none"),
        ("file:bad", "is no token"),
        ("file:empty", "nothing in file:empty"),
    ],
)
def test_a_token_that_is_not_there_is_told_without_it(desk: Desk, reference: str, words: str) -> None:
    desk.put("bad", "Canary\x07\u00e9\n")
    desk.put("empty", "\n")
    done = desk.run("netbox", "https://127.0.0.1:1", "--token-from", reference)
    assert done.status == 2
    assert words in done.err
    assert "Canary" not in done.err
