"""Workloads outside of the cluster (istio.io/api networking/v1alpha3/workload_entry.proto): WorkloadEntries, and the
endpoints that a ServiceEntry lists itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.selector import Labels

TLS_MODE_LABEL = "security.istio.io/tlsMode"
ISTIO, DISABLED = "istio", "disabled"
_HEALTH_ANNOTATION = "proxy.istio.io/health-checks-enabled"
_TRUE = ("1", "t", "T", "true", "TRUE", "True")


@dataclass(frozen=True, slots=True)
class Machine:
    """One workload that is no pod. `ports` are by port name. `network` says in which network its address holds."""

    address: str
    ports: Mapping[str, int]
    labels: Labels
    service_account: str
    network: str

    @property
    def tls_mode(self) -> str:
        """What clients take for granted: the label, else `istio` where it has an identity (3.5)."""
        return self.labels.get(TLS_MODE_LABEL) or (ISTIO if self.service_account else DISABLED)


@dataclass(frozen=True, slots=True)
class WorkloadEntry:
    """One WorkloadEntry. `healthy` is False where health checks are on and the last one did not pass."""

    metadata: Metadata
    machine: Machine
    healthy: bool


def parse_workload_entry(document: Document) -> WorkloadEntry:
    """Labels of metadata win over those of spec (ConvertWorkloadEntry). Raises Malformed."""
    manifest = document.manifest
    metadata = parse_metadata(document)
    with fields.below("spec"):
        machine = parse_machine(fields.mapping(manifest, "spec"), metadata.labels)
    return WorkloadEntry(metadata, machine, _is_healthy(metadata, manifest))


def parse_machine(spec: Mapping[str, Any], more_labels: Labels) -> Machine:
    """The part that WorkloadEntry.spec and ServiceEntry.spec.endpoints share. Raises Malformed."""
    return Machine(
        address=fields.text(spec, "address"),
        ports=_ports(fields.mapping(spec, "ports")),
        labels={**fields.strings(spec, "labels"), **more_labels},
        service_account=fields.text(spec, "serviceAccount"),
        network=fields.text(spec, "network"),
    )


def _ports(ports: Mapping[str, Any]) -> Mapping[str, int]:
    with fields.below("ports"):
        return {name: fields.number(ports, name) or 0 for name in ports if "." not in name}


def _is_healthy(metadata: Metadata, manifest: Mapping[str, Any]) -> bool:
    if metadata.annotations.get(_HEALTH_ANNOTATION) not in _TRUE:
        return True
    conditions = fields.mappings(manifest, "status.conditions")
    return any(one.get("type") == "Healthy" and one.get("status") == "True" for one in conditions)
