"""What `inspect-secret` looks at, once it is read: Secrets, ConfigMaps, ClusterTrustBundles, and all around them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kubectl_mtls.cli.scope import Scope
from kubectl_mtls.cli.surroundings import istio_namespace_of
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.credential import CA_SUFFIX
from kubectl_mtls.model.fields import Malformed
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.kind import Kind, find_kind
from kubectl_mtls.model.parsed import malformed_gap
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.secret import Secret, parse_secret
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.model.trust_bundle import parse_trust_bundle
from kubectl_mtls.plan.undo_secret import undo_secret_name

PARSERS: Mapping[Kind, Callable[[Document], Secret]] = {
    kinds.SECRET: parse_secret,
    kinds.CONFIG_MAP: parse_secret,
    kinds.CLUSTER_TRUST_BUNDLE: parse_trust_bundle,
}
_OF_TLS = frozenset(("tls.crt", "cert", "cacert", "ca.crt", "ca-cert.pem", "cert-chain.pem", "root-cert.pem"))
_MARKS = (b"BEGIN CERTIFICATE", b"BEGIN TRUSTED CERTIFICATE")


@dataclass(frozen=True, slots=True)
class Subjects:
    """What was read. `chosen` are those to answer for; `bare` the ones that are files; `previous` what an undo Secret
    keeps of a Secret; `taken_at` the time of a snapshot among the files; `istio_namespace` is where istiod lives,
    `read_at` when all this was so.
    """

    snapshot: Snapshot
    objects: Mapping[Ref, Secret] = field(repr=False)
    chosen: tuple[Ref, ...]
    istio_namespace: str
    read_at: datetime
    bare: frozenset[Ref] = frozenset()
    gaps: tuple[Gap, ...] = ()
    taken_at: datetime | None = None

    def companion(self, ref: Ref) -> Secret | None:
        """The CA companion of an object."""
        return self.objects.get(Ref(ref.kind, ref.namespace, ref.name + CA_SUFFIX))

    def companion_gap(self, ref: Ref) -> Gap | None:
        """Why nobody knows whether there is a CA companion."""
        name = ref.name + CA_SUFFIX
        found = (gap for gap in self.gaps if gap.name == name and gap.hides(ref.kind, ref.namespace, name))
        return next(found, None)

    def previous(self, ref: Ref) -> Secret | None:
        """What `rotate` kept of the version before."""
        return self.objects.get(Ref(ref.kind, ref.namespace, undo_secret_name(ref.name)))


def typed_subjects(scope: Scope, snapshot: Snapshot, chosen: tuple[Ref, ...] = ()) -> Subjects:
    """Every object that can be inspected; what is malformed becomes a gap."""
    objects: dict[Ref, Secret] = {}
    gaps = list(snapshot.gaps)
    for ref, document in snapshot.documents.items():
        if parse := PARSERS.get(ref.kind):
            try:
                objects[ref] = parse(document)
            except Malformed as malformed:
                gaps.append(malformed_gap(document, malformed.field, malformed.problem))
    where = istio_namespace_of(snapshot, scope.istio_namespace)
    return Subjects(snapshot, objects, chosen, where, scope.session.clock(), gaps=tuple(dict.fromkeys(gaps)))


def holds_certificates(secret: Secret) -> bool:
    """Whether it is about certificates at all: by its data keys or by what is in them."""
    if _OF_TLS & (set(secret.data) | set(secret.problems)) or secret.ref.kind == kinds.CLUSTER_TRUST_BUNDLE:
        return True
    return any(mark in value for value in secret.data.values() for mark in _MARKS)


def document_ref(document: Document) -> Ref | None:
    """Which object it is; None for kinds that we do not know."""
    metadata = document.manifest["metadata"]
    kind = find_kind(str(document.manifest.get("apiVersion", "")), str(document.manifest.get("kind", "")))
    return Ref(kind, metadata.get("namespace") or "", metadata["name"]) if kind else None
