"""What runs: a pod, its workload, its ports and its proxy."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.probe import Probe, parse_probes
from kubectl_mtls.model.proxy import CONTAINER, Interception, Proxy, detect_proxy, parse_interception
from kubectl_mtls.model.proxy_files import NO_FILES, ProxyFiles, annotated_files
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.selector import Labels

STATUS_ANNOTATION = "sidecar.istio.io/status"


@dataclass(frozen=True, slots=True)
class ContainerPort:
    """A port that a container declares."""

    name: str
    number: int
    protocol: str


@dataclass(frozen=True, slots=True)
class Workload:
    """The controller that users know a pod by: `Deployment` rather than its ReplicaSet; the pod itself when alone."""

    kind: str
    name: str

    def __str__(self) -> str:
        """`deployment/cart`."""
        return f"{self.kind.lower()}/{self.name}"


@dataclass(frozen=True, slots=True)
class Pod:
    """One pod. `assumed` marks a pod that a file's workload would have (there is no pod of it in the files).

    `revision` is the control plane that configures its proxy: None when the pod does not say. `ready` is False only
    where the pod's conditions say so. `proxy_files` is what the pod itself says of them.
    """

    metadata: Metadata
    workload: Workload
    service_account: str
    proxy: Proxy
    interception: Interception
    ports: tuple[ContainerPort, ...]
    revision: str | None
    host_network: bool
    address: str
    finished: bool
    assumed: bool = False
    ready: bool = True
    probes: tuple[Probe, ...] = ()
    proxy_files: ProxyFiles = NO_FILES

    @property
    def labels(self) -> Labels:
        """What selectors look at."""
        return self.metadata.labels

    @property
    def alike(self) -> object:
        """What answers about a pod depend on: equal for those of one workload, which share labels and annotations."""
        shared = (id(self.metadata.labels), id(self.interception), self.proxy, self.revision, self.service_account)
        return (self.metadata.ref.namespace, self.assumed, *shared)

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name."""
        return (self.metadata.namespace, self.metadata.name)

    def port_named(self, name: str) -> int | None:
        """The container port that a Service's named targetPort means; None when no container has it."""
        return next((port.number for port in self.ports if port.name == name), None)


@dataclass(frozen=True, slots=True)
class _Alike:
    """What follows from spec, labels and annotations alone: the same for the pods of a workload."""

    proxy: Proxy
    ports: tuple[ContainerPort, ...]
    service_account: str
    host_network: bool
    interception: Interception
    revision: str | None
    probes: tuple[Probe, ...]
    proxy_files: ProxyFiles


class PodParser:
    """Types many pods. Where several hold one and the same spec, labels and annotations, those are looked at once."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, int, int], tuple[_Alike, object, Metadata]] = {}

    def __call__(self, document: Document) -> Pod:
        """Raises Malformed."""
        metadata = parse_metadata(document)
        spec = fields.mapping(document.manifest, "spec")
        key = (id(spec), id(metadata.labels), id(metadata.annotations))
        if key not in self._found:
            self._found[key] = (_alike(spec, metadata, document), spec, metadata)  # kept, so that ids stay theirs
        return _pod(document, metadata, self._found[key][0])


def parse_pod(document: Document) -> Pod:
    """Raises Malformed."""
    return PodParser()(document)


def _alike(spec: Mapping[str, Any], metadata: Metadata, document: Document) -> _Alike:
    with fields.below("spec"):
        proxy, ports = detect_proxy(spec, metadata.labels, metadata.annotations), parse_ports(spec)
        probes = parse_probes(spec)
    return _Alike(
        proxy=proxy,
        ports=ports,
        service_account=fields.text(document.manifest, "spec.serviceAccountName") or "default",
        host_network=bool(fields.flag(document.manifest, "spec.hostNetwork")),
        interception=parse_interception(metadata.annotations),
        revision=_revision(metadata),
        probes=probes,
        proxy_files=annotated_files(metadata.annotations),
    )


def _pod(document: Document, metadata: Metadata, alike: _Alike) -> Pod:
    return Pod(
        metadata=metadata,
        workload=_workload(metadata),
        service_account=alike.service_account,
        proxy=alike.proxy,
        interception=alike.interception,
        ports=alike.ports,
        revision=alike.revision,
        host_network=alike.host_network,
        address=fields.text(document.manifest, "status.podIP"),
        finished=fields.text(document.manifest, "status.phase") in ("Succeeded", "Failed"),
        probes=alike.probes,
        ready=_is_ready(fields.mappings(document.manifest, "status.conditions")),
        proxy_files=alike.proxy_files,
    )


def _is_ready(conditions: list[Mapping[str, Any]]) -> bool:
    """Pods without any condition were not asked for them."""
    return not conditions or any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)


def parse_ports(spec: Mapping[str, Any]) -> tuple[ContainerPort, ...]:
    """Ports of all containers of a pod spec, the proxy's own left out; native sidecars count. Raises Malformed."""
    found: list[ContainerPort] = []
    for kind in ("containers", "initContainers"):
        for index, container in enumerate(fields.mappings(spec, kind)):
            runs = kind == "containers" or container.get("restartPolicy") == "Always"
            if runs and container.get("name") != CONTAINER:
                with fields.below(f"{kind}.{index}"):
                    found += [_port(port, number) for number, port in enumerate(fields.mappings(container, "ports"))]
    return tuple(found)


def _port(port: Mapping[str, Any], index: int) -> ContainerPort:
    with fields.below(f"ports.{index}"):
        return ContainerPort(
            name=fields.text(port, "name"),
            number=fields.number(port, "containerPort") or 0,
            protocol=fields.text(port, "protocol") or "TCP",
        )


def _workload(metadata: Metadata) -> Workload:
    owner = metadata.owner
    if owner is None:
        return Workload("Pod", metadata.name)
    suffix = metadata.labels.get("pod-template-hash")
    if owner.kind == "ReplicaSet" and suffix and owner.name.endswith(f"-{suffix}"):
        return Workload("Deployment", owner.name.removesuffix(f"-{suffix}"))
    return Workload(owner.kind, owner.name)


def _revision(metadata: Metadata) -> str | None:
    """The injector notes its revision in the status annotation; `istio.io/rev` on the pod asks for one (5.1)."""
    return (
        _noted_revision(metadata.annotations.get(STATUS_ANNOTATION, "{}"))
        or metadata.annotations.get("istio.io/rev")
        or metadata.labels.get("istio.io/rev")
    )


@lru_cache(100)
def _noted_revision(written: str) -> str | None:
    try:
        status = json.loads(written)
    except ValueError:
        return None
    noted = status.get("revision") if isinstance(status, Mapping) else None
    return str(noted) if noted else None
