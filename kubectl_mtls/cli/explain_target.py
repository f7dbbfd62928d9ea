"""Which connection is meant: CLIENT and SERVER[:PORT] as people write them."""

import difflib
import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kubectl_mtls.cli.target import Target, find_target, parse_target
from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.host import DOMAIN, service_host
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.selector import selects
from kubectl_mtls.model.snapshot import WORKLOAD_KINDS, Snapshot
from kubectl_mtls.posture.connections import Connections
from kubectl_mtls.posture.outbound import distinct_ports
from kubectl_mtls.posture.registry import Host, HostPort

ANY, OUTSIDE = "any", "outside"
_KINDS = (kinds.POD, kinds.SERVICE_ACCOUNT, kinds.SERVICE, kinds.NAMESPACE, kinds.GATEWAY, *WORKLOAD_KINDS)
_LONGEST = 253


@dataclass(frozen=True, slots=True)
class Client:
    """Who calls: a target, `any` (every class) or `outside` (nobody of the mesh): `target` is None for both."""

    written: str
    target: Target | None


@dataclass(frozen=True, slots=True)
class Server:
    """Who is called, as written: a host name, an address or svc/NAME; `port` None means all."""

    written: str
    name: str
    is_service: bool
    port: int | str | None


def parse_client(written: str) -> Client:
    """Read CLIENT. Raises InvalidInput."""
    _demand_length(written)
    return Client(written, None if written in (ANY, OUTSIDE) else parse_target(written, _KINDS))


def parse_server(written: str) -> Server:
    """Read SERVER[:PORT]; IPv6 addresses with a port stand in brackets. Raises InvalidInput."""
    name, port = _split_port(written)
    _demand_length(name)
    is_service = "/" in name
    if is_service:
        name = parse_target(name, (kinds.SERVICE,)).name
    return Server(written, name.rstrip("."), is_service, port)


def _split_port(written: str) -> tuple[str, int | str | None]:
    if written.startswith("["):
        name, _, rest = written[1:].partition("]")
        return name, _port(rest.removeprefix(":"), written) if rest else None
    if written.count(":") > 1:
        return written, None
    name, colon, port = written.partition(":")
    return name, _port(port, written) if colon else None


def _port(port: str, written: str) -> int | str:
    if port.isdigit() and 0 < int(port) < 65536:
        return int(port)
    if port and not port.isdigit():
        return port
    raise InvalidInput(f"{written}: the port should be a number between 1 and 65535, or a port's name")


def _demand_length(name: str) -> None:
    if not name or len(name) > _LONGEST + 40:
        shown = name if len(name) < 60 else f"{name[:60]}..."
        raise InvalidInput(f"{shown or '(empty)'}: names have 1 to {_LONGEST} characters")


def find_clients(snapshot: Snapshot, client: Client, default: tuple[str, ...] | None) -> list[Pod]:
    """The pods that a target means. Raises InvalidInput where there is none, with the nearest names."""
    target = client.target
    if target is None:
        return list(snapshot.pods.values()) if client.written == ANY else []
    if target.kind == kinds.SERVICE_ACCOUNT:
        return _of_account(snapshot, target, default)
    try:
        ref = find_target(snapshot, target, default)
    except InvalidInput as error:
        names = sorted(_names(snapshot, target, default))
        raise InvalidInput(error.message, _nearest(target.name, names) or error.hint) from None
    found = [pod for pod in snapshot.pods.values() if _belongs(snapshot, pod, ref)]
    if not found:
        raise InvalidInput(f"{client.written}: no pod of it runs")
    return found


def _of_account(snapshot: Snapshot, target: Target, default: tuple[str, ...] | None) -> list[Pod]:
    def of(name: str, namespace: str | None) -> list[Pod]:
        return [
            pod
            for pod in snapshot.pods.values()
            if pod.service_account == name
            and (pod.metadata.namespace == namespace if namespace else True)
            and (namespace or default is None or pod.metadata.namespace in default)
        ]

    found = of(target.name, None) or (of(target.split[1], target.split[0]) if target.split else [])
    if not found:
        names = sorted({pod.service_account for pod in snapshot.pods.values()})
        raise InvalidInput(f"{target.written}: no pod runs as it", _nearest(target.name, names))
    return found


