"""Palo Alto Networks PAN-OS. Source: PAN-OS CLI Quick Start, "Change CLI Modes" and "Save and Export".

The running configuration is one structure in braces. A pair puts its state into the prompt. A device set to
answer with set commands is taken at its prompt, once nothing follows it.

Over HTTPS it is XML, and a key for the API is made of the user's password first. Source: PAN-OS and Panorama
API Usage Guide, "Get Your API Key" and "Export Files".
"""

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from collectors.define import (
    Api,
    ApiConnection,
    AuthenticationFailed,
    Command,
    Platform,
    Request,
    fact,
    hide,
    is_set_form,
    xml_fault,
)

_VALUE = r"""("(?:[^"\\]++|\\.)*+"|'[^']*'|[^\s;]+)"""
_TAGS = (
    r"phash|(?:[\w-]+-)?(?:password|passwd|passphrase|secret)|authentication-key|keytab|private-key|key|auth-key|"
    r"auth-pwd|authpwd|privpwd|priv-pwd|snmp-community-string|community|api-key|vm-auth-key|pre-shared-key|"
    r"oauth-token|agent-user-override-key"
)


def api_key(connection: ApiConnection, request: Request) -> Mapping[str, str]:
    """The key that the device makes of user and password, which go in the body: URLs end up in logs."""
    named = "POST /api/ type=keygen"
    login = urlencode({"type": "keygen", "user": request.username, "password": request.password or ""})
    answer = connection.exchange("POST", "/api/", login, named=named)
    found = re.search(r"<key>([^<\s]+)</key>", answer)
    if not found or not re.search(r"<response\s+status\s*=\s*['\"]success", answer):
        raise AuthenticationFailed(
            f"{request.device}: user '{request.username}': the device made no key for its API; "
            "one attempt was made"
        )
    return {"X-PAN-KEY": found[1]}


PLATFORM = Platform(
    prompt=r"[\w.@\\+&'-]+@[\w./-]+(?:\([\w, -]+\))?(?: [\w-]+)?[>#]",
    setup=("set cli pager off", "set cli terminal width 500", "set cli scripting-mode on"),
    config=Command(
        "show config running",
        known_by=r"^(?:config \{|set )",
        balanced=True,
        ends_with=r"^\}$",
        idle_s=180,
        or_form=is_set_form,
    ),
    grant="the role `superreader`",
    rejected=r"^\s*(?:Unknown command|Invalid syntax|Server error|Permission denied|% ?Unknown)",
    busy=r"^Server error : (?:.*timed? ?out|.*busy)",
    secrets=(
        hide(
            r"\b(?:phash|authentication-key|keytab|password|passwd|secret|shared-secret|bind-password|private-key|auth-key|auth-password|"
            r"priv-password|authpwd|privpwd|snmp-community-string|client-secret|api-key|vm-auth-key|passphrase|"
            r"pre-shared-key|enc-password|oauth-token|agent-user-override-key|community) "
            rf"(?!\{{|\[|key |(?:append|overwrite|remove-regex|remove-all|none|regex)(?![^\s;])){_VALUE}"
        ),
        hide(rf"^ *key (?!\{{){_VALUE};"),
        hide(rf"^set .*? key {_VALUE}$"),
    ),
    facts=(fact("os_version", r"^ *version ([\d.]+);"),),
    artefacts={"version": Command("show system info")},
    api=Api(
        login=api_key,
        config=Command(
            "POST /api/ type=export&category=configuration",
            ends_with=r"</config>$",
            known_by=r"<config\b",
            idle_s=180,
            fault=xml_fault,
        ),
        rejected=r"<response\s+status\s*=\s*['\"]error",
        artefacts={"version": Command("POST /api/ type=version", ends_with=r"</response>$")},
        secrets=(hide(rf"<(?:{_TAGS})>((?!-----BEGIN)[^<]+)</", word="</"),),
        facts=(fact("os_version", r'<config [^<>]*detail-version="([\d.]+)'),),
    ),
    aliases=(
        "panos",
        "paloalto",
        "palo_alto",
        "paloaltonetworks.panos.panos",
        "panos_api",
        "paloaltoxml",
    ),
)
