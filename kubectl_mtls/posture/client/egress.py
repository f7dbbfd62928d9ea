"""Which hosts an egress listener of a Sidecar takes (pilot/pkg/model/sidecar.go, hostClassification)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kubectl_mtls.model.host import covers, overlaps
from kubectl_mtls.model.sidecar import Egress

_ANY = "*"


@dataclass(frozen=True, slots=True)
class Imports:
    """The hosts of one listener by namespace (`*` for any). `port` 0 imports every port.

    An entry whose namespace begins with `~` excludes what it names; `~/*` alone imports nothing.
    """

    wanted: Mapping[str, tuple[str, ...]]
    excluded: Mapping[str, tuple[str, ...]]
    port: int

    @property
    def is_everything(self) -> bool:
        """Whether nothing that is exported to the client is left out."""
        return self.wanted.get(_ANY) == ("*",) and not self.excluded and not self.port

    @property
    def owners(self) -> tuple[str, ...] | None:
        """The namespaces of which anything is imported; None where that may be any."""
        return None if _ANY in self.wanted else tuple(self.wanted)

    def takes(self, namespace: str, host: str) -> bool:
        """Whether a host of a namespace is imported."""
        return not self._excludes(namespace, host) and any(
            covers(pattern, host) for key in (namespace, _ANY) for pattern in self.wanted.get(key, ())
        )

    def takes_any(self, namespace: str, hosts: Iterable[str]) -> bool:
        """Whether a VirtualService with these hosts is imported: there, a wildcard on either side is enough."""
        return any(
            not self._excludes(namespace, host)
            and any(overlaps(pattern, host) for key in (namespace, _ANY) for pattern in self.wanted.get(key, ()))
            for host in hosts
        )

    def _excludes(self, namespace: str, host: str) -> bool:
        return any(covers(pattern, host) for key in (namespace, _ANY) for pattern in self.excluded.get(key, ()))


def parse_imports(egress: Egress, namespace: str) -> Imports:
    """The hosts of a listener as a proxy of `namespace` takes them; entries without exactly one slash say nothing."""
    wanted: dict[str, tuple[str, ...]] = {}
    excluded: dict[str, tuple[str, ...]] = {}
    for written in egress.hosts:
        if written.count("/") != 1:
            continue
        where, _, host = written.partition("/")
        into = wanted
        if where.startswith("~"):
            into, where = excluded, where[1:] or _ANY
        where = namespace if where == "." else where
        into[where] = (*into.get(where, ()), host)
    return Imports(wanted, excluded, egress.port)
