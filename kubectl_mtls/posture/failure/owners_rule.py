"""Which clients do not use the rule that a host's own namespace has for it, although it would make them send otherwise?

Section 2.2: a client's own namespace is asked first, then the host's, of which only what is exported counts, then the
root namespace; rules of different namespaces are never merged.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kubectl_mtls.posture.client.client_class import ClientClass
from kubectl_mtls.posture.client.rule_choice import Place, choose_rule
from kubectl_mtls.posture.client.rule_index import MergedRule, is_private
from kubectl_mtls.posture.cluster.wire import Wire
from kubectl_mtls.posture.connection.connection import Connection
from kubectl_mtls.posture.mesh.callers import Callers, TrafficResolver
from kubectl_mtls.posture.mesh.traffic import Traffic


@dataclass(frozen=True, slots=True)
class Unheard:
    """A rule of the host's namespace that clients of one namespace do not use.

    `hiding` is the rule of their own namespace that comes first, even where it selects other workloads; None where the
    owner's is not exported to them. `would` is what they would send by the owner's.
    """

    owner: MergedRule
    hiding: MergedRule | None
    client: ClientClass
    connection: Connection
    would: Wire


def resolve_unheard(resolver: TrafficResolver, traffic: Iterable[Traffic]) -> list[Unheard]:
    """Every such rule of a Service's namespace, for each port and client class that it would change."""
    found = [unheard for one in traffic for callers in one.callers for unheard in _of_callers(resolver, callers)]
    return sorted(found, key=_order)


def _order(one: Unheard) -> tuple[object, ...]:
    connection, client = one.connection, one.client
    return (*connection.host.key, connection.port.number, client.namespace, client.labels, client.is_gateway)


def _of_callers(resolver: TrafficResolver, callers: Callers) -> Iterator[Unheard]:
    outbound, cluster = resolver.connections.outbound, callers.connection.cluster
    if cluster is None:
        return
    settings, host = callers.connection.client.settings, cluster.host
    rules = outbound.plane(settings).rules
    shelf = rules.local.get(host.namespace)
    owner = choose_rule((shelf.find(host.name) if shelf else None) or (), host.namespace, {})
    if owner is None or not any(one.tls for one in owner.rules):
        return
    would = resolver.connections.under(callers.connection, owner).wire
    for client in callers.classes if would != callers.connection.wire else ():
        found = outbound.choose(client.settings, client.namespace, client.label_map, host).found
        hiding = found.rules[0] if found.place is Place.CLIENT else None
        if client.namespace != host.namespace and (hiding or is_private(owner.first, settings)):
            yield Unheard(owner, hiding, client, callers.connection, would)
