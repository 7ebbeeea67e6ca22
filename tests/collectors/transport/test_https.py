"""Configurations over HTTPS: certificates before credentials, whole answers, every failure one of ours."""

from __future__ import annotations

import base64
import gzip
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from collectors import registry
from collectors.define import blocks_fault, xml_fault
from collectors.registry import collector_for
from collectors.transport.tls import offered_pin, pin_of
from collectors.transport.wire import MAX_BYTES
from pipeline.errors import InventoryError
from pipeline.inventory import load
from tests.collectors.asyncssh_server import jump_host
from tests.collectors.contract import hop, message
from tests.collectors.httpsd import Asked, Httpsd, answer, certificate, httpsd
from tests.collectors.threads import no_thread_is_left

__all__ = ["no_thread_is_left"]

FORTIOS = """#config-version=FGT60F-7.4.4-FW-build2662-240514:opmode=0:vdom=0:user=backup
#conf_file_ver=1234567890
config system global
    set hostname "fw1"
    set buffer "a banner
config of nothing
    end"
end
config system admin
    edit "admin"
        set password ENC SH2abcdefghijklmnop=
    next
end
"""
STORED = """#config-version=FGT60F-7.4.4-FW-build2662-240514:opmode=0:vdom=0:user=backup
config system global
    set hostname "fw1"
    set buffer "a banner
config of nothing
    end"
end
config system admin
    edit "admin"
        set password ENC <hidden>
    next
end
"""
PANOS = """<?xml version="1.0"?>
<config version="10.2.0" urldb="paloaltonetworks" detail-version="10.2.4">
  <mgt-config>
    <users>
      <entry name="admin">
        <phash>$5$abcdefgh$ijklmnop</phash>
      </entry>
    </users>
  </mgt-config>
  <shared>
    <certificate>
      <entry name="web">
        <private-key>-----BEGIN ENCRYPTED PRIVATE KEY-----
MIIFHDBOBgkqhkiG9w0BBQ0wQTApBgkqhkiG9w0BBQwwHAQI
-----END ENCRYPTED PRIVATE KEY-----
</private-key>
      </entry>
    </certificate>
    <server-profile><shared-secret>-AQ==secret</shared-secret></server-profile>
  </shared>
</config>
"""
OPNSENSE = """<?xml version="1.0"?>
<opnsense>
  <system>
    <hostname>fw1</hostname>
    <user><password>$2y$10$abcdef</password></user>
  </system>
  <revision>
    <username>root@192.0.2.1</username>
    <time>1700000000.12</time>
  </revision>
</opnsense>
"""


def config_for(server: Httpsd, platform: str = "fortinet", **changes: Any) -> dict[str, Any]:
    return {
        "task_id": "t-1",
        "device": "fw1",
        "address": "127.0.0.1",
        "port": server.port,
        "platform": platform,
        "host_keys": [certificate().pin],
        "username": "backup",
        "password": "right",
        "options": {"transport": "https", "secrets": "hide"},
        **changes,
    }


def run(server: Httpsd, platform: str = "fortinet", timeout: float = 10, **changes: Any) -> dict[str, Any]:
    return collector_for(platform)(config_for(server, platform, **changes), timeout)


def fortios(asked: Asked, to: BaseHTTPRequestHandler) -> None:
    """FortiOS up to 7.4, for the token `right`."""
    if asked.headers.get("Authorization") != "Bearer right":
        answer(to, '{"http_status":401,"status":"error"}', 401)
    elif asked.method != "GET":
        answer(to, status=405)
    else:
        answer(to, FORTIOS)


def always(body: bytes | str = b"", status: int = 200, **headers: str | int) -> Any:
    return lambda _, to: answer(to, body, status, **headers)


def test_fortios_is_collected_with_a_token_in_a_header(tmp_path: Path) -> None:
    with httpsd(fortios, tmp_path) as server:
        result = run(server)
    assert result["device_config"] == STORED, result["log"]
    assert result["facts"] == {"os_version": "7.4.4", "model": "FGT60F"}
    assert [asked.path for asked in server.asked] == ["/api/v2/monitor/system/config/backup?scope=global"]


def test_fortios_is_asked_by_post_where_it_does_not_take_get(tmp_path: Path) -> None:
    def newer(asked: Asked, to: BaseHTTPRequestHandler) -> None:
        if asked.method == "GET":
            answer(to, '{"http_status":405}', 405)
        else:
            answer(to, FORTIOS)

    with httpsd(newer, tmp_path) as server:
        result = run(server)
    assert result["device_config"] == STORED, result["log"]
    assert [asked.method for asked in server.asked] == ["GET", "POST"]
    assert server.asked[1].headers["Content-Type"] == "application/json"


