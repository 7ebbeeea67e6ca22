"""An unchanged device's artefact is stored alike at any time, and a change of the device still shows."""

from __future__ import annotations

import pytest

from collectors import registry
from collectors.answer.readings import without_readings
from collectors.answer.text import artefact_text, config_text
from collectors.define import Platform

ARTEFACTS = [
    (name, artefact)
    for name in registry.names()
    if name != "noop" and (definition := registry.platform(name)) is not None
    for artefact in definition.artefacts
]
READINGS = (
    ("sw1 uptime is 3 weeks, 2 days", "sw1 uptime is 3 weeks, 3 days"),
    (
        "System Up Time......................... 36 days 12 hrs",
        "System Up Time......................... 37 days 1 hrs",
    ),
    ("fw1 up 12 days 3 hours", "fw1 up 13 days 4 hours"),
    (
        " 10:00:01 up 5 days,  1 user,  load average: 0.01, 0.02",
        " 11:00:02 up 6 days,  2 users,  load average: 0.31, 0.2",
    ),
    ("Uptime:            103d 15h 38m 24.640s", "Uptime:            104d 1h 8m 2.1s"),
    ("Current Time:     Mon Nov 30 20:00:01 2026", "Current Time:     Tue Dec  1 20:00:09 2026"),
    ("System time: Wed May  1 11:02:03 2024", "System time: Thu May  2 11:02:44 2024"),
    ("Date/Time        : 01.05.2024 11:02", "Date/Time        : 02.05.2024 12:07"),
    ("Tue Dec  1 10:00:00 2026", "Wed Dec  2 10:30:00 2026"),
    ("10:00:00.123 UTC Tue Dec 1 2026", "10:00:09.456 UTC Wed Dec 2 2026"),
    (
        "Configuration last modified by ops at 11:19:34 UTC Wed Nov 2 2016",
        "Configuration last modified by ops at 12:20:35 UTC Thu Nov 3 2016",
    ),
    (
        "Internal Temperature............................. +38 C",
        "Internal Temperature............................. +39 C",
    ),
    ("Board temperature: 41.5 °C (ok)", "Board temperature: 43 °C (ok)"),
    ("CPU0 temp = 55 degrees Celsius, normal", "CPU0 temp = 57 degrees Celsius, normal"),
    ("Fan 1: OK, 5400 RPM", "Fan 1: OK, 5520 RPM"),
    ("Fan speed: 42%", "Fan speed: 44%"),
    ("PSU 1 output voltage: 12.05 V", "PSU 1 output voltage: 12.11 V"),
    ("Rx power: -3.21 dBm", "Rx power: -3.40 dBm"),
    ("Memory Usage (%)       : 23", "Memory Usage (%)       : 24"),
    (
        "CPU utilization for five seconds: 7%/0%; one minute: 6%",
        "CPU utilization for five seconds: 9%/1%; one minute: 5%",
    ),
    ("CPU load averages: 0.03 / 0.06 / 0.07", "CPU load averages: 0.13 / 0.01 / 0.00"),
    ("Active sessions: 1042", "Active sessions: 977"),
    ("Virus-DB: 92.03801(2024-05-01 10:20)", "Virus-DB: 92.03911(2024-05-02 10:20)"),
    ("IPS-ETDB: 27.00780(2024-05-01 01:04)", "IPS-ETDB: 27.00781(2024-05-02 01:04)"),
    ("app-version: 8776-8390", "app-version: 8777-8401"),
    ("wildfire-release-date: 2024/05/01 10:00:00 UTC", "wildfire-release-date: 2024/05/02 11:00:00 UTC"),
    (
        "Unit   Temperature (Celsius)   Status\n---- ----------------- ---------\n 1     44    OK\n",
        "Unit   Temperature (Celsius)   Status\n---- ----------------- ---------\n 1     47    OK\n",
    ),
    (
        "Unit     Up time\n---- ---------------\n 1    176,04:35:07\n",
        "Unit     Up time\n---- ---------------\n 1    176,05:35:07\n",
    ),
    (
        "Name      Fan speed   Status\nTray-1    4140        ok\n",
        "Name      Fan speed   Status\nTray-1    4178        ok\n",
    ),
    (
        "Index  Lo Limit(C)  Temp(degC)  Location\n1      0            23          Air Inlet\n",
        "Index  Lo Limit(C)  Temp(degC)  Location\n1      0            25          Air Inlet\n",
    ),
)
CHANGES = (
    ("Version 9.16(4)", "Version 9.16(5)"),
    (
        "Cisco Adaptive Security Appliance Software Version 9.16(4)",
        "Cisco Adaptive Security Appliance Software Version 9.18",
    ),
    ("Fan 1: OK, 5400 RPM", "Fan 1: FAILED, 0 RPM"),
    ("Board temperature: 41 C, normal", "Board temperature: 91 C, critical"),
    ("PID: FAN-T1 , VID: V01 , SN: 12345678", "PID: FAN-T1 , VID: V01 , SN: 12345679"),
    ("Serial Number: 0012345678", "Serial Number: 0012345679"),
    ("vlan 10 name office", "vlan 11 name office"),
    ("System image file is flash:/a-15.2.bin", "System image file is flash:/a-15.3.bin"),
    (
        "Unit   Temperature (Celsius)   Status\n 1     44    OK\n",
        "Unit   Temperature (Celsius)   Status\n 1     44    FAIL\n",
    ),
    ("Memory size: 4096 MB", "Memory size: 8192 MB"),
)


