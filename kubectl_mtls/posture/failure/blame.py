"""Which place of a DestinationRule decides what a connection is, and what is that place doing to it when it FAILS?

Sections 2.3 to 3.4 of Istio's behaviour: a tls block decides where one holds; without one the load balancer may close
or open auto mTLS for all endpoints at once, and a block that a port entry hides still tells endpoints apart.
"""

from dataclasses import dataclass
from enum import StrEnum

from kubectl_mtls.model.destination_rule import ClientTLS, DestinationRule
from kubectl_mtls.model.modes import ClientMode
from kubectl_mtls.posture.client.registry import Discovery
from kubectl_mtls.posture.client.rule_index import MergedRule
from kubectl_mtls.posture.cluster.auto_mtls import Gate
from kubectl_mtls.posture.cluster.client_tls import PASSTHROUGH
from kubectl_mtls.posture.cluster.cluster import Cluster, ClusterType
from kubectl_mtls.posture.cluster.wire import Wire
from kubectl_mtls.posture.connection.connection import Connection, Result
from kubectl_mtls.posture.connection.fault import Fault
from kubectl_mtls.posture.connection.verdict import Verdict


class Cause(StrEnum):
    """What a place of a rule does wrong."""

    PLAINTEXT = "it sends plaintext"
    OWN_TLS = "it starts a TLS of its own"
    MESH_TLS = "it sends mutual TLS of the mesh"
    NAMES = "it demands names that the server has not"
    BALANCER = "it passes addresses through, so that one endpoint without proxy decides for all"
    DROPPED = "istiod drops its block"


@dataclass(frozen=True, slots=True)
class Place:
    """A tls block, or (`block` None) the policy or port entry whose load balancer is PASSTHROUGH."""

    rule: DestinationRule
    field: str
    block: ClientTLS | None


def deciding_place(cluster: Cluster) -> Place | None:
    """The place that says what goes out; None where no rule says it, or files of the proxy's own go before it."""
    rule, policy = cluster.rule, cluster.policy
    if rule is None or cluster.files is not None:
        return None
    if policy.tls is not None:
        return _of_block(rule, policy.tls)
    by_balancer = cluster.gate is not None and cluster.gate.gate in (Gate.OPEN, Gate.NAKED_ENDPOINT, Gate.NO_ENDPOINTS)
    if by_balancer and cluster.host.discovery is not Discovery.PASSTHROUGH and (place := _passthrough(cluster, rule)):
        return place
    return _of_block(rule, policy.hidden) if policy.hidden is not None and _tells_endpoints_apart(cluster) else None


def _tells_endpoints_apart(cluster: Cluster) -> bool:
    """Whether the mode of a hidden block changes what any endpoint gets: where auto mTLS would send something else."""
    is_open = cluster.gate is not None and cluster.gate.gate is Gate.OPEN
    if not is_open or cluster.type is ClusterType.ORIGINAL_DST or cluster.rule_mode is None:
        return False
    sends_mutual = any(one.wire is Wire.ISTIO_MUTUAL for one in cluster.sent)
    return sends_mutual or cluster.rule_mode is not ClientMode.ISTIO_MUTUAL


def failing_results(connection: Connection) -> tuple[Result, ...]:
    """The endpoints at which it fails by what is sent; empty where that is not known."""
    if connection.gap is not None:
        return ()
    return tuple(one for one in connection.results if one.outcome.fault not in (None, Fault.NOTHING_LISTENS))


def failures_of(connection: Connection) -> int:
    """At how many endpoints it fails; an address that comes with the request counts as one."""
    without_endpoints = not connection.results and connection.verdict is Verdict.FAILS
    return len(failing_results(connection)) or int(without_endpoints)


def cause_of(connection: Connection, place: Place) -> Cause:
    """What the place does to a connection that fails."""
    cluster, failing = connection.cluster, failing_results(connection)
    if cluster is not None and cluster.dropped is not None:
        return Cause.DROPPED
    if place.block is None:
        return Cause.BALANCER
    wires = {one.wire for one in failing} or {connection.wire}
    if Wire.ISTIO_MUTUAL in wires:
        return Cause.NAMES if place.block.subject_alt_names and _is_refused_by_name(failing) else Cause.MESH_TLS
    return Cause.PLAINTEXT if Wire.PLAINTEXT in wires else Cause.OWN_TLS


def _is_refused_by_name(failing: tuple[Result, ...]) -> bool:
    """Sidecars that take the mesh's TLS refuse nothing else of it."""
    return any(one.endpoint.service_account for one in failing) and all(
        one.outcome.fault is Fault.SERVER_REFUSED for one in failing
    )


def _of_block(rule: MergedRule, tls: ClientTLS) -> Place:
    owner = next((one for one in rule.rules if any(block is tls for block in one.tls)), rule.first)
    return Place(owner, tls.field, tls)


def _passthrough(cluster: Cluster, rule: MergedRule) -> Place | None:
    """Where PASSTHROUGH stands: a subset's own policy before the rule's (0.1 items 1 and 8)."""
    owned = rule.subset(cluster.subset) if cluster.subset is not None else None
    levels = [(owned.rule, owned.subset.policy)] if owned else []
    for owner, policy in (*levels, (rule.policy_rule or rule.first, rule.policy)):
        for level in (policy, policy.port(cluster.port.number)) if policy else ():
            if level is not None and level.load_balancer == PASSTHROUGH:
                return Place(owner, level.field, None)
    return None
