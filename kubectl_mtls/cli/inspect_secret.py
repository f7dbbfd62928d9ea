"""`kubectl mtls inspect-secret`: everything about a certificate Secret, or a PEM file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

import typer

from kubectl_mtls.certs.inspection import Inspection, inspect
from kubectl_mtls.certs.problem import ProblemCode
from kubectl_mtls.cli.formats import check_format
from kubectl_mtls.cli.options import At, NoHeaders, Output, scoped
from kubectl_mtls.cli.scope import Scope, parse_moment
from kubectl_mtls.errors import Forbidden, InvalidInput
from kubectl_mtls.files.bare import BARE_TYPE, document_of_pem, is_bare_pem
from kubectl_mtls.files.read import read_objects, read_texts
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.control_plane import DEFAULT_NAMESPACE
from kubectl_mtls.model.credential import CA_SUFFIX
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.reading import Document, Reading, Want
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.secret import Secret
from kubectl_mtls.model.snapshot import Snapshot, build_snapshot
from kubectl_mtls.posture.usage import Usage, resolve_usage
from kubectl_mtls.render.findings import render_gaps
from kubectl_mtls.render.inspection_json import inspection_object
from kubectl_mtls.render.inspection_table import render_inspection
from kubectl_mtls.render.status_json import gap_object
from kubectl_mtls.render.structured import render_structured
from kubectl_mtls.rules.certificate_problem import check_inspection

_OF_SECRETS = (ProblemCode.NOT_DELIVERED, ProblemCode.NO_CA)
_USERS = (kinds.DESTINATION_RULE, kinds.GATEWAY)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What is said of one Secret."""

    inspection: Inspection
    findings: tuple[Finding, ...]
    usages: tuple[Usage, ...]
    is_file: bool = False


@scoped(all_namespaces=False)
def inspect_secret(
    scope: Scope,
    name: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="partner-cert, or partner-cert.NAMESPACE.")
    ] = None,
    output: Output = "table",
    no_headers: NoHeaders = False,
    at: At = None,
) -> int:
    """Show what is in a certificate Secret, whether it is sound, what ends first, and who uses it.

    With -f: Secrets in manifests, or a bare PEM file. Private keys are compared with their certificate and never shown.
    Exit codes: 0 sound; 1 it has an error; 2 a wrong flag, name or file; 3 could not look.
    """
    check_format(output, "table", "wide", "json", "yaml")
    now = parse_moment(at, scope.session)
    if scope.files:
        snapshot = _read_files(scope)
        refs = _named_in_files(snapshot, name or ())
    elif name:
        refs = [_ref(scope, one) for one in name]
        snapshot, refs = _read_cluster(scope, refs)
    else:
        raise InvalidInput("give the NAME of a Secret, or -f FILE", "kubectl mtls inspect-secret partner-cert -n shop")
    secrets = {secret.ref: secret for secret in snapshot.secrets}
    answers = [_answer(snapshot, secrets, ref, now, scope.istio_namespace or DEFAULT_NAMESPACE) for ref in refs]
    gaps = [gap for gap in snapshot.gaps if gap.kind in (*_USERS, kinds.POD, kinds.SECRET, None)]
    if output in ("json", "yaml"):
        items = [inspection_object(one.inspection, one.findings, one.usages) for one in answers]
        answer = {"items": items, "gaps": [gap_object(gap) for gap in gaps]}
        scope.session.answer(render_structured("SecretInspection", answer, output))
    else:
        scope.session.answer(_text(answers, gaps, now, output == "wide", not no_headers))
    return 1 if any(one.severity is Severity.ERROR for answer in answers for one in answer.findings) else 0


def _answer(
    snapshot: Snapshot, secrets: Mapping[Ref, Secret], ref: Ref, now: datetime, istio_namespace: str
) -> _Answer:
    companion = secrets.get(Ref(ref.kind, ref.namespace, ref.name + CA_SUFFIX))
    inspection = inspect(secrets[ref], companion, now, istio_namespace)
    if secrets[ref].type == BARE_TYPE:
        findings = [one for one in check_inspection(inspection) if one.name not in _OF_SECRETS]
        return _Answer(inspection, tuple(replace(one, object=None, fix=None) for one in findings), (), is_file=True)
    return _Answer(inspection, tuple(check_inspection(inspection)), resolve_usage(snapshot, ref.namespace, ref.name))


