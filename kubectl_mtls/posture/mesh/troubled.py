"""Which rows of `status` are anything but plainly in order?"""

from kubectl_mtls.posture.cluster.protocol import PortProtocol
from kubectl_mtls.posture.connection.verdict import Verdict
from kubectl_mtls.posture.mesh.outside_hosts import Egress
from kubectl_mtls.posture.mesh.traffic import Traffic
from kubectl_mtls.posture.server.choice import is_troubled

_FINE = (Verdict.MTLS, Verdict.TLS, None)


def is_troubled_service(traffic: Traffic) -> bool:
    """A mode that is none of the mesh's or not everywhere the same, or clients whose connections are not all TLS."""
    return is_troubled(traffic.row) or traffic.verdict not in _FINE


def is_troubled_egress(egress: Egress) -> bool:
    """No TLS towards a host outside, unless the application's own is passed on; or a rule that comes to nothing."""
    if egress.verdict is Verdict.PLAINTEXT and egress.tls is None:
        return egress.port.protocol is not PortProtocol.TLS
    return egress.verdict not in _FINE
