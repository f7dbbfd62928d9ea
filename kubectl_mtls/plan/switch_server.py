"""What to write so that servers accept another mode: the smallest patch to the PeerAuthentication that decides."""

from dataclasses import replace

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model.finding import Objection
from kubectl_mtls.model.modes import ClientMode, ServerMode
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.selector import selects
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.after import after_change
from kubectl_mtls.plan.callers import object_to_callers
from kubectl_mtls.plan.change import Change, Plan
from kubectl_mtls.plan.clients import object_to_clients
from kubectl_mtls.plan.effect import ServiceEffect, resolve_effect
from kubectl_mtls.plan.managers import manager_notes
from kubectl_mtls.plan.objection import POLICY_WITHOUT_EFFECT
from kubectl_mtls.plan.patch import Path, apply_patch, value_at
from kubectl_mtls.plan.policy_target import PolicyTarget
from kubectl_mtls.plan.undo_record import has_record, take_back, with_record

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
    snapshot: Snapshot,
    target: PolicyTarget,
    to: ServerMode,
    seen: frozenset[str] | None = None,
    port: int | None = None,
) -> Plan:
    """The change of a policy's mode, or of the mode of one of its ports (a pod's own port), and its effect.

    `seen` are the namespaces whose pods were read, None for all. Nothing is changed where the policy says so already.
    Raises InvalidInput for a port of a policy without selector.
    """
    before = target.manifest
    field = _field(target, port)
    said = value_at(before, field) if before else None
    if said == to or (to is ServerMode.UNSET and said in (None, 0)):
        return Plan((), ServiceEffect(0), notes=(*target.notes, _already(target, to, port)))
    after = with_record(before, _switched(target.ref, before, field, to))
    plan = _plan(snapshot, target, after, seen)
    more = (*_hop_notes(said, to), *(_port_notes(snapshot, target, port) if port is not None else ()))
    return replace(plan, notes=(*plan.notes, *more))


def _field(target: PolicyTarget, port: int | None) -> Path:
    if port is None:
        return _MODE
    if not value_at(target.manifest, ("spec", "selector", "matchLabels")):
        raise InvalidInput(
            f"{target.ref.full} has no selector: istiod ignores port modes there, and admission refuses them",
            "give the policy of the workload: pa/NAME with a selector",
        )
    return ("spec", "portLevelMtls", str(port), "mode")


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
    document = snapshot.documents.get(target.ref)
    origin = document.origin if document else ApiOrigin()
    change = Change(target.ref, target.manifest, after, origin=origin)
    modes = [one.after for one in change.fields if one.path[-1] == "mode"]
    may_tighten = any(mode not in _NEVER_STRICT for mode in modes)
    objections = [
        *_object_to_death(target),
        *object_to_callers(snapshot, effect, may_tighten=may_tighten, seen=seen),
        *object_to_clients(snapshot, effect),
    ]
    notes = [*target.notes, *(manager_notes(target.manifest) if target.manifest else ())]
    if not is_undo:
        notes += _older_record(target)
    undo = None if is_undo else f"switch-mode pa/{target.ref.name} --undo -n {target.ref.namespace}"
    return Plan((change,), effect, tuple(objections), tuple(notes), undo)


def _switched(ref: Ref, before: Manifest | None, field: Path, to: ServerMode) -> Manifest:
    patch: Manifest = {field[-1]: to.value}
    for key in reversed(field[:-1]):
        patch = {key: patch}
    if before is not None:
        return apply_patch(before, patch)
    metadata = {"name": ref.name, "namespace": ref.namespace}
    return {"apiVersion": _API_VERSION, "kind": ref.kind.name, "metadata": metadata, **patch}


def _already(target: PolicyTarget, to: ServerMode, port: int | None) -> str:
    if target.manifest is None:
        return f"there is no policy in namespace {target.ref.namespace}, which is the same as {to}"
    return f"{'' if port is None else f'port {port} of '}{target.ref.full} is {to} already"


def _object_to_death(target: PolicyTarget) -> list[Objection]:
    if target.why_dead is None:
        return []
    mend = None
    if target.decider is not None:
        mend = f"switch-mode pa/{target.decider.name} -n {target.decider.namespace}, which decides"
    return [POLICY_WITHOUT_EFFECT.objection(f"{target.ref.full} has no effect: {target.why_dead}", mend)]


def _older_record(target: PolicyTarget) -> list[str]:
    if not has_record(target.manifest):
        return []
    return [f"{target.ref} holds the undo record of an earlier change: it is replaced, undo goes one step back"]


def _port_notes(snapshot: Snapshot, target: PolicyTarget, port: int) -> list[str]:
    """P09: a Service's port number here has no effect."""
    wanted = value_at(target.manifest, ("spec", "selector", "matchLabels")) or {}
    pods = [
        pod
        for pod in snapshot.pods.values()
        if pod.metadata.namespace == target.ref.namespace and selects(wanted, pod.labels)
    ]
    if not pods or any(declared.number == port for pod in pods for declared in pod.ports):
        return []
    return [
        f"none of the {len(pods)} pods that it selects declares port {port}: the pod's own port counts, not a Service's"
    ]


def _hop_notes(then: object, now: ServerMode) -> list[str]:
    """P02, P28: what a change of mode does to connections beyond the rows."""
    notes = []
    if then == ServerMode.DISABLE and now == ServerMode.STRICT:
        notes.append(
            "from DISABLE to STRICT clients lose connections until they have heard of it: PERMISSIVE first avoids that"
        )
    if now == ServerMode.DISABLE:
        notes.append("without mutual TLS callers have no identity: AuthorizationPolicies are not looked at")
    return notes
