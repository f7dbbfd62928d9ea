"""Which hosts may a namespace use? What is exported to everybody, and what to it alone (exportTo).

Source: pilot/pkg/model/push_context.go (initServiceRegistry, IsServiceVisible).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from kubectl_mtls.posture.client.registry import Host


class Exports:
    """The hosts of a mesh, the oldest first, as one control plane hands them out."""

    def __init__(self, hosts: Iterable[Host], default: frozenset[str]) -> None:
        self._default = default
        self.by_name: dict[str, list[Host]] = defaultdict(list)
        self._public: list[Host] = []
        self._public_in: dict[str, list[tuple[int, Host]]] = defaultdict(list)
        self._private: dict[str, list[Host]] = defaultdict(list)
        for host in hosts:
            self._place(host)
        self._contested: dict[str, set[str]] = defaultdict(set)
        for name, found in self.by_name.items():
            for host in found if len(found) > 1 else ():
                self._contested[host.namespace].add(name)

    def _place(self, host: Host) -> None:
        self.by_name[host.name].append(host)
        export_to = self._export_to(host)
        if "*" in export_to:
            self._public_in[host.namespace].append((len(self._public), host))
            self._public.append(host)
        elif "~" not in export_to:
            for namespace in {host.namespace if one == "." else one for one in export_to}:
                self._private[namespace].append(host)

    def _export_to(self, host: Host) -> frozenset[str]:
        return host.export_to or self._default

    def sees(self, host: Host, namespace: str) -> bool:
        """Whether a host is exported to a namespace."""
        export_to = self._export_to(host)
        return "*" in export_to or namespace in export_to or ("." in export_to and host.namespace == namespace)

    @property
    def to_everybody(self) -> list[Host]:
        """What a namespace may use to which nothing is exported alone."""
        return self._public

    def to(self, namespace: str, owners: Iterable[str] | None = None) -> list[Host]:
        """The hosts for a namespace: first those for it alone, then those for everybody.

        With `owners`, of the latter only those of these namespaces: a Sidecar that names them has no use for the rest.
        """
        own = self._private.get(namespace, [])
        if owners is None:
            return [*own, *self._public]
        numbered = (one for owner in owners for one in self._public_in.get(owner, ()))
        return [*own, *(host for _, host in sorted(numbered, key=lambda one: one[0]))]

    def peculiar_to(self, namespace: str) -> Iterator[Host]:
        """The hosts whose names may mean something else here: those for it alone, and its own of a contested name."""
        private = self._private.get(namespace, [])
        yield from private
        names = {host.name for host in private} | self._contested.get(namespace, set())
        yield from (host for name in names for host in self.by_name[name] if "*" in self._export_to(host))