def panos(asked: Asked, to: BaseHTTPRequestHandler) -> None:
    """PAN-OS for backup/right."""
    form = {name: values[0] for name, values in parse_qs(asked.body).items()}
    if form["type"] == "keygen":
        right = (form["user"], form["password"]) == ("backup", "right")
        key = '<response status = "success"><result><key>LUFRPT1=</key></result></response>'
        answer(to, key if right else "<response status='error' code='403'/>", 200 if right else 403)
    elif asked.headers.get("X-PAN-KEY") != "LUFRPT1=":
        answer(to, "<response status='error' code='403'/>", 403)
    elif form == {"type": "export", "category": "configuration"}:
        answer(to, PANOS)
    else:
        answer(to, '<response status="success">\n<sw-version>10.2.4</sw-version>\n</response>\n')


def test_panos_is_collected_with_a_key_that_is_made_of_the_password(tmp_path: Path) -> None:
    with httpsd(panos, tmp_path) as server:
        result = run(
            server, "paloalto_panos",
            options={"transport": "https", "secrets": "hide", "artefacts": ["version"]},
        )  # fmt: skip
    config = result["device_config"]
    assert config is not None, result["log"]
    assert "<phash><hidden></phash>" in config
    assert "<shared-secret><hidden></shared-secret>" in config
    assert "MIIF" not in config
    assert config.count("\n") == PANOS.count("\n")
    assert result["facts"] == {"os_version": "10.2.4"}
    assert "10.2.4" in result["artefacts"]["version"]
    assert all("right" not in asked.path and "LUFR" not in asked.path for asked in server.asked)


def test_a_wrong_password_makes_no_key_and_is_tried_once(tmp_path: Path) -> None:
    with httpsd(panos, tmp_path) as server:
        result = run(server, "paloalto_panos", password="wrong-one")
    assert (result["reason"], result["transient"]) == ("authentication", False)
    assert len(server.asked) == 1
    assert all("wrong-one" not in entry["message"] for entry in result["log"])


def test_an_error_inside_of_a_200_is_a_refusal(tmp_path: Path) -> None:
    def refused(asked: Asked, to: BaseHTTPRequestHandler) -> None:
        if "keygen" in asked.body:
            panos(asked, to)
        else:
            answer(to, '<response status="error" code="17"><msg>Unauthorized request</msg></response>')

    with httpsd(refused, tmp_path) as server:
        assert run(server, "paloalto_panos")["reason"] == "authorization"


def test_opnsense_is_collected_with_key_and_secret(tmp_path: Path) -> None:
    with httpsd(always(OPNSENSE), tmp_path) as server:
        result = run(server, "opnsense")
    assert "<password><hidden></password>" in result["device_config"], result["log"]
    assert "<revision>" not in result["device_config"]
    assert result["facts"] == {"changed_by": "root", "changed_at": "2023-11-14T22:13:20Z"}
    asked = server.asked[0]
    assert asked.path == "/api/core/backup/download/this"
    assert base64.b64decode(asked.headers["Authorization"].removeprefix("Basic ")) == b"backup:right"


def test_a_changed_certificate_gets_no_request(tmp_path: Path) -> None:
    with httpsd(fortios, tmp_path, certificate("another")) as server:
        result = run(server)
    assert (result["reason"], result["transient"]) == ("host_key", False)
    assert certificate("another").pin in message(result)
    assert server.asked == []


def test_an_unknown_certificate_gets_no_request_and_is_named(tmp_path: Path) -> None:
    with httpsd(fortios, tmp_path) as server:
        result = run(server, host_keys=[])
    assert result["reason"] == "host_key"
    assert certificate().pin in message(result)
    assert server.asked == []


def test_an_authority_that_the_system_trusts_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes(certificate().pem.partition(b"-----END PRIVATE KEY-----\n")[2])
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with httpsd(fortios, tmp_path) as server:
        assert run(server, host_keys=[])["status"] == "success"
        named = run(server, host_keys=[], address="localhost")
    assert named["reason"] == "host_key", "the certificate is made out to the address, not to the name"


def test_a_pin_is_what_openssl_prints(tmp_path: Path) -> None:
    digest = base64.b64decode(certificate().pin.split()[1])
    with httpsd(fortios, tmp_path) as server:
        assert offered_pin("fw1", "127.0.0.1", server.port, 5) == pin_of(certificate().der)
        assert run(server, host_keys=["ssh-ed25519 AAAA", certificate().pin])["status"] == "success"
    assert len(digest) == 32
    assert server.asked[0].headers["Host"] == f"127.0.0.1:{server.port}"


