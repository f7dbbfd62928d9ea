"""For which namespaces may the answer about a host differ from everybody else's? What names them, or names it there."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_mtls.model.host import is_wildcard
from kubectl_mtls.model.kind import DESTINATION_RULE, SERVICE_ENTRY, SIDECAR
from kubectl_mtls.posture.client.registry import Host
from kubectl_mtls.posture.cluster.outbound import Outbound

_EVERYBODY = ("*", ".", "~")


@dataclass(frozen=True, slots=True)
class SpecialNamespaces:
    """`always` whatever the host is; else by its name, or by a pattern that covers it."""

    always: frozenset[str]
    by_host: dict[str, set[str]]
    by_pattern: dict[str, set[str]]

    def of(self, host: Host) -> frozenset[str]:
        """The namespaces whose clients have to be asked by themselves about this host."""
        found = {host.namespace, *self.always, *self.by_host.get(host.name, ())}
        found.update(one for one in host.export_to if one not in _EVERYBODY)
        for pattern, namespaces in self.by_pattern.items():
            if host.name.endswith(pattern[1:]):
                found |= namespaces
        return frozenset(found)


def resolve_special_namespaces(outbound: Outbound) -> SpecialNamespaces:
    """The namespaces with rules, with hosts of a contested name, and those where something could not be read.

    The root namespace's own clients look for rules in another order than others (2.2).
    """
    snapshot = outbound.snapshot
    exact: dict[str, set[str]] = defaultdict(set)
    patterns: dict[str, set[str]] = defaultdict(set)
    for rule in outbound.rules:
        places = {rule.metadata.namespace, *(one for one in rule.export_to if one not in _EVERYBODY)}
        (patterns if is_wildcard(rule.full_host) else exact)[rule.full_host].update(places)
    names = Counter(host.name for host in outbound.hosts)
    for host in outbound.hosts:
        if names[host.name] > 1:
            exact[host.name].add(host.namespace)
    revisions = {None, *(pod.revision for pod in snapshot.pods.values())}
    roots = {outbound.settings_of(revision).root_namespace for revision in revisions}
    return SpecialNamespaces(frozenset(roots | set(_half_read(outbound))), dict(exact), dict(patterns))


def _half_read(outbound: Outbound) -> Iterator[str]:
    """Namespaces where something could not be read, or was read where elsewhere it could not."""
    for gap in outbound.snapshot.gaps:
        if gap.kind in (DESTINATION_RULE, SIDECAR, SERVICE_ENTRY):
            yield from gap.except_namespaces
            yield from () if gap.namespace is None else (gap.namespace,)
