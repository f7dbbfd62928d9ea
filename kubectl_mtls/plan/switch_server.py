"""What to write so that servers accept another mode: the smallest patch to the PeerAuthentication that decides."""

from dataclasses import replace

from kubectl_mtls.errors import InvalidInput, Refused
from kubectl_mtls.model.finding import Objection
from kubectl_mtls.model.modes import ClientMode, ServerMode
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.after import after_change
from kubectl_mtls.plan.api_server_calls import object_to_api_server_calls
from kubectl_mtls.plan.callers import object_to_callers
from kubectl_mtls.plan.change import Change, Plan
from kubectl_mtls.plan.clients import object_to_clients
from kubectl_mtls.plan.effect import ServiceEffect, resolve_effect
from kubectl_mtls.plan.kubelet_calls import object_to_kubelet_calls
from kubectl_mtls.plan.leap import object_to_the_leap
from kubectl_mtls.plan.managers import manager_notes
from kubectl_mtls.plan.objection import POLICY_WITHOUT_EFFECT, accepting
from kubectl_mtls.plan.outside_calls import object_to_outside_calls
from kubectl_mtls.plan.patch import Path, apply_patch, value_at
from kubectl_mtls.plan.policy_target import PolicyTarget
from kubectl_mtls.plan.scrapes import object_to_scrapes
from kubectl_mtls.plan.server_notes import SELECTOR, kept_ports, older_record, unknown_port, unread, unseen
from kubectl_mtls.plan.step import Step
from kubectl_mtls.plan.undo_record import has_record, take_back, with_record, writers_since

_API_VERSION = "security.istio.io/v1"
_MODE = ("spec", "mtls", "mode")
_NEVER_STRICT = (ServerMode.DISABLE, ServerMode.PERMISSIVE)
_EVIDENCE = (
    object_to_api_server_calls,
    object_to_outside_calls,
    object_to_kubelet_calls,
    object_to_scrapes,
    object_to_the_leap,
)
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
        ports = kept_ports(before) if port is None else ()
        return Plan((), ServiceEffect(0), notes=(*target.notes, *ports, _already(target, to, port)))
    change = _change(snapshot, target, with_record(before, _switched(target.ref, before, field, to)))
    step = _step(snapshot, target, change, seen)
    objections = (*_object_to_death(target), *_object(step))
    back = _object(step.back(may_tighten=_may_tighten(replace(change, before=change.after, after=before))))
    undo = accepting(f"switch-mode pa/{target.ref.name} --undo -n {target.ref.namespace}", back)
    ports = kept_ports(before) if port is None else unknown_port(snapshot, target, port)
    notes = (*_notes(target), *unread(snapshot), *unseen(step), *older_record(target), *ports)
    return Plan((change,), step.effect, objections, notes, undo)


def _field(target: PolicyTarget, port: int | None) -> Path:
    if port is None:
        return _MODE
    if not value_at(target.manifest, SELECTOR):
        raise InvalidInput(
            f"{target.ref.full} has no selector: istiod ignores port modes there, and admission refuses them",
            "give the policy of the workload: pa/NAME with a selector",
        )
    return ("spec", "portLevelMtls", str(port), "mode")


def plan_server_undo(snapshot: Snapshot, target: PolicyTarget, seen: frozenset[str] | None = None) -> Plan:
    """The way back from the last change of a policy by this program. Raises Refused."""
    if target.manifest is None:
        raise _nothing_to_undo(snapshot, target)
    after = take_back(target.manifest, target.ref.full)
    change = _change(snapshot, target, after)
    step = _step(snapshot, target, change, seen)
    notes = (*_notes(target), *unread(snapshot), *unseen(step), *writers_since(target.manifest, target.ref.full))
    return Plan((change,), step.effect, _object(step), notes)


def _nothing_to_undo(snapshot: Snapshot, target: PolicyTarget) -> Refused:
    """No policy stands for all pods; one that did may have a selector now."""
    namespace = target.ref.namespace
    changed = [
        policy.metadata.name
        for policy in snapshot.peer_authentications
        if policy.metadata.namespace == namespace and has_record(snapshot.documents[policy.metadata.ref].manifest)
    ]
    hint = "; ".join(f"kubectl mtls switch-mode pa/{name} --undo -n {namespace}" for name in changed)
    return Refused(
        f"there is nothing to undo: no policy for all pods is in namespace {namespace}",
        f"these policies of the namespace hold a record of a change: {hint}" if hint else None,
    )


def _change(snapshot: Snapshot, target: PolicyTarget, after: Manifest | None) -> Change:
    document = snapshot.documents.get(target.ref)
    return Change(target.ref, target.manifest, after, origin=document.origin if document else ApiOrigin())


def _step(snapshot: Snapshot, target: PolicyTarget, change: Change, seen: frozenset[str] | None) -> Step:
    after = after_change(snapshot, target.ref, change.after)
    return Step(snapshot, after, resolve_effect(snapshot, after, target.scope), _may_tighten(change), seen)


def _may_tighten(change: Change) -> bool:
    return any(one.after not in _NEVER_STRICT for one in change.fields if one.path[-1] == "mode")


def _object(step: Step) -> tuple[Objection, ...]:
    relaxes = step.effect.only_relaxes
    clients = object_to_clients(step.before, step.effect.connections, only_relaxes=relaxes, seen=step.seen)
    evidence = [one for find in _EVIDENCE for one in find(step)] if step.may_tighten else []
    return (*clients, *evidence, *object_to_callers(step))


def _notes(target: PolicyTarget) -> tuple[str, ...]:
    return (*target.notes, *(manager_notes(target.manifest) if target.manifest else ()))


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
    death = target.death
    if death is None:
        return []
    mend = f"compare its selector with: kubectl get pods -n {target.ref.namespace} --show-labels"
    if decider := death.decider:
        mend = f"kubectl mtls switch-mode pa/{decider.name} -n {decider.namespace}, which decides"
    return [POLICY_WITHOUT_EFFECT.objection(f"{target.ref.full} has no effect: {death.why}", mend)]
