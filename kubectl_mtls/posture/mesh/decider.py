"""What makes the result of a Service port what it is, where that is the clients and not what the server accepts?

The connections that are worst decide: those that FAIL, then those not known, then those without mutual TLS.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.metadata import Metadata
from kubectl_mtls.posture.cluster.auto_mtls import Gate
from kubectl_mtls.posture.connection.connection import Connection, Way
from kubectl_mtls.posture.connection.fault import UnknownBy
from kubectl_mtls.posture.connection.verdict import Verdict
from kubectl_mtls.posture.failure.blame import deciding_place
from kubectl_mtls.posture.failure.obstacle import Obstacle, obstacle_of
from kubectl_mtls.posture.mesh.callers import Callers
from kubectl_mtls.posture.server.accepts import NoProxy

_TOLD_BY_THE_SERVER = (UnknownBy.SERVER, UnknownBy.NO_ENDPOINTS, UnknownBy.NOT_PROXIED)
_ORDER = (Verdict.FAILS, Verdict.UNKNOWN, Verdict.MIXED, Verdict.PLAINTEXT, Verdict.TLS)


@dataclass(frozen=True, slots=True)
class Decider:
    """`object` and its `field` where one decides, `value` what it comes to; `gap` is what may hide another answer."""

    clients: Callers
    object: Metadata | None
    field: str
    value: str
    gap: Gap | None = None


def decider_of(clients: Iterable[Callers]) -> Decider | None:
    """None where all is mutual, and where the server alone decides."""
    ordered = sorted(
        (one for one in clients if one.verdict in _ORDER), key=lambda one: (_ORDER.index(one.verdict), -one.workloads)
    )
    return next((found for one in ordered[:1] if (found := _of(one)) is not None), None)


def _of(clients: Callers) -> Decider | None:
    connection = clients.connection
    if connection.gap is not None:
        return Decider(clients, None, "", "", connection.gap)
    if (found := rule_of(clients)) is not None:
        return found
    if connection.outcome.unknown in _TOLD_BY_THE_SERVER:
        return None
    if connection.outcome.unknown is not None:
        return Decider(clients, None, "", connection.outcome.unknown.value)
    if connection.way is Way.UNKNOWN_HOST:
        blocked = connection.outcome.fault if not connection.results else None
        return Decider(clients, None, "", (blocked or Obstacle.NOT_KNOWN).value)
    return _by_policy(clients, connection) or _by_circumstance(clients, connection)


def rule_of(clients: Callers) -> Decider | None:
    """The place of a rule that says what these clients send; None where no rule does."""
    connection = clients.connection
    place = deciding_place(connection.cluster) if connection.cluster else None
    if place is None or connection.cluster is None:
        return None
    if place.block is None:
        return Decider(clients, place.rule.metadata, f"{place.field}.loadBalancer.simple", "PASSTHROUGH")
    dropped = connection.cluster.dropped
    value = f"{place.block.mode.value}: {dropped.value}" if dropped else place.block.mode.value
    return Decider(clients, place.rule.metadata, f"{place.field}.mode", value)


def _by_policy(clients: Callers, connection: Connection) -> Decider | None:
    """The policy of the namespace or mesh that closes auto mTLS, whatever those of workloads say."""
    answer = connection.cluster.gate if connection.cluster else None
    if answer is None or answer.gate is not Gate.NAMESPACE_DISABLED or answer.policy is None:
        return None
    policy = answer.policy
    return Decider(clients, policy.metadata, policy.field_of(None), policy.mode.value)


def _by_circumstance(clients: Callers, connection: Connection) -> Decider | None:
    """What no object says; without a proxy at the server, that is reason enough."""
    results = (one for one in connection.results if one.outcome.verdict is not Verdict.MTLS)
    result = next((one for one in results if not isinstance(one.accepts, NoProxy)), None)
    obstacle = obstacle_of(connection, result) if result else Obstacle.OTHER
    return None if obstacle is Obstacle.OTHER else Decider(clients, None, "", obstacle.value)
