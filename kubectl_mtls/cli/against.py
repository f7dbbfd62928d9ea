"""Files held against a cluster: what is there, and what would be there if they were applied (`check --against`)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kubectl_mtls.cli.essentials import demand_services
from kubectl_mtls.cli.gather import CONNECTION_KINDS, read_control_planes, read_mesh
from kubectl_mtls.cli.gather_secrets import SecretsWanted, read_secrets, with_secrets
from kubectl_mtls.cli.rule_choice import Asked
from kubectl_mtls.cli.scope import Scope
from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.files.read import read_files
from kubectl_mtls.model.applied import apply_documents, namespaces_of
from kubectl_mtls.model.control_plane import MeshConfig
from kubectl_mtls.model.finding import Finding
from kubectl_mtls.model.ignore import Ignore
from kubectl_mtls.model.reading import Reading, Source
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.change.difference import resolve_difference
from kubectl_mtls.rules.ignoring import ignores_by_ref
from kubectl_mtls.rules.lost_connections import CHANGE_RULES, check_difference
from kubectl_mtls.rules.report import Report, compare, set_aside
from kubectl_mtls.rules.view import View

CLUSTER = "cluster"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same namespaces (None: all) before and after."""

    before: Snapshot
    after: Snapshot
    namespaces: tuple[str, ...] | None


def read_comparison(scope: Scope, against: str, now: datetime) -> Comparison:
    """Read both. Raises InvalidInput without files or for anything else than the cluster, Forbidden, NotInstalled."""
    if against != CLUSTER:
        raise InvalidInput(f"--against {against}: should be {CLUSTER}")
    if not scope.files:
        raise InvalidInput("--against cluster needs the files to hold against it: -f FILE")
    from kubectl_mtls.kube.read import ClusterSource

    files = read_files(
        scope.files,
        recursive=scope.recursive,
        namespace=scope.api.namespace,
        read_stdin=scope.session.stdin.read,
    ).reading
    source = ClusterSource(scope.api)
    namespaces = _namespaces(scope, files, source)
    before = read_mesh(source, namespaces, scope.istio_namespace, live=True, also=CONNECTION_KINDS)
    demand_services(before)
    named = read_secrets(source, apply_documents(before, files, now), namespaces, SecretsWanted(), live=True)
    before = with_secrets(before, named)
    return Comparison(before, apply_documents(before, files, now), namespaces)


def compared(
    report: Report,
    known: Sequence[Finding],
    before: View,
    after: View,
    entries: Sequence[Ignore],
    is_asked: Asked,
) -> Report:
    """The report about `after` with what is new: findings that are not `known`, and what becomes of connections."""
    difference = resolve_difference(before.resolver, after.resolver)
    lost = [one for one in check_difference(difference, after.connections.outbound) if is_asked(one.code, one.name)]
    found = (*report.checked, *set_aside(lost, ignores_by_ref(after), entries, after.now))
    ordered = sorted(found, key=lambda one: one.finding.order)
    rules = (*report.rules, *(rule for rule in CHANGE_RULES if is_asked(rule.code, rule.name)))
    return replace(report, checked=tuple(compare(known, ordered)), rules=rules, difference=difference)


def _namespaces(scope: Scope, files: Reading, source: Source) -> tuple[str, ...] | None:
    """As asked; else those of the files, or all where the files hold something of a root namespace."""
    if scope.all_namespaces:
        return None
    if scope.connection.namespace:
        return (scope.connection.namespace,)
    found = {namespace for _, namespace in namespaces_of(files)}
    planes = read_control_planes(source, scope.istio_namespace)
    roots = {mesh.root_namespace for mesh in planes.mesh_configs.values()} or {MeshConfig().root_namespace}
    return None if found & roots else tuple(sorted(found)) or (scope.api.namespace,)
