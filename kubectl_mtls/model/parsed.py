"""What comes of raw objects of one kind: typed ones, gaps for what is malformed, rejects for what istiod can't read."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model.fields import Malformed
from kubectl_mtls.model.gap import Gap, GapReason
from kubectl_mtls.model.kind import Kind, find_kind
from kubectl_mtls.model.origin import FileOrigin
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.reject import Reject

T = TypeVar("T")


@dataclass(slots=True)
class Parsed:
    """Sorts raw objects by kind; what is malformed becomes a gap, what istiod can't read a reject."""

    by_kind: Mapping[Kind, list[Document]]
    gaps: list[Gap] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def of(self, kind: Kind, parse: Callable[[Document], T | Reject | None]) -> list[T]:
        """Those of one kind; what its parser gives None for is left out."""
        return self.all(self.by_kind.get(kind, ()), parse)

    def all(self, documents: Iterable[Document], parse: Callable[[Document], T | Reject | None]) -> list[T]:
        """The same of documents that somebody chose."""
        parsed: list[T] = []
        for document in documents:
            try:
                one = parse(document) if document.typed is None else document.typed
            except Malformed as malformed:
                self.gaps.append(malformed_gap(document, malformed.field, malformed.problem))
            except InvalidInput as invalid:
                self.gaps.append(malformed_gap(document, "data.mesh", invalid.message))
            else:
                if isinstance(one, Reject):
                    self.rejects.append(one)
                elif one is not None:
                    parsed.append(one)
        return parsed


def malformed_gap(document: Document, path: str, problem: str) -> Gap:
    """The gap that an object of the wrong shape leaves: it may be anything, so its kind and namespace are in doubt."""
    manifest = document.manifest
    kind = find_kind(str(manifest.get("apiVersion", "")), str(manifest.get("kind", "")))
    where = f"{document.origin.at(path)}: " if isinstance(document.origin, FileOrigin) else ""
    name = name_of(document) or None
    detail = f"{where}{manifest.get('kind', 'object')} {name or '(no name)'}: {path} {problem}"
    namespace = namespace_of(document) if kind is None or kind.namespaced else None
    return Gap(kind, namespace, name, GapReason.MALFORMED, detail, origin=document.origin)


def _metadata(document: Document) -> Mapping[str, object]:
    metadata = document.manifest.get("metadata")
    return metadata if isinstance(metadata, Mapping) else {}


def name_of(document: Document) -> str:
    """Empty where it has none."""
    return str(_metadata(document).get("name") or "")


def namespace_of(document: Document) -> str:
    """Of a kind that has one."""
    return str(_metadata(document).get("namespace") or "default")


def label_of(document: Document, key: str) -> object:
    """None where it has no such label."""
    labels = _metadata(document).get("labels")
    return labels.get(key) if isinstance(labels, Mapping) else None


def has_owner(document: Document) -> bool:
    """Whether another object made it."""
    return bool(_metadata(document).get("ownerReferences"))
