"""Which Secrets and ConfigMaps does a workload bring into its containers: as files, or as environment?

k8s.io/api core/v1 PodSpec; the annotations by which the injector adds volumes to the proxy's container
(istio.io/api annotation, sidecar.istio.io/userVolume and userVolumeMount).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.kind import CONFIG_MAP, SECRET, Kind
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.proxy import CONTAINER
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.selector import Labels

_TEMPLATES = {"CronJob": "spec.jobTemplate.spec.template.", "Pod": ""}
_USER_VOLUME, _USER_MOUNT = "sidecar.istio.io/userVolume", "sidecar.istio.io/userVolumeMount"
_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_ENVIRONMENT = (("secretKeyRef", "secretRef", SECRET), ("configMapKeyRef", "configMapRef", CONFIG_MAP))


@dataclass(frozen=True, slots=True)
class Mount:
    """One place that names a Secret or ConfigMap. `proxy_paths` are where the proxy's container finds its files."""

    field: str
    kind: Kind
    name: str
    proxy_paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mounts:
    """All places of one workload (or of a pod without one), and the labels of its pods."""

    metadata: Metadata
    labels: Labels
    mounts: tuple[Mount, ...]


def parse_mounts(document: Document) -> Mounts | None:
    """None where it names nothing. Raises Malformed."""
    metadata = parse_metadata(document)
    path = _TEMPLATES.get(metadata.ref.kind.name, "spec.template.")
    spec = fields.mapping(document.manifest, f"{path}spec")
    labels = fields.strings(document.manifest, f"{path}metadata.labels")
    annotations = fields.strings(document.manifest, f"{path}metadata.annotations")
    with fields.below(f"{path}spec"):
        found = [*_volumes(spec, f"{path}spec"), *_environment(spec, f"{path}spec")]
    found += _of_annotations(annotations, f"{path}metadata.annotations")
    return Mounts(metadata, labels, tuple(found)) if found else None


def _volumes(spec: Mapping[str, Any], path: str) -> Iterator[Mount]:
    paths = _proxy_paths(
        mount
        for kind in _CONTAINERS
        for container in fields.mappings(spec, kind)
        if container.get("name") == CONTAINER
        for mount in fields.mappings(container, "volumeMounts")
    )
    for index, volume in enumerate(fields.mappings(spec, "volumes")):
        for field, kind, name in _sources(volume):
            yield Mount(f"{path}.volumes.{index}.{field}", kind, name, paths.get(fields.text(volume, "name"), ()))


def _sources(volume: Mapping[str, Any]) -> Iterator[tuple[str, Kind, str]]:
    """Every Secret and ConfigMap of one volume, with the field below the volume."""
    named = [
        ("secret.secretName", SECRET, fields.text(volume, "secret.secretName")),
        ("configMap.name", CONFIG_MAP, fields.text(volume, "configMap.name")),
        ("csi.nodePublishSecretRef.name", SECRET, fields.text(volume, "csi.nodePublishSecretRef.name")),
    ]
    for index, source in enumerate(fields.mappings(volume, "projected.sources")):
        for key, kind in (("secret", SECRET), ("configMap", CONFIG_MAP)):
            named.append((f"projected.sources.{index}.{key}.name", kind, fields.text(source, f"{key}.name")))
    yield from (one for one in named if one[2])


def _environment(spec: Mapping[str, Any], path: str) -> Iterator[Mount]:
    for containers in _CONTAINERS:
        for number, container in enumerate(fields.mappings(spec, containers)):
            where = f"{path}.{containers}.{number}"
            for of_one, of_all, kind in _ENVIRONMENT:
                for index, variable in enumerate(fields.mappings(container, "env")):
                    if name := fields.text(variable, f"valueFrom.{of_one}.name"):
                        yield Mount(f"{where}.env.{index}.valueFrom.{of_one}.name", kind, name)
                for index, source in enumerate(fields.mappings(container, "envFrom")):
                    if name := fields.text(source, f"{of_all}.name"):
                        yield Mount(f"{where}.envFrom.{index}.{of_all}.name", kind, name)


def _of_annotations(annotations: Labels, path: str) -> Iterator[Mount]:
    """Volumes for the proxy's container; what is no JSON makes the injection fail, so there is no such pod."""
    paths = _proxy_paths(_listed(annotations.get(_USER_MOUNT, "")))
    for volume in _listed(annotations.get(_USER_VOLUME, "")):
        for _, kind, name in _sources(volume):
            yield Mount(f"{path}[{_USER_VOLUME}]", kind, name, paths.get(fields.text(volume, "name"), ()))


def _listed(written: str) -> list[Mapping[str, Any]]:
    """The entries of a JSON list, or of a mapping from their names."""
    try:
        value = json.loads(written) if written else []
    except (ValueError, RecursionError):
        return []
    if isinstance(value, Mapping):
        value = [{"name": name, **entry} for name, entry in value.items() if isinstance(entry, Mapping)]
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def _proxy_paths(mounts: Any) -> dict[str, tuple[str, ...]]:
    """The mount paths by the volume's name."""
    found: dict[str, tuple[str, ...]] = {}
    for mount in mounts:
        name = fields.text(mount, "name")
        found[name] = (*found.get(name, ()), fields.text(mount, "mountPath"))
    return found
