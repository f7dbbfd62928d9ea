"""Which switch of a mode would mend a failing connection, and what else would it change?

The change is planned afresh, as `switch-mode` would plan it, and nothing is written.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from kubectl_mtls.errors import MtlsError
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.modes import ClientMode, ServerMode
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.effect import ClientEffect, ServiceEffect
from kubectl_mtls.plan.policy_target import find_policy
from kubectl_mtls.plan.switch_client import ClientWish, plan_client_switch
from kubectl_mtls.plan.switch_server import plan_server_switch
from kubectl_mtls.posture.client_pairs import Client
from kubectl_mtls.posture.connection import Way
from kubectl_mtls.posture.difference import Difference
from kubectl_mtls.posture.evidence import Decision, Side
from kubectl_mtls.posture.explanation import Explained
from kubectl_mtls.posture.fault import Fault
from kubectl_mtls.posture.shift import Shift

_OWN_BLOCK = "spec.trafficPolicy.tls.mode"

CURES = {
    Fault.PLAINTEXT_REFUSED: ClientMode.ISTIO_MUTUAL,
    Fault.FOREIGN_TLS_REFUSED: ClientMode.ISTIO_MUTUAL,
    Fault.CLIENT_REFUSED: ClientMode.ISTIO_MUTUAL,
    Fault.SERVER_REFUSED: ClientMode.ISTIO_MUTUAL,
    Fault.TLS_TO_PLAINTEXT: ClientMode.DISABLE,
    Fault.TLS_TO_APPLICATION: ClientMode.DISABLE,
}
"""What a rule should make clients send instead, by how they fail."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One `switch-mode`: of a rule to a client's mode, or of a policy (or one of its ports) to a server's."""

    ref: Ref
    to: ClientMode | ServerMode
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a switch does. `others` counts the connections beside the one in question that change, `failing` those of
    them that begin to fail.
    """

    mends: bool
    others: int
    failing: int


def find_switch(explained: Explained) -> Switch | None:
    """The switch that mends a failure: of the rule's own block where a rule decides, else of the policy for a client
    that has no cluster of its own. Port entries and subsets of a rule are edited by hand.
    """
    connection = explained.connection
    fault, rule = connection.outcome.fault, deciding_rule(explained)
    if rule is not None:
        ref = rule.object.ref if rule.object else None
        cure = CURES.get(fault) if fault else None
        return Switch(ref, cure) if ref and cure and rule.field == _OWN_BLOCK else None
    policy = _decider(explained, Side.SERVER, kinds.PEER_AUTHENTICATION)
    passed_through = connection.cluster is not None or connection.way is Way.UNKNOWN_HOST
    if fault is not Fault.PLAINTEXT_REFUSED or passed_through or policy is None or policy.object is None:
        return None
    is_port = policy.field.startswith("spec.portLevelMtls.")
    return Switch(policy.object.ref, ServerMode.PERMISSIVE, int(policy.field.split(".")[2]) if is_port else None)


def deciding_rule(explained: Explained) -> Decision | None:
    """The DestinationRule that says what the client sends."""
    return _decider(explained, Side.CLIENT, kinds.DESTINATION_RULE)


def _decider(explained: Explained, side: Side, kind: kinds.Kind) -> Decision | None:
    found = (one for one in explained.decisions if one.side is side and one.object is not None)
    return next((one for one in found if one.object is not None and one.object.ref.kind == kind), None)


class Mending:
    """The switches that would mend connections of one mesh, each planned once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._differences: dict[Switch, Difference | None] = {}

    def consequence(self, explained: Explained) -> Consequence | None:
        """What the switch that mends a connection does to it and to all others; None where there is none."""
        switch = find_switch(explained)
        if switch is None:
            return None
        if switch not in self._differences:
            self._differences[switch] = _difference(self._snapshot, switch)
        found = self._differences[switch]
        return _consequence(found, explained) if found is not None else None


def _consequence(difference: Difference, explained: Explained) -> Consequence:
    asked = {(pod.metadata.namespace, pod.workload.kind, pod.workload.name) for pod in explained.group.pods}
    own = [one for one in (*difference.shifts, *difference.plain) if _is_asked(one, explained, asked)]
    mine = sum(len(asked.intersection(one.clients)) for one in own)
    failing = sum(len(one.clients) for one in difference.failing if one not in own)
    return Consequence(any(one.is_mended for one in own), difference.changing - mine, failing)


def _is_asked(shift: Shift, explained: Explained, asked: Iterable[Client]) -> bool:
    connection = explained.connection
    same = (shift.host, shift.port, shift.subset) == (connection.host.name, connection.port.number, connection.subset)
    without_proxy = not shift.clients and connection.cluster is None
    return same and (without_proxy or bool(set(asked) & set(shift.clients)))


def _difference(snapshot: Snapshot, switch: Switch) -> Difference | None:
    """None where the switch cannot be planned."""
    try:
        if isinstance(switch.to, ClientMode):
            plan = plan_client_switch(snapshot, switch.ref.namespace, switch.ref.name, ClientWish(switch.to))
        else:
            policy = find_policy(snapshot, switch.ref.namespace, switch.ref.name)
            plan = plan_server_switch(snapshot, policy, switch.to, port=switch.port)
    except MtlsError:
        return None
    return plan.effect.connections if isinstance(plan.effect, ServiceEffect | ClientEffect) else None
