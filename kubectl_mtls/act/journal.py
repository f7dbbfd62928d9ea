"""Writing the changes of a plan: all of them or none.

A plan of several objects (a Secret and its undo Secret) can be stopped in the middle by somebody else's edit. Then what
was written already is put back as it was; not so when no answer came, since then nobody knows what was written last.
"""

from dataclasses import dataclass, field

from kubectl_mtls.errors import Forbidden, MtlsError, Refused, Unauthorized
from kubectl_mtls.kube.apply import ObjectWriter
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.plan.change import Change
from kubectl_mtls.plan.patch import make_patch


@dataclass(frozen=True, slots=True)
class Written:
    """One change and what the API server answered to it."""

    change: Change
    answer: Manifest = field(repr=False)


def write_changes(changes: tuple[Change, ...], writer: ObjectWriter) -> tuple[Written, ...]:
    """Write them in order. Raises what the writer raises, after putting back what came before where that is safe."""
    journal: list[Written] = []
    try:
        for change in changes:
            journal += [Written(change, write_change(change, writer))]
    except (Refused, Forbidden, Unauthorized) as error:
        _put_back(journal, writer, error)
        raise
    return tuple(journal)


def write_change(change: Change, writer: ObjectWriter, *, dry_run: bool = False) -> Manifest:
    """Create, patch or delete one object, if it still is as it was read. Raises what the writer raises."""
    ref, before, after = change.ref, change.before, change.after
    namespace = ref.namespace or None
    if before is None:
        assert after is not None, change
        return writer.create(ref.kind, after, dry_run)
    metadata = before["metadata"]
    if after is None:
        return writer.delete(
            ref.kind, namespace, ref.name, metadata.get("uid"), metadata.get("resourceVersion"), dry_run
        )
    patch = make_patch(before, after)
    return writer.merge_patch(ref.kind, namespace, ref.name, patch, metadata.get("resourceVersion"), dry_run)


def _put_back(journal: list[Written], writer: ObjectWriter, error: MtlsError) -> None:
    """In reverse order; what cannot be put back is added to the error's hint."""
    for written in reversed(journal):
        try:
            write_change(_reverse(written), writer)
        except MtlsError as failed:
            left = f"{written.change.ref.full} was {written.change.verb} and could not be put back: {failed.message}"
            error.hint = f"{error.hint}; {left}" if error.hint else left


def _reverse(written: Written) -> Change:
    """From what the server answered back to what was there; a deleted object is made anew."""
    change = written.change
    if change.before is None:
        return Change(change.ref, written.answer, None)
    if change.after is None:
        return Change(change.ref, None, _newborn(change.before))
    version = written.answer["metadata"].get("resourceVersion")
    return Change(change.ref, _at(change.after, version), _at(change.before, version))


def _at(manifest: Manifest, version: str) -> Manifest:
    return {**manifest, "metadata": {**manifest["metadata"], "resourceVersion": version}}


def _newborn(manifest: Manifest) -> Manifest:
    kept = ("name", "namespace", "labels", "annotations")
    metadata = {key: value for key, value in manifest["metadata"].items() if key in kept}
    return {**manifest, "metadata": metadata}
