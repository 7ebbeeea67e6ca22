"""A request carries a token to one server and nowhere else, and no answer of it is endless."""

from __future__ import annotations

import gzip
import subprocess
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from pipeline.errors import SourceError
from pipeline.importers.sources.web import Server
from tests.collectors.httpsd import Asked, answer
from tests.importers.servers import TOKEN, Api, authority, serving

HEADERS = {"Authorization": f"Token {TOKEN}"}


def test_a_request_carries_what_was_given_and_no_login_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password Canary\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("SSL_CERT_FILE", str(authority(tmp_path)))
    with serving(Api(reply=lambda asked, to: answer(to, "[]")), tmp_path) as api:
        assert Server(api.url, {}).get("/x") == []
        (asked,) = api.server.asked
    assert {name.lower() for name in asked.headers} == {
        "host", "connection", "accept", "accept-encoding", "user-agent"
    }  # fmt: skip


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_no_proxy_sees_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority(tmp_path)))
    with (
        serving(Api(reply=lambda asked, to: answer(to, "[]")), tmp_path) as api,
        serving(Api(), tmp_path) as proxy,
    ):
        monkeypatch.setenv(variable, proxy.url)
        assert Server(api.url, HEADERS).get("/x") == []
        assert proxy.server.asked == []


def test_cookies_of_one_answer_are_not_sent_with_the_next_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority(tmp_path)))
    with serving(Api(reply=lambda asked, to: answer(to, "[]", Set_Cookie="a=b")), tmp_path) as api:
        server = Server(api.url, HEADERS)
        assert [server.get("/x"), server.get("/y")] == [[], []]
        assert [asked.headers.get("Cookie") for asked in api.server.asked] == [None, None]


def test_an_answer_that_is_compressed_unasked_is_not_inflated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority(tmp_path)))
    bomb = gzip.compress(b"[" + b" " * 2**24 + b"]")
    reply = Api(reply=lambda asked, to: answer(to, bomb, Content_Encoding="gzip"))
    with serving(reply, tmp_path) as api:
        with pytest.raises(SourceError, match="not answered with JSON"):
            Server(api.url, HEADERS).get("/x")
        assert api.server.asked[0].headers["Accept-Encoding"] == "identity"


def test_a_body_that_comes_a_byte_at_a_time_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority(tmp_path)))

    def drip(asked: Asked, to: BaseHTTPRequestHandler) -> None:
        to.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        with suppress(OSError):
            while not api.server.stopping.wait(0.05):
                to.wfile.write(b"[")

    with serving(Api(reply=drip), tmp_path) as api:
        with pytest.raises(SourceError, match=r"no whole answer within 0\.5 s"):
            Server(api.url, HEADERS, 0.5).get("/x")
        api.server.stopping.set()


@pytest.mark.parametrize("path", ["//127.0.0.2/x", "@127.0.0.2/x", "/\\127.0.0.2", "/x?y=https://127.0.0.2/"])
def test_no_path_leads_to_another_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority(tmp_path)))
    with serving(Api(reply=lambda asked, to: answer(to, "[]")), tmp_path) as api:
        with suppress(SourceError):
            Server(api.url, HEADERS).get(path)
        assert [asked.headers["Host"] for asked in api.server.asked] in (
            [], [f"127.0.0.1:{api.server.port}"]
        )  # fmt: skip


def test_whoever_imports_files_does_not_load_an_http_client() -> None:
    script = (
        "import sys, pipeline.cli.commands.import_; print('httpx' in sys.modules, 'httpcore' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
