"""Which control planes run: istiod's revisions, versions, flags and mesh configuration.

Sources: pkg/config/mesh/mesh.go (defaults), pilot/pkg/bootstrap/mesh.go (where it is read), the charts' labels.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.mesh_networks import MeshNetwork, parse_mesh_networks
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.proxy_files import NO_FILES, ProxyFiles, parse_proxy_files
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.yaml_text import parse_yaml

DEFAULT_REVISION = "default"
DEFAULT_NAMESPACE = "istio-system"
REVISION_LABEL = "istio.io/rev"
TAG_LABEL = "istio.io/tag"


@dataclass(frozen=True, slots=True)
class MeshConfig:
    """What one revision's MeshConfig says about identity and mutual TLS.

    `source` is the ConfigMap; None where there is none and Istio's defaults stand in. `ca_address` is who proxies ask
    for certificates, empty for istiod. `*_export_to` hold for objects that don't say to whom they are exported, and
    `outbound_mode` is what becomes of traffic to hosts that a proxy does not know. `networks` are its MeshNetworks.
    `proxy_files` are those of proxies whose pods do not say otherwise.
    """

    source: Ref | None = None
    root_namespace: str = DEFAULT_NAMESPACE
    trust_domain: str = "cluster.local"
    trust_domain_aliases: tuple[str, ...] = ()
    auto_mtls: bool = True
    ca_address: str = ""
    rule_export_to: tuple[str, ...] = ("*",)
    service_export_to: tuple[str, ...] = ("*",)
    virtual_service_export_to: tuple[str, ...] = ("*",)
    outbound_mode: str = "ALLOW_ANY"
    networks: tuple[MeshNetwork, ...] = ()
    proxy_files: ProxyFiles = NO_FILES


@dataclass(frozen=True, slots=True)
class Istiod:
    """One istiod Deployment. `version` is its image's tag, empty when it does not say; `flags` its environment."""

    metadata: Metadata
    revision: str
    version: str
    flags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RevisionTag:
    """A name under which namespaces choose a revision."""

    tag: str
    revision: str


def config_map_name(revision: str) -> str:
    """The ConfigMap that holds a revision's MeshConfig."""
    return "istio" if revision in ("", DEFAULT_REVISION) else f"istio-{revision}"


def revision_of_config_map(name: str) -> str | None:
    """The revision whose MeshConfig a ConfigMap of this name holds; None for other ConfigMaps."""
    return DEFAULT_REVISION if name == "istio" else name.removeprefix("istio-") if name.startswith("istio-") else None


def parse_mesh_config(document: Document) -> MeshConfig | None:
    """MeshConfig in key `mesh` of a ConfigMap; None without such a key. Raises Malformed, InvalidInput."""
    metadata = parse_metadata(document)
    mesh = _written(document, metadata, "mesh")
    if mesh is None:
        return None
    with fields.below("data.meshNetworks"):
        networks = parse_mesh_networks(_written(document, metadata, "meshNetworks") or {})
    with fields.below("data.mesh"), fields.below("defaultConfig"):
        proxy_files = parse_proxy_files(fields.mapping(mesh, "defaultConfig"))
    with fields.below("data.mesh"):
        return MeshConfig(
            source=metadata.ref,
            root_namespace=fields.text(mesh, "rootNamespace") or DEFAULT_NAMESPACE,
            trust_domain=fields.text(mesh, "trustDomain") or "cluster.local",
            trust_domain_aliases=tuple(str(alias) for alias in fields.items(mesh, "trustDomainAliases")),
            auto_mtls=fields.flag(mesh, "enableAutoMtls") is not False,
            ca_address=fields.text(mesh, "defaultConfig.proxyMetadata.CA_ADDR"),
            rule_export_to=_export_to(mesh, "defaultDestinationRuleExportTo"),
            service_export_to=_export_to(mesh, "defaultServiceExportTo"),
            virtual_service_export_to=_export_to(mesh, "defaultVirtualServiceExportTo"),
            outbound_mode=fields.text(mesh, "outboundTrafficPolicy.mode") or _outbound_mode(mesh),
            networks=networks,
            proxy_files=proxy_files,
        )


def _written(document: Document, metadata: Metadata, key: str) -> Mapping[str, Any] | None:
    """The YAML in one key of a ConfigMap; None without the key."""
    written = fields.strings(document.manifest, "data").get(key)
    if written is None:
        return None
    documents = list(parse_yaml(written, f"{metadata.ref} data.{key}"))
    found: Any = documents[0].value if documents else {}
    if not isinstance(found, Mapping):
        raise fields.Malformed(f"data.{key}", "should be a mapping")
    return found


def _export_to(mesh: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Who sees objects that don't say so: everybody, where the mesh does not say either."""
    return tuple(str(one) for one in fields.items(mesh, key)) or ("*",)


def _outbound_mode(mesh: Mapping[str, Any]) -> str:
    """A policy without mode has the enum's zero; without policy, everything is let through."""
    return "ALLOW_ANY" if mesh.get("outboundTrafficPolicy") is None else "REGISTRY_ONLY"


def parse_istiod(document: Document) -> Istiod:
    """An istiod Deployment (label app=istiod). Raises Malformed."""
    metadata = parse_metadata(document)
    containers = fields.mappings(document.manifest, "spec.template.spec.containers")
    container = next((one for one in containers if one.get("name") == "discovery"), containers[0] if containers else {})
    with fields.below("spec.template.spec.containers"):
        image = fields.text(container, "image")
        flags = {
            fields.text(variable, "name"): str(variable.get("value") or "")
            for variable in fields.mappings(container, "env")
        }
    revision = metadata.labels.get(REVISION_LABEL) or flags.get("REVISION") or DEFAULT_REVISION
    return Istiod(metadata, revision, _image_version(image), flags)


def _image_version(image: str) -> str:
    """The tag of an image reference: `docker.io/istio/pilot:1.31.0-distroless` is 1.31.0; a digest says nothing."""
    tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    version = tag.partition("-")[0]
    return version if version[:1].isdigit() else ""


def parse_revision_tag(document: Document) -> RevisionTag | None:
    """The tag or revision that an injector webhook serves; None for other webhooks. Raises Malformed."""
    labels = parse_metadata(document).labels
    _called_namespaces(document)  # what `injector_namespaces` cannot read is a gap, too
    revision = labels.get(REVISION_LABEL)
    tag = labels.get(TAG_LABEL)
    if not revision or not (tag or labels.get("app") == "sidecar-injector"):
        return None
    return RevisionTag(tag or revision, revision)


def injector_namespaces(document: Document) -> set[str]:
    """The namespaces of the Services that an injector webhook calls; none where it is malformed."""
    try:
        return _called_namespaces(document)
    except fields.Malformed:
        return set()


def _called_namespaces(document: Document) -> set[str]:
    found = set()
    for index, hook in enumerate(fields.mappings(document.manifest, "webhooks")):
        with fields.below(f"webhooks.{index}"):
            if "istio" in str(hook.get("name", "")) and (name := fields.text(hook, "clientConfig.service.namespace")):
                found.add(name)
    return found
