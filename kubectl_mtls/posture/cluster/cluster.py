"""What istiod programs into a proxy for one host, port and subset: the cluster, and what goes to each endpoint.

Source: pilot/pkg/networking/core/{cluster.go,cluster_builder.go,cluster_traffic_policy.go,cluster_tls.go},
pilot/pkg/xds/endpoints/endpoint_builder.go; sections 2.3 to 3.4 of the specification, with 0.1 items 1, 8, 9, 17.
"""

from dataclasses import dataclass
from enum import StrEnum

from kubectl_mtls.model.host import is_address
from kubectl_mtls.model.modes import ClientMode
from kubectl_mtls.model.proxy_files import ProxyFiles
from kubectl_mtls.model.selector import Labels, selects
from kubectl_mtls.posture.client.registry import Discovery, Host, HostPort
from kubectl_mtls.posture.client.rule_index import MergedRule
from kubectl_mtls.posture.client.settings import Settings
from kubectl_mtls.posture.cluster.auto_mtls import Gate, GateAnswer, resolve_gate
from kubectl_mtls.posture.cluster.client_tls import (
    PASSTHROUGH,
    ClientPolicy,
    Dropped,
    endpoint_mode,
    gate_policy,
    resolve_policy,
    resolve_wire,
)
from kubectl_mtls.posture.cluster.endpoint import Endpoint
from kubectl_mtls.posture.cluster.endpoints import EndpointIndex
from kubectl_mtls.posture.cluster.protocol import PortProtocol
from kubectl_mtls.posture.cluster.sending import Sender, Sent
from kubectl_mtls.posture.cluster.wire import Wire, together
from kubectl_mtls.posture.server.server import Policies

_FORWARDED = frozenset({"HTTP", "HTTP2", "GRPC", "TLS"})


class ClusterType(StrEnum):
    """How the proxy gets its addresses, in Envoy's words."""

    EDS = "EDS"
    STRICT_DNS = "STRICT_DNS"
    LOGICAL_DNS = "LOGICAL_DNS"
    ORIGINAL_DST = "ORIGINAL_DST"
    DYNAMIC_FORWARD_PROXY = "DYNAMIC_FORWARD_PROXY"

    @property
    def is_dns(self) -> bool:
        """Whether the endpoints are part of the cluster, so that there is none without them."""
        return self in (ClusterType.STRICT_DNS, ClusterType.LOGICAL_DNS)


@dataclass(frozen=True, slots=True, eq=False)
class Cluster:
    """One cluster. `gate` is None where a rule says what to send; `wire` is UNKNOWN where each endpoint decides and
    there is none. `rule_mode` is the mode by which endpoints are told apart (3.4). `files` are the proxy's own, where
    they take the place of what `policy` or auto mTLS would present (2.4).
    """

    host: Host
    port: HostPort
    subset: str | None
    type: ClusterType
    rule: MergedRule | None
    policy: ClientPolicy
    dropped: Dropped | None
    gate: GateAnswer | None
    rule_mode: ClientMode | None
    wire: Wire
    sent: tuple[Sent, ...]
    files: ProxyFiles | None = None


