"""How does an ambient client get to a host? ztunnel reads no rules: HBONE to what takes it, else plaintext (3.6)."""

from kubectl_mtls.posture.arrival import Arrivals
from kubectl_mtls.posture.blind_spot import gap_behind
from kubectl_mtls.posture.client_class import ClientClass
from kubectl_mtls.posture.connection import DOCUMENTATION, NO_RULE, Connection, Way, overall
from kubectl_mtls.posture.fault import UnknownBy
from kubectl_mtls.posture.hbone import takes_hbone
from kubectl_mtls.posture.registry import Host, HostPort, behind_alias
from kubectl_mtls.posture.verdict import unknown
from kubectl_mtls.posture.wire import Wire, together


def connect_by_ztunnel(arrivals: Arrivals, client: ClientClass, host: Host, port: HostPort) -> Connection:
    """One connection; told by documentation only."""
    outbound = arrivals.outbound
    target = behind_alias(host, outbound.by_name) or host
    results = tuple(
        arrivals.of_wire(target, port, one, Wire.HBONE if takes_hbone(one) else Wire.PLAINTEXT, client.settings)
        for one in arrivals.reachable(target, port)
    )
    gap = gap_behind(outbound.snapshot, target)
    outcome = overall(results) if gap is None else unknown(UnknownBy.GAP)
    wire = together(one.wire for one in results)
    return Connection(client, host, port, None, Way.AMBIENT, NO_RULE, None, wire, outcome, results, gap, DOCUMENTATION)