def inventory(path: Path, pin: str) -> Path:
    (path / "devices").mkdir()
    (path / "devices" / "all.yaml").write_text(
        "fw1:\n  address: 192.0.2.1\n  platform: fortinet\n  credential: lab\n  transport: https\n"
    )
    (path / "devicevault.yaml").write_text("version: 1\n")
    (path / "credentials.yaml").write_text("lab:\n  username: api\n  password: env:LAB\n")
    (path / "known_hosts").write_text(f"fw1 {pin}\n" if pin else "")
    return path


def test_an_inventory_pins_certificates_beside_keys(tmp_path: Path) -> None:
    pin = certificate().pin
    device = load(inventory(tmp_path, pin), None, platforms=registry.KnownNames()).devices[0]
    assert (device.host_keys, device.options.transport) == ((pin,), "https")


def test_a_device_without_a_pin_is_no_reason_for_a_warning(tmp_path: Path) -> None:
    found = load(inventory(tmp_path, ""), None, platforms=registry.KnownNames())
    assert [warning.message for warning in found.warnings] == ["fw1: no schedule"]


def test_a_damaged_pin_is_a_problem_of_the_inventory(tmp_path: Path) -> None:
    with pytest.raises(InventoryError, match="known_hosts:1:1: the fingerprint is not the base64 of 32"):
        load(inventory(tmp_path, certificate().pin[:-4]), None, platforms=registry.KnownNames())


@pytest.mark.parametrize(
    ("status", "reason", "transient"),
    [
        (401, "authentication", False),
        (403, "authentication", False),
        (404, "rejected", False),
        (429, "unreachable", True),
        (500, "unreachable", True),
        (503, "unreachable", True),
    ],
)
def test_a_status_has_one_meaning(tmp_path: Path, status: int, reason: str, transient: bool) -> None:
    with httpsd(always(status=status), tmp_path) as server:
        result = run(server)
    assert (result["reason"], result["transient"]) == (reason, transient), result["log"]


def test_a_wrong_token_is_offered_once(tmp_path: Path) -> None:
    with httpsd(fortios, tmp_path) as server:
        result = run(server, password="wrong-one")
    assert result["reason"] == "authentication"
    assert len(server.asked) == 1
    assert "wrong-one" not in str(result["log"])


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    with httpsd(always(status=302, Location="https://127.0.0.2/"), tmp_path) as server:
        result = run(server)
    assert result["reason"] == "rejected"
    assert "redirects are not followed" in message(result)


def chunked(*chunks: bytes, ends: bool) -> Any:
    def send(_: Asked, to: BaseHTTPRequestHandler) -> None:
        to.send_response(200)
        to.send_header("Transfer-Encoding", "chunked")
        to.end_headers()
        for chunk in chunks:
            to.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        if ends:
            to.wfile.write(b"0\r\n\r\n")

    return send


@pytest.mark.parametrize(
    "cut",
    [
        always(FORTIOS, Content_Length=len(FORTIOS) + 10),
        always(gzip.compress(FORTIOS.encode())[:-6], Content_Encoding="gzip"),
        chunked(FORTIOS.encode(), ends=False),
        always(FORTIOS[:-5]),
        always(FORTIOS.replace("    next\n", "")),
    ],
    ids=["length", "gzip", "chunks", "end-marker", "blocks"],
)
def test_a_cut_answer_is_truncated_and_never_a_config(cut: Any, tmp_path: Path) -> None:
    with httpsd(cut, tmp_path) as server:
        result = run(server)
    assert (result["reason"], result["transient"]) == ("truncated", True), result["log"]
    assert result["device_config"] is None


def test_an_xml_that_is_cut_inside_is_truncated(tmp_path: Path) -> None:
    with httpsd(always(OPNSENSE.replace("</system>", "")), tmp_path) as server:
        assert run(server, "opnsense")["reason"] == "truncated"


@pytest.mark.parametrize(
    "sent",
    [
        always(gzip.compress(FORTIOS.encode()), Content_Encoding="gzip"),
        chunked(FORTIOS[:100].encode(), FORTIOS[100:].encode(), ends=True),
        always(FORTIOS.replace("\n", "\r\n")),
    ],
    ids=["gzip", "chunks", "crlf"],
)
def test_any_way_to_send_it_gives_the_same_config(sent: Any, tmp_path: Path) -> None:
    with httpsd(sent, tmp_path) as server:
        assert run(server)["device_config"] == STORED


