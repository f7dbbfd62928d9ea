"""Two PeerAuthentications stand for the same workloads, and only the older one counts.

What it checks

Two policies without a selector in one namespace (the root namespace included), or two whose selectors match the same
pods. The older one counts. Kubernetes' creation times are whole seconds, so policies of one `kubectl apply` often are
equally old: then the name that comes first in the alphabet counts. Files have no creation times, there the name
decides.

Why it matters

istiod merges nothing: the younger policy is ignored with all its ports, nothing on the object says so, and only
istiod's log mentions it. Who edits the younger one changes nothing, and when the older one is deleted, or replaced so
that it becomes the younger, the other takes over without warning.

Example

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: PERMISSIVE}
    ---
    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: strict, namespace: shop}
    spec:
      mtls: {mode: STRICT}

Better

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: STRICT}

Fix

Change the policy that counts, in place, and delete the one that does not: `kubectl delete peerauthentication NAME -n
NAMESPACE`. Deleting a policy that counts nowhere changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import PEER_AUTHENTICATION, POD
from kubectl_mtls.model.peer_authentication import PeerAuthentication
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.posture.server.accepts import Loss
from kubectl_mtls.posture.server.server import Policies
from kubectl_mtls.rules.remedy import delete
from kubectl_mtls.rules.rule import MESH_CONFIG, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed, mode_of
from kubectl_mtls.rules.workload import workload_ref

RULE = Rule(
    code="MTLS104",
    name="duplicate-policy",
    severity=Severity.WARNING,
    summary="Two PeerAuthentications for the same pods: only the older counts",
    reads=(PEER_AUTHENTICATION, POD, MESH_CONFIG),
    doc=__doc__,
)

_WITHOUT_POLICY = (Proxy.NONE, Proxy.GATEWAY, Proxy.WAYPOINT)


@dataclass(slots=True)
class _Defeat:
    """One policy that another one beats: for good, or for some workloads."""

    loser: PeerAuthentication
    winner: PeerAuthentication
    for_good: bool
    workloads: list[str] = field(default_factory=list)


def check(view: View) -> Iterator[Finding]:
    """One finding for every policy and every other one that beats it."""
    policies = Policies(view.snapshot)
    defeats: dict[tuple[Ref, Ref], _Defeat] = {}
    for namespace, members in policies.by_namespace.items():
        if view.concerns(namespace):
            for defeat in _same_selector(members, namespace in view.root_namespaces):
                defeats[defeat.loser.metadata.ref, defeat.winner.metadata.ref] = defeat
    alive: set[Ref] = set()
    for pod in view.snapshot.pods.values():
        if pod.proxy in _WITHOUT_POLICY or not view.covers(pod.metadata.namespace):
            continue
        levels = policies.levels(pod)
        if winner := levels.workload:
            alive.add(winner.metadata.ref)
            for lost in levels.overruled:
                if lost.why is Loss.YOUNGER and lost.policy.match_labels:
                    key = (lost.policy.metadata.ref, winner.metadata.ref)
                    defeats.setdefault(key, _Defeat(lost.policy, winner, False)).workloads.append(
                        str(workload_ref(pod))
                    )
    for defeat in defeats.values():
        metadata = defeat.loser.metadata
        dead = metadata.ref not in alive
        fix = delete(metadata) if dead else "give the two policies selectors that no pod matches both of"
        yield RULE.finding(metadata, "spec", _message(defeat, dead), fix)


def _same_selector(members: Iterable[PeerAuthentication], is_root: bool) -> Iterator[_Defeat]:
    """Policies that stand for the same pods whatever pods there are; in the root namespace selectors count for none."""
    by_selector: dict[frozenset[tuple[str, str]], list[PeerAuthentication]] = defaultdict(list)
    for policy in members:
        by_selector[frozenset(policy.match_labels.items())].append(policy)
    for labels, same in by_selector.items():
        if not (labels and is_root):
            yield from (_Defeat(loser, same[0], True) for loser in same[1:])


def _message(defeat: _Defeat, dead: bool) -> str:
    loser, winner = defeat.loser, defeat.winner
    shared = "has no selector either" if not loser.match_labels else "selects the same pods"
    where = f" for {listed(defeat.workloads)}" if defeat.workloads else ""
    if not loser.match_labels:
        where = f" in namespace {loser.metadata.namespace}"
    never = "never counts" if defeat.for_good or dead else "does not count"
    return (
        f"{loser.metadata.ref} ({mode_of(loser)}) {never}{where}: "
        f"{winner.metadata.ref} ({mode_of(winner)}) {shared} and {_why(winner, loser)}"
    )


def _why(winner: PeerAuthentication, loser: PeerAuthentication) -> str:
    older, younger = winner.metadata.created_at, loser.metadata.created_at
    if older is not None and younger is not None and older < younger:
        return f"is older (created {older:%Y-%m-%dT%H:%M:%SZ}, not {younger:%Y-%m-%dT%H:%M:%SZ})"
    if older == younger:
        return "comes first by name" + (" at equal age" if older else " (files have no creation times)")
    return "has no creation time, which counts as older"
