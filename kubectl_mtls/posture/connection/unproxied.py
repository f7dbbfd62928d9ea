"""How does plaintext of a client without proxy, or past its proxy, get to a host?"""

from dataclasses import replace

from kubectl_mtls.posture.client.client_class import ClientClass
from kubectl_mtls.posture.client.registry import Host, HostPort, behind_alias
from kubectl_mtls.posture.cluster.outbound import Chosen
from kubectl_mtls.posture.cluster.wire import Wire
from kubectl_mtls.posture.connection.arrival import Arrivals, basis_of
from kubectl_mtls.posture.connection.blind_spot import gap_behind
from kubectl_mtls.posture.connection.connection import NO_RULE, Connection, Way, overall
from kubectl_mtls.posture.connection.fault import Fault, UnknownBy
from kubectl_mtls.posture.connection.verdict import Outcome, Verdict, fails, unknown


def connect_in_plaintext(
    arrivals: Arrivals, client: ClientClass, host: Host, port: HostPort, way: Way, chosen: Chosen = NO_RULE
) -> Connection:
    """kube-proxy or DNS finds the endpoint."""
    outbound = arrivals.outbound
    target = behind_alias(host, outbound.by_name) or host
    results = arrivals.in_plaintext(target, port, client.settings)
    outcome = overall(results)
    if target.external and not results:
        outcome = Outcome(Verdict.PLAINTEXT)
    gap = gap_behind(outbound.snapshot, target)
    if gap is not None:
        outcome = unknown(UnknownBy.GAP)
    basis = basis_of(results)
    return Connection(client, host, port, None, way, chosen, None, Wire.PLAINTEXT, outcome, results, gap, basis)


def connect_to_unknown(
    arrivals: Arrivals, client: ClientClass, host: Host, port: HostPort, chosen: Chosen = NO_RULE
) -> Connection:
    """Not imported, or without a cluster: PassthroughCluster in plaintext, or BlackHoleCluster (3.7)."""
    found = connect_in_plaintext(arrivals, client, host, port, Way.UNKNOWN_HOST, chosen)
    scope = arrivals.outbound.scope(client.settings, client.namespace, client.label_map, gateway=client.is_gateway)
    if client.is_gateway or scope.outbound_mode == "REGISTRY_ONLY":
        return replace(found, outcome=fails(Fault.BLOCKED), results=())
    return found
