"""What becomes of a connection at a gateway: by the server that answers on its port (7.1)."""

from kubectl_mtls.posture.cluster.protocol import PortProtocol
from kubectl_mtls.posture.cluster.wire import Wire
from kubectl_mtls.posture.connection.fault import Fault, Proviso, UnknownBy
from kubectl_mtls.posture.connection.gateway_server import Listener
from kubectl_mtls.posture.connection.verdict import MTLS, PLAINTEXT, TLS, Outcome, Verdict, fails, unknown


def judge_at_gateway(wire: Wire, name: str, listener: Listener | None, protocol: PortProtocol) -> Outcome:
    """TLS goes by the name that it asks for, plaintext to the server without TLS, unless the application speaks TLS."""
    if listener is None:
        return unknown(UnknownBy.SERVER)
    if listener.for_health:
        return PLAINTEXT if wire is Wire.PLAINTEXT else fails(Fault.TLS_TO_PLAINTEXT)
    if not listener.servers:
        return unknown(UnknownBy.GAP) if listener.hidden else fails(Fault.NOTHING_LISTENS)
    plain = listener.plain
    if wire is Wire.PLAINTEXT and plain is None:
        speaks_tls = protocol is PortProtocol.TLS
        return unknown(UnknownBy.APPLICATION) if speaks_tls else fails(Fault.TLS_DEMANDED)
    if wire is Wire.PLAINTEXT:
        return PLAINTEXT
    bound = listener.server_for(name)
    if bound is not None:
        return _at_tls_server(wire, bound.server.tls_mode or "", bound.server.builtin)
    if plain is None:
        return unknown(UnknownBy.GAP) if listener.hidden else fails(Fault.NAME_NOT_SERVED)
    passes = plain.server.protocol in ("TCP", "TLS", "HTTPS", "MONGO", "MYSQL", "REDIS")
    return unknown(UnknownBy.GATEWAY_PASSES) if passes else fails(Fault.TLS_TO_PLAINTEXT)


def _at_tls_server(wire: Wire, mode: str, builtin: bool) -> Outcome:
    """`builtin`: the gateway shows its certificate of the mesh, and asks for none."""
    if mode in ("PASSTHROUGH", "AUTO_PASSTHROUGH"):
        return unknown(UnknownBy.GATEWAY_PASSES)
    if mode == "ISTIO_MUTUAL":
        return MTLS if wire is Wire.ISTIO_MUTUAL else fails(Fault.SERVER_REFUSED, Proviso.FOREIGN_CERTIFICATE)
    if wire is Wire.ISTIO_MUTUAL:
        return TLS if builtin and mode == "SIMPLE" else fails(Fault.SERVER_REFUSED)
    if builtin:
        return fails(Fault.SERVER_REFUSED, Proviso.FOREIGN_CERTIFICATE)
    if wire is Wire.SIMPLE:
        return fails(Fault.CLIENT_REFUSED) if mode == "MUTUAL" else TLS
    return TLS if mode == "SIMPLE" else Outcome(Verdict.MTLS, proviso=Proviso.CERTIFICATE_ACCEPTED)
