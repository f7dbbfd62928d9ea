"""What a control plane is set to, as far as its answers to proxies depend on it: MeshConfig, flags, version."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache

from kubectl_mtls.model.control_plane import MeshConfig
from kubectl_mtls.model.proxy_files import NO_FILES, ProxyFiles
from kubectl_mtls.model.snapshot import Snapshot

_TRUE = ("1", "t", "T", "true", "TRUE", "True")
_RECENT = (1, 31)


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """One revision's settings. Equal ones are one object, so that what depends on them is looked up fast: proxies of
    revisions with equal settings get equal answers.

    `subset_falls_back`: since 1.31 a subset without TLS mode takes the rule's for its endpoints (#60792).
    `fills_up_rules`: since 1.31 a BackendTLSPolicy says what a rule leaves open; before, the older one counts (#60432).
    `obeys_rules_outside`: towards hosts outside of the mesh a rule goes before a proxy's own files.
    """

    root_namespace: str
    trust_domains: tuple[str, ...]
    auto_mtls: bool
    rule_export_to: frozenset[str]
    service_export_to: frozenset[str]
    virtual_service_export_to: frozenset[str]
    outbound_mode: str
    headless_by_endpoint: bool = False
    merges_by_export: bool = True
    subset_falls_back: bool = True
    fills_up_rules: bool = True
    sends_hbone: bool = False
    prefers_hbone: bool = False
    scopes_gateways: bool = False
    passes_waypoints: bool = False
    obeys_rules_outside: bool = True
    proxy_files: ProxyFiles = NO_FILES


def resolve_settings(snapshot: Snapshot, revision: str | None) -> Settings:
    """The settings of a revision or tag; Istio's defaults where nobody says."""
    mesh = snapshot.mesh_config(revision)
    name = snapshot.revision_of(revision)
    istiod = next((one for one in snapshot.istiods if one.revision == name), None)
    flags = istiod.flags if istiod else {}
    return _settings(mesh, flags, istiod.version if istiod else "")


@lru_cache(1000)
def _shared(values: tuple[object, ...]) -> Settings:
    return Settings(*values)  # type: ignore[arg-type]  # the values are those of a Settings


def _settings(mesh: MeshConfig, flags: Mapping[str, str], version: str) -> Settings:
    ambient = _flag(flags, "PILOT_ENABLE_AMBIENT", False)
    found = Settings(
        root_namespace=mesh.root_namespace,
        trust_domains=(mesh.trust_domain, *mesh.trust_domain_aliases),
        auto_mtls=mesh.auto_mtls,
        rule_export_to=frozenset(mesh.rule_export_to),
        service_export_to=frozenset(mesh.service_export_to),
        virtual_service_export_to=frozenset(mesh.virtual_service_export_to),
        outbound_mode=mesh.outbound_mode,
        headless_by_endpoint=_flag(flags, "PILOT_ENABLE_EDS_FOR_HEADLESS_SERVICES", False),
        merges_by_export=_flag(flags, "ENABLE_ENHANCED_DESTINATIONRULE_MERGE", True),
        subset_falls_back=_is_recent(version),
        fills_up_rules=_is_recent(version),
        sends_hbone=ambient and _flag(flags, "PILOT_ENABLE_SENDING_HBONE", True),
        passes_waypoints=ambient and _flag(flags, "ENABLE_INGRESS_WAYPOINT_ROUTING", True),
        scopes_gateways=_flag(flags, "PILOT_SCOPE_GATEWAY_TO_NAMESPACE", False),
        prefers_hbone=ambient and _flag(flags, "PILOT_PREFER_SENDING_HBONE", False),
        obeys_rules_outside=_flag(flags, "PREFER_DESTINATIONRULE_TLS_FOR_EXTERNAL_SERVICES", True),
        proxy_files=mesh.proxy_files,
    )
    return _shared(tuple(getattr(found, one.name) for one in fields(Settings)))


def _flag(flags: Mapping[str, str], name: str, default: bool) -> bool:
    return flags[name] in _TRUE if flags.get(name) else default


def _is_recent(version: str) -> bool:
    parts = version.split(".")[:2]
    if len(parts) < 2 or not all(part.isdecimal() and len(part) < 6 for part in parts):
        return True
    return (int(parts[0]), int(parts[1])) >= _RECENT
