"""What becomes of a connection: the outcome matrix, one endpoint at a time (4.2, with 0.1 items 5 and 20 to 27)."""

from dataclasses import dataclass

from kubectl_mtls.model.destination_rule import ClientTLS
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.posture.cluster.protocol import PortProtocol
from kubectl_mtls.posture.cluster.wire import Wire
from kubectl_mtls.posture.connection.fault import Fault, Proviso, UnknownBy
from kubectl_mtls.posture.connection.gateway_outcome import judge_at_gateway
from kubectl_mtls.posture.connection.gateway_server import Listener
from kubectl_mtls.posture.connection.verdict import MTLS, PLAINTEXT, Outcome, Verdict, fails, unknown
from kubectl_mtls.posture.server.accepts import Accepts, Effective, GatewayProxy, NoProxy, Unknown, WaypointProxy


@dataclass(frozen=True, slots=True)
class ServerSide:
    """One endpoint as a server. `external`: outside of the mesh, `identified` with a service account all the same;
    `listener` is a gateway's, `name` the one that the client's TLS asks for.
    """

    accepts: Accepts
    protocol: PortProtocol
    external: bool = False
    listener: Listener | None = None
    name: str = ""
    identified: bool = False


def judge_connection(wire: Wire, tls: ClientTLS | None, server: ServerSide, inside: Wire | None = None) -> Outcome:
    """The outcome of what the client sends (`tls` where a rule says it) at what the server accepts.

    `inside` is TLS within HBONE: what ends HBONE hands it to the application.
    """
    outcome = _outermost(wire, tls, server)
    if inside is None or outcome is not MTLS:
        return outcome
    spoken = server.protocol is PortProtocol.TLS
    return Outcome(Verdict.MTLS, proviso=Proviso.APPLICATION_SPEAKS_TLS) if spoken else unknown(UnknownBy.APPLICATION)


def _outermost(wire: Wire, tls: ClientTLS | None, server: ServerSide) -> Outcome:
    match server.accepts:
        case Unknown():
            return unknown(UnknownBy.SERVER)
        case GatewayProxy():
            return judge_at_gateway(wire, server.name, server.listener, server.protocol)
        case NoProxy():
            return _at_application(wire, server)
        case WaypointProxy():
            return MTLS if wire is Wire.HBONE else fails(Fault.PLAINTEXT_REFUSED)
        case Effective(mode=mode) if server.accepts.by_ztunnel:
            return _at_ambient(wire, mode, server.protocol)
        case Effective(mode=mode):
            return _at_sidecar(wire, tls, mode, server.protocol)


def _at_sidecar(wire: Wire, tls: ClientTLS | None, mode: ServerMode, protocol: PortProtocol) -> Outcome:
    match wire:
        case Wire.PLAINTEXT:
            return fails(Fault.PLAINTEXT_REFUSED) if mode is ServerMode.STRICT else PLAINTEXT
        case Wire.HBONE:
            return MTLS
        case Wire.ISTIO_MUTUAL if mode is not ServerMode.DISABLE:
            return MTLS
        case Wire.ISTIO_MUTUAL:
            return fails(Fault.TLS_TO_PLAINTEXT if protocol.is_http else Fault.TLS_TO_APPLICATION)
        case Wire.SIMPLE | Wire.MUTUAL if mode is ServerMode.STRICT:
            return _foreign_at_strict(wire, tls)
        case Wire.SIMPLE | Wire.MUTUAL if protocol.is_http:
            permissive = mode is ServerMode.PERMISSIVE
            return fails(Fault.FOREIGN_TLS_REFUSED if permissive else Fault.TLS_TO_PLAINTEXT)
        case Wire.SIMPLE | Wire.MUTUAL:
            return _by_application(wire, protocol)
        case _:
            return unknown(UnknownBy.SERVER)


def _foreign_at_strict(wire: Wire, tls: ClientTLS | None) -> Outcome:
    """Each side has a CA of its own: a client that verifies refuses first, else the server does (F4, F6)."""
    skips = tls is not None and tls.insecure_skip_verify
    fault = Fault.CLIENT_REFUSED if skips else Fault.SERVER_REFUSED
    return fails(fault, Proviso.FOREIGN_CERTIFICATE if wire is Wire.MUTUAL else None)


def _by_application(wire: Wire, protocol: PortProtocol) -> Outcome:
    if protocol is not PortProtocol.TLS:
        return unknown(UnknownBy.APPLICATION)
    verdict = Verdict.MTLS if wire is Wire.MUTUAL else Verdict.TLS
    return Outcome(verdict, proviso=Proviso.APPLICATION_SPEAKS_TLS)


def _at_application(wire: Wire, server: ServerSide) -> Outcome:
    """No proxy before it: what arrives is what the application reads."""
    match wire:
        case Wire.PLAINTEXT:
            return PLAINTEXT
        case Wire.ISTIO_MUTUAL if server.external and server.identified:
            return Outcome(Verdict.MTLS, proviso=Proviso.SERVER_SPEAKS_TLS)
        case Wire.ISTIO_MUTUAL:
            speaks_tls = server.external or server.protocol is PortProtocol.TLS
            return fails(Fault.SERVER_REFUSED if speaks_tls else Fault.TLS_TO_PLAINTEXT)
        case Wire.SIMPLE | Wire.MUTUAL if server.external:
            verdict = Verdict.MTLS if wire is Wire.MUTUAL else Verdict.TLS
            return Outcome(verdict, proviso=Proviso.SERVER_SPEAKS_TLS)
        case Wire.SIMPLE | Wire.MUTUAL:
            return _by_application(wire, server.protocol)
        case _:
            return unknown(UnknownBy.SERVER)


def _at_ambient(wire: Wire, mode: ServerMode, protocol: PortProtocol) -> Outcome:
    """ztunnel ends HBONE only; whatever else it lets through reaches the application as it is."""
    match wire:
        case Wire.HBONE:
            return MTLS
        case _ if mode is ServerMode.STRICT:
            return fails(Fault.AMBIENT_POLICY)
        case Wire.PLAINTEXT:
            return PLAINTEXT
        case Wire.ISTIO_MUTUAL:
            return fails(Fault.TLS_TO_APPLICATION)
        case Wire.SIMPLE | Wire.MUTUAL:
            return _by_application(wire, protocol)
        case _:
            return unknown(UnknownBy.SERVER)
