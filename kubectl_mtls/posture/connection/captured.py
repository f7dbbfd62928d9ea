"""How does an ambient client get to a host? ztunnel reads no rules: HBONE to what takes it, else plaintext (3.6)."""

from kubectl_mtls.posture.client.client_class import ClientClass
from kubectl_mtls.posture.client.registry import Host, HostPort, behind_alias
from kubectl_mtls.posture.cluster.hbone import takes_hbone
from kubectl_mtls.posture.cluster.sending import Sent
from kubectl_mtls.posture.cluster.wire import Wire, together
from kubectl_mtls.posture.connection.arrival import Arrivals
from kubectl_mtls.posture.connection.blind_spot import gap_behind
from kubectl_mtls.posture.connection.connection import DOCUMENTATION, NO_RULE, Connection, Way, overall
from kubectl_mtls.posture.connection.fault import UnknownBy
from kubectl_mtls.posture.connection.verdict import unknown
from kubectl_mtls.posture.connection.waypoint_way import connect_through


def connect_by_ztunnel(arrivals: Arrivals, client: ClientClass, host: Host, port: HostPort) -> Connection:
    """One connection, through the host's waypoint where it has one; told by documentation only."""
    outbound = arrivals.outbound
    target = behind_alias(host, outbound.by_name) or host
    waypoint = arrivals.waypoints.of_host(target)
    if waypoint is not None:
        return connect_through(arrivals, client, host, port, waypoint, Way.AMBIENT)
    sent = (Sent(one, Wire.HBONE if takes_hbone(one) else Wire.PLAINTEXT) for one in arrivals.reachable(target, port))
    results = tuple(arrivals.of_sent(target, port, one, None, client.settings) for one in sent)
    gap = gap_behind(outbound.snapshot, target) or arrivals.waypoints.gap_before(target)
    outcome = overall(results) if gap is None else unknown(UnknownBy.GAP)
    wire = together(one.wire for one in results)
    return Connection(client, host, port, None, Way.AMBIENT, NO_RULE, None, wire, outcome, results, gap, DOCUMENTATION)
