"""Which root certificates the mesh trusts, and where copies of them differ.

istiod writes its root into ConfigMap `istio-ca-root-cert` of every namespace (security/pkg/k8s/configutil); proxies use
that copy to trust istiod. The copy of the control plane's own namespace is taken as the root in use.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kubectl_mtls.certs.certificate import Certificate, parse_certificates
from kubectl_mtls.model.control_plane import DEFAULT_NAMESPACE, DEFAULT_REVISION
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.kind import CONFIG_MAP
from kubectl_mtls.model.root_copy import ROOT_CONFIG_MAP, RootCopy
from kubectl_mtls.model.snapshot import Snapshot


class Difference(StrEnum):
    """How a copy differs from the root in use."""

    NOTHING = "holds no certificate"
    LESS = "lacks some of the certificates"
    MORE = "holds further certificates"
    OTHER = "holds other certificates"


@dataclass(frozen=True, slots=True)
class Roots:
    """The root in use, in the order of its file, and the copies that differ from it, by namespace.

    `copy` is where it was found; None when no copy holds a certificate. `assumed`: the control plane's namespace has
    no such copy, so the content that most copies share stands in; behind `gap` it may hide. `total` counts all copies.
    """

    certificates: tuple[Certificate, ...] = ()
    copy: RootCopy | None = None
    differing: Mapping[str, Difference] = field(default_factory=dict)
    total: int = 0
    assumed: bool = False
    gap: Gap | None = None

    @property
    def fingerprints(self) -> frozenset[str]:
        """Of the certificates in use."""
        return _fingerprints(self.certificates)


def resolve_roots(snapshot: Snapshot) -> Roots:
    """Compare every copy as a set of certificates: order, blank lines and text around the blocks do not matter."""
    copies = sorted(snapshot.root_copies, key=lambda copy: copy.metadata.namespace)
    by_text: dict[str, tuple[Certificate, ...]] = {}
    for copy in copies:
        if copy.pem not in by_text:
            by_text[copy.pem] = parse_certificates(copy.pem.encode())[0]
    usable = [copy for copy in copies if by_text[copy.pem]]
    if not usable:
        differing = {copy.metadata.namespace: Difference.NOTHING for copy in copies}
        return Roots(differing=differing, total=len(copies), gap=_gap(snapshot))
    own = next((copy for name in _control_planes(snapshot) for copy in usable if copy.metadata.namespace == name), None)
    reference = own or _most_common(usable, {text: _fingerprints(found) for text, found in by_text.items()})
    expected = by_text[reference.pem]
    differing = {}
    for copy in copies:
        if difference := _difference(_fingerprints(by_text[copy.pem]), _fingerprints(expected)):
            differing[copy.metadata.namespace] = difference
    gap = _gap(snapshot) if own is None else None
    return Roots(expected, reference, differing, len(copies), assumed=own is None, gap=gap)


def _gap(snapshot: Snapshot) -> Gap | None:
    """Behind which the control plane's own copy may hide."""
    return snapshot.gap_hiding(CONFIG_MAP, _control_planes(snapshot)[0], ROOT_CONFIG_MAP)


def _control_planes(snapshot: Snapshot) -> tuple[str, ...]:
    """The namespaces of control planes, the default revision's first."""
    istiods = sorted(snapshot.istiods, key=lambda istiod: (istiod.revision != DEFAULT_REVISION, istiod.revision))
    sources = [mesh.source.namespace for mesh in snapshot.mesh_configs.values() if mesh.source]
    return tuple(
        dict.fromkeys((*(istiod.metadata.namespace for istiod in istiods), *sorted(sources), DEFAULT_NAMESPACE))
    )


def _fingerprints(certificates: tuple[Certificate, ...]) -> frozenset[str]:
    return frozenset(certificate.sha256 for certificate in certificates)


def _most_common(copies: list[RootCopy], prints: Mapping[str, frozenset[str]]) -> RootCopy:
    counts = Counter(prints[copy.pem] for copy in copies)
    return max(copies, key=lambda copy: counts[prints[copy.pem]])


def _difference(found: frozenset[str], expected: frozenset[str]) -> Difference | None:
    if found == expected:
        return None
    if not found:
        return Difference.NOTHING
    if found < expected:
        return Difference.LESS
    return Difference.MORE if found > expected else Difference.OTHER
