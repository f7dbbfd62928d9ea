"""Does a policy count for any pod, and which one counts in its place?"""

from dataclasses import dataclass

from kubectl_mtls.model.kind import POD
from kubectl_mtls.model.peer_authentication import PeerAuthentication
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.selector import selects
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.roots import root_revisions
from kubectl_mtls.posture.server.server import Policies

_OLDER = "an older policy for the same pods decides"
_IN_ROOT = "it has a selector in the root namespace, where istiod ignores it"


@dataclass(frozen=True, slots=True)
class Death:
    """Why a policy counts for no pod; `decider` is the policy that counts in its place, None where there is none."""

    why: str
    decider: Ref | None = None


def wide_policies(snapshot: Snapshot, namespace: str) -> tuple[PeerAuthentication, ...]:
    """The policies without selector of a namespace: the first, the oldest, decides."""
    return tuple(policy for policy in _neighbours(snapshot, namespace) if not policy.match_labels)


def find_death(snapshot: Snapshot, policy: PeerAuthentication) -> Death | None:
    """Why the policy counts for no pod; None where it counts for one, or may."""
    ref = policy.metadata.ref
    wide = wide_policies(snapshot, ref.namespace)
    if not policy.match_labels:
        return None if wide[0].metadata.ref == ref else Death(_OLDER, wide[0].metadata.ref)
    policies = Policies(snapshot)
    chosen = [policies.levels(pod).workload for pod in _pods(snapshot, policy)]
    if any(one is not None and one.metadata.ref == ref for one in chosen):
        return None
    older = [one.metadata.ref for one in chosen if one is not None]
    if older:
        return Death(_OLDER, older[0])
    if chosen or _is_only_root(snapshot, ref.namespace):
        return Death(_IN_ROOT, wide[0].metadata.ref if wide else None)
    return _death_without_pods(snapshot, policy)


def _death_without_pods(snapshot: Snapshot, policy: PeerAuthentication) -> Death | None:
    namespace = policy.metadata.namespace
    same = [one for one in _neighbours(snapshot, namespace) if one.match_labels == policy.match_labels]
    if same[0].metadata.ref != policy.metadata.ref:
        return Death(_OLDER, same[0].metadata.ref)
    # Files may leave out what a namespace runs; where they hold some of it, they are taken for all of it (MTLS105).
    is_whole = snapshot.live or any(pod.metadata.namespace == namespace for pod in snapshot.pods.values())
    if snapshot.gap_hiding(POD, namespace) or not is_whole:
        return None
    return Death("its selector matches no pod")


def _neighbours(snapshot: Snapshot, namespace: str) -> list[PeerAuthentication]:
    return [policy for policy in snapshot.peer_authentications if policy.metadata.namespace == namespace]


def _pods(snapshot: Snapshot, policy: PeerAuthentication) -> list[Pod]:
    namespace = policy.metadata.namespace
    return [
        pod
        for pod in snapshot.pods.values()
        if pod.metadata.namespace == namespace and selects(policy.match_labels, pod.labels)
    ]


def _is_only_root(snapshot: Snapshot, namespace: str) -> bool:
    roots = root_revisions(snapshot)
    return namespace in roots and len(roots) == 1
