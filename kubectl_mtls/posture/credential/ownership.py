"""Who keeps a Secret: what would write it again after a change by hand, when it does so next, and what stops it?

By the signs that controllers leave (model.managers); where there is none, who wrote its data last.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.cert_manager import IssuerName, ManagedCertificate
from kubectl_mtls.model.external_secret import ExternalSecret
from kubectl_mtls.model.managers import CERT_MANAGER, EXTERNAL_SECRETS, SEALED_SECRETS, TRUST_MANAGER, Manager
from kubectl_mtls.model.metadata import Changed
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.secret import Secret
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.credential.issuance import Obstacle, Stuck, find_obstacle

_CERTIFICATE_NAME = "cert-manager.io/certificate-name"
_ISSUER = "cert-manager.io/issuer-"
_OPERATORS = (CERT_MANAGER, EXTERNAL_SECRETS, SEALED_SECRETS, TRUST_MANAGER)


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who keeps a Secret. `manager` None: nobody leaves a sign.

    `source` is the object that it is made from, as `certificate/partner`. `certificate` and `external_secret` are that
    object where it could be read. `issuer` names who signs; `stuck` is why no renewal comes; `written` who wrote the
    data last, None where nothing says so (files).
    """

    manager: Manager | None = None
    source: str | None = None
    certificate: ManagedCertificate | None = None
    external_secret: ExternalSecret | None = None
    issuer: str | None = None
    is_acme: bool = False
    stuck: Stuck | None = None
    written: Changed | None = None


def keeper_refs(secret: Secret) -> Iterator[Ref]:
    """What the Secret's own annotations and owner point at, by name: all that is read to know its keeper."""
    annotations, namespace = secret.metadata.annotations, secret.ref.namespace
    if name := annotations.get(_CERTIFICATE_NAME):
        yield Ref(kinds.CERTIFICATE, namespace, name)
        if (issuer := _annotated_issuer(secret).ref(namespace)) is not None and issuer.name:
            yield issuer
    owner = secret.metadata.owner
    if owner and owner.kind == kinds.EXTERNAL_SECRET.name:
        yield Ref(kinds.EXTERNAL_SECRET, namespace, owner.name)


def resolve_ownership(snapshot: Snapshot, secret: Secret, now: datetime) -> Ownership:
    """The operator that made it comes before who deploys it (Helm, Argo CD, Flux)."""
    written = _last_write(secret)
    managers = sorted(secret.managers, key=lambda one: one.name not in _OPERATORS)
    if not managers:
        owner = secret.metadata.owner
        return Ownership(source=f"{owner.kind.lower()}/{owner.name}" if owner else None, written=written)
    manager = managers[0]
    match manager.name:
        case name if name == CERT_MANAGER and _CERTIFICATE_NAME in secret.metadata.annotations:
            return _by_cert_manager(snapshot, secret, manager, written, now)
        case name if name == EXTERNAL_SECRETS:
            found = (one for one in snapshot.external_secrets if _makes(one, secret))
            return Ownership(manager, manager.source, external_secret=next(found, None), written=written)
    return Ownership(manager, manager.source, written=written)


def _by_cert_manager(
    snapshot: Snapshot, secret: Secret, manager: Manager, written: Changed | None, now: datetime
) -> Ownership:
    ref = Ref(kinds.CERTIFICATE, secret.ref.namespace, secret.metadata.annotations[_CERTIFICATE_NAME])
    certificate = next((one for one in snapshot.certificates if one.metadata.ref == ref), None)
    issuer = certificate.issuer if certificate else _annotated_issuer(secret)
    return Ownership(
        manager=manager,
        source=str(ref),
        certificate=certificate,
        issuer=str(issuer) if issuer.name else None,
        is_acme=any(one.is_acme and one.metadata.ref == issuer.ref(ref.namespace) for one in snapshot.issuers),
        stuck=find_obstacle(snapshot, certificate, now) if certificate else _orphaned(snapshot, ref),
        written=written,
    )


def _orphaned(snapshot: Snapshot, certificate: Ref) -> Stuck | None:
    """Files may just not hold the Certificate."""
    if not snapshot.live or snapshot.gap_hiding(kinds.CERTIFICATE, certificate.namespace, certificate.name):
        return None
    return Stuck(Obstacle.NO_CERTIFICATE, certificate)


def _annotated_issuer(secret: Secret) -> IssuerName:
    annotations = secret.metadata.annotations
    kind, name, group = (annotations.get(f"{_ISSUER}{part}", "") for part in ("kind", "name", "group"))
    return IssuerName(kind, name, group)


def _makes(external_secret: ExternalSecret, secret: Secret) -> bool:
    return (external_secret.metadata.namespace, external_secret.target) == (secret.ref.namespace, secret.ref.name)


def _last_write(secret: Secret) -> Changed | None:
    return secret.metadata.changed("data")
