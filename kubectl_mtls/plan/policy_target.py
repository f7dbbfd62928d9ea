"""Which PeerAuthentication does a target mean: the one that decides today, or the one to create."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from kubectl_mtls.errors import Forbidden, InvalidInput
from kubectl_mtls.model.kind import NAMESPACE, PEER_AUTHENTICATION
from kubectl_mtls.model.peer_authentication import PeerAuthentication
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.patch import value_at

CONVENTIONAL_NAME = "default"
_FALLBACK_NAME = "namespace-wide"


@dataclass(frozen=True, slots=True)
class PolicyTarget:
    """The policy to change. `manifest` None: there is none, `ref` is what to create.

    `scope` is the namespace that it can have an effect on, None for the whole mesh. `decider` is the policy that counts
    instead where this one is dead, and `why_dead` says why it is.
    """

    ref: Ref
    manifest: Manifest | None = field(repr=False)
    scope: str | None
    notes: tuple[str, ...] = ()
    why_dead: str | None = None
    decider: Ref | None = None


def root_namespace(snapshot: Snapshot, namespace: str | None = None) -> str:
    """The root namespace, as the control plane of `namespace` (or of the whole mesh) sees it.

    Raises InvalidInput when revisions disagree about the mesh's.
    """
    if namespace is not None:
        known = snapshot.namespaces.get(namespace)
        return snapshot.mesh_config(known.revision if known else None).root_namespace
    roots = sorted({mesh.root_namespace for mesh in snapshot.mesh_configs.values()})
    if len(roots) > 1:
        raise InvalidInput(
            f"the revisions have different root namespaces: {', '.join(roots)}", "name the one you mean as ns/NAME"
        )
    return roots[0] if roots else snapshot.mesh_config(None).root_namespace


def find_mesh_policy(snapshot: Snapshot) -> PolicyTarget:
    """The policy without selector in the root namespace. Raises InvalidInput, Forbidden."""
    return _find_wide_policy(snapshot, root_namespace(snapshot), is_root=True)


def find_namespace_policy(snapshot: Snapshot, namespace: str) -> PolicyTarget:
    """The policy without selector that decides in a namespace. Raises InvalidInput, Forbidden."""
    if (
        snapshot.live
        and namespace not in snapshot.namespaces
        and not snapshot.gap_hiding(NAMESPACE, namespace, namespace)
        and not snapshot.gap_hiding(NAMESPACE, "", namespace)
    ):
        raise InvalidInput(f"the namespace {namespace} does not exist")
    is_root = namespace == root_namespace(snapshot, namespace)
    target = _find_wide_policy(snapshot, namespace, is_root=is_root)
    if not is_root:
        return target
    note = f"{namespace} is the root namespace: ns/{namespace} is the same as mesh, and it means the whole mesh"
    return PolicyTarget(target.ref, target.manifest, None, (*target.notes, note))


def find_policy(snapshot: Snapshot, namespace: str, name: str) -> PolicyTarget:
    """The policy of that name. Raises InvalidInput naming those that exist, Forbidden."""
    _demand_policies(snapshot, namespace)
    ref = Ref(PEER_AUTHENTICATION, namespace, name)
    document = snapshot.documents.get(ref)
    if document is None:
        there = [
            policy.metadata.name for policy in snapshot.peer_authentications if policy.metadata.namespace == namespace
        ]
        known = f"there are: {', '.join(there)}" if there else f"there is none in namespace {namespace}"
        raise InvalidInput(f"{ref.full} does not exist; {known}", f"ns/{namespace} creates the namespace's own")
    is_root = namespace == root_namespace(snapshot, namespace)
    policy = next((one for one in snapshot.peer_authentications if one.metadata.ref == ref), None)
    why_dead, decider = _death(snapshot, policy, is_root) if policy else (None, None)
    scope = None if is_root else namespace
    return PolicyTarget(ref, document.manifest, scope, _port_notes(policy), why_dead, decider)


def _find_wide_policy(snapshot: Snapshot, namespace: str, *, is_root: bool) -> PolicyTarget:
    _demand_policies(snapshot, namespace)
    scope = None if is_root else namespace
    wide = _wide_policies(snapshot, namespace)
    if wide:
        winner = wide[0].metadata.ref
        losers = ", ".join(str(policy.metadata.ref) for policy in wide[1:])
        notes = (f"{winner} is the oldest of {len(wide)} policies for the same pods and decides; dead: {losers}",)
        return PolicyTarget(winner, snapshot.documents[winner].manifest, scope, notes if losers else ())
    if unreadable := _unreadable_wide_policy(snapshot, namespace):
        note = f"istiod cannot read {unreadable} as it is, so it counts as absent today"
        return PolicyTarget(unreadable, snapshot.documents[unreadable].manifest, scope, (note,))
    ref = Ref(PEER_AUTHENTICATION, namespace, CONVENTIONAL_NAME)
    if ref not in snapshot.documents:
        return PolicyTarget(ref, None, scope)
    other = Ref(PEER_AUTHENTICATION, namespace, _FALLBACK_NAME)
    if other in snapshot.documents:
        raise InvalidInput(f"{ref.full} and {other} exist, and both have a selector: no name is left", f"pa/{ref.name}")
    note = f"{ref} has a selector, so the policy for all pods gets the name {other.name}"
    return PolicyTarget(other, None, scope, (note,))


def _unreadable_wide_policy(snapshot: Snapshot, namespace: str) -> Ref | None:
    """A policy without selector that says a mode which does not exist (in files; the API server refuses those)."""
    refs = [reject.metadata.ref for reject in snapshot.rejects]
    here = [ref for ref in refs if ref.kind == PEER_AUTHENTICATION and ref.namespace == namespace]
    selector = ("spec", "selector", "matchLabels")
    return next((ref for ref in here if not value_at(snapshot.documents[ref].manifest, selector)), None)


def _demand_policies(snapshot: Snapshot, namespace: str) -> None:
    gaps = [gap for gap in snapshot.gaps if gap.hides(PEER_AUTHENTICATION, namespace)]
    gap = min(gaps, key=lambda gap: gap.namespace is None, default=None)
    if gap is None:
        return
    hint = f"missing RBAC rule: {gap.missing_rule}" if gap.missing_rule else None
    raise Forbidden(f"which policy decides in namespace {namespace} cannot be told: {gap.detail}", hint)


def _wide_policies(snapshot: Snapshot, namespace: str) -> Sequence[PeerAuthentication]:
    return [
        policy
        for policy in snapshot.peer_authentications
        if policy.metadata.namespace == namespace and not policy.match_labels
    ]


def _death(snapshot: Snapshot, policy: PeerAuthentication, is_root: bool) -> tuple[str | None, Ref | None]:
    """Why a policy counts for no pod, and which one counts in its place."""
    wide = _wide_policies(snapshot, policy.metadata.namespace)
    winner = wide[0].metadata.ref if wide else None
    if is_root and policy.match_labels:
        return "it has a selector in the root namespace, where istiod ignores it", winner
    if not policy.match_labels and winner != policy.metadata.ref:
        return "an older policy for the same pods decides", winner
    return None, None


def _port_notes(policy: PeerAuthentication | None) -> tuple[str, ...]:
    if policy is None or not policy.port_modes or not policy.match_labels:
        return ()
    ports = ", ".join(f"{port} {mode}" for port, mode in sorted(policy.port_modes.items()))
    return (f"its port modes stay as they are and win on their ports: {ports}",)
