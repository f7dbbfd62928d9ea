"""What to write so that clients send something else: the smallest patch to the tls block of a DestinationRule."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kubectl_mtls.errors import Forbidden, InvalidInput
from kubectl_mtls.model.finding import Objection
from kubectl_mtls.model.kind import DESTINATION_RULE
from kubectl_mtls.model.modes import ClientMode, ServerMode
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.after import after_change
from kubectl_mtls.plan.change import Change, Plan
from kubectl_mtls.plan.clients import object_to_clients
from kubectl_mtls.plan.effect import ClientEffect, resolve_client_effect
from kubectl_mtls.plan.managers import manager_notes
from kubectl_mtls.plan.objection import CREDENTIAL_WITHOUT_SELECTOR, accepting
from kubectl_mtls.plan.patch import apply_patch, value_at
from kubectl_mtls.plan.undo_record import has_record, take_back, with_record, writers_since

_TLS = ("spec", "trafficPolicy", "tls")
_OWN_FILES = ("clientCertificate", "privateKey")
_FILES = (*_OWN_FILES, "caCertificates", "caCrl")
_OF_OTHER_MODES: dict[ClientMode, tuple[str, ...]] = {
    ClientMode.DISABLE: (),
    ClientMode.SIMPLE: _OWN_FILES,
    ClientMode.MUTUAL: (),
    ClientMode.ISTIO_MUTUAL: (*_FILES, "credentialName", "subjectAltNames", "sni", "insecureSkipVerify"),
}


@dataclass(frozen=True, slots=True)
class ClientWish:
    """The mode that clients shall send; `credential` is a credentialName, None leaves what is there."""

    mode: ClientMode
    credential: str | None = None
    sni: str | None = None


def parse_client_wish(mode: str, credential: str | None, sni: str | None) -> ClientWish:
    """What was asked for. Raises InvalidInput: a server's word or a flag without use is explained."""
    legal = ", ".join(ClientMode)
    if mode not in list(ClientMode):
        if mode in list(ServerMode):
            hint = "clients that send the mesh's own certificate: --to ISTIO_MUTUAL; " if mode == "STRICT" else ""
            raise InvalidInput(
                f"--to {mode} is what a server accepts, set in a PeerAuthentication; "
                f"a DestinationRule says what a client sends: {legal}",
                f"{hint}for the server side: switch-mode pa/NAME --to {mode}",
            )
        raise InvalidInput(f"--to {mode}: should be one of {legal}")
    wish = ClientWish(ClientMode(mode), credential, sni)
    if credential and wish.mode in (ClientMode.DISABLE, ClientMode.ISTIO_MUTUAL):
        raise InvalidInput(f"--credential has no use with {mode}: only SIMPLE and MUTUAL take one from a Secret")
    if sni and wish.mode is ClientMode.DISABLE:
        raise InvalidInput("--sni has no use with DISABLE: without TLS no name is sent")
    return wish


def plan_client_switch(
    snapshot: Snapshot, namespace: str, name: str, wish: ClientWish, seen: frozenset[str] | None = None
) -> Plan:
    """The change of a rule's mode. `seen` are the namespaces whose pods were read, None for all.

    Raises InvalidInput, Forbidden.
    """
    before = _rule(snapshot, namespace, name)
    ref = Ref(DESTINATION_RULE, namespace, name)
    tls = _switched(value_at(before, _TLS) or {}, wish, ref)
    if tls == value_at(before, _TLS):
        return Plan((), ClientEffect(), notes=(f"{ref.full} says so already",))
    stripped = apply_patch(before, _nested(None))
    after = with_record(before, apply_patch(stripped, _nested(tls)))
    notes = [*_other_blocks(snapshot, ref), *manager_notes(before)]
    if has_record(before):
        notes.append(f"{ref} holds the undo record of an earlier change: it is replaced, undo goes one step back")
    then = after_change(snapshot, ref, after)
    effect = resolve_client_effect(snapshot, then)
    back = (*_object_to_credential(before, ref), *object_to_clients(then, effect.connections.reversed, seen=seen))
    undo = accepting(f"switch-mode dr/{name} --undo -n {namespace}", back)
    change = Change(ref, before, after, origin=snapshot.documents[ref].origin)
    objections = (*_object_to_credential(after, ref), *object_to_clients(snapshot, effect.connections, seen=seen))
    return Plan((change,), effect, objections, tuple(notes), undo)