@dataclass(frozen=True, slots=True)
class ClusterMaker:
    """Makes the clusters of one control plane's proxies."""

    settings: Settings
    policies: Policies
    endpoints: EndpointIndex
    sender: Sender

    def make(self, host: Host, port: HostPort, rule: MergedRule | None, *, gateway: bool) -> tuple[Cluster, ...]:
        """The plain cluster, then one for every subset; none for what is not proxied or has no address."""
        if host.discovery is Discovery.ALIAS or port.protocol is PortProtocol.UDP:
            return ()
        kind = self._type(host, gateway)
        if kind is ClusterType.DYNAMIC_FORWARD_PROXY and port.word not in _FORWARDED:
            return ()
        if kind.is_dns and not self._behind(host, port, kind, {}):
            return ()
        main = self._cluster(host, port, None, kind, rule, gateway)
        if kind is ClusterType.DYNAMIC_FORWARD_PROXY or rule is None:
            return (main,)
        found = [main]
        for owned in rule.subsets:
            policy, labels = owned.subset.policy, owned.subset.labels
            passes = policy is not None and policy.load_balancer == PASSTHROUGH
            of_subset = ClusterType.ORIGINAL_DST if passes else main.type
            if not of_subset.is_dns or self._behind(host, port, of_subset, labels):
                found.append(self._cluster(host, port, owned.subset.name, of_subset, rule, gateway))
        return tuple(found)

    def _type(self, host: Host, gateway: bool) -> ClusterType:
        match host.discovery:
            case Discovery.DNS:
                return ClusterType.STRICT_DNS
            case Discovery.DNS_ROUND_ROBIN:
                return ClusterType.LOGICAL_DNS
            case Discovery.DYNAMIC_DNS:
                return ClusterType.DYNAMIC_FORWARD_PROXY
            case Discovery.PASSTHROUGH if not gateway and not (host.kubernetes and self.settings.headless_by_endpoint):
                return ClusterType.ORIGINAL_DST
            case _:
                return ClusterType.EDS

    def _cluster(
        self, host: Host, port: HostPort, subset: str | None, kind: ClusterType, rule: MergedRule | None, gateway: bool
    ) -> Cluster:
        policy = resolve_policy(rule, port.number, subset)
        if policy.load_balancer == PASSTHROUGH and kind is not ClusterType.DYNAMIC_FORWARD_PROXY:
            kind = ClusterType.ORIGINAL_DST
        owned = rule.subset(subset) if rule and subset is not None else None
        behind = self._behind(host, port, kind, owned.subset.labels if owned else {})
        dropped, gate, mode = None, None, None
        if policy.tls is not None:
            has_selector = rule is not None and rule.match_labels is not None
            wire, dropped = resolve_wire(policy.tls, sidecar=not gateway, has_selector=has_selector)
            sent = tuple(Sent(endpoint, wire) for endpoint in behind)
        else:
            gate = self._gate(host, port, rule, subset)
            mode = endpoint_mode(rule, port.number, subset, self.settings)
            each = kind is not ClusterType.ORIGINAL_DST
            sent = self.sender.by_auto_mtls(behind, mode, is_open=gate.gate is Gate.OPEN, each=each)
            wire = _of_cluster(gate, kind, sent)
        if self.sender.networks.are_several and kind is not ClusterType.ORIGINAL_DST:
            told = endpoint_mode(rule, port.number, subset, self.settings)
            sent = tuple(self.sender.across(sent, told))
            wire = together(one.wire for one in sent) if gate and sent else wire
        if self.settings.sends_hbone and kind is ClusterType.EDS:
            sent = tuple(map(self.sender.tunnelled, sent))
            wire = together(one.wire for one in sent) if sent else wire
        return Cluster(host, port, subset, kind, rule, policy, dropped, gate, mode, wire, sent)

    def _gate(self, host: Host, port: HostPort, rule: MergedRule | None, subset: str | None) -> GateAnswer:
        policy = gate_policy(rule, subset)
        instances = (one for one in self.endpoints.of(host.key) if one.is_of(port.name, port.number))
        return resolve_gate(self.policies, self.settings, host, policy.load_balancer if policy else "", instances)

    def _behind(self, host: Host, port: HostPort, kind: ClusterType, labels: Labels) -> tuple[Endpoint, ...]:
        """The endpoints that proxies get: by the port's name over EDS, by its number where clusters hold them."""
        found = [one for one in self.endpoints.of(host.key) if not one.terminating]
        if labels:
            found = [one for one in found if selects(labels, one.labels)]
        if kind.is_dns or host.discovery in (Discovery.DNS, Discovery.DNS_ROUND_ROBIN):
            return tuple(one for one in found if one.is_of(port.name, port.number))
        first = host.port(port.number)
        name = first.name if first else port.name
        return tuple(one for one in found if one.port_name == name and self._has_address(one))

    def _has_address(self, endpoint: Endpoint) -> bool:
        """EDS leaves out names; a socket has none, a pod in a file gets its own when it runs, and behind the gateway of
        a network nobody needs one.
        """
        if endpoint.pod is not None or not endpoint.port or is_address(endpoint.address):
            return True
        return not endpoint.address and bool(self.sender.networks.gateways_before(endpoint))


def _of_cluster(gate: GateAnswer, kind: ClusterType, sent: tuple[Sent, ...]) -> Wire:
    if gate.gate is not Gate.OPEN:
        return Wire.PLAINTEXT
    if kind in (ClusterType.ORIGINAL_DST, ClusterType.DYNAMIC_FORWARD_PROXY):
        return Wire.ISTIO_MUTUAL if kind is ClusterType.ORIGINAL_DST else Wire.PLAINTEXT
    return together(one.wire for one in sent)
