"""Prompts as devices show them: stack members, contexts, roles, modes, clocks. One list for each platform."""

from __future__ import annotations

import re

import pytest

from collectors.registry import platform
from collectors.screen import last_line

PROMPTS = {
    "a10": "vThunder>|AX-Active#|vThunder-Active-vMaster[1/1]#|AX2500[p1]#|TH3030S-Active(NOLICENSE)#",
    "alliedtelesis_awplus": "awplus#|awplus>|sw-1(config-if)# ",
    "arista_eos": "eos1#|eos1>|eos1(config)#|eos1[14:02]#|leaf-1.dc1#|localhost>|sw1.17:16:58>|sw1(s1)#",
    "aruba_aoscx": "sw1#|8320-1# |sw.1_2-3(config)#|sw1&2#",
    "aruba_instant": "iap1#|aa:bb:cc:dd:ee:ff#",
    "aruba_os": "(mc1) #|(mc1) >|(mc1) *#|(mc1) [mynode] #|(mc1) ^[mynode] (config) #|(mc-1.lab) *[mynode] #|"
    "(mc1) ^#|(mc1) [00:11:22:33:44:55] ^#|AP-7# ",
    "broadcom_icos": "(plant_sw_1)>|(plant_sw_1)#|(sw1) (Config)#",
    "brocade_fos": "sw1:admin>|sw1:FID128:admin>|fos1:root>",
    "checkpoint_gaia": "gw1>|gw1:0>|gw1:TACP-0>|gw-1:2> |gw1[TACP-0]>|[Global] gw1-01 >|[Expert@gw1:0]#",
    "centec_os": "sw1#|sw1# |Switch>",
    "cisco_asa": "asa>|asa#|asa/pri/act#|asa/act/ctx1(config)#|fw-1/sec/stby>",
    "cisco_catos": "Console> (enable)|cat6k> (enable) ",
    "cisco_ftd": ">|firepower#|> ",
    "cisco_ios": "sw1#|sw1>|sw1(config-if)#|sw1-2-3.example#|user@host#|sw1 #|sw1#  |r1(boot)>|sw1-standby#|"
    "rtr[A]#|sw1&2#|SW-1/2_3~x#|sw1%7#",
    "cisco_nxos": "n9k-1#|N7K-1-VDC2#|switch(boot)#|n9k.lab-1# ",
    "cisco_s300": "sw1#|switch1234ab#|sg350(config)#",
    "cisco_viptela": "vedge#|vmanage# |vsmart(config)#",
    "cisco_wlc": "(Cisco Controller) >|(WLC-1) >",
    "cisco_xr": "RP/0/RSP0/CPU0:host#|RP/0/RP0/CPU0:ios#|RP/0/RSP1/CPU0:PE-1.lab(config)#|sysadmin-vm:0_RP0#|"
    "RP/0/RP0/CPU0:pe~1#|RP/B0/CB0/CPU0:crs#",
    "cumulus_linux": "root@spine1:~# |cumulus@leaf1:mgmt:~$ |ops@leaf1~$",
    "dell_os6": "console#|console>|stack-1-2(config)#",
    "dlink_ds": "DGS-3120:admin#|DES-3200-28:5#|DGS-1510#|DXS:15# |EAS 200-24p:admin#",
    "extreme_exos": "X440.1 #|* X440.1 #|* Slot-1 Stack.12 #|Slot-2 stack.3 >|! sw1.1 #",
    "extreme_wing": "rfs1#|rfs1*>|rfs1(config)*#",
    "extreme_vsp": "VSP-1:1#|VSP-1:1>|sw1:1(config)#",
    "fortinet": "FGT #|FGT $|FGT (global) #|(M) FGT #|FG-100 (vdom1) $|host (M) #|fortigate-1.dc #|"
    "FGT/1 #|FGT&1 #",
    "hirschmann_hios": "(BRS-aa)>|!(BRS-aa)#|!*(BRS-1)#",
    "hp_comware": "<HPE>|[HPE]|<sw-1.lab>|<sw 1>|RBM_P<fw1>|RBM_S[fw1]|[sw1-GigabitEthernet1/0/1]|"
    "<sw&1>|<sw#1>|<sw:1>",
    "hp_procurve": "sw1#|HP-2920-24G#|sw1(config)#|HP-Stack-2920#|ProCurve Switch 2824#|sw,1#|sw1[1]#",
    "huawei_vrp": "<HUAWEI>|[HUAWEI]|[~HUAWEI]|[*HUAWEI]|HRP_M<fw1>|HRP_S[fw1]|[HUAWEI-GigabitEthernet0/0/1]|"
    "<sw 1>|<sw&1>|[sw1:vs1]",
    "juniper_screenos": "ns5gt->|fw1(M)->|fw1(vsys1)->",
    "linux": "ops@host1:~$ |root@host1:/etc# ",
    "mellanox_mlnxos": "switch-1 >|switch-1 #|sw1 [standalone: master] #|sw1 [cluster: standby] (config) #|"
    "sw1/2 [standalone: master] #",
    "netgear_prosafe": "(M4300-28G) #|(GS752TPP) >|sw1#",
    "netscaler": ">|ns1>|ns-1> |[ns1]>|ns1 - Primary - nsroot>|nsroot@ns1>",
    "nokia_sros": "A:sr1#|*A:sr1#|B:sr1>config#|A:admin@sr1#|*A:sr-1.lab>config>router#|"
    "!*A:admin@sr1#|A:sr1/2#|#A:sar1#",
    "netgate_tnsr": "fw1 tnsr# |fw1.lab tnsr(config)#",
    "paloalto_panos": "admin@PA-220>|admin@PA-220(active)>|admin@PA-5250(active-primary)> |"
    "a@lab.example@PA-1>|lab\\a@PA-1>|admin@PA-1(passive) vsys1>",
    "riverbed_rios": "sh1 >|sh1 # |sh1 (config) # ",
    "ruckus_fastiron": "telnet@ICX7150>|SSH@ICX7150#|SSH@sw1(config)#|ICX7150-48 Router#|SSH@FESX Switch>",
    "sonicwall_sonicos": "admin@18B16900>|admin@fw1# |admin@NSA 2700>|lab\\a@fw1>",
    "tplink_jetstream": "T2600G#|TL-SG3428>|T1600G-28TS(config)#|SG2008 #",
    "ubiquiti_edgerouter": "ubnt@ubnt:~$|root@er:~#",
    "ubiquiti_edgeswitch": "(UBNT EdgeSwitch) >|(UBNT EdgeSwitch) #",
    "vyos": "vyos@vyos:~$|vyos@r1#|admin@r1.lab:~$ |lab\\a@r1:~$|a@lab.example@r1:~$|a@r1:VRF(mgmt):~$",
    "watchguard_fireware": "WG#|WG>|WG<managed>#|[Fault]WG>|[Non-Master]WG<configuration locked>#",
    "zyxel_os": "XGS4600#|GS2210>|MES3500(config)#",
}
NO_PROMPTS = (
    "",
    "password: ",
    "sw1# show run",
    "--More--",
    "Building configuration...",
    " description to core #",
)


@pytest.mark.parametrize("name", PROMPTS)
def test_a_platforms_prompts_are_recognised_and_nothing_else_is(name: str) -> None:
    definition = platform(name)
    assert definition is not None

    def is_prompt(shown: str) -> bool:
        return bool(re.fullmatch(definition.prompt, last_line(bytearray(shown.encode()))))

    assert [prompt for prompt in PROMPTS[name].split("|") if not is_prompt(prompt)] == []
    assert [line for line in NO_PROMPTS if is_prompt(line)] == []
