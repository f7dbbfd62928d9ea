"""What a client's proxy has for each host: one value per mesh that works everything out once and when it is asked for.

Clients of which no rule can tell one from another share their answers: cost grows with objects, not with pairs.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kubectl_mtls.model.proxy_files import ProxyFiles
from kubectl_mtls.model.selector import Labels
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.client.backend_policies import resolve_backend_rules
from kubectl_mtls.posture.client.registry import Host, HostPort, resolve_hosts
from kubectl_mtls.posture.client.rule_choice import Found, choose_rule, find_rules
from kubectl_mtls.posture.client.rule_index import MergedRule, RuleIndex
from kubectl_mtls.posture.client.settings import Settings, resolve_settings
from kubectl_mtls.posture.client.visibility import Scope, Visibility
from kubectl_mtls.posture.cluster.cluster import Cluster, ClusterMaker
from kubectl_mtls.posture.cluster.endpoints import EndpointIndex
from kubectl_mtls.posture.cluster.networks import Networks
from kubectl_mtls.posture.cluster.own_files import with_files
from kubectl_mtls.posture.cluster.sending import Sender
from kubectl_mtls.posture.server.server import Policies


@dataclass(frozen=True, slots=True)
class Plane:
    """What one control plane answers from."""

    settings: Settings
    rules: RuleIndex
    visibility: Visibility
    maker: ClusterMaker


@dataclass(frozen=True, slots=True)
class Chosen:
    """The rule of one client for one host, and where rules were found at all."""

    rule: MergedRule | None
    found: Found


class Outbound:
    """The client side of a snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.policies = Policies(snapshot)
        self.rules = (*snapshot.destination_rules, *resolve_backend_rules(snapshot))
        self.hosts = resolve_hosts(snapshot)
        self.endpoints = EndpointIndex(snapshot)
        self.networks = Networks(snapshot)
        self.by_name = _by_name(self.hosts)
        self._sidecar_labels: dict[str, list[Labels]] = defaultdict(list)
        for pod in snapshot.pods.values():
            if pod.proxy.is_sidecar:
                self._sidecar_labels[pod.metadata.namespace].append(pod.labels)
        self._shared: dict[tuple[Settings, str], bool] = {}
        self._settings: dict[str | None, Settings] = {}
        self._planes: dict[Settings, Plane] = {}
        self._clusters: dict[tuple[object, ...], tuple[Cluster, ...]] = {}
        self._found: dict[tuple[object, ...], Found] = {}

    def settings_of(self, revision: str | None) -> Settings:
        """The settings of a revision or tag."""
        if revision not in self._settings:
            self._settings[revision] = resolve_settings(self.snapshot, revision)
        return self._settings[revision]

    def plane(self, settings: Settings) -> Plane:
        """Rules and hosts as a control plane with these settings sees them."""
        found = self._planes.get(settings)
        if found is None:
            snapshot = self.snapshot
            found = self._planes[settings] = Plane(
                settings,
                RuleIndex(self.rules, settings),
                Visibility(self.hosts, snapshot.sidecars, snapshot.virtual_services, settings),
                ClusterMaker(settings, self.policies, self.endpoints, Sender(settings, self.policies, self.networks)),
            )
        return found

    def scope(self, settings: Settings, namespace: str, labels: Labels, *, gateway: bool) -> Scope:
        """What a proxy knows."""
        visibility = self.plane(settings).visibility
        sidecar = None if gateway else visibility.sidecar_of(namespace, labels)
        return visibility.scope(namespace, sidecar, gateway=gateway and not self._shares_scope(visibility, namespace))

    def _shares_scope(self, visibility: Visibility, namespace: str) -> bool:
        """Whether a gateway gets what sidecars beside it have: istiod keeps one scope for those without Sidecar.

        Source: doGetSidecarScope, which looks for it in defaultSidecarsByNamespace first.
        """
        key = (visibility.settings, namespace)
        if key not in self._shared:
            labels_of_sidecars = self._sidecar_labels.get(namespace, ())
            self._shared[key] = any(visibility.sidecar_of(namespace, one) is None for one in labels_of_sidecars)
        return self._shared[key]

    def choose(self, settings: Settings, namespace: str, labels: Labels, host: Host) -> Chosen:
        """The rule that a client's proxy uses for a host."""
        key = (settings, namespace, host)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = find_rules(self.plane(settings).rules, namespace, host)
        return Chosen(choose_rule(found.rules, namespace, labels), found)

    def clusters(
        self,
        settings: Settings,
        host: Host,
        port: HostPort,
        rule: MergedRule | None,
        *,
        gateway: bool,
        files: ProxyFiles | None = None,
    ) -> tuple[Cluster, ...]:
        """The clusters for a port of a host under a rule, the same for every client that uses the rule."""
        key = (settings, host, port.number, port.name, rule, gateway, files)
        found = self._clusters.get(key)
        if found is None:
            made = self.plane(settings).maker.make(host, port, rule, gateway=gateway)
            found = tuple(with_files(one, files, settings) for one in made) if files else made
            self._clusters[key] = found
        return found


def _by_name(hosts: Iterable[Host]) -> dict[str, Host]:
    """Each name once: a Service goes before a ServiceEntry, else the older one."""
    found: dict[str, Host] = {}
    for host in hosts:
        before = found.get(host.name)
        if before is None or (host.kubernetes and not before.kubernetes):
            found[host.name] = host
    return found


def distinct_ports(host: Host) -> Iterator[HostPort]:
    """The ports of a host by number; UDP gives way to what is proxied."""
    numbers = {port.number for port in host.ports if port.protocol != "UDP"}
    seen: set[int] = set()
    for port in host.ports:
        if port.number not in seen and (port.protocol != "UDP" or port.number not in numbers):
            seen.add(port.number)
            yield port