def plan_client_undo(snapshot: Snapshot, namespace: str, name: str, seen: frozenset[str] | None = None) -> Plan:
    """The way back from the last change of a rule by this program. Raises Refused, InvalidInput, Forbidden."""
    before = _rule(snapshot, namespace, name)
    ref = Ref(DESTINATION_RULE, namespace, name)
    after = take_back(before, ref.full)
    notes = (*manager_notes(before), *writers_since(before, ref.full))
    effect = resolve_client_effect(snapshot, after_change(snapshot, ref, after))
    objections = (*_object_to_credential(after, ref), *object_to_clients(snapshot, effect.connections, seen=seen))
    return Plan((Change(ref, before, after),), effect, objections, notes)


def _rule(snapshot: Snapshot, namespace: str, name: str) -> Manifest:
    """The rule as it was read, if it has the shape of one: nothing is written into what was not understood."""
    ref = Ref(DESTINATION_RULE, namespace, name)
    understood = {rule.metadata.ref for rule in snapshot.destination_rules}
    if ref in understood | {reject.metadata.ref for reject in snapshot.rejects}:
        return snapshot.documents[ref].manifest
    if gap := snapshot.gap_hiding(DESTINATION_RULE, namespace, name):
        hint = f"missing RBAC rule: {gap.missing_rule}" if gap.missing_rule else None
        raise Forbidden(f"{ref.full} cannot be read: {gap.detail}", hint)
    there = [rule.metadata.name for rule in snapshot.destination_rules if rule.metadata.namespace == namespace]
    known = f"there are: {', '.join(there)}" if there else f"there is none in namespace {namespace}"
    raise InvalidInput(f"{ref.full} does not exist; {known}")


def _switched(tls: dict[str, Any], wish: ClientWish, ref: Ref) -> dict[str, Any]:
    """The block with the new mode, without what the mode has no use for: istiod would refuse or misread it."""
    dropped = _FILES if wish.credential else ()
    if tls.get("mode") != wish.mode:
        dropped = (*dropped, *_OF_OTHER_MODES[wish.mode])
    kept = {key: value for key, value in tls.items() if key not in dropped}
    asked = {"credentialName": wish.credential, "sni": wish.sni}
    kept |= {"mode": wish.mode.value} | {key: value for key, value in asked.items() if value}
    if wish.mode is ClientMode.MUTUAL and not kept.get("credentialName") and not all(map(kept.get, _OWN_FILES)):
        raise InvalidInput(
            f"MUTUAL needs a certificate to show, and {ref.full} names none",
            "--credential NAME takes the Secret NAME of the clients' namespace",
        )
    return kept


def _nested(tls: dict[str, Any] | None) -> dict[str, Any]:
    return {"spec": {"trafficPolicy": {"tls": tls}}}


def _object_to_credential(after: Manifest | None, ref: Ref) -> Iterator[Objection]:
    tls = value_at(after, _TLS) or {}
    credential = tls.get("credentialName") or ""
    selector = value_at(after, ("spec", "workloadSelector"))
    if tls.get("mode") in ("SIMPLE", "MUTUAL") and credential and not selector and ":" not in credential:
        yield CREDENTIAL_WITHOUT_SELECTOR.objection(
            f"{ref.full} has no workloadSelector: with credentialName every sidecar sends plaintext, silently "
            "(only gateways use it)",
            "add spec.workloadSelector.matchLabels for the clients that shall use the certificate",
        )


def _other_blocks(snapshot: Snapshot, ref: Ref) -> list[str]:
    """Blocks that win over the one that is changed, on their ports and subsets."""
    blocks = [block for rule in snapshot.destination_rules if rule.metadata.ref == ref for block in rule.tls]
    ports = [str(block.port) for block in blocks if block.port is not None and block.subset is None]
    subsets = list(dict.fromkeys(block.subset for block in blocks if block.subset is not None))
    words = [f"port {', '.join(ports)}"] if ports else []
    words += [f"subset {', '.join(subsets)}"] if subsets else []
    return (
        [f"{' and '.join(words)} of this rule have a tls block of their own, which stays and wins there"]
        if words
        else []
    )
