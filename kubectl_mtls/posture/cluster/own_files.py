"""What does a cluster send for a proxy that has certificate files of its own (ISTIO_META_TLS_CLIENT_*)?

Source: pilot/pkg/networking/core/cluster_tls.go (buildUpstreamTLSSettings, buildMutualTLS); section 2.4. The files take
the place of ISTIO_MUTUAL, of MUTUAL and of auto mTLS, which then tells no endpoints apart: all of them get the files.
"""

from dataclasses import replace

from kubectl_mtls.model.modes import ClientMode
from kubectl_mtls.model.proxy_files import ProxyFiles
from kubectl_mtls.posture.client.settings import Settings
from kubectl_mtls.posture.cluster.auto_mtls import Gate
from kubectl_mtls.posture.cluster.client_tls import Dropped
from kubectl_mtls.posture.cluster.cluster import Cluster
from kubectl_mtls.posture.cluster.sending import Sent
from kubectl_mtls.posture.cluster.wire import Wire, together

_REPLACED = (ClientMode.MUTUAL, ClientMode.ISTIO_MUTUAL)


def with_files(cluster: Cluster, files: ProxyFiles, settings: Settings) -> Cluster:
    """The cluster as a proxy with these files has it; without a key among them istiod can build no TLS."""
    if not _take_their_place(cluster, settings):
        return cluster
    wire = Wire.MUTUAL if files.private_key else Wire.PLAINTEXT
    sent = tuple(_presented(one, wire) for one in cluster.sent)
    whole = together(one.wire for one in sent) if sent else wire
    dropped = None if files.private_key else Dropped.NO_KEY
    return replace(cluster, wire=whole, sent=sent, dropped=dropped, files=files)


def _take_their_place(cluster: Cluster, settings: Settings) -> bool:
    tls = cluster.policy.tls
    if tls is None:
        return cluster.gate is not None and cluster.gate.gate is Gate.OPEN
    return tls.mode in _REPLACED and not (cluster.host.external and settings.obeys_rules_outside)


def _presented(sent: Sent, wire: Wire) -> Sent:
    if sent.wire is Wire.HBONE:
        return replace(sent, asked=None, inside=wire if wire is Wire.MUTUAL else None)
    return replace(sent, asked=None, wire=wire)
