"""Which clients are alike before and after? A change can put a client into another class; two such classes are a pair.

Cost grows with pairs of classes, not with clients: a pair knows how many workloads are in no other.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kubectl_mtls.model.pod import Pod
from kubectl_mtls.posture.client.client_class import Classifier, ClientClass
from kubectl_mtls.posture.cluster.outbound import Outbound
from kubectl_mtls.posture.connection.connection import Connection
from kubectl_mtls.posture.mesh.callers import Callers

Client = tuple[str, str, str]
"""Namespace, kind and name of a client workload."""


@dataclass(frozen=True, slots=True)
class Clients:
    """Workloads of one or more pairs. `alone` counts those that are in one pair only, `shared` are the others."""

    names: frozenset[Client]
    alone: int
    shared: frozenset[Client]


def count_clients(found: Iterable[Clients]) -> int:
    """The workloads, each once."""
    alone, shared = 0, set[Client]()
    for one in found:
        alone += one.alone
        shared |= one.shared
    return alone + len(shared)


@dataclass(frozen=True, slots=True)
class Joined:
    """Clients that share a connection to one port before, and one after."""

    before: Connection
    after: Connection
    clients: tuple[Clients, ...]


class ClientPairs:
    """The client workloads with a proxy that are there before and after, by their classes in both."""

    def __init__(self, before: Outbound, after: Outbound) -> None:
        then, now = Classifier(before).of, Classifier(after).of
        names: dict[tuple[ClientClass, ClientClass], set[Client]] = defaultdict(set)
        for key, pod in before.snapshot.pods.items():
            other = after.snapshot.pods.get(key)
            if other is not None and pod.proxy.in_mesh and other.proxy.in_mesh:
                names[then(pod), now(other)].add(_name(pod))
        pairs = Counter(name for found in names.values() for name in found)
        self._by_pair = {pair: _clients(found, pairs) for pair, found in names.items()}

    @property
    def total(self) -> int:
        """How many workloads there are."""
        return count_clients(self._by_pair.values())

    def join(self, before: Sequence[Callers], after: Sequence[Callers]) -> Iterator[Joined]:
        """Who calls a port by which connections. Clients that do not know the host are no callers of it."""
        if len(before) == len(after) == 1 and before[0].are_aware and after[0].are_aware:
            yield Joined(before[0].connection, after[0].connection, tuple(self._by_pair.values()))
            return
        then, now = _by_class(before), _by_class(after)
        found: dict[tuple[int, int], list[tuple[Connection, Connection, Clients]]] = defaultdict(list)
        for (old, new), clients in self._by_pair.items():
            if old in then and new in now:
                one, other = then[old], now[new]
                found[id(one), id(other)].append((one, other, clients))
        for same in found.values():
            yield Joined(same[0][0], same[0][1], tuple(clients for _, _, clients in same))


def _by_class(callers: Sequence[Callers]) -> dict[ClientClass, Connection]:
    return {client: one.connection for one in callers if one.are_aware for client in one.classes}


def _clients(names: set[Client], pairs: Counter[Client]) -> Clients:
    shared = frozenset(name for name in names if pairs[name] > 1)
    return Clients(frozenset(names), len(names) - len(shared), shared)


def _name(pod: Pod) -> Client:
    return pod.metadata.namespace, pod.workload.kind, pod.workload.name
