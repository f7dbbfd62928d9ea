"""What do the Secrets of a snapshot hold that are about certificates: each inspected once, with its CA companion."""

from collections.abc import Mapping
from datetime import datetime

from kubectl_mtls.certs.inspecting import inspect
from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.layout import PAIR_KEYS
from kubectl_mtls.model.control_plane import DEFAULT_NAMESPACE
from kubectl_mtls.model.credential import CA_SUFFIX
from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.credential.credentials import referenced_secrets

_OF_TLS = PAIR_KEYS | {"cacert", "ca.crt", "ca-cert.pem", "cert-chain.pem"}


def resolve_inspections(snapshot: Snapshot, now: datetime) -> Mapping[Ref, Inspection]:
    """Those that something names, and those whose data keys say so. A companion is part of the Secret it belongs to."""
    by_ref = {secret.ref: secret for secret in snapshot.secrets}
    named = {Ref(SECRET, *key) for key in referenced_secrets(snapshot)}
    istio_namespace = _istio_namespace(snapshot)
    found: dict[Ref, Inspection] = {}
    for ref, secret in by_ref.items():
        if _owner(ref) in by_ref or not (ref in named or _OF_TLS & set(secret.data)):
            continue
        companion = _named(ref, ref.name + CA_SUFFIX)
        hidden = None if companion in by_ref else snapshot.gap_hiding(SECRET, ref.namespace, companion.name)
        ca_unread = hidden.detail if hidden else None
        found[ref] = inspect(secret, by_ref.get(companion), now, istio_namespace, ca_unread=ca_unread)
    return found


def _owner(ref: Ref) -> Ref | None:
    """The Secret that this one may be the companion of."""
    name = ref.name.removesuffix(CA_SUFFIX)
    return None if name == ref.name else _named(ref, name)


def _named(ref: Ref, name: str) -> Ref:
    return Ref(ref.kind, ref.namespace, name)


def _istio_namespace(snapshot: Snapshot) -> str:
    istiods = sorted(snapshot.istiods, key=lambda one: one.metadata.age_order)
    return istiods[0].metadata.namespace if istiods else DEFAULT_NAMESPACE