def _definition(name: str) -> Platform:
    definition = registry.platform(name)
    assert definition is not None
    return definition


@pytest.mark.parametrize(("name", "artefact"), ARTEFACTS)
def test_two_answers_of_an_unchanged_device_are_stored_alike(name: str, artefact: str) -> None:
    definition = _definition(name)
    assert artefact in definition.artefacts
    head = "Model 4711\nVersion 9.16(4)\n"
    first, second = ("\n\n".join(pair[turn] for pair in READINGS) for turn in (0, 1))
    assert artefact_text(definition, head + first) == artefact_text(definition, head + second)
    for one, other in READINGS:
        assert artefact_text(definition, f"{head}{one}\n") == artefact_text(definition, f"{head}{other}\n")


@pytest.mark.parametrize(("before", "after"), CHANGES)
def test_a_change_still_shows(before: str, after: str) -> None:
    assert without_readings(before) != without_readings(after)


def test_a_configuration_keeps_what_reads_like_a_reading() -> None:
    text = "hostname r1\nclock timezone UTC 0\nuptime: 5\nfan speed: 40\nend\n"
    assert config_text(_definition("arista_eos"), text) == text


OWN_VALUES = (
    ("ntp clock-period 17179738", "ntp clock-period 17180102"),
    ("sflow 1 destination owner 1 timeout 99998", "sflow 1 destination owner 1 timeout 4"),
    ("sflow receiver 1 owner x timeout 1000", "sflow receiver 1 owner x timeout 900"),
    ("#private-encryption-key=aaaa", "#private-encryption-key=bbbb"),
    (
        '        set comments "Error (No order found) on Tue May 14 10:00:12 2024"',
        '        set comments "Error (No order found) on Wed May 15 10:00:09 2024"',
    ),
    ("<last_rule_upd_time>1</last_rule_upd_time>", "<last_rule_upd_time>2</last_rule_upd_time>"),
)
PLATFORMS = [name for name in registry.names() if registry.platform(name) is not None]


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_value_that_a_device_writes_by_itself_is_no_change(name: str) -> None:
    for one, other in OWN_VALUES:
        first, second = (f"hostname r1\n{line}\nvlan 7\n" for line in (one, other))
        assert config_text(_definition(name), first) == config_text(_definition(name), second)


def test_the_bandwidth_of_a_tunnel_shows_unless_the_device_measures_it() -> None:
    def stored(bandwidth: int, more: str = "") -> str:
        tunnel = f"interface Tunnel1\n tunnel mpls traffic-eng bandwidth {bandwidth}\n{more}!\nend\n"
        return config_text(_definition("cisco_ios"), tunnel)

    measured = " tunnel mpls traffic-eng auto-bw frequency 300\n"
    assert stored(1, measured) == stored(2, measured)
    assert stored(1) != stored(2)
