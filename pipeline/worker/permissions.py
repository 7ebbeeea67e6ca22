"""What the worker's policy permits one job: who may be shown the secrets of its device and of each hop."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from collectors.errors import BadRequest
from collectors.transport.dial import IpAddress, literal
from pipeline.errors import PolicyError
from pipeline.values.device import Device, Hop
from pipeline.values.showing import references_of, way_of
from pipeline.worker.policy import Network, Permission, Policies, common


@dataclass(frozen=True, slots=True)
class Permissions:
    """Of a device and of the hops on the way to it, in their order."""

    device: Permission
    hops: tuple[Permission, ...]

    @classmethod
    def of(cls, device: Device, policy: Policies, *, login: bool = True) -> Self:
        """What is permitted for this device. PolicyError if a secret may not be sent where it would go.

        The group's `allowed_networks` count for each hop as they do for the device. Without `login` the
        device is shown no secret.
        """
        group = tuple(map(ipaddress.ip_network, device.allowed_networks))
        hops = tuple(_within(_permit_hop(hop, policy), group) for hop in device.jump)
        references = references_of(device.credential) if login else ()
        address = _ip("the device", device.address)
        permission = policy.permit(references, way_of(device), device.host_keys, address)
        return cls(_within(permission, group), hops)


def _permit_hop(hop: Hop, policy: Policies) -> Permission:
    address = _ip(f"jump host {hop.name}", hop.address)
    return policy.permit(references_of(hop.credential), "ssh", hop.host_keys, address)


def _ip(whose: str, address: str) -> IpAddress | None:
    """The address that will be dialled; None for a name, whose addresses the dialling checks."""
    try:
        return literal(whose, address)
    except BadRequest as error:
        raise PolicyError(f"no secret is sent there: {error}") from error


def _within(permission: Permission, group: Sequence[Network]) -> Permission:
    if not group:
        return permission
    networks = common(permission.networks, tuple(group))
    if not networks:
        raise PolicyError("the policy and the group's allowed_networks have no network in common")
    return replace(permission, networks=networks)
