"""Which client workloads can no object of the mesh tell apart? They are one member, which is asked once.

Labels count only by which selectors match them, so that one rule with a workloadSelector splits a namespace in two and
not into as many parts as it has workloads.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.selector import Labels, selects
from kubectl_mtls.posture.client.client_class import Classifier, ClientClass
from kubectl_mtls.posture.client.registry import Host
from kubectl_mtls.posture.client.visibility import Scope
from kubectl_mtls.posture.cluster.outbound import Outbound

Name = tuple[str, str, str]
"""Namespace, kind and name of a workload."""

_READS_RULES = (Proxy.SIDECAR, Proxy.GATEWAY, Proxy.PROXYLESS)


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """Classes with equal answers everywhere; `client` stands for all of them.

    `alone` counts the workloads that are in no other member, `shared` are those that are. `scope` is what their proxy
    knows, None where it reads no rules: whom it reaches does not depend on what is declared.
    """

    client: ClientClass
    classes: tuple[ClientClass, ...]
    alone: int
    shared: frozenset[Name]
    scope: Scope | None

    @property
    def first(self) -> "Member":
        """It stands for itself."""
        return self

    def knows(self, host: Host) -> bool:
        """Whether the proxy has heard of a host; whoever has none asks DNS, which knows all of them."""
        return self.scope is None or host.name in self.scope.hosts


@dataclass(slots=True)
class Crowd:
    """Members of several namespaces who have one answer wherever nothing names their namespace."""

    by_namespace: dict[str, list[Member]] = field(default_factory=lambda: defaultdict(list))
    alone: int = 0
    shared: set[Name] = field(default_factory=set)

    def add(self, member: Member) -> None:
        """One more."""
        self.by_namespace[member.client.namespace].append(member)
        self.alone += member.alone
        self.shared |= member.shared


@dataclass(frozen=True, slots=True)
class Rest:
    """A crowd without those of some namespaces; the cost is that of the exceptions."""

    crowd: Crowd
    without: frozenset[str] = frozenset()

    @property
    def first(self) -> Member | None:
        """One that stands for all; None where nobody is left."""
        return next(
            (one for name, found in self.crowd.by_namespace.items() if name not in self.without for one in found), None
        )

    @property
    def members(self) -> Iterator[Member]:
        """All of them."""
        for namespace, found in self.crowd.by_namespace.items():
            if namespace not in self.without:
                yield from found

    @property
    def alone(self) -> int:
        """The workloads that are in no other member."""
        gone = (one for name in self.without for one in self.crowd.by_namespace.get(name, ()))
        return self.crowd.alone - sum(one.alone for one in gone)

    @property
    def shared(self) -> frozenset[Name]:
        """The workloads that are in other members too."""
        return frozenset(name for name in self.crowd.shared if name[0] not in self.without)


def fold_clients(outbound: Outbound, pods: Iterable[Pod]) -> Iterator[Member]:
    """The members that these pods make, in the order of the pods."""
    workloads: dict[ClientClass, set[Name]] = defaultdict(set)
    classify = Classifier(outbound).of
    for pod in pods:
        workloads[classify(pod)].add((pod.metadata.namespace, pod.workload.kind, pod.workload.name))
    alike: dict[tuple[object, ...], list[ClientClass]] = defaultdict(list)
    selectors = _selectors(outbound)
    for client in workloads:
        alike[_signature(client, selectors)].append(client)
    names = [set().union(*(workloads[client] for client in classes)) for classes in alike.values()]
    members_of = Counter(name for found in names for name in found)
    for classes, found in zip(alike.values(), names, strict=True):
        shared = frozenset(name for name in found if members_of[name] > 1)
        yield Member(classes[0], tuple(classes), len(found) - len(shared), shared, _scope(outbound, classes[0]))


def _selectors(outbound: Outbound) -> Mapping[str, list[Labels]]:
    """What tells workloads apart, by namespace; "" holds those of EnvoyFilters, which may be of the root namespace."""
    snapshot = outbound.snapshot
    found: dict[str, list[Labels]] = defaultdict(list)
    for rule in outbound.rules:
        if rule.match_labels:
            found[rule.metadata.namespace].append(rule.match_labels)
    for sidecar in snapshot.sidecars:
        if sidecar.match_labels:
            found[sidecar.metadata.namespace].append(sidecar.match_labels)
    found[""] += [one.match_labels for one in snapshot.envoy_filters if one.match_labels]
    return found


def _signature(client: ClientClass, selectors: Mapping[str, list[Labels]]) -> tuple[object, ...]:
    labels = client.label_map
    wanted = (*selectors.get(client.namespace, ()), *selectors.get("", ())) if labels else ()
    matched = tuple(number for number, one in enumerate(wanted) if selects(one, labels))
    return (client.namespace, client.proxy, client.settings, client.capture, client.files, matched)


def _scope(outbound: Outbound, client: ClientClass) -> Scope | None:
    if client.proxy not in _READS_RULES:
        return None
    return outbound.scope(client.settings, client.namespace, client.label_map, gateway=client.is_gateway)
