"""What does `inspect-secret` look at? Secrets, ConfigMaps and ClusterTrustBundles, by name, by label, or in files."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from kubectl_mtls.certs.layout import SIGNING_SECRETS
from kubectl_mtls.cli.gather import read_istio_namespaces
from kubectl_mtls.cli.label_selector import parse_selector
from kubectl_mtls.cli.passphrase import ask_passphrase
from kubectl_mtls.cli.scope import Scope
from kubectl_mtls.cli.surroundings import (
    USERS,
    istio_namespace_of,
    read_surroundings,
    wants_around,
    wants_around_lists,
)
from kubectl_mtls.errors import Forbidden, InvalidInput
from kubectl_mtls.files.bare import read_mixed
from kubectl_mtls.files.read import read_objects, snapshot_gaps
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.credential import CA_SUFFIX
from kubectl_mtls.model.fields import Malformed
from kubectl_mtls.model.gap import Gap, GapReason
from kubectl_mtls.model.kind import KIND_BY_ALIAS, Kind
from kubectl_mtls.model.reading import Document, Reading, Want
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.secret import Secret, parse_secret
from kubectl_mtls.model.snapshot import Snapshot, build_snapshot, malformed_gap
from kubectl_mtls.model.trust_bundle import parse_trust_bundle
from kubectl_mtls.plan.undo_secret import undo_secret_name

_PARSERS: Mapping[Kind, Callable[[Document], Secret]] = {
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


def read_subjects(scope: Scope, names: Sequence[str], selector: str | None, passphrase: bytes | None) -> Subjects:
    """By name, by label, or all of the files. Raises InvalidInput, Forbidden, and what reading raises."""
    if scope.files:
        return _in_files(scope, names, selector, passphrase)
    if names and (selector or scope.all_namespaces):
        raise InvalidInput("give NAMES, or -l or -A, but not both")
    if names:
        return _by_name(scope, [_ref(scope, one) for one in names])
    if selector is None and not scope.all_namespaces:
        raise InvalidInput(
            "give the NAME of a Secret, -l or -A for several, or -f FILE",
            "kubectl mtls inspect-secret partner-cert -n shop",
        )
    return _by_label(scope, selector)


def holds_certificates(secret: Secret) -> bool:
    """Whether it is about certificates at all: by its data keys or by what is in them."""
    if _OF_TLS & (set(secret.data) | set(secret.problems)) or secret.ref.kind == kinds.CLUSTER_TRUST_BUNDLE:
        return True
    return any(mark in value for value in secret.data.values() for mark in _MARKS)


def _ref(scope: Scope, written: str) -> Ref:
    """An object of the scope's namespace; the word before a slash says of which kind."""
    word, slash, name = written.rpartition("/")
    kind = KIND_BY_ALIAS.get(word.lower()) if slash else kinds.SECRET
    if kind not in _PARSERS or kind is None or not name:
        raise InvalidInput(f"{written}: inspect-secret takes the NAME of a Secret, cm/NAME or ctb/NAME")
    return Ref(kind, scope.api.namespace if kind.namespaced else "", name)


def _by_name(scope: Scope, refs: Sequence[Ref]) -> Subjects:
    """The objects with what belongs to them and what is around them, at once. The literal name comes first."""
    candidates = {ref: [ref, *_with_namespace(ref)] for ref in refs}
    every = list(dict.fromkeys(one for found in candidates.values() for one in found))
    namespaces = _namespaces(every)
    own = [want for one in every for want in _with_companions(one)]
    reading = scope.source().read([*own, *(wants_around(namespaces) if namespaces else ())])
    there = {_document_ref(document) for document in reading.documents}
    meant: list[Ref] = []
    for ref, found in candidates.items():
        present = next((one for one in found if one in there), None)
        if present is None:
            _raise_absent(ref, reading)
        else:
            meant.append(present)
    first = _narrowed(reading, {*_namespaces(meant), ""}, candidates=every, meant=meant)
    snapshot = read_surroundings(scope, first, meant) if namespaces else build_snapshot(first, live=True)
    return _subjects(scope, snapshot, tuple(dict.fromkeys(meant)))


def _namespaces(refs: Sequence[Ref]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ref.namespace for ref in refs if ref.kind.namespaced))


def _narrowed(reading: Reading, namespaces: set[str], *, candidates: Sequence[Ref], meant: Sequence[Ref]) -> Reading:
    """Without what was read only because NAME.NAMESPACE could be meant: nobody misses it."""
    dropped = {name for ref in candidates for name in _names(ref)} - {
        name for ref in meant for name in (ref.name, ref.name + CA_SUFFIX)
    }
    gaps = (
        gap
        for gap in reading.gaps
        if (gap.namespace is None or gap.namespace in namespaces) and (gap.name is None or gap.name not in dropped)
    )
    return Reading(reading.documents, tuple(gaps))