def _text(answers: Sequence[_Answer], gaps: Sequence[Gap], now: datetime, wide: bool, show_headers: bool) -> str:
    users_known = not any(gap.kind in _USERS for gap in gaps)
    parts = [
        render_inspection(
            one.inspection,
            one.findings,
            one.usages,
            now,
            wide=wide,
            show_headers=show_headers,
            users_known=users_known,
            is_file=one.is_file,
        )
        for one in answers
    ]
    return "\n".join([*parts, *filter(None, [render_gaps(gaps)])])


def _ref(scope: Scope, written: str) -> Ref:
    """A Secret of the scope's namespace; the word before a slash must mean Secrets."""
    word, slash, name = written.rpartition("/")
    if slash and word.lower() not in ("secret", "secrets"):
        raise InvalidInput(f"{written}: inspect-secret takes the NAME of a Secret")
    return Ref(kinds.SECRET, scope.api.namespace, name)


def _read_cluster(scope: Scope, refs: Sequence[Ref]) -> tuple[Snapshot, list[Ref]]:
    """The Secrets with their CA companions, by name, and what may use them. The literal name comes first."""
    source = scope.source()
    found: dict[Ref, Document] = {}
    gaps: dict[Gap, None] = {}
    meant: list[Ref] = []
    for ref in refs:
        candidates = [ref, *_with_namespace(ref)]
        reading = source.read([want for one in candidates for want in _with_companion(one)])
        gaps |= dict.fromkeys(reading.gaps)
        documents = {_document_ref(document): document for document in reading.documents}
        present = next((one for one in candidates if one in documents), None)
        if present is None:
            _raise_absent(ref, reading)
        else:
            meant.append(present)
            found |= documents
    namespaces = tuple(dict.fromkeys(ref.namespace for ref in meant))
    users = source.read([*(Want(kind, narrow=namespaces) for kind in _USERS), Want(kinds.POD, namespaces)])
    reading = Reading((*found.values(), *users.documents), (*gaps, *users.gaps))
    return build_snapshot(reading, live=True), meant


def _with_companion(ref: Ref) -> list[Want]:
    return [Want(kinds.SECRET, (ref.namespace,), name) for name in (ref.name, ref.name + CA_SUFFIX)]


def _with_namespace(ref: Ref) -> list[Ref]:
    name, dot, namespace = ref.name.rpartition(".")
    return [Ref(kinds.SECRET, namespace, name)] if dot else []


def _document_ref(document: Document) -> Ref:
    metadata = document.manifest["metadata"]
    return Ref(kinds.SECRET, metadata["namespace"], metadata["name"])


def _raise_absent(ref: Ref, reading: Reading) -> None:
    for gap in reading.gaps:
        if gap.missing_rule and gap.name == ref.name:
            raise Forbidden(gap.detail, f"the missing rule: {gap.missing_rule}")
    raise InvalidInput(f"{ref}: not found in namespace {ref.namespace}")


def _read_files(scope: Scope) -> Snapshot:
    """Manifests and bare PEM, mixed as given."""
    namespace = scope.connection.namespace or "default"
    texts = list(read_texts(scope.files, recursive=scope.recursive, read_stdin=scope.session.stdin.read))
    bare = [document_of_pem(one.text, one.path) for one in texts if is_bare_pem(one.text)]
    written = read_objects([one for one in texts if not is_bare_pem(one.text)], namespace=namespace)
    return build_snapshot(Reading((*bare, *written.documents), written.gaps), live=False)


def _named_in_files(snapshot: Snapshot, names: Sequence[str]) -> list[Ref]:
    """The Secrets asked for; without names all but those that are another's CA companion."""
    refs = [secret.ref for secret in snapshot.secrets]
    if not refs:
        raise InvalidInput("the files hold no Secret and no PEM block")
    if not names:
        companions = {Ref(ref.kind, ref.namespace, ref.name + CA_SUFFIX) for ref in refs}
        return [ref for ref in refs if ref not in companions]
    chosen = [ref for ref in refs if ref.name in names or f"{ref.name}.{ref.namespace}" in names]
    for name in names:
        if not any(name in (ref.name, f"{ref.name}.{ref.namespace}") for ref in chosen):
            raise InvalidInput(f"secret/{name}: not in the files")
    return chosen
