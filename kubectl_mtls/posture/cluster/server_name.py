"""Which server name does the TLS of a cluster ask for (SNI)?

Source: pilot/pkg/networking/core/cluster_tls.go (buildUpstreamTLSSettings, auto_sni), BuildDNSSrvSubsetKey.
"""

from kubectl_mtls.posture.cluster.cluster import Cluster
from kubectl_mtls.posture.cluster.wire import Wire


def server_name(cluster: Cluster, wire: Wire) -> str:
    """The rule's own; else istiod's name of the cluster for TLS of the mesh and where auto mTLS takes the proxy's own
    files, the host that HTTP asks for, or none.
    """
    tls = cluster.policy.tls
    if tls is not None and tls.sni:
        return tls.sni
    if wire is Wire.ISTIO_MUTUAL or (cluster.files is not None and tls is None):
        return f"outbound_.{cluster.port.number}_.{cluster.subset or ''}_.{cluster.host.name}"
    return cluster.host.name if cluster.port.protocol.is_http else ""
