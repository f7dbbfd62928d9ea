"""What does `explain` read, and in which namespaces?"""

from kubectl_mtls.cli.essentials import demand_services
from kubectl_mtls.cli.explain_target import Client, Server
from kubectl_mtls.cli.gather import CONNECTION_KINDS, read_mesh
from kubectl_mtls.cli.scope import Scope
from kubectl_mtls.cli.target import target_namespaces
from kubectl_mtls.errors import Forbidden
from kubectl_mtls.model.snapshot import Snapshot


def namespaces_of(scope: Scope, client: Client, server: Server | None) -> tuple[str, ...] | None:
    """Where to look for two named ends; None, everywhere, where a name does not say its namespace."""
    if server is None or client.target is None or not server.is_service or server.name.count(".") > 1:
        return None
    default = scope.namespaces()
    found = target_namespaces([client.target], default)
    if found is None or default is None:
        return None
    name, _, own = server.name.rpartition(".")
    return tuple(dict.fromkeys((*found, *default, *([own] if name else []))))


def read_connections(scope: Scope, namespaces: tuple[str, ...] | None) -> Snapshot:
    """What there is; where everything was wanted and is forbidden, what there is in one's own namespace."""
    try:
        return _read(scope, namespaces)
    except Forbidden:
        if namespaces is not None or scope.all_namespaces or not scope.live:
            raise
        return _read(scope, scope.namespaces())


def _read(scope: Scope, namespaces: tuple[str, ...] | None) -> Snapshot:
    snapshot = read_mesh(scope.source(), namespaces, scope.istio_namespace, live=scope.live, also=CONNECTION_KINDS)
    if scope.live:
        demand_services(snapshot)
    return snapshot
