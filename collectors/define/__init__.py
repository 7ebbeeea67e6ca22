"""All that a platform file imports: the facts by which an operating system is described.

    from collectors.define import Command, Platform, drop, hide

Nothing here connects to anything, and nothing that does is imported: reading a definition costs no SSH.
"""

from collectors.define.api import Api
from collectors.define.command import Command, Contexts, File, LoginPrompts, Question, question
from collectors.define.faults import blocks_fault, lacks_line, xml_fault
from collectors.define.ios_like import (
    IOS_LIKE,
    IOS_NOT_SNMP,
    IOS_SNMP,
    PRIVATE_KEY,
    REST,
    SNMP_PEERS,
    TYPE,
    VALUE,
    WORD,
)
from collectors.define.logins import ApiConnection, Login, basic, bearer_token
from collectors.define.marks import ANY_LINE_MAY_BE_LAST, STOPS_AT_THE_LAST_SETTING
from collectors.define.noise import CHANGED, HEADING, UPTIME, without_measured_bandwidth
from collectors.define.passages import BANNERS, Passage
from collectors.define.platform import PAGER, PROMPT, SPACED_PROMPT, Platform
from collectors.define.rules import Drop, Fact, Hide, Public, drop, fact, hide, public
from collectors.define.set_form import is_set_form, set_form_fault
from collectors.errors import AuthenticationFailed
from collectors.request import Request

__all__ = [
    "ANY_LINE_MAY_BE_LAST",
    "BANNERS",
    "CHANGED",
    "HEADING",
    "IOS_LIKE",
    "IOS_NOT_SNMP",
    "IOS_SNMP",
    "PAGER",
    "PRIVATE_KEY",
    "PROMPT",
    "REST",
    "SNMP_PEERS",
    "SPACED_PROMPT",
    "STOPS_AT_THE_LAST_SETTING",
    "TYPE",
    "UPTIME",
    "VALUE",
    "WORD",
    "Api",
    "ApiConnection",
    "AuthenticationFailed",
    "Command",
    "Contexts",
    "Drop",
    "Fact",
    "File",
    "Hide",
    "Login",
    "LoginPrompts",
    "Passage",
    "Platform",
    "Public",
    "Question",
    "Request",
    "basic",
    "bearer_token",
    "blocks_fault",
    "drop",
    "fact",
    "hide",
    "is_set_form",
    "lacks_line",
    "public",
    "question",
    "set_form_fault",
    "without_measured_bandwidth",
    "xml_fault",
]
