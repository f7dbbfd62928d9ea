"""Which hosts and ports does SERVER[:PORT] mean?"""

import ipaddress
from collections.abc import Iterable, Sequence

from kubectl_mtls.cli.explain_target import Server
from kubectl_mtls.cli.nearest import nearest_names
from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.host import DOMAIN, service_host
from kubectl_mtls.model.service import Service
from kubectl_mtls.posture.client.registry import Discovery, Host, HostPort
from kubectl_mtls.posture.cluster.endpoint import Endpoint
from kubectl_mtls.posture.cluster.outbound import Outbound, distinct_ports
from kubectl_mtls.posture.connection.connections import Connections

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def find_hosts(
    connections: Connections, server: Server, clients: Iterable[str], default: tuple[str, ...] | None
) -> list[Host]:
    """The hosts that SERVER may mean, each once. Raises InvalidInput where there is none or where it is ambiguous.

    `clients` are the namespaces of the clients: short names are theirs first.
    """
    every = connections.outbound.hosts
    if not server.is_service and (address := parse_address(server.name)):
        return _by_address(connections.outbound, server, address)
    places = list(dict.fromkeys((*(default or ()), *clients))) if server.is_service else [*clients, *(default or ())]
    for name in _candidates(server.name, places, is_service=server.is_service):
        if named := [host for host in every if host.name == name]:
            return named[:1]
    short = [host for host in every if host.kubernetes and host.source.name == server.name]
    if len(short) == 1:
        return short
    if short:
        where = ", ".join(sorted(host.namespace for host in short))
        raise InvalidInput(f"{server.written} is in several namespaces: {where}", f"write svc/{server.name}.NAMESPACE")
    known = [host.name for host in every] + [host.source.name for host in every if host.kubernetes]
    hint = _unread(connections.outbound) or nearest_names(server.name, known)
    raise InvalidInput(f"{server.written}: no Service or ServiceEntry has this name", hint)


def _candidates(name: str, namespaces: Sequence[str], *, is_service: bool) -> list[str]:
    found = [] if is_service else [name]
    found += [service_host(name, namespace) for namespace in namespaces]
    head, dot, tail = name.rpartition(".")
    if is_service and dot:
        found.append(service_host(head, tail))
    elif dot and name.count(".") == 1:
        found.append(f"{name}.svc.{DOMAIN}")
    elif name.endswith(".svc"):
        found.append(f"{name}.{DOMAIN}")
    return found


def parse_address(written: str) -> Address | None:
    """An IP address, however it is written; None for names."""
    try:
        return ipaddress.ip_address(written)
    except ValueError:
        return None


def _by_address(outbound: Outbound, server: Server, address: Address) -> list[Host]:
    """The Service or ServiceEntry that an address belongs to: its own, or that of an endpoint."""
    snapshot = outbound.snapshot
    own = {one.metadata.ref for one in snapshot.services if _is_among(address, _addresses(one))}
    own |= {one.metadata.ref for one in snapshot.service_entries if _is_among(address, one.addresses)}
    found = [host for host in outbound.hosts if host.source.ref in own] or [
        host for host in outbound.hosts if endpoints_named(outbound, host, server)
    ]
    if not found:
        raise InvalidInput(
            f"{server.written}: no Service, ServiceEntry or endpoint has this address",
            _unread(outbound) or "a proxy passes what it does not know through in plaintext",
        )
    return found[:1]


def _addresses(service: Service) -> Sequence[str]:
    return service.cluster_ips or (service.cluster_ip,)


def _is_among(address: Address, written: Iterable[str]) -> bool:
    """Whether it is one of these addresses or in one of these networks; what is neither contains nothing."""
    return any(address in network for network in map(_network, written) if network is not None)


def _network(written: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(written, strict=False)
    except ValueError:
        return None


def _unread(outbound: Outbound) -> str | None:
    """What was not readable and may be what is looked for."""
    hides = (kinds.SERVICE, kinds.SERVICE_ENTRY)
    gap = next((gap for gap in outbound.snapshot.gaps if gap.kind in hides), None)
    return f"or it was not readable: {gap.detail}" if gap else None


def find_ports(outbound: Outbound, host: Host, server: Server) -> list[HostPort]:
    """The ports that are meant, by number or name; with an endpoint's address its own number will do as well.

    Raises InvalidInput with those that there are.
    """
    ports = list(distinct_ports(host))
    found = [port for port in ports if server.port in (None, port.number, port.name)]
    if not found:
        there = [one for one in endpoints_named(outbound, host, server) if one.port == server.port]
        found = [port for port in ports if any(one.is_of(port.name, port.number) for one in there)]
    if not found:
        numbers = ", ".join(f"{port.number} ({port.name})" if port.name else str(port.number) for port in ports)
        what = f"{host.name} has no port {server.port}" if server.port else f"{host.name} has no ports"
        raise InvalidInput(what, f"its ports: {numbers}" if numbers else None)
    return found


def endpoints_named(outbound: Outbound, host: Host, server: Server) -> list[Endpoint]:
    """The endpoints of a host whose address was given in its place."""
    address = None if server.is_service else parse_address(server.name)
    if address is None:
        return []
    return [one for one in outbound.endpoints.of(host.key) if parse_address(one.address) == address]


def bypass_note(outbound: Outbound, host: Host, server: Server) -> str | None:
    """What an endpoint's address does not get that its Service gets; None where a proxy takes both for one (3.7)."""
    if host.discovery is Discovery.PASSTHROUGH or not endpoints_named(outbound, host, server):
        return None
    return (
        f"note: {server.name} is an endpoint of {host.source.ref.full}, and this is about calls of that; "
        "of the address itself a proxy knows nothing, and passes it through in plaintext or blocks it"
    )
