"""Pluribus Netvisor ONE.

Source: Netvisor ONE Command Reference, "running-config-show" and "pager".
"""

from collectors.define import ANY_LINE_MAY_BE_LAST, UPTIME, VALUE, Command, Platform, hide

PLATFORM = Platform(
    prompt=r"CLI \([\w.@-]+\) ?[>#]",
    setup=("pager off",),
    config=Command("running-config-show", known_by=r"^[a-z]+(?:-[a-z]++)++ ", min_lines=10, idle_s=120.0),
    no_end=ANY_LINE_MAY_BE_LAST,
    rejected=r"^(?:[\w-]+: (?:command not found|unknown|invalid|unrecognized)|Error: |unrecognized command)",
    volatile=(UPTIME,),
    secrets=(
        hide(rf"\b(?:auth-|priv-|bind-|initial-)?(?:password|passwd|secret) {VALUE}"),
        hide(rf"\b(?:community(?:-string)?|md5|shared-secret|auth-key|encryption-key) {VALUE}"),
    ),
    artefacts={"version": Command("software-show"), "inventory": Command("switch-info-show")},
    aliases=("netvisor", "pluribus_netvisor", "community.network.netvisor"),
)