def _belongs(snapshot: Snapshot, pod: Pod, ref: Ref) -> bool:
    namespace = pod.metadata.namespace
    if ref.kind == kinds.NAMESPACE:
        return namespace == ref.name
    if ref.kind == kinds.GATEWAY:
        gateway = next((one for one in snapshot.gateways if one.metadata.ref == ref), None)
        wanted = gateway.match_labels if gateway else {}
        return pod.proxy is Proxy.GATEWAY and bool(wanted) and selects(wanted, pod.labels)
    if namespace != ref.namespace:
        return False
    if ref.kind == kinds.SERVICE:
        service = next((one for one in snapshot.services if one.key == (ref.namespace, ref.name)), None)
        return service is not None and bool(service.selector) and selects(service.selector, pod.labels)
    if ref.kind == kinds.POD:
        return pod.metadata.name == ref.name
    return (pod.workload.kind, pod.workload.name) == (ref.kind.name, ref.name)


def _names(snapshot: Snapshot, target: Target, default: tuple[str, ...] | None) -> set[str]:
    """What targets of this kind are called where we look."""
    if target.kind in WORKLOAD_KINDS:
        pods = [pod for pod in snapshot.pods.values() if pod.workload.kind == target.kind.name]
        return {pod.workload.name for pod in pods if default is None or pod.metadata.namespace in default}
    if target.kind == kinds.POD:
        return {pod.metadata.name for pod in snapshot.pods.values()}
    return {ref.name for ref in snapshot.documents if ref.kind == target.kind}


def find_hosts(
    connections: Connections, server: Server, clients: Iterable[str], default: tuple[str, ...] | None
) -> list[Host]:
    """The hosts that SERVER may mean, each once. Raises InvalidInput where there is none or where it is ambiguous.

    `clients` are the namespaces of the clients: short names are theirs first.
    """
    every = connections.outbound.hosts
    if not server.is_service and (found := _by_address(connections, server.name)):
        return found
    places = list(dict.fromkeys((*(default or ()), *clients))) if server.is_service else [*clients, *(default or ())]
    for name in _candidates(server.name, places, is_service=server.is_service):
        named = {host.namespace: host for host in every if host.name == name}
        if named:
            return list(named.values())[:1] if len(named) > 1 else list(named.values())
    short = [host for host in every if host.kubernetes and host.source.name == server.name]
    if len(short) == 1:
        return short
    if short:
        where = ", ".join(sorted(host.namespace for host in short))
        raise InvalidInput(f"{server.written} is in several namespaces: {where}", f"write svc/{server.name}.NAMESPACE")
    known = [host.name for host in every] + [host.source.name for host in every if host.kubernetes]
    raise InvalidInput(f"{server.written}: no Service or ServiceEntry has this name", _nearest(server.name, known))


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


def _by_address(connections: Connections, written: str) -> list[Host]:
    """The Services and ServiceEntries that an address belongs to: their own, or that of an endpoint."""
    try:
        address = str(ipaddress.ip_address(written))
    except ValueError:
        return []
    outbound = connections.outbound
    services = {one.metadata.ref for one in outbound.snapshot.services if one.cluster_ip == address}
    entries = {one.metadata.ref for one in outbound.snapshot.service_entries if address in one.addresses}
    found = [host for host in outbound.hosts if host.source.ref in services | entries]
    found = found or [h for h in outbound.hosts if any(one.address == address for one in outbound.endpoints.of(h.key))]
    if not found:
        raise InvalidInput(
            f"{written}: no Service, ServiceEntry or endpoint has this address",
            "a proxy passes what it does not know through in plaintext",
        )
    return found[:1]


def find_ports(host: Host, server: Server) -> list[HostPort]:
    """The ports that are meant. Raises InvalidInput with those that there are."""
    ports = list(distinct_ports(host))
    found = [port for port in ports if server.port in (None, port.number, port.name)]
    if not found:
        there = ", ".join(f"{port.number} ({port.name})" if port.name else str(port.number) for port in ports)
        what = f"{host.name} has no port {server.port}" if server.port else f"{host.name} has no ports"
        raise InvalidInput(what, f"its ports: {there}" if there else None)
    return found


def _nearest(name: str, known: Iterable[str]) -> str | None:
    close = difflib.get_close_matches(name, list(dict.fromkeys(known)), n=3)
    return f"nearest names: {', '.join(close)}" if close else None
