"""What do these files hold? Manifests, Lists and dumps, as the same raw objects that the cluster gives.

Follows kubectl: `-f FILE|DIR|-`, repeatable; a directory means its *.yaml, *.yml and *.json files, with `-R` also those
below it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.files.contents import decode_text, read_contents
from kubectl_mtls.model.document import parse_objects
from kubectl_mtls.model.fields import Malformed
from kubectl_mtls.model.gap import Gap, GapReason
from kubectl_mtls.model.kind import ENDPOINT_SLICE, POD, SERVICE, WORKLOAD_KINDS, Kind, find_kind
from kubectl_mtls.model.origin import ApiOrigin, FileOrigin
from kubectl_mtls.model.reading import Document, Reading, Want
from kubectl_mtls.model.snapshot_info import SnapshotInfo, is_snapshot_info, parse_snapshot_info

_ENDINGS = frozenset({".yaml", ".yml", ".json"})
_NARROW = frozenset({POD, SERVICE, ENDPOINT_SLICE})


@dataclass(frozen=True, slots=True)
class Text:
    """One file's text; `path` is `-` for standard input."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class FileSource:
    """Files as a source: everything in them, whatever is asked for, read once.

    `namespace` is where objects without one belong.
    """

    reading: Reading
    namespace: str

    def read(self, wants: Sequence[Want]) -> Reading:
        """Every object of the wanted kinds, and what a snapshot among the files says was not read of them."""
        kinds = {want.kind for want in wants}
        return Reading(
            tuple(document for document in self.reading.documents if _kind_of(document.manifest) in kinds),
            (*self.reading.gaps, *(snapshot_gaps(self.reading.info, wants) if self.reading.info else ())),
            self.reading.info,
        )

    def is_served(self, _: Kind) -> bool:
        """Files can hold every kind."""
        return True


def read_files(paths: Sequence[str], *, recursive: bool, namespace: str, read_stdin: Callable[[], bytes]) -> FileSource:
    """Open `-f` arguments. Raises InvalidInput for what is missing, no text, malformed, or holds no object at all."""
    reading = read_objects(read_texts(paths, recursive=recursive, read_stdin=read_stdin), namespace=namespace)
    if not reading.documents and not reading.gaps and not reading.info:
        raise InvalidInput(f"{', '.join(paths)}: holds no Kubernetes object that this program reads")
    return FileSource(reading, namespace)


def snapshot_gaps(info: SnapshotInfo, wants: Sequence[Want]) -> list[Gap]:
    """What is wanted and not in a snapshot. Workloads are not (but istiod): on a cluster their pods tell."""
    wanted = {(want.kind, want.name) for want in wants if want.kind not in WORKLOAD_KINDS or want.label_selector}
    narrow = [want for want in wants if want.kind in _NARROW]
    everywhere = any(want.namespaces is None for want in narrow)
    asked = None if everywhere else [namespace for want in narrow for namespace in want.namespaces or ()]
    return info.gaps_for(wanted, asked, _NARROW)


def read_objects(texts: Iterable[Text], *, namespace: str) -> Reading:
    """The objects of known kinds in manifests; what is no object at all is a gap. Raises InvalidInput."""
    documents: list[Document] = []
    gaps: list[Gap] = []
    info: SnapshotInfo | None = None
    for text in texts:
        objects = list(parse_objects(text.text, text.path))
        own = _info(objects, info)
        info = own or info
        for value, origin in objects:
            if gap := _shape_gap(value, origin):
                gaps.append(gap)
            elif kind := _kind_of(value):
                manifest = _placed(value, namespace) if kind.namespaced else value
                documents.append(Document(manifest, ApiOrigin() if own else origin))
    return Reading(tuple(documents), tuple(gaps), info)


def _info(objects: Sequence[tuple[Any, FileOrigin]], other: SnapshotInfo | None) -> SnapshotInfo | None:
    """What a text that is a snapshot says of itself. Raises InvalidInput for a second one, or a malformed one."""
    found: SnapshotInfo | None = None
    for value, origin in objects:
        if not is_snapshot_info(value):
            continue
        if found or other:
            raise InvalidInput(f"{origin}: a second snapshot: give one at a time")
        try:
            found = parse_snapshot_info(value)
        except Malformed as malformed:
            raise InvalidInput(f"{origin}: SnapshotInfo: {malformed.field} {malformed.problem}") from None
    return found


def read_texts(paths: Sequence[str], *, recursive: bool, read_stdin: Callable[[], bytes]) -> Iterator[Text]:
    """The text of every file that the arguments name. Raises InvalidInput naming the file and the reason."""
    named = ".yaml, .yml or .json file"
    for path, content in read_contents(
        paths, endings=_ENDINGS, named=named, recursive=recursive, read_stdin=read_stdin
    ):
        text = decode_text(content)
        if text is None:
            raise InvalidInput(f"{path}: is not text, so it is no manifest")
        yield Text(path, text)


def _kind_of(manifest: Mapping[str, Any]) -> Kind | None:
    return find_kind(str(manifest.get("apiVersion") or ""), str(manifest.get("kind") or ""))


def _shape_gap(value: Any, origin: FileOrigin) -> Gap | None:
    """Why this cannot be an object at all; None when it can."""
    if not isinstance(value, Mapping):
        problem = "is no object: a mapping with apiVersion, kind and metadata is needed"
    elif not isinstance(value.get("kind"), str) or not value["kind"]:
        problem = "kind is missing"
    elif not isinstance(value.get("apiVersion"), str) or not value["apiVersion"]:
        problem = f"apiVersion of this {value['kind']} is missing"
    elif not isinstance(value.get("metadata"), Mapping | None):
        problem = f"metadata of this {value['kind']} should be a mapping"
    else:
        return None
    return Gap(None, None, None, GapReason.MALFORMED, f"{origin}: {problem}", origin=origin)


def _placed(manifest: dict[str, Any], namespace: str) -> dict[str, Any]:
    """Objects without a namespace belong to the one asked for."""
    metadata = manifest.get("metadata") or {}
    if metadata.get("namespace"):
        return manifest
    return {**manifest, "metadata": {**metadata, "namespace": namespace}}
