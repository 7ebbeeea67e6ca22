"""What devices of a platform do that no recording shows: one row for each report from the field."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.answer.text import config_text
from collectors.registry import collector_for, platform
from collectors.session.ending import AT_ONCE
from collectors.session.screen import config_lines, visible_text
from tests.collectors.asyncssh_server import asyncssh_server
from tests.collectors.contract import config_for
from tests.collectors.scripted import Scripted, serving
from tests.collectors.threads import no_thread_is_left
from tests.collectors.waits import short_doubt
from tests.collectors.wires import MemoryWire, open_session

__all__ = ["no_thread_is_left", "short_doubt"]

BODY = "version 15.2\nhostname r1\n!\ninterface Gi0/1\n description to core9#\n!\nend\n"
IOS = f"Building configuration...\n\nCurrent configuration : 99 bytes\n!\n{BODY}"
SHOW = {"show running-config": IOS}
SETUP = {"terminal length 0": "", "terminal width 0": ""}
VRP = {"screen-length 0 temporary": "", "display current-configuration": "#\nsysname r1\n#\nreturn\n"}
COMWARE = {"screen-length disable": "", "display current-configuration": "#\n version 7.1\n#\nreturn\n"}
SMALL = "config-file-header\nsw1\nv1.4.11.5\nhostname sw1\ninterface gi1\n"
SMB = {"terminal datadump": "", "terminal width 0": "", "show running-config": SMALL}
POWERCONNECT = {"show running-config": SMALL}
WLC = {"config paging disable": "", "show run-config commands": "wlan create 1 guest\n" * 12}
SROS = "# TiMOS-B-20.10.R1\n# Generated 2020-01-15\nconfigure {\n}\n# Finished 2020-01-15T12:44:38.5+00:00\n"
GAIA = "#\n# Configuration of gw1\n#\n" + "set hostname gw1\n" * 8
PROCURVE = (
    "Running configuration:\n\n; J9776A Configuration Editor; Created on release #YA.16.02\nhostname sw1\n"
)
LOGGED = "*Mar  1 00:01:02.123: %SYS-5-CONFIG_I: Configured from console by vty0 (192.0.2.1)"
# A switch that paints its screen: it moves to the last row, scrolls, wipes the row, and writes on it.
WIPED = "\x1b[24;1H\x1b[2K\x1b[24;1H\x1b[?25h\x1b[24;1H"
SCROLLED = f"\x1b[24;11H\x1b[?25h\x1b[24;19H\x1b[1;0H\x1b[1M\x1b[24;1H\x1b[1L\x1b[24;19H{WIPED}"
PAINTED = f"\x1b[1;24r{WIPED}sw1# \x1b[24;1H\x1b[24;6H\x1b[24;1H\x1b[?25h\x1b[24;6H"
ANY_KEY = "\x1b[1;13r\x1b[1;1H\x1b[24;1HPress any key to continue"
ASKS_SIZE = ("\x1b[2J\x1b[1;1H\x1b[1920;1920H\x1b[6n", b"\x1b[512;511R")

SESSIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "the terminal's size is asked for": (
        "hp_procurve",
        {
            "prompt": PAINTED,
            "asks": ((ANY_KEY + "\x1b[13;1H\x1b[24;27H", b"\n"), ASKS_SIZE),
            "motd": "\x1b[1;1HYour previous successful login was on 2024-05-24\n from 192.0.2.1",
            "answers": {"no page": "", "terminal width 511": "", "show running-config": "\n" + PROCURVE},
            "echoed": SCROLLED,
        },
    ),
    "the cursor stands below the question": (
        "hp_procurve",
        {"prompt": "sw1# ", "asks": ((ANY_KEY + "\r\n\x1b[13;1H\x1b[24;27H", b"\n"),),
         "answers": {"show running-config": PROCURVE}},
    ),
    "the prompt tells the time": (
        "arista_eos",
        {"prompt": "sw1.12:00:01#",
         "answers": {"terminal length 0": ("", "sw1.12:00:09#"),
                     "show running-config": (IOS, "sw1.12:01:30#")}},
    ),
    "the prompt is coloured": ("cisco_ios", {"prompt": "\x1b[1;32mr1\x1b[0m# \x1b[0m", "answers": SHOW}),
    "the prompt comes twice": ("cisco_ios", {"prompt": "r1#\r\nr1#", "answers": {**SETUP, **SHOW}}),
    "a bell behind the prompt": ("hp_comware", {"prompt": "<H3C>\x07", "answers": COMWARE}),
    "a title and bracketed paste": (
        "vyos",
        {"prompt": "\x1b[?2004h\x1b]0;vyos@r1: ~\x07vyos@r1:~$ ", "echoed": "\n\x1b[?2004l\r",
         "answers": {"show configuration commands | no-more": "set system host-name 'r1'\n" * 6}},
    ),
    "no setup command is allowed": ("cisco_ios", {"prompt": "r1#", "answers": SHOW, "pager": " --More-- "}),
    "messages are logged into the answer": (
        "cisco_ios",
        {"prompt": "r1#",
         "answers": {"show running-config": f"{IOS}\n{LOGGED}\n".replace("int", f"\n{LOGGED}\nint", 1)}},
    ),
    "a message is logged behind the prompt": (
        "cisco_ios",
        {"prompt": "r1#", "answers": {"show running-config": (IOS, f"r1#\r\n{LOGGED}\r\n")}},
    ),
    "the login is asked for again, SMB": (
        "cisco_s300",
        {"prompt": "sw1#", "asks": (("\r\nUser Name:", b"admin\n"), ("admin\r\nPassword:", b"right\n")),
         "motd": "\n\n", "answers": SMB},
    ),
    "the login is asked for again, Dell X": (
        "dell_powerconnect",
        {"prompt": "console#", "asks": (("\r\nUser Name:", b"admin\n"), ("admin\r\nPassword:", b"right\n")),
         "motd": "\n\n", "answers": POWERCONNECT,
         "pager": "More: <space>,  Quit: q or CTRL+Z, One line: <return> "},
    ),
    "the login is asked for again, AireOS": (
        "cisco_wlc",
        {"prompt": "(Cisco Controller) >", "motd": "\n", "answers": WLC,
         "asks": (("\r\n(Cisco Controller) \r\nUser: ", b"admin\n"), ("admin\r\nPassword:", b"right\n"))},
    ),
    "the legal banner wants Enter": (
        "hp_comware",
        {"prompt": "<H3C>", "answers": COMWARE,
         "asks": (("Press Y or ENTER to continue, N to exit.\r\n", b"\n"),)},
    ),
    "a declaration wants yes": (
        "huawei_vrp",
        {"prompt": "<fw#1>", "answers": VRP,
         "asks": (("Do you accept the declaration? YES to continue(YES/NO):", b"yes\n"),)},
    ),
    "only a carriage return ends a line, AudioCodes": (
        "audiocode_72",
        {"prompt": "Mediant SW# ", "enter": b"\r", "unknown": "Invalid command\n", "pager": "--MORE--",
         "answers": {"show running-config": "# Running Configuration\n" + "  ntp-server 192.0.2.1\n" * 10}},
    ),
    "only a carriage return ends a line, Digi": (
        "digi_transport",
        {"prompt": "digi.router>", "enter": b"\r",
         "answers": {"config c show": 'eth 0 descr "lan"\n' * 6 + "OK\n"}},
    ),
    "only a carriage return ends a line, OneOS": (
        "oneaccess_oneos",
        {"prompt": "one1#", "enter": b"\r",
         "answers": {"term len 0": "", "show running-config": "hostname one1\n" + "interface a\nexit\n" * 3}},
    ),
    "only a carriage return ends a line, Silver Peak": (
        "silverpeak_vxoa",
        {"prompt": "edge1 # ", "enter": b"\r",
         "answers": {"show running-config": "##\n## Hostname: edge1\n" + "interface wan0 mtu 1500\n" * 9}},
    ),
    "only a carriage return ends a line, TP-Link": (
        "tplink_jetstream",
        {"prompt": "TL-SG3428#", "enter": b"\r", "pager": "Press any key to continue (Q to quit)",
         "answers": {"show running-config": "!TL-SG3428\n#\n" + "vlan 10\n name lab\n#\n" * 4 + "end\n"}},
    ),
    "the name is Chinese": (
        "huawei_vrp",
        {"prompt": "<核心交换机_1F>",
         "answers": VRP | {"display current-configuration": "#\nsysname 核心交换机_1F\n#\nreturn\n"}},
    ),
    "the name holds blanks": (
        "extreme_netiron",
        {"prompt": "SSH@NetIron MLX-4 Router#", "answers": {"skip-page-display": "", **SHOW}},
    ),
    "the name holds what few names do": ("cisco_ios", {"prompt": "lab*1$#", "answers": {**SETUP, **SHOW}}),
    "the policy is accepted on a line of its own": (
        "sonicwall_sonicos",
        {"prompt": "admin@NSA 2700> ", "asks": (("Accept The Policy Banner (yes)?\r\nyes: ", b"yes\n"),),
         "answers": {"show current-config": 'firmware-version "SonicOS 7.0.1"\n' + "interface X1\n" * 20}},
    ),
    "the banner wants to be acknowledged": (
        "dell_force10",
        {"prompt": "FTOS#", "answers": SHOW,
         "asks": (("Have you read and do you acknowledge the above statement? [y/n]: ", b"y\n"),)},
    ),
    "MD-CLI shows its place": (
        "nokia_sros",
        {"prompt": "\r\n[/]\r\nA:admin@sr1/2# ", "unknown": "MINOR: MGMT_CORE #2201: Unknown element\n",
         "answers": {"admin show configuration": SROS}},
    ),
    "a star says that something is not saved": (
        "nokia_sros",
        {"prompt": "A:sr1# ", "unknown": "Error: Bad command.\n",
         "answers": {"environment no more": ("", "*A:sr1# "),
                     "admin display-config": (SROS + "#", "A:sr1# ")}},
    ),
    "what looked like the first prompt was none": (
        "fortinet",
        {"prompt": "NOTICE #", "unknown": "Unknown action 0\n",
         "answers": {"show | grep .": ("config system global\n    set hostname a\nend\n", "FGT # ")}},
    ),
    "something is said behind the end": (
        "a10",
        {"prompt": "vThunder#", "answers": {
            "show running-config": f"!64-bit ACOS version 4.1.4\n{BODY}"
            "!Current config commit point for partition 0 is 0 & config mode is classical-mode\n"}},
    ),
    "the login lands in expert mode": (
        "checkpoint_gaia",
        {"prompt": "[Expert@gw1:0]# ", "unknown": "-bash: show: command not found\n",
         "answers": {"clish -c 'show configuration'": GAIA}},
    ),
    "the prompt names the role": (
        "netscaler",
        {"prompt": "ns1 - Primary - nsroot> ", "unknown": "ERROR: No such command\n",
         "answers": {"show ns ns.conf": "#NS13.0 Build 64.35\n" + "set ns config -x 1\n" * 10 + " Done\n"}},
    ),
    "the host is renamed meanwhile": (
        "netgate_tnsr",
        {"prompt": "old tnsr# ", "answers": {
            "show configuration running cli": ("nacm enable\nsystem name new\nexit\n", "new tnsr# ")}},
    ),
    "the last block is empty": (
        "f5_tmsh",
        {"prompt": "", "answers": {"tmsh -q list": "auth user a {\n    shell none\n}\nsys sshd { }\n"}},
    ),
    "a key is wanted twice": (
        "hp_procurve",
        {"prompt": "sw1# ", "asks": (("Press any key to continue", b"\n"),) * 2,
         "answers": {"show running-config": PROCURVE}},
    ),
    "only the plain command is known": (
        "fortinet",
        {"prompt": "FMG1 # ", "unknown": "% Unknown command\n", "answers": {
            "show": "config system global\n    set hostname a\nend\n"}},
    ),
    "root's shell is not the command line": (
        "juniper_junos",
        {"prompt": "", "unknown": "show: Command not found.\n",
         "answers": {r"cli show configuration \| display omit": "system {\n    host-name a;\n}\n"}},
    ),
}  # fmt: skip


@pytest.mark.usefixtures("short_doubt")
@pytest.mark.parametrize("report", SESSIONS, ids=lambda report: f"{SESSIONS[report][0]}: {report}")
def test_a_device_of_which_was_reported_is_collected(report: str) -> None:
    name, said = SESSIONS[report]
    with asyncssh_server(serving(**said)) as server:
        result = collector_for(name)(config_for(server, platform=name), 30)
    assert result["status"] == "success", result["log"]
    answers = [each[0] if isinstance(each, tuple) else each for each in said["answers"].values()]
    config = answers[-1].replace(f"{LOGGED}\n", "").replace("\n\nint", "\nint")
    definition = platform(name)
    assert definition is not None
    assert result["device_config"] == config_text(definition, config.removesuffix("#"))


PAGERS = (
    " --More-- ", "<--- More --->", "  ---- More ----", "--MORE--", "---(more 45%)---", "--More--(12%)",
    "-- MORE --, next page: Space, next line: Enter, quit: Control-C", "--More-- or (q)uit",
    "--More--  (<space> = next page, <CR> = one line, C = continuous, Q = quit)", "--More-- (q = quit) ",
    "--More-- (q) quit (u) pageup (/) search (n) repeat", "----More (q=Quit, space/return=Continue)----",
    "---- More ( Press 'Q' to break ) ----", "More: <space>,  Quit: q or CTRL+Z, One line: <return> ",
    "Press <SPACE> to continue or <Q> to quit:", "Press any key to continue (Q to quit)",
    "Press Q to quit, Enter to print next line or any other key to print next page.",
    "CTRL+C ESC q Quit SPACE n Next Page ENTER Next Entry a All",
)  # fmt: skip
ERASURES = (
    "\r{blanks}\r",
    "{back}{blanks}{back}",
    "\r\x1b[K",
    "\x1b[2K\r",
    "\x1b[42D{blanks}\x1b[42D",
    "\r\n",
)


@pytest.mark.parametrize("pager", PAGERS)
@pytest.mark.parametrize("erase", ERASURES)
def test_a_pager_leaves_nothing_behind(pager: str, erase: str) -> None:
    erased = erase.format(blanks=" " * len(pager), back="\b" * len(pager))
    device = Scripted(prompt="r1#", answers=SHOW, pager=pager, erase=erased)
    definition = platform("cisco_ios")
    assert definition is not None
    session = open_session(
        MemoryWire(device.begin().encode(), lambda data: device.take(data).encode()), definition
    )
    assert session.ask("show running-config", 30, lambda _: AT_ONCE) == IOS


@pytest.mark.parametrize("cut", range(1, 60, 3))
def test_a_pager_in_the_middle_of_a_word_leaves_the_word(cut: int) -> None:
    definition = platform("vsol_olt")
    assert definition is not None
    line = "onu 7 pri username admin_control enable admin Secret user_control disable "
    pages = [f"show running-config\r\n!\r\n{line[:cut]} --More-- \0", f"{line[cut:]}\r\n!\r\nolt1(config)# "]
    rubbed_out = "\b" * 10 + " " * 10 + "\b" * 10

    def answer(data: bytes) -> bytes:
        if data == b"configure terminal\n":
            return b"configure terminal\r\nolt1(config)# "
        return (pages[0] if data != b" " else rubbed_out + pages[1]).encode()

    session = open_session(MemoryWire(b"olt1# ", answer), definition)
    assert session.ask("show running-config", 30, lambda _: AT_ONCE) == f"!\n{line}\n!\n"


def test_a_line_of_blanks_stays_where_a_screen_is_painted() -> None:
    assert visible_text(["\rBuilding\r\n \r\nversion 8\r\n\x1b[Kend\r\n"]) == "Building\n \nversion 8\nend\n"


def test_a_position_above_the_prompt_is_no_line_of_the_configuration() -> None:
    assert config_lines("set a b\n[edit system]\n") == "set a b\n"
    assert config_lines(f"set a b\n[edit]{' ' * 494}\n") == "set a b\n"
    assert config_lines("set a b\n[edited]\n") == "set a b\n[edited]\n"


def test_services_that_the_vendor_names_are_no_change_and_those_of_ones_own_are() -> None:
    definition = platform("fortinet")
    assert definition is not None
    table = "config firewall internet-service-name\n{}end\nconfig router bgp\nend\n"
    updated = '    edit "Ours"\n        set internet-service-id 7\n    next\n'
    own = '    edit "Mine"\n        set type location\n        set internet-service-id 7\n    next\n'
    assert config_text(definition, table.format(updated)) == "config router bgp\nend\n"
    assert config_text(definition, table.format(updated + own)) == table.format(own)


LOGS = (
    LOGGED,
    "%LINK-3-UPDOWN: Interface Gi0/1, changed state to up",
    "000123: *Mar  1 00:01:02.123 UTC: %SEC_LOGIN-5-LOGIN_SUCCESS: Login Success [user: a]",
    "2024 Nov 25 13:00:00 n9k %VSHD-5-VSHD_SYSLOG_CONFIG_I: Configured from vty by a",
    "RP/0/RP0/CPU0:Nov 25 13:00:00.123 UTC: config[65700]: %MGBL-SYS-5-CONFIG_I : Configured",
    "Nov 25 2024 13:00:00 HUAWEI %%01SHELL/4/LOGIN(l)[0]:a logged in",
    "%Nov 25 13:00:00:123 2024 HPE SHELL/5/SHELL_LOGIN: a logged in",
)


@pytest.mark.parametrize("message", LOGS)
def test_what_is_logged_is_no_line_of_the_configuration(message: str) -> None:
    assert config_lines(f"hostname r1\n{message}\nend\n{message}\n") == "hostname r1\nend\n"


@pytest.mark.parametrize(
    "line", [' event syslog pattern "%SYS-5-CONFIG_I: x"', "logging message 111008", "! 50%-5"]
)
def test_a_line_that_only_names_a_message_stays(line: str) -> None:
    assert config_lines(f"a\n{line}\nb\n") == f"a\n{line}\nb\n"


ENABLES: dict[str, tuple[str, str | None, tuple[tuple[str, bytes], ...], str | None]] = {
    "a password": ("cisco_ios", "up", (("Password: ", b"up\n"),), None),
    "nothing": ("cisco_ios", "up", (), None),
    "nothing, and none is known": ("cisco_ios", None, (), None),
    "a password, and none is known": ("cisco_ios", None, (("Password: ", b"up\n"),), "rejected"),
    "a name too": ("ruckus_fastiron", "up", (("User Name:", b"admin\n"), ("Password:", b"up\n")), None),
    "a login name": (
        "hp_procurve", "up",
        (("Please Enter Login Name: ", b"admin\n"), ("Please Enter Password: ", b"up\n")), None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("asked", ENABLES)
def test_enable_may_ask_for(asked: str) -> None:
    name, password, asks, reason = ENABLES[asked]
    config = PROCURVE if name == "hp_procurve" else IOS
    said = {"prompt": "r1>", "enabled": (asks, "r1#", {"show running-config": config})}
    with asyncssh_server(serving(**said)) as server:
        result = collector_for(name)(config_for(server, platform=name, enable_password=password), 30)
    assert result.get("reason") == reason, result["log"]


REFUSALS = (
    "% Authorization failed.", "Command authorization failed", "ERROR: Command authorization failed",
    "% Permission denied", "Access Denied", "% Not authorized.", "Error: Command not authorized",
)  # fmt: skip


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_configuration_that_breaks_off_with_a_refusal_is_no_success(refusal: str) -> None:
    with asyncssh_server(
        serving(prompt="sw1#", answers={"show running-config": f"{SMALL}{refusal}\n"})
    ) as server:
        result = collector_for("cisco_s300")(config_for(server, platform="cisco_s300"), 30)
    assert (result["reason"], result["device_config"]) == ("authorization", None)


NOISE = {
    "cisco_ios": "Using {} out of 524288 bytes\nLoad for five secs: {}%/0%; one minute: 2%\n"
    "Time source is NTP, 10:00:0{}.123 UTC Mon Nov 25 2024\n",
    "arista_eos": "! Command: show running-config\n! Time: 10:00:0{}\n! Saved By: ops at 2024-11-2{}T10:00\n",
    "cisco_nxos": "!Time: {}\n!No configuration change since last restart {}\n",
    "a10": "!Configuration last synchronized at 10:00:0{} UTC\n",
    "ruckus_fastiron": "!Building configuration...\n!Current configuration : {} bytes\n",
    "mikrotik_routeros": "# received packet from 192.0.2.{} bad format\n# Firmware upgraded successfully {}\n"
    "# channel: 5{}80/20-Ceee/ac(27dBm), SSID: x\n# lte{} not running\n",
    "zyxel_os": "! saved at 2024-11-2{} 10:00:00\n",
    "ruijie_os": "Last configuration change at 10:00:0{}, by admin\n! NVRAM config last updated at {}\n",
    "fiberstore_fsos": "!Last configuration change at 10:00:0{}\n",
}


@pytest.mark.parametrize("name", NOISE)
def test_two_backups_a_day_apart_are_equal_and_a_change_shows(name: str) -> None:
    definition = platform(name)
    assert definition is not None

    def stored(day: int, host: str = "a") -> str:
        return config_text(definition, NOISE[name].replace("{}", str(day)) + f"hostname {host}\n")

    assert stored(1) == stored(2) == "hostname a\n"
    assert stored(1) != stored(1, "b")
