"""How does gRPC without a proxy get to a host? In plaintext, unless a rule says ISTIO_MUTUAL. No wire has shown it.

Source: pilot/pkg/networking/grpcgen/cds.go (applyTLS): no auto mTLS, SIMPLE and MUTUAL are left out, and whether
ISTIO_MUTUAL is followed depends on the credentials that the application dials with (3.7, 4.1).
"""

from dataclasses import replace

from kubectl_mtls.model.modes import ClientMode
from kubectl_mtls.posture.client.client_class import ClientClass
from kubectl_mtls.posture.client.registry import Host, HostPort, behind_alias
from kubectl_mtls.posture.cluster.client_tls import resolve_policy
from kubectl_mtls.posture.connection.arrival import Arrivals
from kubectl_mtls.posture.connection.blind_spot import gap_before
from kubectl_mtls.posture.connection.connection import DOCUMENTATION, Connection, Way, undecided
from kubectl_mtls.posture.connection.fault import UnknownBy
from kubectl_mtls.posture.connection.unproxied import connect_in_plaintext


def connect_by_grpc(arrivals: Arrivals, client: ClientClass, host: Host, port: HostPort) -> Connection:
    """One connection; subsets differ from the plain host in their endpoints only, which nobody lists here."""
    outbound = arrivals.outbound
    target = behind_alias(host, outbound.by_name) or host
    chosen = outbound.choose(client.settings, client.namespace, client.label_map, target)
    gap = gap_before(outbound.snapshot, client, target, chosen)
    if gap is not None:
        return replace(undecided(client, host, port, UnknownBy.GAP), gap=gap)
    tls = resolve_policy(chosen.rule, port.number, None).tls
    if tls is not None and tls.mode is ClientMode.ISTIO_MUTUAL:
        return replace(undecided(client, host, port, UnknownBy.PROXYLESS), chosen=chosen)
    found = connect_in_plaintext(arrivals, client, host, port, Way.PROXYLESS, chosen)
    return replace(found, basis=DOCUMENTATION)
