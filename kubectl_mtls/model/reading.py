"""What a command asks a source for, and what it gets back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.kind import Kind
from kubectl_mtls.model.origin import Origin
from kubectl_mtls.model.snapshot_info import SnapshotInfo

Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """One object as the source has it, always with `apiVersion` and `kind`. Never shown: a Secret holds its values.

    `typed` is what its kind's parser made of it, where that was done while reading (model.numerous).
    """

    manifest: Manifest
    origin: Origin
    typed: Any = field(default=None, compare=False)

    def __repr__(self) -> str:
        return f"Document({self.manifest.get('kind')}, {self.origin})"


@dataclass(frozen=True, slots=True)
class Want:
    """One thing to read: all objects of a kind (in all namespaces, or in some), or one by name.

    `namespaces` None means everywhere. `narrow` are the namespaces to fall back to, one by one, when reading
    everywhere is forbidden. `name` with one namespace (or a cluster-scoped kind) is a get, where an absent object is no
    gap; with `namespaces` None it selects the objects of that name in all namespaces (a field selector).
    `without` are names that a list leaves out, so that the API server never sends those objects.
    """

    kind: Kind
    namespaces: tuple[str, ...] | None = None
    name: str | None = None
    narrow: tuple[str, ...] = ()
    label_selector: str | None = None
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source answered: the objects, and what it could not read.

    `info` is what a snapshot among files says of itself: its objects were read in a cluster.
    """

    documents: tuple[Document, ...] = ()
    gaps: tuple[Gap, ...] = ()
    info: SnapshotInfo | None = None


def together(*readings: Reading) -> Reading:
    """What several rounds brought: every object and every gap once."""
    documents = {id(document): document for one in readings for document in one.documents}
    return Reading(tuple(documents.values()), tuple(dict.fromkeys(gap for one in readings for gap in one.gaps)))


class Source(Protocol):
    """The cluster or files: two ways to the same raw objects."""

    def read(self, wants: Sequence[Want]) -> Reading:
        """Read everything asked for, in as few round trips as possible; what cannot be read is a gap.

        Raises CannotLook when nothing can be read at all (unreachable, unauthorized).
        """
        ...

    def is_served(self, kind: Kind, /) -> bool:
        """Whether an object of this kind could be there at all. Raises as `read` does."""
        ...
