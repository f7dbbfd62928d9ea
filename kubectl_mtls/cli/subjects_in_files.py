"""What `inspect-secret` looks at in files: manifests with Secrets and bundles, and files of certificates, mixed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kubectl_mtls.cli.label_selector import parse_selector
from kubectl_mtls.cli.passphrase import ask_passphrase
from kubectl_mtls.cli.scope import Scope
from kubectl_mtls.cli.subjects import Subjects, document_ref, holds_certificates, typed_subjects
from kubectl_mtls.cli.surroundings import AROUND_SECRETS, USERS
from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.files.bare import read_mixed
from kubectl_mtls.files.read import read_objects, snapshot_gaps
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.model.kind import KIND_BY_ALIAS
from kubectl_mtls.model.reading import Reading, Want
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.secret import Secret


def subjects_in_files(scope: Scope, names: Sequence[str], selector: str | None, passphrase: bytes | None) -> Subjects:
    """Manifests and bare files, mixed as given."""
    texts, bare = read_mixed(
        scope.files,
        recursive=scope.recursive,
        read_stdin=scope.session.stdin.read,
        ask=lambda path: passphrase if passphrase is not None else ask_passphrase(path, scope.session),
    )
    written = read_objects(texts, namespace=scope.connection.namespace or "default")
    of_files = frozenset(ref for document in bare if (ref := document_ref(document)))
    info = written.info
    users = [Want(kind, info.namespaces) for kind in (*USERS, kinds.POD, *AROUND_SECRETS)] if info else []
    unread = snapshot_gaps(info, users) if info else []
    snapshot = build_snapshot(Reading((*bare, *written.documents), (*written.gaps, *unread)), live=False)
    subjects = typed_subjects(scope, snapshot)
    chosen = tuple(_chosen(subjects, names, selector))
    found = replace(subjects, chosen=chosen, bare=of_files)
    return replace(found, read_at=info.taken_at, taken_at=info.taken_at) if info else found


def _chosen(subjects: Subjects, names: Sequence[str], selector: str | None) -> Iterator[Ref]:
    """Those asked for; without names all Secrets, and what else holds certificates. MeshConfigs are never meant."""
    matches = parse_selector(selector)
    wanted = {ref: one for ref, one in subjects.objects.items() if matches(one.metadata.labels) and not _is_mesh(one)}
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


def _is_mesh(secret: Secret) -> bool:
    return secret.ref.kind == kinds.CONFIG_MAP and "mesh" in secret.data
