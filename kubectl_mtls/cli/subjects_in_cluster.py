"""What `inspect-secret` looks at in a cluster: objects by their names, or lists of Secrets."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kubectl_mtls.certs.layout import SIGNING_SECRETS
from kubectl_mtls.cli.gather import read_istio_namespaces
from kubectl_mtls.cli.scope import Scope
from kubectl_mtls.cli.subjects import PARSERS, Subjects, document_ref, holds_certificates, typed_subjects
from kubectl_mtls.cli.surroundings import read_surroundings, wants_around, wants_around_lists, wants_of_late
from kubectl_mtls.errors import Forbidden, InvalidInput
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.model.credential import CA_SUFFIX
from kubectl_mtls.model.gap import Gap, GapReason
from kubectl_mtls.model.kind import KIND_BY_ALIAS
from kubectl_mtls.model.reading import Reading, Want
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.plan.undo_secret import undo_secret_name


def named_subjects(scope: Scope, names: Sequence[str]) -> Subjects:
    """The objects with what belongs to them and what is around them, at once. The literal name comes first.

    Raises InvalidInput for what is no name or is not there, Forbidden for what may not be read.
    """
    source = scope.source()
    candidates = {ref: [ref, *_with_namespace(ref)] for ref in [_ref(scope, one) for one in names]}
    every = list(dict.fromkeys(one for found in candidates.values() for one in found))
    namespaces = _namespaces(every)
    own = [want for one in every for want in _with_companions(one)]
    reading = source.read([*own, *(wants_around(namespaces) if namespaces else ())])
    meant = _meant(candidates, reading)
    first = _narrowed(reading, every, meant)
    snapshot = read_surroundings(scope, source, first, meant) if namespaces else build_snapshot(first, live=True)
    return typed_subjects(scope, snapshot, tuple(dict.fromkeys(meant)))


def listed_subjects(scope: Scope, selector: str | None) -> Subjects:
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
    late = source.read(wants_of_late(scope, build_snapshot(together, live=True)))
    together = Reading((*together.documents, *late.documents), (*together.gaps, *late.gaps))
    subjects = typed_subjects(scope, build_snapshot(together, live=True))
    kept = {undo_secret_name(ref.name) for ref in subjects.objects}
    chosen = tuple(
        ref for ref, secret in subjects.objects.items() if holds_certificates(secret) and ref.name not in kept
    )
    return replace(subjects, chosen=chosen)


def _ref(scope: Scope, written: str) -> Ref:
    """An object of the scope's namespace; the word before a slash says of which kind."""
    word, slash, name = written.rpartition("/")
    kind = KIND_BY_ALIAS.get(word.lower()) if slash else kinds.SECRET
    if kind not in PARSERS or kind is None or not name:
        raise InvalidInput(f"{written}: inspect-secret takes the NAME of a Secret, cm/NAME or ctb/NAME")
    return Ref(kind, scope.api.namespace if kind.namespaced else "", name)


def _meant(candidates: Mapping[Ref, Sequence[Ref]], reading: Reading) -> list[Ref]:
    there = {document_ref(document) for document in reading.documents}
    meant: list[Ref] = []
    for ref, found in candidates.items():
        present = next((one for one in found if one in there), None)
        if present is None:
            _raise_absent(ref, reading)
        else:
            meant.append(present)
    return meant


def _raise_absent(ref: Ref, reading: Reading) -> None:
    for gap in reading.gaps:
        if gap.missing_rule and gap.name == ref.name:
            raise Forbidden(gap.detail, f"the missing rule: {gap.missing_rule}")
    where = f" in namespace {ref.namespace}" if ref.namespace else ""
    raise InvalidInput(f"{ref}: not found{where}")


def _namespaces(refs: Sequence[Ref]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ref.namespace for ref in refs if ref.kind.namespaced))


def _narrowed(reading: Reading, candidates: Sequence[Ref], meant: Sequence[Ref]) -> Reading:
    """Without gaps of what was read only because NAME.NAMESPACE could be meant, or `rotate` could have kept a copy."""
    namespaces = {None, "", *_namespaces(meant)}
    wanted = {name for ref in meant for name in (ref.name, ref.name + CA_SUFFIX)}
    dropped = {name for ref in candidates for name in _names(ref)} - wanted
    gaps = (gap for gap in reading.gaps if gap.namespace in namespaces and gap.name not in dropped)
    return Reading(reading.documents, tuple(gaps))


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
