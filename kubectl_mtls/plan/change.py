"""A change as a value: what would be written to which object, why, what speaks against it, how it is taken back."""

from dataclasses import dataclass, field
from typing import Any

from kubectl_mtls.model.ref import Ref

Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One object before and after. `before` None creates it, `after` None deletes it.

    `before` carries the resourceVersion that was read: the precondition of the write. Manifests stay out of repr, since
    a Secret's hold its key.
    """

    ref: Ref
    before: Manifest | None = field(repr=False)
    after: Manifest | None = field(repr=False)
    reason: str

    @property
    def is_nothing(self) -> bool:
        """Whether the object is already as wanted."""
        return self.before == self.after
