"""Which other ways lead from the leaf to an anchor: by cross-signed issuers, or by the right one behind its namesake?

Proxies take the first issuer that fits and never go back (certs/path.py): another way counts once the files are in
another order, or for a peer that has the other root alone.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.chain import Chain, certifies
from kubectl_mtls.certs.path import TlsRole, verify_path

Path = tuple[Certificate, ...]
_LARGEST = 12
_DEEPEST = 5


def resolve_alternatives(chain: Chain, taken: Path, now: datetime) -> tuple[Path, ...]:
    """The other paths that proxies would accept if they took them, what lasts longest first.

    `taken` is theirs, empty where there is none. Nothing where more certificates bear these names than people mix up.
    """
    if chain.leaf is None or not chain.anchors:
        return ()
    leaf = chain.presented[chain.leaf]
    around = _reachable(leaf, [*chain.presented, *chain.anchors])
    if len(around) > _LARGEST or len({one.subject.canonical for one in around}) == len(around):
        return ()
    anchors = {anchor.der for anchor in chain.anchors}
    found = [path for path in _paths((leaf,), around, anchors) if path != taken and _is_accepted(path, now)]
    return tuple(sorted(found, key=lambda path: min(one.not_after for one in path), reverse=True))


def _reachable(leaf: Certificate, candidates: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """Everything that bears the name of an issuer above the leaf, each once."""
    found = {leaf.der: leaf}
    names = {leaf.issuer.canonical}
    for _ in range(_DEEPEST):
        above = [one for one in candidates if one.der not in found and one.subject.canonical in names]
        found |= {one.der: one for one in above}
        names = {one.issuer.canonical for one in above}
    return tuple(found.values())


def _paths(path: Path, around: Sequence[Certificate], anchors: set[bytes]) -> Iterator[Path]:
    """Those of real signatures, up to the first anchor."""
    if len(path) > 1 and path[-1].der in anchors:
        yield path
    elif len(path) < _DEEPEST:
        for issuer in around:
            if issuer not in path and certifies(issuer, path[-1]):
                yield from _paths((*path, issuer), around, anchors)


def _is_accepted(path: Path, now: datetime) -> bool:
    leaf, *between, anchor = path
    return any(verify_path(leaf, between, [anchor], now, role).ok for role in TlsRole)
