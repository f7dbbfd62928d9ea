"""Which workloads have a Secret in their containers, and which objects name the files that it becomes there?

A DestinationRule or Gateway may name paths instead of a credential: they are paths in the proxy's container, so that
they lead to a Secret only by way of what is mounted there.
"""

from collections.abc import Iterator
from posixpath import dirname, normpath

from kubectl_mtls.model.destination_rule import DestinationRule
from kubectl_mtls.model.kind import SECRET, Kind
from kubectl_mtls.model.modes import ClientMode
from kubectl_mtls.model.mounts import Mount, Mounts
from kubectl_mtls.model.selector import selects
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.credential.usage import Purpose, Usage


def resolve_mounted(snapshot: Snapshot, namespace: str, name: str, kind: Kind = SECRET) -> tuple[Usage, ...]:
    """The objects that name its files first, then every place that mounts it or takes it into the environment."""
    places = [
        (workload, mount)
        for workload in snapshot.mounts
        if workload.metadata.namespace == namespace
        for mount in workload.mounts
        if (mount.kind, mount.name) == (kind, name)
    ]
    by_files = [usage for rule in snapshot.destination_rules for usage in _by_rule(rule, places)]
    return (*by_files, *(Usage(workload.metadata, mount.field, Purpose.FILES, ()) for workload, mount in places))


def _by_rule(rule: DestinationRule, places: list[tuple[Mounts, Mount]]) -> Iterator[Usage]:
    paths = {path for workload, mount in places if _is_client(rule, workload) for path in mount.proxy_paths}
    for block in rule.tls:
        if block.mode not in (ClientMode.SIMPLE, ClientMode.MUTUAL):
            continue
        for field, path, purpose in (
            ("clientCertificate", block.client_certificate, Purpose.CLIENT),
            ("caCertificates", block.ca_certificates, Purpose.CLIENT_CA),
        ):
            if path and _is_below(path, paths):
                yield Usage(rule.metadata, f"{block.field}.{field}", purpose, (rule.full_host,))


def _is_client(rule: DestinationRule, workload: Mounts) -> bool:
    return rule.metadata.namespace == workload.metadata.namespace and selects(rule.match_labels or {}, workload.labels)


def _is_below(path: str, mounted: set[str]) -> bool:
    """Secrets become files right below their mount path, or the path itself (subPath)."""
    return normpath(path) in map(normpath, mounted) or dirname(normpath(path)) in map(normpath, mounted)
