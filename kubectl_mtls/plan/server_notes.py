"""What a change of a policy's mode does beyond the rows of its effect, in sentences."""

from kubectl_mtls.model.kind import (
    API_SERVICE,
    CUSTOM_RESOURCE,
    DEPLOYMENT,
    ENDPOINT_SLICE,
    ENVOY_FILTER,
    INGRESS,
    MUTATING_WEBHOOK,
    NETWORK_POLICY,
    SERVICE,
    VALIDATING_WEBHOOK,
)
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.model.selector import selects
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.patch import value_at
from kubectl_mtls.plan.policy_target import PolicyTarget
from kubectl_mtls.plan.step import Step
from kubectl_mtls.plan.undo_record import has_record

SELECTOR = ("spec", "selector", "matchLabels")
_DECIDING = (SERVICE, ENDPOINT_SLICE, ENVOY_FILTER, MUTATING_WEBHOOK, DEPLOYMENT)
_EVIDENCE = (VALIDATING_WEBHOOK, API_SERVICE, CUSTOM_RESOURCE, INGRESS, NETWORK_POLICY)
_PORTS = ("spec", "portLevelMtls")


def kept_ports(manifest: Manifest | None) -> list[str]:
    """Modes of ports, which win over the workload's mode on their ports (P09)."""
    if not value_at(manifest, SELECTOR):
        return []
    modes = {port: value_at(said, ("mode",)) for port, said in (value_at(manifest, _PORTS) or {}).items()}
    ports = ", ".join(f"{port} {mode or ServerMode.UNSET}" for port, mode in sorted(modes.items()))
    return [f"its port modes stay as they are and win on their ports: {ports}"] if ports else []


def unread(snapshot: Snapshot) -> list[str]:
    """What was not read and might make the effect another one: filters, endpoints, and where control planes live."""
    gaps = (gap for gap in snapshot.gaps if gap.kind in _DECIDING)
    return [f"the effect is not certain: {gap.detail}" for gap in gaps]


def unknown_port(snapshot: Snapshot, target: PolicyTarget, port: int) -> list[str]:
    """P09: a Service's port number here has no effect."""
    wanted = value_at(target.manifest, SELECTOR) or {}
    pods = [
        pod
        for pod in snapshot.pods.values()
        if pod.metadata.namespace == target.ref.namespace and selects(wanted, pod.labels)
    ]
    if not pods or any(declared.number == port for pod in pods for declared in pod.ports):
        return []
    return [
        f"none of the {len(pods)} pods that it selects declares port {port}: the pod's own port counts, not a Service's"
    ]


def unseen(step: Step) -> list[str]:
    """What was not read and might name somebody who calls without a proxy."""
    details = [gap.detail for gap in step.before.gaps if gap.kind in _EVIDENCE and step.may_tighten]
    return [f"who calls without a proxy was not looked for everywhere: {'; '.join(details)}"] if details else []


def older_record(target: PolicyTarget) -> list[str]:
    """That undo goes one step back."""
    if not has_record(target.manifest):
        return []
    return [f"{target.ref} holds the undo record of an earlier change: it is replaced, undo goes one step back"]
