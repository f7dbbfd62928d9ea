"""What goes to each endpoint of a cluster: by auto mTLS, across networks, through tunnels?

Source: pilot/pkg/xds/endpoints (mtls_checker.go, ep_filters.go, endpoint_builder.go); sections 3.2, 3.6 and 3.7.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from kubectl_mtls.model.modes import ClientMode
from kubectl_mtls.model.workload_entry import ISTIO
from kubectl_mtls.posture.client.settings import Settings
from kubectl_mtls.posture.cluster.auto_mtls import is_mutual
from kubectl_mtls.posture.cluster.endpoint import Endpoint
from kubectl_mtls.posture.cluster.hbone import takes_hbone
from kubectl_mtls.posture.cluster.networks import NetworkGateway, Networks
from kubectl_mtls.posture.cluster.wire import Wire
from kubectl_mtls.posture.server.accepts import Effective
from kubectl_mtls.posture.server.server import Policies


@dataclass(frozen=True, slots=True)
class Sent:
    """What goes to one endpoint. `asked` is the policy that auto mTLS asked, None where none was; `inside` is a rule's
    own TLS within HBONE, `via` the gateways that stand for an endpoint of another network.
    """

    endpoint: Endpoint
    wire: Wire
    asked: Effective | None = None
    inside: Wire | None = None
    via: tuple[NetworkGateway, ...] = ()


@dataclass(frozen=True, slots=True)
class Sender:
    """What the proxies of one control plane send to endpoints. `mode` is the rule's by which those are told apart."""

    settings: Settings
    policies: Policies
    networks: Networks

    def by_auto_mtls(
        self, behind: Iterable[Endpoint], mode: ClientMode | None, *, is_open: bool, each: bool
    ) -> tuple[Sent, ...]:
        """Behind an open gate `each` endpoint decides, or all get the same; behind a closed one all get plaintext."""
        if not is_open or not each:
            wire = Wire.ISTIO_MUTUAL if is_open else Wire.PLAINTEXT
            return tuple(Sent(endpoint, wire) for endpoint in behind)
        found = []
        alike: dict[object, tuple[bool, Effective | None]] = {}
        for endpoint in behind:
            key = endpoint.alike
            if key not in alike:
                alike[key] = is_mutual(self.policies, self.settings, endpoint, mode)
            mutual, asked = alike[key]
            found.append(Sent(endpoint, Wire.ISTIO_MUTUAL if mutual else Wire.PLAINTEXT, asked))
        return tuple(found)

    def across(self, sent: Iterable[Sent], mode: ClientMode | None) -> Iterator[Sent]:
        """Endpoints of other networks are behind gateways, and those only lead to what is mutual."""
        for one in sent:
            via = self.networks.gateways_before(one.endpoint)
            if not via:
                yield one
            elif one.endpoint.tls_mode == ISTIO and is_mutual(self.policies, self.settings, one.endpoint, mode)[0]:
                yield replace(one, via=via)

    def tunnelled(self, sent: Sent) -> Sent:
        """HBONE where the endpoint takes it and has no TLS of the mesh; a rule's own TLS goes inside."""
        endpoint = sent.endpoint
        classic = endpoint.tls_mode == ISTIO and not self.settings.prefers_hbone
        if classic or sent.via or not takes_hbone(endpoint):
            return sent
        own = sent.wire if sent.wire in (Wire.SIMPLE, Wire.MUTUAL) else None
        return replace(sent, wire=Wire.HBONE, inside=own)
