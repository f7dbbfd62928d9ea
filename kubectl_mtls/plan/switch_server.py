"""What to write so that servers accept another mode: the smallest patch to the PeerAuthentication that decides."""

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model.finding import Objection
from kubectl_mtls.model.modes import ClientMode, ServerMode
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.after import after_change
from kubectl_mtls.plan.callers import object_to_callers
from kubectl_mtls.plan.change import Change, Plan
from kubectl_mtls.plan.clients import object_to_clients
from kubectl_mtls.plan.effect import ServiceEffect, resolve_effect
from kubectl_mtls.plan.managers import manager_notes
from kubectl_mtls.plan.objection import POLICY_WITHOUT_EFFECT
from kubectl_mtls.plan.patch import apply_patch, value_at
from kubectl_mtls.plan.policy_target import PolicyTarget
from kubectl_mtls.plan.undo_record import read_record, take_back, with_record

_API_VERSION = "security.istio.io/v1"
_MODE = ("spec", "mtls", "mode")
_NEVER_STRICT = (ServerMode.DISABLE, ServerMode.PERMISSIVE)
_LIKELY = {ClientMode.ISTIO_MUTUAL: ServerMode.STRICT, ClientMode.MUTUAL: ServerMode.STRICT}


def parse_server_mode(written: str) -> ServerMode:
    """The mode of a policy. Raises InvalidInput; a client's word is explained."""
    legal = ", ".join(ServerMode)
    if written in list(ServerMode):
        return ServerMode(written)
    if written in list(ClientMode):
        likely = _LIKELY.get(ClientMode(written))
        hint = f"servers that take mutual TLS only: --to {likely}; " if likely else ""
        raise InvalidInput(
            f"--to {written} is what a client sends, set in a DestinationRule; "
            f"a PeerAuthentication says what a server accepts: {legal}",
            f"{hint}for the client side: switch-mode dr/NAME --to {written}",
        )
    raise InvalidInput(f"--to {written}: should be one of {legal}")


def plan_server_switch(
    snapshot: Snapshot, target: PolicyTarget, to: ServerMode, seen: frozenset[str] | None = None
) -> Plan:
    """The change of a policy's mode and its effect.

    `seen` are the namespaces whose pods were read, None for all. Nothing is changed where the policy says so already.
    """
    before = target.manifest
    said = value_at(before, _MODE) if before else None
    if said == to or (to is ServerMode.UNSET and said in (None, 0)):
        return Plan((), ServiceEffect(0), notes=(*target.notes, _already(target, to)))
    return _plan(snapshot, target, with_record(before, _switched(target.ref, before, to)), seen)


def plan_server_undo(snapshot: Snapshot, target: PolicyTarget, seen: frozenset[str] | None = None) -> Plan:
    """The way back from the last change of a policy by this program. Raises Refused."""
    after = take_back(target.manifest or {}, target.ref.full)
    return _plan(snapshot, target, after, seen, is_undo=True)


def _plan(
    snapshot: Snapshot,
    target: PolicyTarget,
    after: Manifest | None,
    seen: frozenset[str] | None,
    *,
    is_undo: bool = False,
) -> Plan:
    later = after_change(snapshot, target.ref, after)
    effect = resolve_effect(snapshot, later, target.scope)
    objections = [
        *_object_to_death(target),
        *object_to_callers(snapshot, effect, may_tighten=value_at(after, _MODE) not in _NEVER_STRICT, seen=seen),
        *object_to_clients(snapshot, effect),
    ]
    notes = [*target.notes, *(manager_notes(target.manifest) if target.manifest else ())]
    if not is_undo:
        notes += [*_older_record(target), *_hop_notes(target.manifest, after)]
    change = Change(target.ref, target.manifest, after)
    undo = None if is_undo else f"switch-mode pa/{target.ref.name} --undo -n {target.ref.namespace}"
    return Plan((change,), effect, tuple(objections), tuple(notes), undo)


def _switched(ref: Ref, before: Manifest | None, to: ServerMode) -> Manifest:
    patch = {"spec": {"mtls": {"mode": to.value}}}
    if before is not None:
        return apply_patch(before, patch)
    metadata = {"name": ref.name, "namespace": ref.namespace}
    return {"apiVersion": _API_VERSION, "kind": ref.kind.name, "metadata": metadata, **patch}


def _already(target: PolicyTarget, to: ServerMode) -> str:
    if target.manifest is None:
        return f"there is no policy in namespace {target.ref.namespace}, which is the same as {to}"
    return f"{target.ref.full} is {to} already"


def _object_to_death(target: PolicyTarget) -> list[Objection]:
    if target.why_dead is None:
        return []
    mend = None
    if target.decider is not None:
        mend = f"switch-mode pa/{target.decider.name} -n {target.decider.namespace}, which decides"
    return [POLICY_WITHOUT_EFFECT.objection(f"{target.ref.full} has no effect: {target.why_dead}", mend)]


def _older_record(target: PolicyTarget) -> list[str]:
    if target.manifest is None or read_record(target.manifest) is None:
        return []
    return [f"{target.ref} holds the undo record of an earlier change: it is replaced, undo goes one step back"]


def _hop_notes(before: Manifest | None, after: Manifest | None) -> list[str]:
    """P02, P28: what a change of mode does to connections beyond the rows."""
    then, now = value_at(before, _MODE), value_at(after, _MODE)
    notes = []
    if then == ServerMode.DISABLE and now == ServerMode.STRICT:
        notes.append(
            "from DISABLE to STRICT clients lose connections until they have heard of it: PERMISSIVE first avoids that"
        )
    if now == ServerMode.DISABLE:
        notes.append("without mutual TLS callers have no identity: AuthorizationPolicies are not looked at")
    return notes
