"""What a new version of a certificate lacks that the one before it had: names, issuers, time, CAs."""

from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.chain import resolve_chain, weakest_link
from kubectl_mtls.certs.private_key import public_fingerprint
from kubectl_mtls.model.finding import Objection
from kubectl_mtls.plan.certificate_effect import CertificateView
from kubectl_mtls.plan.objection import CA_EXCHANGED, ENDS_EARLIER, INTERMEDIATE_LOST, NAMES_CHANGE

_CHAIN_MEND = "the certificates that lead to the root belong into --cert, behind the leaf"
_CA_MEND = "give old and new CA together (one file) in --ca, until every peer has a certificate of the new one"
_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Sides:
    """What sentences call the two versions."""

    before: str = "the old certificate"
    after: str = "the new one"


ROTATION = Sides()
UNDO = Sides("the certificate in place", "the previous one")


def object_to_losses(old: CertificateView | None, new: CertificateView, sides: Sides) -> Iterator[Objection]:
    """One objection for each kind of loss; none where there was nothing before."""
    if old is None:
        return
    yield from _names(old, new, sides)
    yield from _issuers(old, new, sides)
    yield from _time(old, new, sides)
    yield from _anchors(old, new)


def dropped_anchors(old: CertificateView | None, new: CertificateView | None) -> tuple[Certificate, ...]:
    """The CAs that are trusted no more. One that was issued again with the same key is still there."""
    if old is None or new is None or not new.anchors:
        return ()
    kept = {_identity(anchor) for anchor in new.anchors}
    return tuple(anchor for anchor in old.anchors if _identity(anchor) not in kept)


def is_exchanged(old: CertificateView | None, new: CertificateView | None) -> bool:
    """Whether no CA of those before is trusted any more."""
    dropped = dropped_anchors(old, new)
    return bool(dropped) and old is not None and len(dropped) == len(old.anchors)


def _names(old: CertificateView, new: CertificateView, sides: Sides) -> Iterator[Objection]:
    if old.leaf is None or new.leaf is None:
        return
    if missing := [name for name in old.leaf.sans if name not in new.leaf.sans]:
        yield NAMES_CHANGE.objection(f"names of {sides.before} that {sides.after} lacks: {', '.join(missing)}")


def _issuers(old: CertificateView, new: CertificateView, sides: Sides) -> Iterator[Objection]:
    """Where a CA stands beside the certificate, the chain is verified to it; only without one nobody else notices."""
    if new.leaf is None or new.anchors or len(resolve_chain(old.chain, ()).order) < 2:
        return
    missing = resolve_chain(new.chain, ()).missing_after
    if len(resolve_chain(new.chain, ()).order) > 1 or missing is None:
        return
    yield INTERMEDIATE_LOST.objection(
        f'{sides.before} comes with its issuer, {sides.after} without "{new.leaf.issuer.short}": peers that trust '
        "only the root refuse it",
        _CHAIN_MEND,
    )


def _time(old: CertificateView, new: CertificateView, sides: Sides) -> Iterator[Objection]:
    then, now = weakest_link(old.chain), weakest_link(new.chain)
    if then is not None and now is not None and now.not_after < then.not_after:
        yield ENDS_EARLIER.objection(
            f"{sides.after} ends at {now.not_after:{_TIME}}, {sides.before} at {then.not_after:{_TIME}}"
        )


def _anchors(old: CertificateView, new: CertificateView) -> Iterator[Objection]:
    if is_exchanged(old, new):
        gone = ", ".join(anchor.subject.short for anchor in old.anchors)
        here = ", ".join(anchor.subject.short for anchor in new.anchors)
        yield CA_EXCHANGED.objection(
            f"peers are verified by {here} alone, no more by {gone}: those with a certificate under the latter are "
            "refused",
            _CA_MEND,
        )


def _identity(anchor: Certificate) -> tuple[str, str]:
    return anchor.subject.text, public_fingerprint(anchor) or anchor.sha256