def _by_label(scope: Scope, selector: str | None) -> Subjects:
    """Every Secret with certificates, the only way that lists Secrets; the mesh's signing key has to be named."""
    namespaces = None if scope.all_namespaces else (scope.api.namespace,)
    source = scope.source()
    reading = source.read([Want(kinds.SECRET, namespaces, label_selector=selector or "", without=SIGNING_SECRETS)])
    if not reading.documents and reading.gaps:
        gap = reading.gaps[0]
        raise Forbidden(gap.detail, f"the missing rule: {gap.missing_rule}" if gap.missing_rule else None)
    users = source.read(wants_around_lists(namespaces))
    withheld = _withheld(read_istio_namespaces(source, scope.istio_namespace), namespaces)
    together = Reading((*reading.documents, *users.documents), (*reading.gaps, *withheld, *users.gaps))
    subjects = _subjects(scope, build_snapshot(together, live=True))
    kept = {undo_secret_name(ref.name) for ref in subjects.objects}
    chosen = tuple(
        ref for ref, secret in subjects.objects.items() if holds_certificates(secret) and ref.name not in kept
    )
    return replace(subjects, chosen=chosen)


def _withheld(istio: tuple[str, ...] | None, namespaces: tuple[str, ...] | None) -> list[Gap]:
    """The Secrets of the signing CA where the list covers a namespace that may be a control plane's."""
    if istio is not None and namespaces is not None and not set(istio) & set(namespaces):
        return []
    detail = "holds the mesh's signing key where istiod lives, so it is read only when it is named"
    return [Gap(kinds.SECRET, None, name, GapReason.WITHHELD, f"secret/{name} {detail}") for name in SIGNING_SECRETS]


def _with_companions(ref: Ref) -> list[Want]:
    return [Want(ref.kind, (ref.namespace,) if ref.namespace else None, name) for name in _names(ref)]


def _names(ref: Ref) -> tuple[str, ...]:
    """The object, the one that supplies its CA, and what `rotate` kept of the version before."""
    if ref.kind == kinds.CLUSTER_TRUST_BUNDLE:
        return (ref.name,)
    companion = (ref.name, ref.name + CA_SUFFIX)
    return (*companion, undo_secret_name(ref.name)) if ref.kind == kinds.SECRET else companion


def _with_namespace(ref: Ref) -> list[Ref]:
    name, dot, namespace = ref.name.rpartition(".")
    return [Ref(ref.kind, namespace, name)] if dot and ref.kind.namespaced else []


def _document_ref(document: Document) -> Ref:
    metadata = document.manifest["metadata"]
    kind = KIND_BY_ALIAS[str(document.manifest["kind"]).lower()]
    return Ref(kind, metadata.get("namespace") or "", metadata["name"])


def _raise_absent(ref: Ref, reading: Reading) -> None:
    for gap in reading.gaps:
        if gap.missing_rule and gap.name == ref.name:
            raise Forbidden(gap.detail, f"the missing rule: {gap.missing_rule}")
    where = f" in namespace {ref.namespace}" if ref.namespace else ""
    raise InvalidInput(f"{ref}: not found{where}")


def _in_files(scope: Scope, names: Sequence[str], selector: str | None, passphrase: bytes | None) -> Subjects:
    """Manifests and bare files, mixed as given."""
    texts, bare = read_mixed(
        scope.files,
        recursive=scope.recursive,
        read_stdin=scope.session.stdin.read,
        ask=lambda path: passphrase if passphrase is not None else ask_passphrase(path, scope.session),
    )
    written = read_objects(texts, namespace=scope.connection.namespace or "default")
    of_files = frozenset(_document_ref(document) for document in bare)
    info = written.info
    users = [Want(kind, info.namespaces) for kind in (*USERS, kinds.POD)] if info else []
    unread = snapshot_gaps(info, users) if info else []
    snapshot = build_snapshot(Reading((*bare, *written.documents), (*written.gaps, *unread)), live=False)
    subjects = _subjects(scope, snapshot)
    chosen = tuple(_chosen(subjects, names, selector))
    found = replace(subjects, chosen=chosen, bare=of_files)
    return replace(found, read_at=info.taken_at, taken_at=info.taken_at) if info else found


def _subjects(scope: Scope, snapshot: Snapshot, chosen: tuple[Ref, ...] = ()) -> Subjects:
    objects: dict[Ref, Secret] = {}
    gaps = list(snapshot.gaps)
    for ref, document in snapshot.documents.items():
        if parse := _PARSERS.get(ref.kind):
            try:
                objects[ref] = parse(document)
            except Malformed as malformed:
                gaps.append(malformed_gap(document, malformed.field, malformed.problem))
    where = istio_namespace_of(snapshot, scope.istio_namespace)
    return Subjects(snapshot, objects, chosen, where, scope.session.clock(), gaps=tuple(dict.fromkeys(gaps)))


def _chosen(subjects: Subjects, names: Sequence[str], selector: str | None) -> Iterator[Ref]:
    """Those asked for; without names all Secrets, and all others that hold certificates."""
    matches = parse_selector(selector)
    wanted = {ref: secret for ref, secret in subjects.objects.items() if matches(secret.metadata.labels)}
    if not wanted:
        raise InvalidInput("the files hold no Secret and no certificate")
    if not names:
        relevant = [ref for ref, one in wanted.items() if ref.kind == kinds.SECRET or holds_certificates(one)]
        yield from relevant or wanted
        return
    for name in names:
        word, slash, rest = name.rpartition("/")
        kind = KIND_BY_ALIAS.get(word.lower()) if slash else None
        found = [
            ref
            for ref in wanted
            if name == ref.name
            or (rest in (ref.name, f"{ref.name}.{ref.namespace}") and (ref.kind == kind if slash else True))
        ]
        if not found:
            raise InvalidInput(f"{name if slash else f'secret/{name}'}: not in the files")
        yield from found
