"""What would a DestinationRule be with one of its blocks changed or gone, and which field is that?

A block is taken away with what it leaves empty: Istio's admission refuses a trafficPolicy or a port entry without any
field (pkg/config/validation/agent, validateTrafficPolicy).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from kubectl_mtls.model.destination_rule import ClientTLS, DestinationRule, PortPolicy, TrafficPolicy
from kubectl_mtls.model.modes import ClientMode
from kubectl_mtls.posture.cluster.client_tls import PASSTHROUGH

BALANCER = "LEAST_REQUEST"
"""Istio's default, which leaves the choice of the address to the proxy."""


@dataclass(frozen=True, slots=True)
class SwitchMode:
    """The block holds a mode and nothing else."""

    field: str
    mode: ClientMode


@dataclass(frozen=True, slots=True)
class Remove:
    """One field goes."""

    field: str


@dataclass(frozen=True, slots=True)
class SetBalancer:
    """The proxy chooses the address again."""

    field: str


@dataclass(frozen=True, slots=True)
class Delete:
    """The whole object goes: istiod made the rule of it."""


Edit = SwitchMode | Remove | SetBalancer | Delete


def switched(rule: DestinationRule, block: ClientTLS, mode: ClientMode) -> tuple[DestinationRule, Edit]:
    """The rule with another mode in one block, without the fields that other modes need."""
    bare = ClientTLS(block.field, mode, "", "", block.port, block.subset)
    return _with_block(rule, block, bare), SwitchMode(block.field, mode)


def without_names(rule: DestinationRule, block: ClientTLS) -> tuple[DestinationRule, Edit]:
    """The rule without the names that one block demands of servers."""
    return _with_block(rule, block, replace(block, subject_alt_names=None)), Remove(f"{block.field}.subjectAltNames")


def without_all(rule: DestinationRule) -> tuple[DestinationRule, Edit]:
    """The rule if the policy was not there that istiod made it of."""
    return replace(rule, policy=None, subsets=(), tls=()), Delete()


def without_block(rule: DestinationRule, block: ClientTLS) -> tuple[DestinationRule, Edit]:
    """The rule without one tls block."""
    field = block.field

    def lean(policy: TrafficPolicy) -> TrafficPolicy | None:
        nonlocal field
        entry = next((one for one in policy.ports if one.tls is block), None)
        if entry is not None and not entry.others:
            found, field = replace(policy, ports=tuple(one for one in policy.ports if one is not entry)), entry.field
        else:
            found = _swap(policy, block, None)
        if found.others or found.tls or found.ports or found == policy:
            return found
        field = policy.field
        return None

    return _with_policies(rule, lean), Remove(field)


def balanced(rule: DestinationRule, field: str) -> tuple[DestinationRule, Edit]:
    """The rule with a load balancer that chooses, in the policy or port entry at `field`."""

    def change(policy: TrafficPolicy) -> TrafficPolicy:
        ports = tuple(_balanced_entry(one) if one.field == field else one for one in policy.ports)
        chooses = policy.field == field and policy.load_balancer == PASSTHROUGH
        return replace(policy, ports=ports, load_balancer=BALANCER if chooses else policy.load_balancer)

    return _with_policies(rule, change), SetBalancer(f"{field}.loadBalancer.simple")


def _balanced_entry(entry: PortPolicy) -> PortPolicy:
    return replace(entry, load_balancer=BALANCER)


def _with_block(rule: DestinationRule, block: ClientTLS, new: ClientTLS) -> DestinationRule:
    return _with_policies(rule, lambda policy: _swap(policy, block, new))


def _swap(policy: TrafficPolicy, block: ClientTLS, new: ClientTLS | None) -> TrafficPolicy:
    ports = tuple(replace(entry, tls=new) if entry.tls is block else entry for entry in policy.ports)
    return replace(policy, tls=new if policy.tls is block else policy.tls, ports=ports)


def _with_policies(rule: DestinationRule, change: Callable[[TrafficPolicy], TrafficPolicy | None]) -> DestinationRule:
    subsets = tuple(replace(one, policy=change(one.policy) if one.policy else None) for one in rule.subsets)
    policy = change(rule.policy) if rule.policy else None
    policies = [one for one in (policy, *(subset.policy for subset in subsets)) if one is not None]
    places = [tls for one in policies for tls in (one.tls, *(entry.tls for entry in one.ports))]
    return replace(rule, policy=policy, subsets=subsets, tls=tuple(tls for tls in places if tls is not None))
