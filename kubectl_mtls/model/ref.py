"""How an object is named: kind, namespace and name, and how kubectl writes that."""

from dataclasses import dataclass

from kubectl_mtls.model.kind import Kind


@dataclass(frozen=True, slots=True)
class Ref:
    """The identity of one object. `namespace` is empty for cluster-scoped kinds."""

    kind: Kind
    namespace: str
    name: str

    def __str__(self) -> str:
        """`peerauthentication/default`: what `kubectl get` accepts inside the namespace."""
        return f"{self.kind.singular}/{self.name}"

    @property
    def full(self) -> str:
        """`peerauthentication/default -n shop`: what can be pasted after `kubectl get` anywhere."""
        return f"{self} -n {self.namespace}" if self.namespace else str(self)

    def seen_from(self, namespace: str) -> str:
        """As somebody in `namespace` names it: with `-n` only where it is elsewhere."""
        return str(self) if self.namespace == namespace else self.full
