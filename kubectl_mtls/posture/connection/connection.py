"""One connection, decision by decision: what the client's proxy has for a host and port, and what becomes of it.

The value that `explain` renders, `status` counts and plans compare: no sentences, only what decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from kubectl_mtls.model.gap import Gap
from kubectl_mtls.posture.client.client_class import ClientClass
from kubectl_mtls.posture.client.registry import Host, HostPort
from kubectl_mtls.posture.client.rule_choice import NOTHING
from kubectl_mtls.posture.cluster.cluster import Cluster
from kubectl_mtls.posture.cluster.endpoint import Endpoint
from kubectl_mtls.posture.cluster.outbound import Chosen
from kubectl_mtls.posture.cluster.sending import Sent
from kubectl_mtls.posture.cluster.wire import Wire
from kubectl_mtls.posture.connection.admission import Refusal
from kubectl_mtls.posture.connection.fault import UnknownBy
from kubectl_mtls.posture.connection.gateway_server import Bound
from kubectl_mtls.posture.connection.verdict import Outcome, Verdict, aggregate, unknown
from kubectl_mtls.posture.connection.waypoints import Waypoint
from kubectl_mtls.posture.server.accepts import Accepts

ISTIOD, DOCUMENTATION = "istiod", "documentation"


class Way(StrEnum):
    """How the client gets there."""

    CLUSTER = "by its proxy's cluster"
    UNKNOWN_HOST = "its proxy does not know the host, and passes it through"
    NO_PROXY = "without proxy"
    UNCAPTURED = "past its proxy"
    PROXYLESS = "by its gRPC library, which starts no TLS by itself"
    AMBIENT = "by ztunnel"
    WAYPOINT = "by a waypoint"
    UNDECIDED = "by a proxy of which not enough is known"


@dataclass(frozen=True, slots=True)
class Result:
    """What becomes of the connection at one endpoint. `refusal` is the policy behind IDENTITY_REQUIRED; `servers` are
    those of a gateway that answer, or might have.
    """

    endpoint: Endpoint
    wire: Wire
    accepts: Accepts
    outcome: Outcome
    sent: Sent | None = None
    refusal: Refusal | None = None
    servers: tuple[Bound, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Connection:
    """A client class towards one port of one host. `subset` None is the plain host.

    `host` is the one that was named; for an ExternalName `cluster` is that of its target. `gap` is what may hide the
    rule that decides. `waypoint`: the client sends HBONE there, and `results` are what the waypoint sends. `basis` says
    whether istiod's own code stands behind the answer, or documentation only.
    """

    client: ClientClass
    host: Host
    port: HostPort
    subset: str | None
    way: Way
    chosen: Chosen
    cluster: Cluster | None
    wire: Wire
    outcome: Outcome
    results: tuple[Result, ...] = ()
    gap: Gap | None = None
    basis: str = ISTIOD
    waypoint: Waypoint | None = None

    @property
    def verdict(self) -> Verdict:
        """All endpoints as one."""
        return self.outcome.verdict


NO_RULE = Chosen(None, NOTHING)


def undecided(client: ClientClass, host: Host, port: HostPort, why: UnknownBy) -> Connection:
    """A connection of which not even the wire is known; UDP goes out as it is."""
    wire = Wire.PLAINTEXT if why is UnknownBy.NOT_PROXIED else Wire.UNKNOWN
    return Connection(client, host, port, None, Way.UNDECIDED, NO_RULE, None, wire, unknown(why))


def overall(results: Sequence[Result]) -> Outcome:
    """One outcome for all endpoints: the one they share, or what their verdicts make together."""
    outcomes = {one.outcome for one in results}
    if not outcomes:
        return unknown(UnknownBy.NO_ENDPOINTS)
    if len(outcomes) == 1:
        return outcomes.pop()
    verdict = aggregate(one.verdict for one in outcomes)
    ordered = sorted(outcomes, key=lambda one: (one.verdict is not verdict, one.fault or "", one.proviso or ""))
    first = ordered[0] if ordered[0].verdict is verdict else Outcome(verdict)
    fault = next((one.fault for one in ordered if one.fault), None)
    why = next((one.unknown for one in ordered if one.unknown), None)
    return Outcome(verdict, fault, first.proviso, why if verdict is Verdict.UNKNOWN else None)
