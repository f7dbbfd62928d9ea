"""A change as a value: what would be written to which object, why, what speaks against it, how it is taken back."""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from kubectl_mtls.model.finding import Objection
from kubectl_mtls.model.origin import ApiOrigin, Origin
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.plan.effect import Effect
from kubectl_mtls.plan.patch import FieldChange, field_changes
from kubectl_mtls.plan.undo_record import without_record


class Verb(StrEnum):
    """What happens to an object, in the word that kubectl prints afterwards."""

    CREATED = "created"
    PATCHED = "patched"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Change:
    """One object before and after. `before` None creates it, `after` None deletes it.

    `before` carries the resourceVersion that was read: the precondition of the write. Manifests stay out of repr, since
    a Secret's hold its key. `bookkeeping` marks what the program keeps for itself (an undo Secret). `origin` is where
    `before` was read.
    """

    ref: Ref
    before: Manifest | None = field(repr=False)
    after: Manifest | None = field(repr=False)
    bookkeeping: bool = False
    origin: Origin = field(default_factory=ApiOrigin)

    @property
    def verb(self) -> Verb:
        """What happens to the object."""
        if self.before is None:
            return Verb.CREATED
        return Verb.DELETED if self.after is None else Verb.PATCHED

    @property
    def is_nothing(self) -> bool:
        """Whether the object is already as wanted."""
        return self.before == self.after

    @property
    def fields(self) -> tuple[FieldChange, ...]:
        """The fields that differ, without our own undo record."""
        return field_changes(without_record(self.before or {}), without_record(self.after or {}))


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that one command would write, in this order, with what follows from it.

    `undo` is the command that takes it back, None where there is none (an undo itself). `kept_as` names the Secret that
    holds the previous version.
    """

    changes: tuple[Change, ...]
    effect: Effect
    objections: tuple[Objection, ...] = ()
    notes: tuple[str, ...] = ()
    undo: str | None = None
    kept_as: str | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to write."""
        return all(change.is_nothing for change in self.changes)

    def open_objections(self, accepted: Collection[str]) -> tuple[Objection, ...]:
        """Those that nobody accepted."""
        return tuple(objection for objection in self.objections if objection.code not in accepted)

    def is_same_as(self, other: "Plan") -> bool:
        """Whether both write the same fields from the same values, to the same effect and with the same objections.

        Other fields of the objects (and their resourceVersion) may have changed in between.
        """
        return self._gist == other._gist

    @property
    def _gist(self) -> object:
        written = [(change.ref, change.verb, change.fields) for change in self.changes if not change.bookkeeping]
        return [(ref, verb, _wanted(fields)) for ref, verb, fields in written], self.effect, self.objections


def _wanted(fields: tuple[FieldChange, ...]) -> list[FieldChange]:
    """What is written, without what the API server writes itself into a new object."""
    return [change for change in fields if change.path[0] != "metadata" or change.path[1] in ("annotations", "labels")]
