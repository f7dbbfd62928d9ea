"""What is wrong with an object, and what speaks against a change: values that rules and planners raise."""

from dataclasses import dataclass
from enum import StrEnum

from kubectl_mtls.model.metadata import Changed
from kubectl_mtls.model.origin import Origin
from kubectl_mtls.model.ref import Ref


class Severity(StrEnum):
    """How bad it is: an error breaks or opens something now, a warning will or may, info is worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault. `object` None means the mesh as a whole; `fix` is a command that can be pasted, or advice."""

    code: str
    name: str
    severity: Severity
    object: Ref | None
    field: str
    message: str
    fix: str | None = None
    changed: Changed | None = None
    origin: Origin | None = None

    @property
    def order(self) -> tuple[int, str, str, str]:
        """Worst first, then by code and object."""
        return self.severity.rank, self.code, self.object.full if self.object else "", self.field


@dataclass(frozen=True, slots=True)
class Objection:
    """What speaks against a change, until it is accepted by its code. `mend` is what would make it void."""

    code: str
    name: str
    message: str
    mend: str | None = None
