"""Why does cert-manager not renew a certificate? What its objects show, from the Certificate down to the challenge.

Seen on its real controllers (1.21): most failures show on one object only, and seldom on the Certificate.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.cert_manager import CertificateRequest, ManagedCertificate
from kubectl_mtls.model.condition import Condition
from kubectl_mtls.model.metadata import Owner
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.snapshot import Snapshot

PATIENCE = timedelta(minutes=10)
"""How long an issuance may take before something is wrong: a DNS-01 challenge takes minutes."""

_FINISHED = ("valid", "")


class Obstacle(StrEnum):
    """What stands in the way; `rules.issuance_stuck` has the sentences."""

    NO_CERTIFICATE = "certificate-absent"
    NO_ISSUER = "issuer-absent"
    ISSUER_NOT_READY = "issuer-not-ready"
    NOT_APPROVED = "request-not-approved"
    DENIED = "request-denied"
    FAILED = "attempt-failed"
    PENDING = "issuer-silent"
    CHALLENGE = "challenge-not-met"
    KEY_KEPT = "key-kept"
    NOT_PICKED_UP = "not-picked-up"


@dataclass(frozen=True, slots=True)
class Stuck:
    """What stands in the way, on which object it shows, and that object's own words."""

    obstacle: Obstacle
    shown_by: Ref
    words: str = ""


def find_obstacle(snapshot: Snapshot, certificate: ManagedCertificate, now: datetime) -> Stuck | None:
    """None where the certificate is valid and a renewal is not due, or has begun a moment ago."""
    if not is_due(certificate, now):
        return None
    if (issuer := _of_issuer(snapshot, certificate)) is not None:
        return issuer
    ref = certificate.metadata.ref
    request = _current_request(snapshot.certificate_requests, certificate)
    if request is not None:
        return _of_request(snapshot, request, now)
    issuing = certificate.conditions.get("Issuing")
    if issuing is not None and issuing.is_denied:
        return Stuck(Obstacle.FAILED, ref, issuing.message)
    is_blind = not snapshot.live or snapshot.gap_hiding(kinds.CERTIFICATE_REQUEST, ref.namespace) is not None
    if is_blind or not _is_old(issuing, now):
        return None
    ready = certificate.conditions.get("Ready")
    if certificate.rotation == "Never" and ready and ready.is_denied:
        return Stuck(Obstacle.KEY_KEPT, ref, ready.message)
    return Stuck(Obstacle.NOT_PICKED_UP, ref)


def is_due(certificate: ManagedCertificate, now: datetime) -> bool:
    """Whether a renewal should be under way: it was begun, or should have been, or there is no valid certificate."""
    ready, issuing = (certificate.conditions.get(kind) for kind in ("Ready", "Issuing"))
    overdue = certificate.renews_at is not None and now - certificate.renews_at > PATIENCE
    return overdue or issuing is not None or ready is None or not ready.holds


def _of_issuer(snapshot: Snapshot, certificate: ManagedCertificate) -> Stuck | None:
    namespace = certificate.metadata.namespace
    ref = certificate.issuer.ref(namespace)
    issuer = next((one for one in snapshot.issuers if one.metadata.ref == ref), None)
    if ref is None or (issuer is None and not _is_certain(snapshot, ref)):
        return None
    if issuer is None:
        return Stuck(Obstacle.NO_ISSUER, ref)
    ready = issuer.conditions.get("Ready")
    return None if ready and ready.holds else Stuck(Obstacle.ISSUER_NOT_READY, ref, ready.message if ready else "")


def _is_certain(snapshot: Snapshot, absent: Ref) -> bool:
    """Files may just not hold it."""
    return snapshot.live and snapshot.gap_hiding(absent.kind, absent.namespace, absent.name) is None


def _current_request(
    requests: Sequence[CertificateRequest], certificate: ManagedCertificate
) -> CertificateRequest | None:
    """The attempt for the next revision."""
    wanted = (certificate.metadata.namespace, certificate.metadata.name, (certificate.revision or 0) + 1)
    found = (one for one in requests if (one.metadata.namespace, one.certificate, one.revision) == wanted)
    return next(found, None)


def _of_request(snapshot: Snapshot, request: CertificateRequest, now: datetime) -> Stuck | None:
    conditions, ref = request.conditions, request.metadata.ref
    ready, denied = conditions.get("Ready"), conditions.get("Denied")
    if denied and denied.holds:
        return Stuck(Obstacle.DENIED, ref, denied.message)
    if "Approved" not in conditions:
        began = request.metadata.created_at
        return Stuck(Obstacle.NOT_APPROVED, ref) if began is None or now - began > PATIENCE else None
    if ready and ready.is_denied and ready.reason in ("Failed", "Denied"):
        return Stuck(Obstacle.FAILED, ref, ready.message)
    if (ready and ready.holds) or not _is_old(ready, now):
        return None
    return next(_of_acme(snapshot, ref), Stuck(Obstacle.PENDING, ref, ready.message if ready else ""))


def _of_acme(snapshot: Snapshot, request: Ref) -> Iterator[Stuck]:
    """The challenges of the request's orders that are not met, then the orders."""
    orders = [one for one in snapshot.acme_steps if _is_owned(one.metadata.owner, request)]
    for order in orders:
        for one in snapshot.acme_steps:
            if _is_owned(one.metadata.owner, order.metadata.ref) and one.state not in _FINISHED:
                yield Stuck(Obstacle.CHALLENGE, one.metadata.ref, one.reason or one.state)
    for order in orders:
        if order.state not in _FINISHED:
            yield Stuck(Obstacle.PENDING, order.metadata.ref, order.reason or order.state)


def _is_owned(owner: Owner | None, ref: Ref) -> bool:
    return owner == Owner(ref.kind.name, ref.name)


def _is_old(condition: Condition | None, now: datetime) -> bool:
    """Whether it has been so for longer than an issuance takes; what says no time has been so for ever."""
    return condition is None or condition.since is None or now - condition.since > PATIENCE
