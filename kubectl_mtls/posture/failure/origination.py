"""Where do DestinationRules start TLS towards hosts outside of the mesh, and is the server's name checked there?

Source: pilot/pkg/networking/core/cluster_tls.go (constructUpstreamTLS, setAutoSniAndAutoSanValidation). The automatic
check of names needs `sni` to be unset, and a request to take the name from: it works over HTTP only (0.1 item 27).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kubectl_mtls.model.destination_rule import ClientTLS, DestinationRule
from kubectl_mtls.model.host import covers, is_wildcard
from kubectl_mtls.model.modes import ClientMode
from kubectl_mtls.posture.client.registry import Host, HostPort
from kubectl_mtls.posture.cluster.outbound import Outbound, distinct_ports
from kubectl_mtls.posture.cluster.protocol import PortProtocol

_OWN = (ClientMode.SIMPLE, ClientMode.MUTUAL)


@dataclass(frozen=True, slots=True)
class Origination:
    """One block that says SIMPLE or MUTUAL, and the ports outside that it holds for."""

    rule: DestinationRule
    block: ClientTLS
    ports: tuple[tuple[Host, HostPort], ...]


def resolve_originations(outbound: Outbound, rules: Iterable[DestinationRule]) -> Iterator[Origination]:
    """Every such block of these rules that any host outside has a port for."""
    external = [host for host in outbound.hosts if host.external and not host.kubernetes]
    by_name: dict[str, list[Host]] = {}
    for host in external:
        by_name.setdefault(host.name, []).append(host)
    for rule in rules:
        blocks = [block for block in rule.tls if block.mode in _OWN]
        if not blocks:
            continue
        name = rule.full_host
        hosts = [one for one in external if covers(name, one.name)] if is_wildcard(name) else by_name.get(name, [])
        for block in blocks:
            ports = tuple((host, port) for host in hosts for port in distinct_ports(host) if _holds(rule, block, port))
            if ports:
                yield Origination(rule, block, ports)


def _holds(rule: DestinationRule, block: ClientTLS, port: HostPort) -> bool:
    """Entries for a port go before the policy's own block (2.3)."""
    if block.port is not None:
        return block.port == port.number
    policies = (rule.policy, *(one.policy for one in rule.subsets if one.name == block.subset))
    return not any(policy is not None and policy.port(port.number) is not None for policy in policies)


def checks_name(block: ClientTLS, host: Host, port: HostPort) -> bool:
    """Whether a certificate for another name is refused; what the proxy has to find out itself counts as HTTP."""
    if block.insecure_skip_verify:
        return False
    if block.subject_alt_names or host.subject_alt_names:
        return True
    return not block.sni and port.protocol in (PortProtocol.HTTP, PortProtocol.AUTO)
