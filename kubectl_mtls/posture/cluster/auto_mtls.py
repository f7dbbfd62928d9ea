"""Where no rule says anything about TLS: may the cluster be mutual, and is the endpoint (3.1, 3.2)?

Source: pilot/pkg/model/push_context.go (BestEffortInferServiceMTLSMode), pilot/pkg/xds/endpoints/mtls_checker.go.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from kubectl_mtls.model.modes import ClientMode, ServerMode
from kubectl_mtls.model.peer_authentication import PeerAuthentication
from kubectl_mtls.model.workload_entry import DISABLED, ISTIO
from kubectl_mtls.posture.client.registry import Discovery, Host
from kubectl_mtls.posture.client.settings import Settings
from kubectl_mtls.posture.cluster.client_tls import PASSTHROUGH
from kubectl_mtls.posture.cluster.endpoint import Endpoint
from kubectl_mtls.posture.server.accepts import Effective
from kubectl_mtls.posture.server.server import Policies


class Gate(StrEnum):
    """The answer for a Service port, before endpoints are told apart."""

    OPEN = "auto mTLS: each endpoint decides"
    OFF = "enableAutoMtls is false"
    EXTERNAL = "the host is outside of the mesh (MESH_EXTERNAL)"
    NO_ENDPOINTS = "addresses are taken as they are asked for, and there is no endpoint to judge by"
    NAKED_ENDPOINT = "addresses are taken as they are asked for, and an endpoint has no proxy"
    NAMESPACE_DISABLED = "the namespace's or mesh's policy is DISABLE; workloads and ports are not looked at"


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """The gate, with the policy or endpoint behind it where there is one."""

    gate: Gate
    policy: PeerAuthentication | None = None
    endpoint: Endpoint | None = None


def resolve_gate(
    policies: Policies, settings: Settings, host: Host, load_balancer: str, endpoints: Iterable[Endpoint]
) -> GateAnswer:
    """Whether auto mTLS is possible. `load_balancer` is that of the topmost policy; `endpoints` are the port's."""
    if host.external:
        return GateAnswer(Gate.EXTERNAL)
    if not settings.auto_mtls:
        return GateAnswer(Gate.OFF)
    if host.discovery is Discovery.PASSTHROUGH or load_balancer == PASSTHROUGH:
        found = tuple(endpoints)
        if not found:
            return GateAnswer(Gate.NO_ENDPOINTS)
        naked = next((one for one in found if one.tls_mode == DISABLED), None)
        if naked is not None:
            return GateAnswer(Gate.NAKED_ENDPOINT, endpoint=naked)
    said = namespace_policy(policies, settings.root_namespace, host.namespace)
    if said.mode is ServerMode.DISABLE:
        return GateAnswer(Gate.NAMESPACE_DISABLED, policy=said.decided_by)
    return GateAnswer(Gate.OPEN, policy=said.decided_by)


def namespace_policy(policies: Policies, root: str, namespace: str) -> Effective:
    """What the policies of mesh and namespace say, those of workloads and ports left out."""
    return policies.effective_at(namespace, root, {}, 0)


def is_mutual(
    policies: Policies, settings: Settings, endpoint: Endpoint, rule_mode: ClientMode | None
) -> tuple[bool, Effective | None]:
    """Whether an endpoint of an auto cluster gets mutual TLS; with the policy asked, where one was.

    An endpoint without the label gets none, whatever a rule says: its metadata never carries the mark (3.4).
    """
    if endpoint.tls_mode != ISTIO:
        return False, None
    if rule_mode is not None:
        return rule_mode is ClientMode.ISTIO_MUTUAL, None
    effective = policies.effective_at(endpoint.namespace, settings.root_namespace, endpoint.labels, endpoint.port)
    return effective.mode is not ServerMode.DISABLE, effective
