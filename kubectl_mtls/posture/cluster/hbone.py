"""Which workloads are reached through HBONE (3.6)? From labels and annotations, told by documentation only."""

from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.posture.cluster.endpoint import Endpoint

_TUNNEL = "networking.istio.io/tunnel"


def takes_hbone(endpoint: Endpoint) -> bool:
    """Whether a workload is captured by ztunnel, is a waypoint, or has a proxy that listens for HBONE."""
    tunnel = "http" in endpoint.labels.get(_TUNNEL, "").split(",")
    return tunnel or (endpoint.pod is not None and endpoint.pod.proxy in (Proxy.AMBIENT, Proxy.WAYPOINT))
