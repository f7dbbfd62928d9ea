"""What would the change that mends a failing connection do to it and to all others? Nothing is written."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace

from kubectl_mtls.errors import MtlsError
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.metadata import Metadata
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.peer_authentication import port_of
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.effect import ServiceEffect, resolve_client_effect
from kubectl_mtls.plan.policy_target import find_policy
from kubectl_mtls.plan.switch_server import plan_server_switch
from kubectl_mtls.posture.change.client_pairs import Client
from kubectl_mtls.posture.change.difference import Difference
from kubectl_mtls.posture.change.shift import Shift
from kubectl_mtls.posture.client.routes import resolve_routed_subsets
from kubectl_mtls.posture.connection.connection import Way
from kubectl_mtls.posture.connection.evidence import Side
from kubectl_mtls.posture.connection.explanation import Explained
from kubectl_mtls.posture.connection.fault import Fault
from kubectl_mtls.posture.failure.rule_failures import RuleFailure


@dataclass(frozen=True, slots=True)
class Opening:
    """The policy, or one of its ports, that refuses plaintext: with PERMISSIVE it would let it in."""

    policy: Metadata
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a change does. `others` counts the connections beside the one in question that change, `failing` those of
    them that begin to fail. `mends` None: it is to a subset that nothing is routed to, so that nobody counts it.
    `opened` counts the ports beside that take plaintext without a proxy, which they refused.
    """

    mends: bool | None
    others: int
    failing: int
    opened: int = 0


def find_opening(explained: Explained) -> Opening | None:
    """What would have to let plaintext in, for clients without a proxy: those with one have a better way."""
    connection = explained.connection
    refused = connection.outcome.fault in (Fault.PLAINTEXT_REFUSED, Fault.AMBIENT_POLICY)
    if not refused or connection.way is not Way.NO_PROXY:
        return None
    for one in explained.decisions:
        if one.side is Side.SERVER and one.object is not None and one.object.ref.kind == kinds.PEER_AUTHENTICATION:
            return Opening(one.object, port_of(one.field))
    return None


class Mending:
    """The changes that would mend connections of one mesh, each worked out once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._differences: dict[Hashable, Difference | None] = {}

    def by_opening(self, explained: Explained, opening: Opening) -> Consequence | None:
        """What follows where a policy lets plaintext in; None where that cannot be planned."""
        key = (opening.policy.ref, opening.port)
        if key not in self._differences:
            self._differences[key] = _opened(self._snapshot, opening)
        return _consequence(self._snapshot, self._differences[key], explained)

    def by_rule(self, explained: Explained, failure: RuleFailure) -> Consequence | None:
        """What follows from the edit of a rule; None where there is none, or the rule is made of another object."""
        key = (failure.place.rule.metadata.ref, failure.place.field, failure.cause)
        if key not in self._differences:
            self._differences[key] = _edited(self._snapshot, failure)
        return _consequence(self._snapshot, self._differences[key], explained)


def _consequence(snapshot: Snapshot, difference: Difference | None, explained: Explained) -> Consequence | None:
    if difference is None:
        return None
    asked = {(pod.metadata.namespace, pod.workload.kind, pod.workload.name) for pod in explained.group.pods}
    own = [one for one in (*difference.shifts, *difference.plain) if _is_asked(one, explained, asked)]
    mine = sum(len(asked.intersection(one.clients)) for one in own)
    failing = sum(len(one.clients) for one in difference.failing if one not in own)
    subset, name = explained.connection.subset, explained.connection.host.name
    is_counted = subset is None or subset in resolve_routed_subsets(snapshot).get(name, ())
    mends = any(one.is_mended for one in own) if is_counted else None
    opened = sum(one.is_mended and one not in own for one in difference.plain)
    return Consequence(mends, difference.changing - mine, failing, opened)


def _is_asked(shift: Shift, explained: Explained, asked: Iterable[Client]) -> bool:
    connection = explained.connection
    same = (shift.host, shift.port, shift.subset) == (connection.host.name, connection.port.number, connection.subset)
    without_proxy = not shift.clients and connection.cluster is None
    return same and (without_proxy or bool(set(asked) & set(shift.clients)))


def _opened(snapshot: Snapshot, opening: Opening) -> Difference | None:
    ref = opening.policy.ref
    try:
        plan = plan_server_switch(
            snapshot, find_policy(snapshot, ref.namespace, ref.name), ServerMode.PERMISSIVE, port=opening.port
        )
    except MtlsError:
        return None
    return plan.effect.connections if isinstance(plan.effect, ServiceEffect) else None


def _edited(snapshot: Snapshot, failure: RuleFailure) -> Difference | None:
    ref, edited = failure.place.rule.metadata.ref, failure.edited
    if edited is None or all(one.metadata.ref != ref for one in snapshot.destination_rules):
        return None
    rules = tuple(edited if one.metadata.ref == ref else one for one in snapshot.destination_rules)
    return resolve_client_effect(snapshot, replace(snapshot, destination_rules=rules)).connections
