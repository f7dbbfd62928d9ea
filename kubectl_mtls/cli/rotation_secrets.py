"""Reading the few Secrets that one rotation is about: by name, and no other."""

from dataclasses import replace

from kubectl_mtls.certs.layout import SIGNING_SECRETS
from kubectl_mtls.cli.gather import read_istio_namespaces
from kubectl_mtls.cli.scope import Scope
from kubectl_mtls.cli.target import Target
from kubectl_mtls.errors import Forbidden, InvalidInput, Unreachable
from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.model.gap import Gap, GapReason
from kubectl_mtls.model.kind import DESTINATION_RULE, GATEWAY, POD, SECRET
from kubectl_mtls.model.reading import Manifest, Reading, Source, Want
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.plan.certificate_effect import CertificateUser, Users
from kubectl_mtls.plan.secrets_in_place import SecretsInPlace, companion_name
from kubectl_mtls.plan.undo_secret import undo_secret_name
from kubectl_mtls.posture.credential.usage import resolve_usage


def read_secrets(scope: Scope, target: Target) -> SecretsInPlace:
    """The Secret that a target means, the one that supplies its CA, and its undo Secret.

    Raises InvalidInput for the mesh's signing key, Forbidden when the Secret or its undo Secret may not be read.
    """
    source = scope.source()
    there = _read_one(scope, source, Ref(SECRET, scope.api.namespace, target.name))
    if there.secret is None and target.split:
        elsewhere = _read_one(scope, source, Ref(SECRET, *target.split))
        there = elsewhere if elsewhere.secret is not None else there
    return replace(there, users=_read_users(source, there.ref))


def _read_one(scope: Scope, source: Source, ref: Ref) -> SecretsInPlace:
    _demand_no_signing_key(source, ref, scope.istio_namespace)
    return _read(source.read([_want(ref, name) for name in _names(ref)]), ref)


def _demand_no_signing_key(source: Source, ref: Ref, istio_namespace: str | None) -> None:
    """Asked before anything is read: the key that signs every identity does not come to a laptop to be refused."""
    if ref.name not in SIGNING_SECRETS:
        return
    places = read_istio_namespaces(source, istio_namespace)
    if places is None or ref.namespace in places:
        is_certain = "is" if places else "may be (where istiod lives cannot be read)"
        raise InvalidInput(
            f"{ref.full} {is_certain} the mesh's own signing key: exchanging it in one step breaks every connection "
            "whose ends know different roots",
            "a root is exchanged in steps, with both roots trusted in between",
        )


def _read_users(source: Source, ref: Ref) -> Users:
    """Who names the Secret; a cluster without Istio has nobody, and what is forbidden is said."""
    wants = [Want(kind, narrow=(ref.namespace,)) for kind in (DESTINATION_RULE, GATEWAY)]
    snapshot = build_snapshot(source.read([*wants, Want(POD, (ref.namespace,))]), live=True)
    known = tuple(
        CertificateUser(usage.user.ref, usage.purpose, usage.towards, usage.caveat)
        for usage in resolve_usage(snapshot, ref.namespace, ref.name)
    )
    return Users(known, snapshot.gaps[0].detail if snapshot.gaps else None)


def _names(ref: Ref) -> tuple[str, ...]:
    companion = companion_name(ref.name)
    return (ref.name, undo_secret_name(ref.name), *([companion] if companion else []))


def _want(ref: Ref, name: str) -> Want:
    return Want(SECRET, (ref.namespace,), name)


def _read(reading: Reading, ref: Ref) -> SecretsInPlace:
    found: dict[str, Manifest] = {
        document.manifest["metadata"]["name"]: document.manifest for document in reading.documents
    }
    companion = companion_name(ref.name)
    blind = next((gap.detail for gap in reading.gaps if gap.name == companion), None)
    for gap in reading.gaps:
        if gap.name != companion:
            raise _blocked(gap, ref)
    return SecretsInPlace(
        ref, found.get(ref.name), found.get(companion or ""), found.get(undo_secret_name(ref.name)), blind
    )


def _blocked(gap: Gap, ref: Ref) -> Forbidden | Unreachable:
    if gap.reason is GapReason.FORBIDDEN:
        return Forbidden(f"{ref.full} cannot be rotated: {gap.detail}", f"missing RBAC rule: {gap.missing_rule}")
    return Unreachable(f"{ref.full} cannot be rotated: {gap.detail}")
