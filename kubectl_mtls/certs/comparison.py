"""How do two sets of certificates differ: two Secrets, or what is stored and what is served."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.private_key import public_fingerprint


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two. `anchors` None: it shows none by its nature, as a server does."""

    label: str
    chain: tuple[Certificate, ...]
    anchors: tuple[Certificate, ...] | None

    @property
    def leaf(self) -> Certificate | None:
        """The certificate that is shown first."""
        return self.chain[0] if self.chain else None


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs, as texts."""

    what: str
    one: str
    other: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both sides and what differs; `same_key` None where one of them has no certificate."""

    one: Side
    other: Side
    differences: tuple[Difference, ...]
    same_key: bool | None

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


def side_of(inspection: Inspection) -> Side:
    """A Secret as a side."""
    anchors = inspection.chain.anchors or tuple(found.certificate for found in inspection.bundle)
    return Side(inspection.ref.full, inspection.chain.presented, anchors)


def compare(one: Side, other: Side) -> Comparison:
    """What differs, the leaf first."""
    found: list[Difference] = []
    if one.leaf and other.leaf:
        found += _of_leaves(one.leaf, other.leaf)
    elif one.leaf or other.leaf:
        found.append(Difference("certificate", _name(one.leaf), _name(other.leaf)))
    found += _of_sets("chain", one.chain[1:], other.chain[1:])
    if one.anchors is not None and other.anchors is not None:
        found += _of_sets("CA", one.anchors, other.anchors)
    return Comparison(one, other, tuple(found), _same_key(one.leaf, other.leaf))


def _same_key(one: Certificate | None, other: Certificate | None) -> bool | None:
    return public_fingerprint(one) == public_fingerprint(other) if one and other else None


def _of_leaves(one: Certificate, other: Certificate) -> Iterator[Difference]:
    if one.der == other.der:
        return
    fields = (
        ("subject", one.subject.text, other.subject.text),
        ("issuer", one.issuer.text, other.issuer.text),
        ("serial", one.serial, other.serial),
        ("names", ", ".join(sorted(one.sans)), ", ".join(sorted(other.sans))),
        ("not before", _time(one, "not_before"), _time(other, "not_before")),
        ("not after", _time(one, "not_after"), _time(other, "not_after")),
        ("public key", *_keys(one, other)),
        ("signature", one.signature_algorithm, other.signature_algorithm),
        ("usages", _usages(one), _usages(other)),
        ("sha256", one.sha256, other.sha256),
    )
    for what, left, right in fields:
        if left != right:
            yield Difference(what, left, right)


def _keys(one: Certificate, other: Certificate) -> tuple[str, str]:
    left, right = (f"{each.key_type} {(public_fingerprint(each) or 'unknown')[:16]}" for each in (one, other))
    return left, right


def _usages(certificate: Certificate) -> str:
    extensions = certificate.extensions
    return ", ".join((*(extensions.key_usages or ()), *(extensions.extended_usages or ())))


def _time(certificate: Certificate, attribute: str) -> str:
    return f"{getattr(certificate, attribute):%Y-%m-%dT%H:%M:%SZ}"


def _of_sets(what: str, one: Sequence[Certificate], other: Sequence[Certificate]) -> Iterator[Difference]:
    left, right = {c.sha256: c for c in one}, {c.sha256: c for c in other}
    for sha256 in [*left, *(key for key in right if key not in left)]:
        if sha256 not in left or sha256 not in right:
            yield Difference(what, _name(left.get(sha256)), _name(right.get(sha256)))
    if left.keys() == right.keys() and list(left) != list(right):
        yield Difference(f"{what} order", *(", ".join(map(_name, side.values())) for side in (left, right)))


def _name(certificate: Certificate | None) -> str:
    return f"{certificate.subject.short} ({certificate.sha256[:16]})" if certificate else "-"
