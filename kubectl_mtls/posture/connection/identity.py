"""Do the names in the certificates fit? The server's SPIFFE ID against what the client demands, and trust domains.

Source: pilot/pkg/networking/core/cluster_tls.go (SANs of ISTIO_MUTUAL, 2.4), plugin/authn/util.go (1.7). The automatic
names are those of the endpoints themselves, so they always fit; names that a rule gives may never.
"""

from kubectl_mtls.posture.client.settings import Settings
from kubectl_mtls.posture.cluster.client_tls import ClientPolicy
from kubectl_mtls.posture.cluster.endpoint import Endpoint


def server_ids(endpoint: Endpoint, settings: Settings) -> tuple[str, ...]:
    """The SPIFFE ID of a workload under the trust domain of its control plane; empty without identity."""
    if not endpoint.service_account:
        return ()
    place = f"/ns/{endpoint.namespace}/sa/{endpoint.service_account}"
    return (f"spiffe://{settings.trust_domains[0]}{place}",)


def name_never_fits(policy: ClientPolicy, endpoint: Endpoint, settings: Settings) -> bool:
    """Whether a rule's subjectAltNames hold no name that this server's certificate has."""
    wanted = policy.tls.subject_alt_names if policy.tls else None
    have = server_ids(endpoint, settings)
    return bool(wanted) and bool(have) and not set(wanted or ()) & set(have)


def domains_fit(client: Settings, server: Settings) -> bool:
    """Whether the server trusts the client's trust domain, and the client expects the server's."""
    return client.trust_domains[0] in server.trust_domains and server.trust_domains[0] in client.trust_domains
