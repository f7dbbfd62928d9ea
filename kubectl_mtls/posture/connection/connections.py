"""The connections of a snapshot: every client class towards every host that it can name, each worked out when asked.

Sources by step: sections 2 (rules), 3 (auto mTLS, unknown hosts, ambient) and 4 (outcome) of Istio's behaviour, whose
single questions have a file each in this folder.
"""

from collections.abc import Iterator, Mapping

from kubectl_mtls.model.outbound_capture import CAPTURES_ALL
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.posture.client.client_class import ClientClass
from kubectl_mtls.posture.client.registry import Host, HostPort, behind_alias
from kubectl_mtls.posture.client.rule_index import MergedRule
from kubectl_mtls.posture.cluster.outbound import Outbound, distinct_ports
from kubectl_mtls.posture.cluster.protocol import PortProtocol
from kubectl_mtls.posture.connection.arrival import Arrivals
from kubectl_mtls.posture.connection.captured import connect_by_ztunnel
from kubectl_mtls.posture.connection.connection import Connection, Way, undecided
from kubectl_mtls.posture.connection.fault import UnknownBy
from kubectl_mtls.posture.connection.proxied import connect_by_proxy, connect_under
from kubectl_mtls.posture.connection.proxyless import connect_by_grpc
from kubectl_mtls.posture.connection.unproxied import connect_in_plaintext
from kubectl_mtls.posture.connection.waypoint_way import connect_by_waypoint

_PROXIED = (Proxy.SIDECAR, Proxy.GATEWAY)


class Connections:
    """The connections of a snapshot, each worked out when it is asked for."""

    def __init__(self, outbound: Outbound) -> None:
        self.outbound = outbound
        self._arrivals = Arrivals(outbound)

    def hosts_of(self, client: ClientClass) -> list[Host]:
        """Every host that a client can name: the one that its proxy knows where several have a name."""
        known = self._known(client)
        return [known.get(name) or host for name, host in sorted(self.outbound.by_name.items())]

    def named(self, client: ClientClass, name: str) -> Host | None:
        """The host that a client means by a full name."""
        return self._known(client).get(name) or self.outbound.by_name.get(name)

    def _known(self, client: ClientClass) -> Mapping[str, Host]:
        if client.proxy not in _PROXIED:
            return {}
        scope = self.outbound.scope(client.settings, client.namespace, client.label_map, gateway=client.is_gateway)
        return scope.hosts

    def every(self, client: ClientClass) -> Iterator[Connection]:
        """All connections of a client, by host, port and subset."""
        for host in self.hosts_of(client):
            for port in sorted(distinct_ports(host), key=lambda port: port.number):
                yield from self.of(client, host, port)

    def of(self, client: ClientClass, host: Host, port: HostPort) -> tuple[Connection, ...]:
        """The connection to the plain host, then one for each subset that the client's rule has."""
        if port.protocol is PortProtocol.UDP:
            return (undecided(client, host, port, UnknownBy.NOT_PROXIED),)
        if self.missed_by(client, host, port) is not None:
            return (connect_in_plaintext(self._arrivals, client, host, port, Way.UNCAPTURED),)
        match client.proxy:
            case Proxy.NONE:
                return (connect_in_plaintext(self._arrivals, client, host, port, Way.NO_PROXY),)
            case Proxy.SIDECAR | Proxy.NATIVE_SIDECAR | Proxy.GATEWAY:
                return connect_by_proxy(self._arrivals, client, host, port, self._known(client))
            case Proxy.AMBIENT:
                return (connect_by_ztunnel(self._arrivals, client, host, port),)
            case Proxy.WAYPOINT:
                return (connect_by_waypoint(self._arrivals, client, host, port),)
            case Proxy.PROXYLESS:
                return (connect_by_grpc(self._arrivals, client, host, port),)
            case Proxy.UNKNOWN:
                return (undecided(client, host, port, UnknownBy.INJECTION),)

    def missed_by(self, client: ClientClass, host: Host, port: HostPort) -> str | None:
        """The annotation for which a client's calls to a host go past its sidecar; None where they do not."""
        if client.capture == CAPTURES_ALL:
            return None
        target = behind_alias(host, self.outbound.by_name) or host
        endpoints = (one.address for one in self.outbound.endpoints.of(target.key))
        return client.capture.missed_by(port.number, target.addresses or endpoints)

    def under(self, connection: Connection, rule: MergedRule) -> Connection:
        """The same connection if this rule were the client's; one that has no cluster stays as it is."""
        client, cluster = connection.client, connection.cluster
        if cluster is None:
            return connection
        settings, gateway = client.settings, client.is_gateway
        clusters = self.outbound.clusters(
            settings, cluster.host, cluster.port, rule, gateway=gateway, files=client.files
        )
        same = next((one for one in clusters if one.subset == connection.subset), clusters[0])
        return connect_under(self._arrivals, connection, same, rule)
