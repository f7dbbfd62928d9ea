"""Where ignores are written in a mesh, and which findings are set aside for them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kubectl_mtls.model.finding import Finding
from kubectl_mtls.model.ignore import IGNORE_ANNOTATION, Ignore, parse_ignores
from kubectl_mtls.model.kind import POD, WORKLOAD_KINDS
from kubectl_mtls.model.origin import Origin
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.workload import workload_ref

_FIELD = f"metadata.annotations.{IGNORE_ANNOTATION}"
_TEMPLATES = ("spec.template", "spec.jobTemplate.spec.template")


@dataclass(frozen=True, slots=True)
class Written:
    """An ignore in an annotation: of the object `ref`, in `field` of what stands at `origin`."""

    ref: Ref
    field: str
    origin: Origin
    ignore: Ignore


def written_ignores(view: View) -> Iterator[Written]:
    """Every ignore on the objects that are asked about; one on a workload's pods counts as the workload's, once."""
    seen: set[tuple[Ref, str]] = set()
    for ref, document in view.snapshot.documents.items():
        found = _annotations(ref, document)
        if not found or (ref.namespace and not view.concerns(ref.namespace)):
            continue
        for field, text in found:
            owner = _owner(view.snapshot, ref)
            if (owner, text) not in seen:
                seen.add((owner, text))
                yield from (Written(owner, field, document.origin, ignore) for ignore in parse_ignores(text))


def ignores_by_ref(view: View) -> Mapping[Ref, Sequence[Ignore]]:
    """What is ignored on which object; a pod has its workload's, whose template its annotations come from."""
    found: dict[Ref, list[Ignore]] = defaultdict(list)
    for written in written_ignores(view):
        found[written.ref].append(written.ignore)
    for namespace, name in view.snapshot.pods if found else ():
        ref = Ref(POD, namespace, name)
        if (owner := _owner(view.snapshot, ref)) in found:
            found[ref] = found[owner]
    return found


def find_ignore(
    finding: Finding, by_ref: Mapping[Ref, Sequence[Ignore]], everywhere: Iterable[Ignore], now: datetime
) -> Ignore | None:
    """The ignore for whose sake a finding is set aside: of its object's annotation first, then of the file."""
    own = by_ref.get(finding.object, ()) if finding.object else ()
    for ignore in (*own, *(one for one in everywhere if one.object is None or one.object.matches(finding.object))):
        if ignore.counts(now) and ignore.covers(finding.code, finding.name):
            return ignore
    return None


def _annotations(ref: Ref, document: Document) -> list[tuple[str, str]]:
    """Field and text of the annotation on the object and, for a workload, on its pods' template."""
    found = [(_FIELD, _text(document.manifest))]
    if ref.kind in WORKLOAD_KINDS:
        for path in _TEMPLATES:
            template: Any = document.manifest
            for key in path.split("."):
                template = template.get(key) if isinstance(template, Mapping) else None
            found.append((f"{path}.{_FIELD}", _text(template)))
    return [(field, text) for field, text in found if text is not None]


def _text(manifest: Any) -> str | None:
    """The annotation's value; asked of every object, so that it has to be quick."""
    if type(manifest) is not dict or type(metadata := manifest.get("metadata")) is not dict:
        return None
    annotations = metadata.get("annotations")
    text = annotations.get(IGNORE_ANNOTATION) if type(annotations) is dict else None
    return text if isinstance(text, str) else None


def _owner(snapshot: Snapshot, ref: Ref) -> Ref:
    """The workload of a pod; every other object itself."""
    pod = snapshot.pods.get((ref.namespace, ref.name)) if ref.kind == POD else None
    return workload_ref(pod) if pod else ref
