"""What could not be seen, and why: not knowing is a value."""

from dataclasses import dataclass
from enum import StrEnum

from kubectl_mtls.model.kind import SECRET, Kind
from kubectl_mtls.model.origin import Origin


class GapReason(StrEnum):
    """Why something is missing from a snapshot."""

    FORBIDDEN = "Forbidden"
    UNREADABLE = "Unreadable"
    MALFORMED = "Malformed"
    WITHHELD = "Withheld"


@dataclass(frozen=True, slots=True)
class Gap:
    """One hole in a snapshot.

    `namespace` None means all namespaces (or a cluster-scoped kind), `name` None means every object of the kind.
    `detail` is the sentence a user reads. `missing_rule` is the RBAC rule that would close the gap, as
    `list peerauthentications.security.istio.io in namespace istio-system`; only with reason FORBIDDEN. WITHHELD is a
    read that the program does not do unasked (the mesh's signing key without `--read-ca`). `except_namespaces` are
    those that could be read one by one where reading all namespaces at once was forbidden: nothing hides there.
    """

    kind: Kind | None
    namespace: str | None
    name: str | None
    reason: GapReason
    detail: str
    missing_rule: str | None = None
    origin: Origin | None = None
    except_namespaces: frozenset[str] = frozenset()

    @property
    def was_not_asked(self) -> bool:
        """Whether it hides Secrets that nobody asked for: a rule about them is not asked either, so not blind."""
        return self.reason is GapReason.WITHHELD and self.kind == SECRET

    def hides(self, kind: Kind, namespace: str, name: str | None = None) -> bool:
        """Whether an object of this kind, namespace (and name) may exist behind this gap."""
        return (
            self.kind == kind
            and self.namespace in (None, namespace)
            and namespace not in self.except_namespaces
            and (self.name is None or name is None or self.name == name)
        )
