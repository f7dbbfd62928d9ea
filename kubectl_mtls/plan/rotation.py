"""What to write so that a Secret holds another certificate: pair and CA in one write, the old version kept."""

import base64
from collections.abc import Mapping
from datetime import datetime

from kubectl_mtls.certs.layout import resolve_ca, resolve_pair
from kubectl_mtls.errors import InvalidInput, Refused
from kubectl_mtls.model.credential import CA_SUFFIX
from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.model.metadata import LAST_APPLIED
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.plan.certificate_effect import CertificateEffect, CertificateView
from kubectl_mtls.plan.change import Change, Plan
from kubectl_mtls.plan.fitness import object_to_certificate, object_to_owner
from kubectl_mtls.plan.given_files import GivenFiles
from kubectl_mtls.plan.managers import applied_note
from kubectl_mtls.plan.patch import apply_patch, value_at
from kubectl_mtls.plan.secrets_in_place import SecretsInPlace, decoded, view
from kubectl_mtls.plan.succession import dropped_anchors, is_exchanged
from kubectl_mtls.plan.undo_record import has_record, with_record, without_record
from kubectl_mtls.plan.undo_secret import plan_stale_undo_secret, plan_undo_secret


def plan_rotation(there: SecretsInPlace, new: GivenFiles, now: datetime, *, create: bool = False) -> Plan:
    """Put the new files into the Secret. Raises InvalidInput, Refused."""
    _demand_writable(there, create)
    wanted = _wanted_data(there, new)
    if all(there.data.get(key) == value for key, value in wanted.items()) and there.secret is not None:
        same = Change(there.ref, there.secret, there.secret)
        return Plan((same,), CertificateEffect(None, None), notes=(f"{there.ref.full} holds these files already",))
    after = _written(there, wanted)
    before_view = view(there.companion, there.secret, now)
    after_view = view(there.companion, after, now)
    objections = (*object_to_owner(there.secret), *object_to_certificate(before_view, after_view, now, there.users))
    changes, kept_as = [Change(there.ref, there.secret, after)], None
    notes = [*_notes(there), *_view_notes(before_view, after_view, new)]
    if there.secret is not None:
        undo, note = plan_undo_secret(there.secret, there.undo, wanted)
        changes, kept_as = [undo, *changes], undo.ref.name
        notes += [note] if note else []
        if has_record(there.secret):
            notes.append(
                "its undo record (made by this program, undo would delete it) is given up: undo goes one step back"
            )
    elif there.undo is not None:
        stale, note = plan_stale_undo_secret(there.undo, there.ref)
        changes, notes = [stale, *changes], [*notes, note]
    command = f"rotate secret/{there.ref.name} --undo -n {there.ref.namespace}"
    return Plan(
        tuple(changes),
        CertificateEffect(before_view, after_view, there.users),
        objections,
        tuple(notes),
        command,
        kept_as,
    )


def _demand_writable(there: SecretsInPlace, create: bool) -> None:
    if there.secret is None and not create:
        raise InvalidInput(f"{there.ref.full} does not exist", "--create makes it")
    if there.secret is not None and there.secret.get("immutable") is True:
        raise Refused(f"{there.ref.full} is immutable: it can only be deleted and made anew")


def _wanted_data(there: SecretsInPlace, new: GivenFiles) -> dict[str, bytes]:
    """Data keys and values: those that istiod takes today, in the form that is there."""
    data = there.data
    wanted: dict[str, bytes] = {}
    if new.chain_pem is not None and new.key_pem is not None:
        if there.ref.name.endswith(CA_SUFFIX):
            raise InvalidInput(f"{there.ref.full} holds only a CA, by its name: it takes --ca alone")
        certificate_key, private_key_key = _pair_keys(data)
        wanted |= {certificate_key: new.chain_pem, private_key_key: new.key_pem}
    if new.ca_pem is None:
        return wanted
    if there.companion is None:
        return wanted | {_ca_key(data): new.ca_pem}
    companion = decoded(there.companion)
    if companion.get(resolve_ca(companion).ca_key or "") == new.ca_pem:
        return wanted
    name = f"{there.ref.name}{CA_SUFFIX}"
    raise InvalidInput(
        f"istiod takes the CA from secret/{name}, so --ca would have no effect here",
        f"leave --ca out, and give it to: kubectl mtls rotate secret/{name} --ca FILE -n {there.ref.namespace}",
    )


def _pair_keys(data: Mapping[str, bytes]) -> tuple[str, str]:
    layout = resolve_pair(data)
    if layout.certificate_key and layout.private_key_key:
        return layout.certificate_key, layout.private_key_key
    return ("cert", "key") if {"cert", "key"} & set(data) and "tls.crt" not in data else ("tls.crt", "tls.key")


def _ca_key(data: Mapping[str, bytes]) -> str:
    generic = "cacert" in data or (_pair_keys(data)[0] == "cert" and "ca.crt" not in data)
    return resolve_ca(data).ca_key or ("cacert" if generic else "ca.crt")


def _written(there: SecretsInPlace, wanted: Mapping[str, bytes]) -> Manifest:
    data = {key: base64.b64encode(value).decode() for key, value in wanted.items()}
    if there.secret is None:
        is_pair = {"tls.crt", "tls.key"} <= set(wanted)
        metadata = {"name": there.ref.name, "namespace": there.ref.namespace}
        kind = "kubernetes.io/tls" if is_pair else "Opaque"
        made = {"apiVersion": "v1", "kind": SECRET.name, "metadata": metadata, "type": kind, "data": data}
        return with_record(None, made)
    after = apply_patch(without_record(there.secret), {"data": data})
    return apply_patch(after, {"metadata": {"annotations": {LAST_APPLIED: None}}}) if _applied(there.secret) else after


def _applied(manifest: Manifest) -> bool:
    """Whether kubectl apply's annotation repeats values; what cannot be read may hold any."""
    text = value_at(manifest, ("metadata", "annotations", LAST_APPLIED))
    return text is not None and any(word in str(text) for word in ('"data"', '"stringData"', "PRIVATE KEY"))


def _view_notes(old: CertificateView | None, new: CertificateView | None, given: GivenFiles) -> list[str]:
    notes = []
    if old is not None and old.anchors and given.chain and given.ca_pem is None:
        notes.append("the CA in place stays")
    if old is not None and old.fits_key is False:
        notes.append("the private key in place does not belong to the certificate in place: proxies cannot use them")
    dropped = dropped_anchors(old, new)
    if dropped and not is_exchanged(old, new):
        names = ", ".join(anchor.subject.short for anchor in dropped)
        notes.append(f"no longer trusted: {names}; peers with a certificate under it are refused")
    return notes


def _notes(there: SecretsInPlace) -> list[str]:
    notes = []
    if there.secret is not None and _applied(there.secret):
        notes.append(
            "kubectl apply's last-applied configuration repeats the Secret's values: it is removed in the same write"
        )
    notes += applied_note(there.secret or {})
    forms = [form for form in (("cert", "key"), ("tls.crt", "tls.key")) if set(form) <= set(there.data)]
    if len(forms) > 1:
        notes.append(
            "the Secret holds two pairs: cert and key are what istiod takes; tls.crt and tls.key stay as they are"
        )
    if there.blind:
        notes.append(f"a Secret that supplies the CA instead may exist: {there.blind}")
    return notes
