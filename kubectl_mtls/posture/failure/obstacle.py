"""What stands in the way of a connection that FAILS, where it is not what a DestinationRule says?

Sections 1.9, 3.1 to 3.7 and 4.2 of Istio's behaviour. Every failure that no rule decides has exactly one obstacle, so
that every failure has a finding; those that a place of a rule decides are `blame`'s.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.workload_entry import ISTIO
from kubectl_mtls.posture.cluster.auto_mtls import Gate, GateAnswer
from kubectl_mtls.posture.cluster.endpoint import Endpoint
from kubectl_mtls.posture.cluster.wire import Wire
from kubectl_mtls.posture.connection.connection import Connection, Result, Way
from kubectl_mtls.posture.connection.fault import Fault
from kubectl_mtls.posture.failure.blame import deciding_place
from kubectl_mtls.posture.mesh.callers import Callers
from kubectl_mtls.posture.mesh.traffic import Traffic
from kubectl_mtls.posture.server.accepts import Accepts, Effective, GatewayProxy, NoProxy


class Obstacle(StrEnum):
    """What a connection fails by, in words that complete "fails because "."""

    AUTO_MTLS_OFF = "auto mTLS is off, so clients send plaintext unless a rule says otherwise"
    PARENT_DISABLED = "the namespace's or mesh's policy is DISABLE, so clients send plaintext"
    NAKED_NEIGHBOUR = "an endpoint without proxy makes clients send plaintext to all of a headless Service"
    UNMARKED = "the pod lacks the label by which clients know that it has a proxy"
    MARKED = "the pod has the label of a proxy, and has none"
    EXCLUDED_PORT = "an annotation keeps the port from the sidecar, and clients send it TLS of the mesh"
    DISABLED_BEHIND_HEADLESS = "the workload's policy is DISABLE, which clients of a headless Service do not hear"
    NO_IDENTITY = "the mode is DISABLE, so nobody has the identity that an AuthorizationPolicy demands"
    TRUST_DOMAINS = "client and server belong to trust domains that do not trust each other"
    NOT_KNOWN = "the client's proxy does not know the host, and passes plaintext through"
    UNCAPTURED = "an annotation of the client keeps the connection from its proxy, so plaintext goes out"
    OWN_FILES = "the client's proxy presents certificate files of its own"
    PROXYLESS = "gRPC without proxy sends plaintext unless a rule says ISTIO_MUTUAL"
    ZTUNNEL = "ztunnel sends plaintext to what takes no HBONE"
    WAYPOINT = "a waypoint sends plaintext to what takes no HBONE"
    TO_ZTUNNEL = "the client's proxy sends no HBONE, and ztunnel takes nothing else"
    NOTHING_LISTENS = "no Gateway has a server on this port"
    GATEWAY = "the gateway takes something else on this port"
    OTHER = "what clients take for granted about the server does not hold"


@dataclass(frozen=True, slots=True)
class Failure:
    """Clients that fail at one endpoint of a Service port; `result` None where they fail before any endpoint."""

    traffic: Traffic
    callers: Callers
    result: Result | None
    obstacle: Obstacle

    @property
    def connection(self) -> Connection:
        """One client's connection, which stands for all."""
        return self.callers.connection

    @property
    def endpoint(self) -> Endpoint | None:
        """Where they fail."""
        return self.result.endpoint if self.result else None


def failures_of(traffic: Iterable[Traffic]) -> Iterator[Failure]:
    """Every failure that no rule decides, in the order of the traffic."""
    for one in traffic:
        for callers in one.callers:
            connection = callers.connection
            if connection.gap is None:
                yield from (Failure(one, callers, result, obstacle) for result, obstacle in _obstacles(connection))


def _obstacles(connection: Connection) -> Iterator[tuple[Result | None, Obstacle]]:
    failing = [one for one in connection.results if one.outcome.fault is not None]
    decided = connection.cluster is not None and deciding_place(connection.cluster) is not None
    if connection.way is Way.UNKNOWN_HOST:
        failing = failing[:1]  # what stands in the way is the same at all of them
    for result in failing:
        if result.outcome.fault is Fault.NOTHING_LISTENS:
            yield result, Obstacle.NOTHING_LISTENS
        elif not decided:
            yield result, obstacle_of(connection, result)
    if connection.outcome.fault is not None and not connection.results and not decided:
        yield None, Obstacle.NOT_KNOWN


def obstacle_of(connection: Connection, result: Result) -> Obstacle:
    """What one failing result fails by, where no rule decides and something listens."""
    if isinstance(result.accepts, GatewayProxy):
        return Obstacle.GATEWAY
    if connection.waypoint is not None or connection.way is Way.WAYPOINT:
        return Obstacle.WAYPOINT
    match connection.way:
        case Way.UNKNOWN_HOST:
            return Obstacle.NOT_KNOWN
        case Way.UNCAPTURED:
            return Obstacle.UNCAPTURED
        case Way.PROXYLESS:
            return Obstacle.PROXYLESS
        case Way.AMBIENT:
            return Obstacle.ZTUNNEL
        case Way.CLUSTER if result.outcome.fault is Fault.AMBIENT_POLICY:
            return Obstacle.TO_ZTUNNEL
        case Way.CLUSTER if connection.cluster and connection.cluster.files:
            return Obstacle.OWN_FILES
        case Way.CLUSTER if result.wire is Wire.ISTIO_MUTUAL:
            return _of_mutual(result)
        case Way.CLUSTER if result.wire is Wire.PLAINTEXT and connection.cluster and connection.cluster.gate:
            return _of_plaintext(connection.cluster.gate, result)
        case _:
            return Obstacle.OTHER


def _of_mutual(result: Result) -> Obstacle:
    """TLS of the mesh fails where nothing ends it, or where names do not fit."""
    match result.accepts:
        case NoProxy(annotation=None):
            return Obstacle.MARKED
        case NoProxy():
            return Obstacle.EXCLUDED_PORT
        case Effective() if result.outcome.fault is Fault.CLIENT_REFUSED:
            return Obstacle.TRUST_DOMAINS
        case Effective():
            return Obstacle.DISABLED_BEHIND_HEADLESS
        case _:
            return Obstacle.OTHER


def _of_plaintext(gate: GateAnswer, result: Result) -> Obstacle:
    match gate.gate:
        case Gate.OFF:
            return Obstacle.AUTO_MTLS_OFF
        case Gate.NAKED_ENDPOINT if gate.endpoint is not None:
            return _of_neighbour(gate.endpoint)
        case Gate.OPEN if result.endpoint.tls_mode != ISTIO:
            return Obstacle.UNMARKED
        case Gate.OPEN | Gate.NAMESPACE_DISABLED if _is_disabled(result.accepts):
            return Obstacle.NO_IDENTITY
        case Gate.NAMESPACE_DISABLED:
            return Obstacle.PARENT_DISABLED
        case _:
            return Obstacle.OTHER


def _of_neighbour(endpoint: Endpoint) -> Obstacle:
    """The endpoint that clients take for one without proxy."""
    if endpoint.pod is None or endpoint.pod.proxy is Proxy.NONE:
        return Obstacle.NAKED_NEIGHBOUR
    return Obstacle.UNMARKED if endpoint.pod.proxy.is_sidecar else Obstacle.OTHER


def _is_disabled(accepts: Accepts) -> bool:
    """A server that takes plaintext fails only by an AuthorizationPolicy."""
    return isinstance(accepts, Effective) and accepts.mode is ServerMode.DISABLE
