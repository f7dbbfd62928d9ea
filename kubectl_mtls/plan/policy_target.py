"""Which PeerAuthentication does a target mean: the one that decides today, or the one to create."""

from dataclasses import dataclass, field, replace

from kubectl_mtls.errors import Forbidden, InvalidInput
from kubectl_mtls.model.kind import NAMESPACE, PEER_AUTHENTICATION
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.patch import value_at
from kubectl_mtls.plan.policy_standing import Death, find_death, wide_policies
from kubectl_mtls.plan.roots import mesh_root, reach, root_note

CONVENTIONAL_NAME = "default"
_FALLBACK_NAME = "namespace-wide"


@dataclass(frozen=True, slots=True)
class PolicyTarget:
    """The policy to change. `manifest` None: there is none, `ref` is what to create.

    `scope` is the namespace that it can have an effect on, None for the whole mesh. `death` says why it has none.
    """

    ref: Ref
    manifest: Manifest | None = field(repr=False)
    scope: str | None
    notes: tuple[str, ...] = ()
    death: Death | None = None


def find_mesh_policy(snapshot: Snapshot) -> PolicyTarget:
    """The policy without selector in the root namespace. Raises InvalidInput, Forbidden."""
    return _find_wide_policy(snapshot, mesh_root(snapshot))


def find_namespace_policy(snapshot: Snapshot, namespace: str) -> PolicyTarget:
    """The policy without selector that decides in a namespace. Raises InvalidInput, Forbidden."""
    if (
        snapshot.live
        and namespace not in snapshot.namespaces
        and not snapshot.gap_hiding(NAMESPACE, namespace, namespace)
        and not snapshot.gap_hiding(NAMESPACE, "", namespace)
    ):
        raise InvalidInput(f"the namespace {namespace} does not exist")
    target = _find_wide_policy(snapshot, namespace)
    note = root_note(snapshot, namespace)
    return replace(target, notes=(*target.notes, note)) if note else target


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
    policy = next((one for one in snapshot.peer_authentications if one.metadata.ref == ref), None)
    death = find_death(snapshot, policy) if policy else None
    return PolicyTarget(ref, document.manifest, reach(snapshot, namespace), death=death)


def _find_wide_policy(snapshot: Snapshot, namespace: str) -> PolicyTarget:
    _demand_policies(snapshot, namespace)
    scope = reach(snapshot, namespace)
    wide = wide_policies(snapshot, namespace)
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
