"""How does a client with a sidecar, or a gateway, get to a host? By the clusters that istiod gives its proxy."""

from collections.abc import Mapping

from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.selector import selects
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.client.client_class import ClientClass
from kubectl_mtls.posture.client.registry import Discovery, Host, HostPort, behind_alias
from kubectl_mtls.posture.client.rule_index import MergedRule
from kubectl_mtls.posture.cluster.cluster import Cluster
from kubectl_mtls.posture.cluster.outbound import Chosen
from kubectl_mtls.posture.connection.arrival import Arrivals, basis_of
from kubectl_mtls.posture.connection.blind_spot import gap_before
from kubectl_mtls.posture.connection.connection import Connection, Way, overall, undecided
from kubectl_mtls.posture.connection.fault import UnknownBy
from kubectl_mtls.posture.connection.outcome_matrix import ServerSide, judge_connection
from kubectl_mtls.posture.connection.unproxied import connect_to_unknown
from kubectl_mtls.posture.connection.verdict import Outcome, unknown
from kubectl_mtls.posture.connection.waypoint_way import connect_through
from kubectl_mtls.posture.connection.waypoints import Waypoint
from kubectl_mtls.posture.server.accepts import NoProxy

_ADDRESSLESS = (Discovery.PASSTHROUGH, Discovery.DYNAMIC_DNS)


def connect_by_proxy(
    arrivals: Arrivals, client: ClientClass, host: Host, port: HostPort, known: Mapping[str, Host]
) -> tuple[Connection, ...]:
    """The plain cluster, then one for each subset. `known` are the hosts that the proxy knows."""
    outbound = arrivals.outbound
    if is_patched(outbound.snapshot, client):
        return (undecided(client, host, port, UnknownBy.CLIENT_FILTER),)
    target = behind_alias(host, known)
    if target is None or known.get(target.name) is not target:
        return (connect_to_unknown(arrivals, client, host, port),)
    target_port = port if target is host else target.port(port.number)
    if target_port is None:
        return (connect_to_unknown(arrivals, client, host, port),)
    waypoint = _waypoint_before(arrivals, client, target)
    if waypoint is not None:
        return (connect_through(arrivals, client, host, port, waypoint, Way.CLUSTER),)
    chosen = outbound.choose(client.settings, client.namespace, client.label_map, target)
    clusters = outbound.clusters(
        client.settings, target, target_port, chosen.rule, gateway=client.is_gateway, files=client.files
    )
    if not clusters:
        return (connect_to_unknown(arrivals, client, host, port, chosen),)
    gap = gap_before(outbound.snapshot, client, target, chosen)
    return tuple(_by_cluster(arrivals, client, host, port, one, chosen, gap) for one in clusters)


def _waypoint_before(arrivals: Arrivals, client: ClientClass, host: Host) -> Waypoint | None:
    """Gateways go by the host's waypoint where a label says so; sidecars never do (findServiceWaypoint)."""
    waypoints = arrivals.waypoints
    if not client.is_gateway or not client.settings.passes_waypoints or not waypoints.is_for_gateways(host):
        return None
    return waypoints.of_host(host)


def connect_under(arrivals: Arrivals, connection: Connection, cluster: Cluster, rule: MergedRule) -> Connection:
    """The same connection if this rule, on which its cluster was made, had been the client's."""
    chosen = Chosen(rule, connection.chosen.found)
    return _by_cluster(arrivals, connection.client, connection.host, connection.port, cluster, chosen, connection.gap)


def _by_cluster(
    arrivals: Arrivals,
    client: ClientClass,
    host: Host,
    port: HostPort,
    cluster: Cluster,
    chosen: Chosen,
    gap: Gap | None,
) -> Connection:
    results = arrivals.by_cluster(cluster, client.settings)
    outcome = overall(results) if results else _without_endpoints(cluster)
    if gap is not None:
        outcome = unknown(UnknownBy.GAP)
    return Connection(
        client,
        host,
        port,
        cluster.subset,
        Way.CLUSTER,
        chosen,
        cluster,
        cluster.wire,
        outcome,
        results,
        gap,
        basis_of(results),
    )


def _without_endpoints(cluster: Cluster) -> Outcome:
    """Addresses that come with the request: outside of the mesh they are judged like any other."""
    if not cluster.host.external or cluster.host.discovery not in _ADDRESSLESS:
        addressless = cluster.host.discovery in _ADDRESSLESS and not cluster.host.kubernetes
        return unknown(UnknownBy.ANY_ADDRESS if addressless else UnknownBy.NO_ENDPOINTS)
    server = ServerSide(NoProxy(), cluster.port.protocol, external=True)
    return judge_connection(cluster.wire, cluster.policy.tls, server)


def is_patched(snapshot: Snapshot, client: ClientClass) -> bool:
    """Whether an EnvoyFilter changes what the client's proxy has, in ways that are not read."""
    places = (client.namespace, client.settings.root_namespace)
    return any(
        (one.gateway_field if client.is_gateway else one.outbound_field)
        and one.metadata.namespace in places
        and selects(one.match_labels, client.label_map)
        for one in snapshot.envoy_filters
    )
