"""Which hosts can a change touch? Those whose servers a changed policy reaches, or that a changed rule names.

All others have the same connections before and after, so nobody need work them out: a policy holds for its namespace
(that of a root for the mesh), in which the pods behind a host are (1.3, 3.1); a rule holds for the hosts that it covers
(2.1). An ExternalName is touched with its target.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import TypeVar

from kubectl_mtls.model.destination_rule import DestinationRule
from kubectl_mtls.model.host import covers
from kubectl_mtls.model.peer_authentication import PeerAuthentication
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.client.registry import Host
from kubectl_mtls.posture.cluster.outbound import Outbound
from kubectl_mtls.posture.server.server import mesh_config_gap

T = TypeVar("T", PeerAuthentication, DestinationRule)

_LOCAL = ("documents", "rejects", "peer_authentications", "destination_rules")
_NO_MATTER = ("live", "duplicates")
_WIDE = tuple(one.name for one in fields(Snapshot) if one.name not in (*_LOCAL, *_NO_MATTER))


@dataclass(frozen=True, slots=True)
class Touch:
    """What differs: anything at all (`wide`), or policies of some namespaces (None: all) and rules for some hosts."""

    wide: bool = False
    namespaces: frozenset[str] | None = frozenset()
    patterns: frozenset[str] = frozenset()

    def by_rule(self, name: str) -> bool:
        """Whether what clients send to this host may differ by a rule."""
        return self.wide or any(covers(pattern, name) for pattern in self.patterns)


def resolve_touch(before: Snapshot, after: Snapshot) -> Touch:
    """What differs between two snapshots."""
    if any(_differs(getattr(before, name), getattr(after, name)) for name in _WIDE):
        return Touch(wide=True)
    policies = _changed(before.peer_authentications, after.peer_authentications)
    rules = _changed(before.destination_rules, after.destination_rules)
    namespaces = frozenset(one.metadata.namespace for one in policies)
    everywhere = bool(namespaces) and _reach_everything(before, namespaces)
    return Touch(False, None if everywhere else namespaces, frozenset(one.full_host for one in rules))


def touched_names(touch: Touch, outbound: Outbound) -> tuple[str, ...]:
    """The names of the hosts that a change may touch, in their order."""
    hosts: dict[str, list[Host]] = defaultdict(list)
    for host in outbound.hosts:
        hosts[host.name].append(host)
    if touch.wide or touch.namespaces is None:
        return tuple(sorted(hosts))
    foreign = _foreign(touch.namespaces, outbound.snapshot)

    def is_touched(name: str, *behind: str) -> bool:
        return touch.by_rule(name) or any(
            host.namespace in (touch.namespaces or ())
            or (host.namespace, host.source.name) in foreign
            or (host.alias_of not in ("", name, *behind) and is_touched(host.alias_of, name, *behind))
            for host in hosts.get(name, ())
        )

    return tuple(name for name in sorted(hosts) if is_touched(name))


def _foreign(namespaces: frozenset[str], snapshot: Snapshot) -> frozenset[tuple[str, str]]:
    """Services whose EndpointSlices, written by hand, name pods of a namespace that is touched."""
    return frozenset(
        key
        for key, slices in snapshot.endpoint_slices.items()
        if any(end.pod and end.pod[0] in namespaces for one in slices for end in one.endpoints)
    )


def _reach_everything(snapshot: Snapshot, namespaces: frozenset[str]) -> bool:
    """Whether one of them is a root by any revision's MeshConfig; where one could not be read, any may be."""
    revisions = {None, *(pod.revision for pod in snapshot.pods.values()), *snapshot.mesh_configs}
    return any(
        snapshot.mesh_config(one).root_namespace in namespaces or mesh_config_gap(snapshot, one) for one in revisions
    )


def _differs(before: object, after: object) -> bool:
    return before is not after and before != after


def _changed(before: Iterable[T], after: Iterable[T]) -> list[T]:
    """The objects that only one of the two has in this form."""
    old, new = {one.metadata.ref: one for one in before}, {one.metadata.ref: one for one in after}
    pairs = [(old.get(ref), new.get(ref)) for ref in {**old, **new}]
    return [one for pair in pairs if _differs(*pair) for one in pair if one is not None]
