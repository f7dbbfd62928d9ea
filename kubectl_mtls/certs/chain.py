"""The chain as a chain: what is presented, in which order it should be, what is missing and what is too much.

RFC 8446 section 4.4.2: the sender's certificate first, each following one certifying the one before it; the root may be
left out. Proxies sort the rest by themselves, other TLS stacks do not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.path import issues
from kubectl_mtls.certs.signature import signed_by


@dataclass(frozen=True, slots=True)
class Chain:
    """The certificates of one file. All numbers are indexes into `presented`, in file order.

    `leaf` is where the leaf stands (0 in a sound file), None without certificates. `order` leads from the leaf upwards
    through what is presented. `missing_after`: the certificate whose issuer is neither here nor among the anchors.
    `extras` belong to no path of the leaf, `roots` are self-signed CAs (superfluous in a chain).
    """

    presented: tuple[Certificate, ...]
    anchors: tuple[Certificate, ...]
    leaf: int | None
    order: tuple[int, ...]
    missing_after: int | None
    extras: tuple[int, ...]
    duplicates: tuple[int, ...]
    roots: tuple[int, ...]

    @property
    def in_order(self) -> bool:
        """Whether every certificate of the path stands behind the one that it certifies."""
        return list(self.order) == sorted(self.order)

    def order_problems(self) -> tuple[str, ...]:
        """What is wrong with the order, in plain words."""
        if self.in_order and self.leaf in (0, None):
            return ()
        sentences = [] if self.leaf in (0, None) else [f"the leaf is at index {self.leaf}, proxies take index 0 for it"]
        sentences += [
            f"the certificate that signs index {child} is at index {issuer}"
            for child, issuer in zip(self.order, self.order[1:], strict=False)
            if issuer < child or any(child < other < issuer for other in self.order)
        ]
        return tuple(sentences)

    def missing(self) -> str | None:
        """Which issuer is missing, in plain words."""
        if self.missing_after is None:
            return None
        child = self.presented[self.missing_after]
        where = "the Secret or its CA" if self.anchors else "the Secret"
        return f'issuer "{child.issuer.short}" of certificate {self.missing_after} is not in {where}'


def resolve_chain(presented: Sequence[Certificate], anchors: Sequence[Certificate], leaf: int | None = None) -> Chain:
    """The chain of a file. `leaf` is where the certificate of the private key stands, when that is known."""
    if not presented:
        return Chain((), tuple(anchors), None, (), None, (), (), ())
    start = leaf if leaf is not None else 0
    duplicates = tuple(i for i, c in enumerate(presented) if any(c.der == other.der for other in presented[:i]))
    order = [start]
    while not presented[order[-1]].self_signed:
        child = presented[order[-1]]
        if any(certifies(anchor, child) for anchor in anchors):
            break
        above = (i for i, c in enumerate(presented) if i not in order and i not in duplicates and certifies(c, child))
        found = next(above, None)
        if found is None:
            break
        order.append(found)
    last = presented[order[-1]]
    known = last.self_signed or any(certifies(anchor, last) or anchor.der == last.der for anchor in anchors)
    useful = set(order) | {i for i, c in enumerate(presented) if any(certifies(c, presented[j]) for j in order)}
    return Chain(
        presented=tuple(presented),
        anchors=tuple(anchors),
        leaf=start,
        order=tuple(order),
        missing_after=None if known else order[-1],
        extras=tuple(i for i in range(len(presented)) if i not in useful and i not in duplicates),
        duplicates=duplicates,
        roots=tuple(i for i, c in enumerate(presented) if i != start and c.self_signed and i not in duplicates),
    )


def certifies(issuer: Certificate, child: Certificate) -> bool:
    """Whether a certificate really signed another: name, key identifier, usage and signature."""
    return issues(issuer, child) and signed_by(child, issuer)


def weakest_link(path: Sequence[Certificate]) -> Certificate | None:
    """The certificate of a path (leaf first) that ends first, on a tie the one nearest to the leaf; its end is the
    effective end of the whole.
    """
    return min(path, key=lambda certificate: certificate.not_after, default=None)
