"""Whose pods count as clients where only some namespaces are looked at?

Their own, and those of namespaces with a rule for one of their Services: such a rule goes before all others for its own
namespace's clients (2.2), so their connections may fail where everybody else's work.
"""

from collections.abc import Collection

from kubectl_mtls.model.host import covers, is_wildcard, service_host
from kubectl_mtls.model.snapshot import Snapshot


def client_namespaces(snapshot: Snapshot, namespaces: Collection[str]) -> frozenset[str]:
    """These namespaces and the others with a rule of their own for a Service in them."""
    services = (one.metadata for one in snapshot.services if one.metadata.namespace in namespaces)
    hosts = {service_host(one.name, one.namespace) for one in services}
    reaching = (rule.metadata.namespace for rule in snapshot.destination_rules if _reaches(rule.full_host, hosts))
    return frozenset((*namespaces, *reaching))


def _reaches(host: str, hosts: set[str]) -> bool:
    return any(covers(host, one) for one in hosts) if is_wildcard(host) else host in hosts