@pytest.mark.parametrize("bomb", [False, True])
def test_an_endless_body_ends_at_the_byte_cap(
    bomb: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collectors.session.asker.MAX_BYTES", 4 << 20)
    assert MAX_BYTES > 4 << 20

    def endless(_: Asked, to: BaseHTTPRequestHandler) -> None:
        if bomb:
            answer(to, gzip.compress(b"x" * (40 << 20)), Content_Encoding="gzip")
            return
        to.send_response(200)
        to.end_headers()
        while True:
            to.wfile.write(b"set name x\n" * 5000)

    with httpsd(endless, tmp_path) as server:
        assert run(server)["reason"] == "too_large"


def dripping(head: bytes) -> Callable[[Httpsd], Any]:
    """`head`, and then a byte every twentieth of a second."""

    def made(server: Httpsd) -> Any:
        def send(_: Asked, to: BaseHTTPRequestHandler) -> None:
            to.wfile.write(head)
            while not server.stopping.wait(0.05):
                to.wfile.write(b"x")

        return send

    return made


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_slow_drip_ends_at_the_deadline(head: bytes, tmp_path: Path) -> None:
    servers: list[Httpsd] = []
    with httpsd(lambda asked, to: dripping(head)(servers[0])(asked, to), tmp_path) as server:
        servers.append(server)
        began = time.monotonic()
        result = run(server, timeout=0.7)
        took_s = time.monotonic() - began
    assert (result["reason"], result["transient"]) == ("timeout", True), result["log"]
    assert took_s < 15


def silent_port(banner: bytes, closes: bool) -> tuple[socket.socket, threading.Thread]:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        taken, _ = listener.accept()
        with taken:
            taken.sendall(banner)
            if not closes:
                taken.settimeout(5)
                while taken.recv(1000):
                    pass

    thread = threading.Thread(target=serve)
    thread.start()
    return listener, thread


@pytest.mark.parametrize(
    ("banner", "closes", "reason"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", False, "incompatible"),
        (b"", True, "disconnected"),
        (b"", False, "timeout"),
    ],
)
def test_a_port_without_tls_gets_nothing_but_the_handshake(banner: bytes, closes: bool, reason: str) -> None:
    listener, thread = silent_port(banner, closes)
    with listener:
        result = run(Httpsd(listener.getsockname()[1]), timeout=0.7 if reason == "timeout" else 30)
        thread.join()
    assert result["reason"] == reason, result["log"]


def test_what_is_not_http_is_incompatible(tmp_path: Path) -> None:
    def mail(_: Asked, to: BaseHTTPRequestHandler) -> None:
        to.wfile.write(b"220 mail ready\r\n")

    with httpsd(mail, tmp_path) as server:
        assert run(server)["reason"] == "incompatible"


def test_https_goes_through_jump_hosts(tmp_path: Path) -> None:
    with (
        httpsd(fortios, tmp_path) as server,
        jump_host() as bastion,
    ):
        result = run(server, jump=[hop(bastion)])
    assert result["device_config"] == STORED, result["log"]
    assert bastion.forwarded == [server.port]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"platform": "cisco_ios"}, "not collected over HTTPS"),
        ({"password": None}, "holds no password"),
        ({"password": "a\nb"}, "no HTTP header can"),
        ({"host_keys": ["https-sha256 AAAA"]}, "is not 'https-sha256 <base64>'"),
        ({"options": {"transport": "https", "contexts": True}}, "has no contexts"),
    ],
)
def test_a_job_that_cannot_be_done_says_why(changes: dict[str, Any], words: str, tmp_path: Path) -> None:
    with httpsd(fortios, tmp_path) as server:
        result = run(server, **{"platform": "fortinet", **changes})
    assert result["reason"] == "bad_request"
    assert words in message(result)


def test_a_document_type_is_refused_unread() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "x">]>\n<a>&b;</a>'
    assert xml_fault(bomb) == "it declares a document type"
    assert xml_fault(OPNSENSE) is None


@pytest.mark.parametrize("words", ["config", "edit"])
def test_an_open_block_is_named(words: str) -> None:
    assert blocks_fault(FORTIOS) is None
    assert f"1 '{words}' blocks open" in str(blocks_fault(FORTIOS + f"{words} x\n"))


def test_a_key_that_is_cut_short_is_no_key(tmp_path: Path) -> None:
    half = '<response status="success"><result><key>LUFR</key></result>'
    with httpsd(always(half, Content_Length=500), tmp_path) as server:
        assert run(server, "paloalto_panos")["reason"] == "truncated"
    assert len(server.asked) == 1
