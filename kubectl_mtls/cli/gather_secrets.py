"""The second round of reading: the Secrets that the mesh's objects name, and what stands in for those not read.

Every read of a Secret brings its private key here, so each is read by its name, once. Those with the mesh's signing key
are read only on request.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kubectl_mtls.certs.layout import SIGNING_SECRETS
from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.model.control_plane import DEFAULT_NAMESPACE
from kubectl_mtls.model.credential import CA_SUFFIX
from kubectl_mtls.model.gap import Gap, GapReason
from kubectl_mtls.model.reading import Source, Want
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.credential.credentials import referenced_secrets


@dataclass(frozen=True, slots=True)
class SecretsWanted:
    """What the flags say: `none` is --no-secrets, `signing` is --read-ca; `keepers`: who renews them matters too."""

    none: bool = False
    signing: bool = False
    keepers: bool = False

    def __post_init__(self) -> None:
        """Raises InvalidInput where the flags contradict each other."""
        if self.none and self.signing:
            raise InvalidInput("--no-secrets reads no Secret and --read-ca some: give one of them")


def read_secrets(
    source: Source, snapshot: Snapshot, namespaces: tuple[str, ...] | None, wanted: SecretsWanted, *, live: bool
) -> Snapshot:
    """The snapshot with the Secrets that its objects name in these namespaces (None: all); of files, all there are."""
    if wanted.none:
        return _with_keepers(replace(snapshot, gaps=(*snapshot.gaps, _UNREAD)), source, namespaces)
    if not live:
        found = _with_keepers(_with(snapshot, source, [Want(kinds.SECRET)], ()), source, namespaces)
        gaps = map(_missed, found.gaps) if wanted.signing else found.gaps
        return replace(found, gaps=(*gaps, *(() if snapshot.live else _not_in_files(found))))
    signing = [(namespace, name) for namespace in _control_planes(snapshot) for name in SIGNING_SECRETS]
    named = [key for key in referenced_secrets(snapshot) if namespaces is None or key[0] in namespaces]
    asked = dict.fromkeys((*named, *(signing if wanted.signing else ())))
    withheld = () if wanted.signing else tuple(_withheld(*key) for key in signing if key not in asked)
    found = _with(snapshot, source, [Want(kinds.SECRET, (namespace,), name) for namespace, name in asked], withheld)
    is_hidden = any(gap.kind == kinds.SECRET and not gap.was_not_asked for gap in found.gaps)
    return _with_keepers(found, source, namespaces) if wanted.keepers or is_hidden else found


def _with_keepers(snapshot: Snapshot, source: Source, namespaces: tuple[str, ...] | None) -> Snapshot:
    """With cert-manager's Certificates beside the Secrets that are named: they hold nothing secret."""
    named = {namespace for namespace, _ in referenced_secrets(snapshot)}
    where = tuple(sorted(named if namespaces is None else named & set(namespaces)))
    if not where or snapshot.certificates:
        return snapshot
    more = build_snapshot(source.read([Want(kinds.CERTIFICATE, where)]), live=True)
    return replace(
        snapshot,
        certificates=more.certificates,
        gaps=tuple(dict.fromkeys((*snapshot.gaps, *more.gaps))),
        documents={**snapshot.documents, **more.documents},
    )


def _with(snapshot: Snapshot, source: Source, wants: Sequence[Want], withheld: Iterable[Gap]) -> Snapshot:
    """Only what is new is typed: a big mesh is not built twice."""
    more = build_snapshot(source.read(wants), live=True) if wants else Snapshot(live=True)
    return with_secrets(snapshot, replace(more, gaps=(*_folded(more.gaps), *withheld)))


def with_secrets(snapshot: Snapshot, more: Snapshot) -> Snapshot:
    """A snapshot with the Secrets of another, and with what that says was not read of them."""
    of_secrets = [gap for gap in more.gaps if gap.kind in (kinds.SECRET, None)]
    documents = {ref: document for ref, document in more.documents.items() if ref.kind == kinds.SECRET}
    return replace(
        snapshot,
        secrets=more.secrets,
        gaps=tuple(dict.fromkeys((*snapshot.gaps, *of_secrets))),
        duplicates=tuple(dict.fromkeys((*snapshot.duplicates, *more.duplicates))),
        documents={**snapshot.documents, **documents},
    )


def _folded(gaps: Sequence[Gap]) -> Iterator[Gap]:
    """Without the companions of Secrets that are forbidden themselves: one missing right is named once."""
    hidden = {(gap.kind, gap.namespace, gap.name) for gap in gaps if gap.reason is GapReason.FORBIDDEN}
    for gap in gaps:
        owner = (gap.name or "").removesuffix(CA_SUFFIX)
        if owner == (gap.name or "") or (gap.kind, gap.namespace, owner) not in hidden:
            yield gap


def _missed(gap: Gap) -> Gap:
    """What was not asked for when a snapshot was taken, and is now."""
    if not gap.was_not_asked:
        return gap
    detail = f"secret/{gap.name} -n {gap.namespace}: the snapshot was taken without --read-ca"
    return replace(gap, reason=GapReason.UNREADABLE, detail=detail if gap.name else gap.detail)


def _not_in_files(snapshot: Snapshot) -> Iterator[Gap]:
    """Repositories often keep no Secrets: one is missing only among others of its namespace."""
    named = {namespace for namespace, _ in referenced_secrets(snapshot)}
    for namespace in sorted(named - {secret.ref.namespace for secret in snapshot.secrets}):
        yield Gap(kinds.SECRET, namespace, None, GapReason.WITHHELD, "not in the files")


def _control_planes(snapshot: Snapshot) -> tuple[str, ...]:
    found = {istiod.metadata.namespace for istiod in snapshot.istiods}
    return tuple(sorted(found)) or (DEFAULT_NAMESPACE,)


def _withheld(namespace: str, name: str) -> Gap:
    detail = f"secret/{name} -n {namespace}: it may hold the mesh's signing key: read with --read-ca only"
    return Gap(kinds.SECRET, namespace, name, GapReason.WITHHELD, detail)


_UNREAD = Gap(kinds.SECRET, None, None, GapReason.WITHHELD, "not read (--no-secrets)")
