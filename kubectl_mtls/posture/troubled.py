"""Which rows of `status` are anything but plainly in order?"""

from kubectl_mtls.posture.choice import is_troubled
from kubectl_mtls.posture.outside_hosts import Egress
from kubectl_mtls.posture.protocol import PortProtocol
from kubectl_mtls.posture.traffic import Traffic
from kubectl_mtls.posture.verdict import Verdict

_FINE = (Verdict.MTLS, Verdict.TLS, None)


def is_troubled_service(traffic: Traffic) -> bool:
    """A mode that is none of the mesh's or not everywhere the same, or clients whose connections are not all TLS."""
    return is_troubled(traffic.row) or traffic.verdict not in _FINE


def is_troubled_egress(egress: Egress) -> bool:
    """No TLS towards a host outside, unless the application's own is passed on; or a rule that comes to nothing."""
    if egress.verdict is Verdict.PLAINTEXT and egress.tls is None:
        return egress.port.protocol is not PortProtocol.TLS
    return egress.verdict not in _FINE
