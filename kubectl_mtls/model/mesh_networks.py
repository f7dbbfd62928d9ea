"""Which networks does a mesh have by its MeshNetworks (istio.io/api mesh/v1alpha1/network.proto)?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubectl_mtls.model import fields


@dataclass(frozen=True, slots=True)
class MeshNetwork:
    """One network: the address ranges and clusters whose endpoints are in it, and its gateways as (address, port).

    Gateways that are named by their Service are left out: their address is in the Service's status.
    """

    name: str
    ranges: tuple[str, ...]
    registries: tuple[str, ...]
    gateways: tuple[tuple[str, int], ...]


def parse_mesh_networks(written: Any) -> tuple[MeshNetwork, ...]:
    """The networks of key `meshNetworks`, by name. Raises Malformed."""
    networks = fields.mapping(written, "networks")
    return tuple(_network(str(name), networks[name]) for name in sorted(networks, key=str))


def _network(name: str, written: Any) -> MeshNetwork:
    network = {} if written is None else written
    if not isinstance(network, Mapping):
        raise fields.Malformed(f"networks.{name}", "should be a mapping")
    with fields.below(f"networks.{name}"):
        endpoints = fields.mappings(network, "endpoints")
        gateways = fields.mappings(network, "gateways")
        return MeshNetwork(
            name=name,
            ranges=tuple(one for one in (fields.text(entry, "fromCidr") for entry in endpoints) if one),
            registries=tuple(one for one in (fields.text(entry, "fromRegistry") for entry in endpoints) if one),
            gateways=tuple(
                (fields.text(one, "address"), fields.number(one, "port") or 0) for one in gateways if one.get("address")
            ),
        )
