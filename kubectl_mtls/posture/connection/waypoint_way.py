"""What does a waypoint send to what is behind it? HBONE to what takes it, else plaintext; a rule's own TLS in either.

Source: pilot/pkg/networking/core/cluster_waypoint.go (buildWaypointTLSContext), pilot/pkg/xds/endpoints.
ISTIO_MUTUAL and DISABLE of a rule add nothing: there is no TLS of the mesh but HBONE.
"""

from collections.abc import Iterable

from kubectl_mtls.model.modes import ClientMode
from kubectl_mtls.model.selector import Labels
from kubectl_mtls.posture.client.client_class import ClientClass
from kubectl_mtls.posture.client.registry import Host, HostPort, behind_alias
from kubectl_mtls.posture.client.settings import Settings
from kubectl_mtls.posture.cluster.client_tls import resolve_policy, resolve_wire
from kubectl_mtls.posture.cluster.hbone import takes_hbone
from kubectl_mtls.posture.cluster.outbound import Chosen
from kubectl_mtls.posture.cluster.sending import Sent
from kubectl_mtls.posture.cluster.wire import Wire, together
from kubectl_mtls.posture.connection.arrival import Arrivals
from kubectl_mtls.posture.connection.blind_spot import gap_behind
from kubectl_mtls.posture.connection.connection import DOCUMENTATION, Connection, Result, Way, overall
from kubectl_mtls.posture.connection.fault import UnknownBy
from kubectl_mtls.posture.connection.verdict import unknown
from kubectl_mtls.posture.connection.waypoints import Waypoint


def connect_by_waypoint(arrivals: Arrivals, client: ClientClass, host: Host, port: HostPort) -> Connection:
    """A waypoint as the client."""
    target = behind_alias(host, arrivals.outbound.by_name) or host
    chosen, results = _sent(arrivals, client.settings, client.namespace, client.label_map, target, port)
    return _connection(arrivals, client, host, port, Way.WAYPOINT, chosen, results)


def connect_through(
    arrivals: Arrivals, client: ClientClass, host: Host, port: HostPort, waypoint: Waypoint, way: Way
) -> Connection:
    """A client whose traffic goes to the waypoint first, by HBONE; what the waypoint sends then is what arrives."""
    target = behind_alias(host, arrivals.outbound.by_name) or host
    namespace = waypoint.gateway.metadata.namespace
    chosen, results = _sent(arrivals, client.settings, namespace, {}, target, port)
    return _connection(arrivals, client, host, port, way, chosen, results, waypoint)


def _sent(
    arrivals: Arrivals, settings: Settings, namespace: str, labels: Labels, host: Host, port: HostPort
) -> tuple[Chosen, tuple[Result, ...]]:
    chosen = arrivals.outbound.choose(settings, namespace, labels, host)
    tls = resolve_policy(chosen.rule, port.number, None).tls
    own = None
    if tls is not None and tls.mode in (ClientMode.SIMPLE, ClientMode.MUTUAL):
        own, _ = resolve_wire(tls, sidecar=False, has_selector=chosen.rule is not None)
    wires = (
        Sent(one, Wire.HBONE, inside=own) if takes_hbone(one) else Sent(one, own or Wire.PLAINTEXT)
        for one in arrivals.reachable(host, port)
    )
    return chosen, tuple(arrivals.of_sent(host, port, one, tls, settings) for one in wires)


def _connection(
    arrivals: Arrivals,
    client: ClientClass,
    host: Host,
    port: HostPort,
    way: Way,
    chosen: Chosen,
    results: Iterable[Result],
    waypoint: Waypoint | None = None,
) -> Connection:
    found = tuple(results)
    gap = gap_behind(arrivals.outbound.snapshot, host)
    outcome = overall(found) if gap is None else unknown(UnknownBy.GAP)
    wire = together(one.wire for one in found)
    return Connection(client, host, port, None, way, chosen, None, wire, outcome, found, gap, DOCUMENTATION, waypoint)
