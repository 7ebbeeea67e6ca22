"""Prompts as devices show them: stack members, contexts, roles, modes, clocks. One list for each platform."""

from __future__ import annotations

import re

import pytest

from collectors.registry import platform
from collectors.session.screen import last_line

PROMPTS = {
    "a10": "vThunder>|AX-Active#|vThunder-Active-vMaster[1/1]#|AX2500[p1]#|TH3030S-Active(NOLICENSE)#",
    "alcatel_aos": "-> |OS6860-> |sw 1->|[sw1]->|TOR #-> |sw1 ==>|sw1#",
    "alliedtelesis_awplus": "awplus#|awplus>|sw-1(config-if)# ",
    "arista_eos": "eos1#|eos1>|eos1(config)#|eos1[14:02]#|leaf-1.dc1#|localhost>|sw1.17:16:58>|sw1(s1)#|"
    "sw1 (standby)#|leaf1 17:00:00#",
    "aruba_aoscx": "sw1#|8320-1# |sw.1_2-3(config)#|sw1&2#|sw'1#|sw%1#",
    "aruba_instant": "iap1#|aa:bb:cc:dd:ee:ff#|AP 12 Lobby#| iap1#|AP&1 (config) #",
    "aruba_os": "(mc1) #|(mc1) >|(mc1) *#|(mc1) [mynode] #|(mc1) ^[mynode] (config) #|(mc-1.lab) *[mynode] #|"
    "(mc1) ^#|(mc1) [00:11:22:33:44:55] ^#|AP-7# ",
    "broadcom_icos": "(plant_sw_1)>|(plant_sw_1)#|(sw1) (Config)#|(sw1) (Interface 0/1)#",
    "brocade_fos": "sw1:admin>|sw1:FID128:admin>|fos1:root>",
    "checkpoint_gaia": "gw1>|gw1:0>|gw1:TACP-0>|gw-1:2> |gw1[TACP-0]>|[Global] gw1-01 >|[Expert@gw1:0]#",
    "centec_os": "sw1#|sw1# |Switch>",
    "cisco_asa": "asa>|asa#|asa/pri/act#|asa/act/ctx1(config)#|fw-1/sec/stby>",
    "cisco_catos": "Console> (enable)|cat6k> (enable) ",
    "cisco_ftd": ">|firepower#|> ",
    "cisco_ios": "sw1#|sw1>|sw1(config-if)#|sw1-2-3.example#|user@host#|sw1 #|sw1#  |r1(boot)>|sw1-standby#|"
    "rtr[A]#|sw1&2#|SW-1/2_3~x#|sw1%7#|"
    "core*1#|r1$#|büro-1#|核心-1#|r1=a>",
    "cisco_nxos": "n9k-1#|N7K-1-VDC2#|switch(boot)#|n9k.lab-1# ",
    "cisco_s300": "sw1#|switch1234ab#|sg350(config)#",
    "cisco_viptela": "vedge#|vmanage# |vsmart(config)#",
    "cisco_wlc": "(Cisco Controller) >|(WLC-1) >|(WLC-1) config wlan>",
    "cisco_xr": "RP/0/RSP0/CPU0:host#|RP/0/RP0/CPU0:ios#|RP/0/RSP1/CPU0:PE-1.lab(config)#|sysadmin-vm:0_RP0#|"
    "RP/0/RP0/CPU0:pe~1#|RP/B0/CB0/CPU0:crs#|"
    "RP/0/RP0/CPU0:pe,1#|RP/0/RP0/CPU0:pe1(admin)#",
    "cumulus_linux": "root@spine1:~# |cumulus@leaf1:mgmt:~$ |ops@leaf1~$",
    "dell_os6": "console#|console>|stack-1-2(config)#",
    "dlink_ds": "DGS-3120:admin#|DES-3200-28:5#|DGS-1510#|DXS:15# |EAS 200-24p:admin#",
    "extreme_exos": "X440.1 #|* X440.1 #|* Slot-1 Stack.12 #|Slot-2 stack.3 >|! sw1.1 #|"
    "Slot-1 VPEX sw-1.lab.3 #|* (debug) sw1.2 #|* sw1 # |(sw1):4 >",
    "extreme_netiron": "MLX#|SSH@MLX-1>|NetIron MLX-4 Router#|SSH@NetIron CES 2024F#|BigIron RX-16(config)#",
    "extreme_wing": "rfs1#|rfs1*>|rfs1(config)*#",
    "extreme_vsp": "VSP-1:1#|VSP-1:1>|sw1:1(config)#",
    "fortinet": "FGT #|FGT $|FGT (global) #|(M) FGT #|FG-100 (vdom1) $|host (M) #|fortigate-1.dc #|"
    "FGT/1 #|FGT&1 #|"
    "CH-1 [FIM01] (global) #|FGT [FPC02] #|FGT (global) (interface) #|FGT[1] #",
    "hirschmann_hios": "(BRS-aa)>|!(BRS-aa)#|!*(BRS-1)#|!(BRS-aa) (Config)#",
    "hp_comware": "<HPE>|[HPE]|<sw-1.lab>|<sw 1>|RBM_P<fw1>|RBM_S[fw1]|[sw1-GigabitEthernet1/0/1]|"
    "<sw&1>|<sw#1>|<sw:1>|"
    "<核心交换机>|<sw!1>|<sw[1]>|[办公楼-1F]|RBM_P<核心>",
    "hp_procurve": "sw1#|HP-2920-24G#|sw1(config)#|HP-Stack-2920#|ProCurve Switch 2824#|sw,1#|sw1[1]#",
    "hillstone_stoneos": "SG-6000#|SG-6000(M)#|fw1[vsys1]#|fw1(B)(config)#",
    "huawei_vrp": "<HUAWEI>|[HUAWEI]|[~HUAWEI]|[*HUAWEI]|HRP_M<fw1>|HRP_S[fw1]|[HUAWEI-GigabitEthernet0/0/1]|"
    "<sw 1>|<sw&1>|[sw1:vs1]|"
    "<核心交换机>|<sw;1>|<sw[1]>|[~办公楼-1F]|HRP_M<核心>",
    "juniper_screenos": "ns5gt->|fw1(M)->|fw1(vsys1)->|fw1(trust/v1)(M)->|fw:v1->",
    "linux": "ops@host1:~$ |root@host1:/etc# ",
    "mellanox_mlnxos": "switch-1 >|switch-1 #|sw1 [standalone: master] #|sw1 [cluster: standby] (config) #|"
    "sw1/2 [standalone: master] #|"
    "sw1 (config) #|sw1 [VIP1: standby] >",
    "netgear_prosafe": "(M4300-28G) #|(GS752TPP) >|sw1#|(GSM7224) (Config)#",
    "netscaler": ">|ns1>|ns-1> |[ns1]>|ns1 - Primary - nsroot>|nsroot@ns1>|"
    "ns1 12:00 >|nsroot@192.0.2.1 ADC-1 12:01:02 Primary>",
    "moxa_nos": "EDS-510E#|PT-7728(config)#|Floor 2 west>",
    "nokia_isam": "typ:isadmin>#|isadmin>#|typ:isadmin>environment#",
    "nokia_srl": "A:srl#|B:leaf-1.lab# |A:admin@srl#|A:lab\\u@srl#",
    "nokia_sros": "A:sr1#|*A:sr1#|B:sr1>config#|A:admin@sr1#|*A:sr-1.lab>config>router#|"
    "!*A:admin@sr1#|A:sr1/2#|#A:sar1#|"
    "A:site 1#|A:sr&1>config#|A:lab\\u@sr1#|*A:sr1>config>service>vprn$",
    "netgate_tnsr": "fw1 tnsr# |fw1.lab tnsr(config)#",
    "paloalto_panos": "admin@PA-220>|admin@PA-220(active)>|admin@PA-5250(active-primary)> |"
    "a@lab.example@PA-1>|lab\\a@PA-1>|admin@PA-1(passive) vsys1>|"
    "a+b@PA-1>|o'neil@PA-1#",
    "riverbed_rios": "sh1 >|sh1 # |sh1 (config) # ",
    "ruckus_fastiron": "telnet@ICX7150>|SSH@ICX7150#|SSH@sw1(config)#|ICX7150-48 Router#|SSH@FESX Switch>|"
    "FastIron SuperX Router#|SSH@FastIron SX 800 Router#|SSH@sw#1>",
    "sonicwall_sonicos": "admin@18B16900>|admin@fw1# |admin@NSA 2700>|lab\\a@fw1>|"
    "config(fw-1)[no changes]# |config(NSA 2700)#",
    "tplink_jetstream": "T2600G#|TL-SG3428>|T1600G-28TS(config)#|SG2008 #|Floor 2 west#",
    "ubiquiti_edgerouter": "ubnt@ubnt:~$|root@er:~#",
    "ubiquiti_edgeswitch": "(UBNT EdgeSwitch) >|(UBNT EdgeSwitch) #|(sw1) (Config)#",
    "vyos": "vyos@vyos:~$|vyos@r1#|admin@r1.lab:~$ |lab\\a@r1:~$|a@lab.example@r1:~$|a@r1:VRF(mgmt):~$",
    "watchguard_fireware": "WG#|WG>|WG<managed>#|[Fault]WG>|[Non-Master]WG<configuration locked>#|"
    "WG(config/policy)#|fb1<managed-by-wsm><master>>|[FAULT]fb1<non-master>>",
    "zyxel_os": "XGS4600#|GS2210>|MES3500(config)#|Floor 2 west#|GS1920 (config)#",
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
