"""Which AuthorizationPolicies of a host's servers look at who the client is?

Their rules come to something else where connections carry no identity: ALLOW refuses, DENY lets through (P27, P28).
"""

from collections.abc import Collection

from kubectl_mtls.model.authorization_policy import AuthorizationPolicy
from kubectl_mtls.model.selector import selects
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.client.registry import resolve_hosts
from kubectl_mtls.posture.cluster.endpoint import Endpoint
from kubectl_mtls.posture.cluster.endpoints import EndpointIndex


def identity_policies(snapshot: Snapshot, names: Collection[str]) -> tuple[AuthorizationPolicy, ...]:
    """The policies that hold for an endpoint of these hosts and have a rule about identities, in their order."""
    looking = [one for one in snapshot.authorization_policies if not one.targets and _looks_at_identity(one)]
    if not looking or not names:
        return ()
    index = EndpointIndex(snapshot)
    servers = [end for host in resolve_hosts(snapshot) if host.name in names for end in index.of(host.key)]
    return tuple(policy for policy in looking if any(_holds(snapshot, policy, one) for one in servers))


def _looks_at_identity(policy: AuthorizationPolicy) -> bool:
    return any(rule.identity_field or rule.negative for rule in policy.rules)


def _holds(snapshot: Snapshot, policy: AuthorizationPolicy, server: Endpoint) -> bool:
    root = snapshot.mesh_config(server.pod.revision if server.pod else None).root_namespace
    return policy.metadata.namespace in (root, server.namespace) and selects(policy.match_labels, server.labels)
